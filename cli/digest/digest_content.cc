#include "cli/digest/digest_content.h"

#include <algorithm>
#include <string_view>

#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/rpc/authorization.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "dangol/metrics/v1/member_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::backlog::v1::ListChangesRequest;
using dangol::backlog::v1::ListChangesResponse;
using dangol::metrics::v1::Due;
using dangol::metrics::v1::Engine;
using dangol::metrics::v1::Kpi;
using dangol::metrics::v1::Member;
using dangol::metrics::v1::Report;

// Of a list of which a message shows the first ones.
constexpr int kItemsMost = 100;
constexpr int kPageSize = 1000;

template <typename Response, typename Request, typename Items>
absl::Status AskAll(Client& client, const std::string& path, Request request, absl::Duration timeout,
                    const Items& (Response::*items)() const, auto& all) {
  request.set_page_size(kPageSize);
  Response response;
  return EachPage(client, path, request, timeout, response, [&](bool) {
    const Items& page = (response.*items)();
    all.insert(all.end(), page.begin(), page.end());
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<Change>> AskChanges(DigestClients& clients, ListChangesRequest::Order order,
                                               bool undecided = false) {
  ListChangesRequest request;
  request.set_order(order);
  request.set_undecided(undecided);
  request.set_page_size(kItemsMost);
  ASSIGN_OR_RETURN(const auto page,
                   Call<ListChangesResponse>(clients.backlog, "/dangol.backlog.v1.ChangeService/ListChanges", request,
                                             clients.timeout));
  return std::vector<Change>(page.changes().begin(), page.changes().end());
}

rpc::Principal PrincipalOf(const Member& member) {
  rpc::Principal principal{.name = member.name(), .roles = {}, .stages = {}};
  for (const int role : member.roles()) principal.roles.push_back(Kebab(Member::Role_Name(role)));
  principal.stages.assign(member.stages().begin(), member.stages().end());
  return principal;
}

// What the member carries; and of what nobody does, that of the own stages, where there are some, and of none.
bool WaitsFor(const Change& change, const Member& member) {
  if (!change.owner().empty()) return change.owner() == member.name();
  const bool leads = std::ranges::find(member.roles(), Member::LEAD) != member.roles().end();
  return leads || change.stage().empty() || member.stages().empty() ||
         std::ranges::find(member.stages(), change.stage()) != member.stages().end();
}

void AddDecisions(const Company& company, const Member& member, DigestContent& content) {
  if (!rpc::CheckPermission(PrincipalOf(member), "changes.decide").ok()) return;
  for (const Change& change : company.undecided) {
    if (WaitsFor(change, member)) content.decisions.push_back(change);
  }
  for (const Change& change : company.to_conclude) {
    if (WaitsFor(change, member)) content.questions.push_back(change);
  }
  for (const Change& change : company.to_keep) {
    const bool there = std::ranges::find(content.questions, change.name(), &Change::name) != content.questions.end();
    if (!there && change.decision().decided_by() == member.name()) content.questions.push_back(change);
  }
}

absl::Status AddRevisits(DigestClients& clients, const Member& member, DigestContent& content) {
  tickets::v1::ListTicketsRequest request;
  request.set_view(tickets::v1::REVISIT);
  request.set_assignee(member.name());
  request.set_page_size(kItemsMost);
  ASSIGN_OR_RETURN(const auto page,
                   Call<tickets::v1::ListTicketsResponse>(
                       clients.tickets, "/dangol.tickets.v1.TicketService/ListTickets", request, clients.timeout));
  for (const tickets::v1::Ticket& ticket : page.tickets()) content.revisits.push_back(ticket.name());
  return absl::OkStatus();
}

absl::Status AddReports(DigestClients& clients, DigestContent& content) {
  for (const metrics::v1::DueReport& due : content.due.reports()) {
    metrics::v1::GetReportRequest request;
    request.set_engine(due.engine());
    request.set_granularity(due.granularity());
    request.set_day(due.first_day());
    ASSIGN_OR_RETURN(Report report, Call<Report>(clients.metrics, "/dangol.metrics.v1.KpiService/GetReport", request,
                                                 clients.timeout));
    content.reports.push_back(std::move(report));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Company> AskCompany(DigestClients& clients, absl::Time now) {
  Company company;
  using metrics::v1::ListEnginesResponse;
  using metrics::v1::ListKpisResponse;
  using metrics::v1::ListMembersResponse;
  const absl::Duration timeout = clients.timeout;
  RETURN_IF_ERROR(AskAll<ListMembersResponse>(clients.metrics, "/dangol.metrics.v1.MemberService/ListMembers",
                                              metrics::v1::ListMembersRequest(), timeout, &ListMembersResponse::members,
                                              company.members));
  RETURN_IF_ERROR(AskAll<ListEnginesResponse>(clients.metrics, "/dangol.metrics.v1.EngineService/ListEngines",
                                              metrics::v1::ListEnginesRequest(), timeout, &ListEnginesResponse::engines,
                                              company.engines));
  for (const Engine& engine : company.engines) {
    metrics::v1::ListKpisRequest request;
    request.set_parent(engine.name());
    RETURN_IF_ERROR(AskAll<ListKpisResponse>(clients.metrics, "/dangol.metrics.v1.KpiService/ListKpis", request,
                                             timeout, &ListKpisResponse::kpis, company.kpis));
  }
  ASSIGN_OR_RETURN(company.undecided, AskChanges(clients, ListChangesRequest::DECIDE_DUE_TIME, true));
  ASSIGN_OR_RETURN(company.to_conclude, AskChanges(clients, ListChangesRequest::CONCLUDE_DUE_TIME));
  ASSIGN_OR_RETURN(company.to_keep, AskChanges(clients, ListChangesRequest::KEEP_DUE_TIME));
  std::erase_if(company.to_keep, [&](const Change& change) { return FromProtoTime(change.keep_due_time()) > now; });
  return company;
}

bool DigestContent::empty() const {
  return due.missing_entries().empty() && due.remarks().empty() && due.mentions().empty() && decisions.empty() &&
         questions.empty() && revisits.empty() && reports.empty();
}

absl::StatusOr<DigestContent> AskContent(DigestClients& clients, const Company& company, const Member& member,
                                         Due due) {
  DigestContent content{.due = std::move(due), .decisions = {}, .questions = {}, .revisits = {}, .reports = {}};
  AddDecisions(company, member, content);
  RETURN_IF_ERROR(AddRevisits(clients, member, content));
  RETURN_IF_ERROR(AddReports(clients, content));
  return content;
}

}  // namespace dangol::cli

#include "tests/simulation/loop_agent.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

#include "fmt/format.h"

#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/tickets/v1/customer_service.pb.h"
#include "dangol/tickets/v1/policy_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/simulation/engine_operations.h"
#include "tests/simulation/outcome.h"

namespace dangol::simulation {
namespace {

using namespace dangol::backlog;  // NOLINT: v1
using backlog::v1::Change;
using tickets::v1::Ticket;

constexpr char kTicketService[] = "/dangol.tickets.v1.TicketService/";
constexpr char kCustomerService[] = "/dangol.tickets.v1.CustomerService/";
constexpr char kPolicyService[] = "/dangol.tickets.v1.PolicyService/";
constexpr char kChangeService[] = "/dangol.backlog.v1.ChangeService/";
constexpr absl::Duration kCallTimeout = absl::Seconds(2);
constexpr int kAttemptsMost = 8;
// Of a file, which comes in two of them.
constexpr size_t kPieceBytes = 64;

// Reasons that are made and moved in a row, so that some come back to where they had been.
constexpr int kReasonSteps = 12;

bool IsOfBacklog(const Operation& operation) { return operation.method.starts_with(kChangeService); }
bool IsOfMetrics(const Operation& operation) { return operation.method.starts_with("/dangol.metrics."); }
std::string ServiceOf(const Operation& operation) {
  return IsOfBacklog(operation) ? "backlog" : IsOfMetrics(operation) ? "metrics" : "tickets";
}

void Decide(backlog::v1::Decision& decision) {
  decision.set_can_keep(backlog::v1::Decision::YES);
  decision.set_for_everyone(backlog::v1::Decision::YES);
  decision.set_within_capability(backlog::v1::Decision::WITH_EFFORT);
  decision.set_rationale("we can keep it up");
  decision.set_decided_by("members/lead");
}

}  // namespace

LoopAgent::LoopAgent(Runtime& runtime, std::shared_ptr<Executor> executor, std::unique_ptr<rpc::Channel> tickets,
                     std::unique_ptr<rpc::Channel> backlog, LoopLedger& ledger, int number, LoopAgentOptions options)
    : runtime_(runtime),
      executor_(std::move(executor)),
      tickets_(std::move(tickets)),
      backlog_(std::move(backlog)),
      ledger_(ledger),
      number_(number),
      options_(std::move(options)) {}

LoopAgent::~LoopAgent() = default;

void LoopAgent::Start() {
  // Chance alone would hardly ever make all the KPIs of which one block has numbers.
  for (uint64_t i = 0; options_.metrics != nullptr && number_ == 0 && i < kNumbersSteps; ++i) {
    story_.push_back([this, i](Operation& step, const LoopLedger&) {
      ChooseNumbersStep(step, i, runtime_.Now(), [this](uint64_t bound) { return Uniform(bound); });
    });
  }
  Think();
}

void LoopAgent::Think() {
  idle_ = true;
  const absl::Duration think_time = options_.think_time_max * static_cast<int64_t>(Uniform(20)) / 20;
  executor_->PostAt(runtime_.Now() + think_time, [this] { Next(); });
}

void LoopAgent::Next() {
  if (stopping_) return;
  idle_ = false;
  Operation& operation = ledger_.operations.emplace_back();
  operation.number = static_cast<int64_t>(ledger_.operations.size());
  if (options_.never_gives_up || !OneIn(30)) operation.request_id = TimeOrderedUuid(runtime_);
  // A marker that begins with `secret-` is a customer's word and must not be found beyond the tickets service.
  operation.markers = {fmt::format("secret-{}-{}.", number_, operation.number)};
  Choose(operation);
  Send(operation, 0);
}

void LoopAgent::Choose(Operation& operation) {
  if (options_.metrics != nullptr && OneIn(4))
    return ChooseEngineOperation(operation, runtime_.Now(), [this](uint64_t bound) { return Uniform(bound); });
  const bool of_tickets = Uniform(5) < 3;
  if (!options_.uses_tickets) return ChooseChangeOperation(operation);
  if (TellOn(operation)) return;
  if (ledger_.tickets.size() < 3) return ChooseCreateTicket(operation);
  if (of_tickets || !options_.uses_backlog) return ChooseTicketOperation(operation);
  ChooseChangeOperation(operation);
}

// The next of the story, if there is one.
bool LoopAgent::TellOn(Operation& operation) {
  if (story_.empty() && OneIn(40)) BeginStory(operation);
  while (!story_.empty() && operation.method.empty()) {
    story_.front()(operation, ledger_);
    story_.pop_front();
  }
  if (operation.method.empty()) return false;
  operation.markers.clear();
  return true;
}

void LoopAgent::BeginStory(const Operation& operation) {
  const std::string id = fmt::format("s{}-{:04}", number_, operation.number % 10'000);
  switch (Uniform(10)) {
    case 0:
    case 1:
      story_ = TellOfDuplicates(id);
      return;
    case 2:
    case 3:
      story_ = TellOfAliases(id, OneIn(2));
      return;
    case 4:
    case 5:
      if (options_.uses_backlog) story_ = TellOfMerges(id);
      return;
    case 6:
    case 7:
      for (int i = 0; i < kReasonSteps; ++i)
        story_.push_back([this](Operation& step, const LoopLedger&) { ChooseReasonOperation(step); });
      return;
    case 8:
      if (options_.uses_backlog) story_ = TellOfReasons(id, OneIn(2));
      return;
    default:
      story_ = TellOfErasure(id, Uniform(kPeopleOfImports));
  }
}

std::string LoopAgent::AnyTicket() { return ledger_.tickets[Uniform(ledger_.tickets.size())]; }

// Mostly one of the newest, so that agents meet.
std::string LoopAgent::AnyCustomer() {
  const size_t newest = std::min<size_t>(ledger_.customers.size(), OneIn(2) ? ledger_.customers.size() : 4);
  return ledger_.customers[ledger_.customers.size() - 1 - Uniform(newest)];
}

std::string LoopAgent::AnyChange() {
  if (ledger_.changes.empty()) return "changes/nowhere";
  // Mostly the newest, so that agents meet.
  const size_t newest = std::min<size_t>(ledger_.changes.size(), OneIn(3) ? 20 : 3);
  return ledger_.changes[ledger_.changes.size() - 1 - Uniform(newest)];
}

std::string LoopAgent::AnyReason() { return std::string(kReasons[Uniform(std::size(kReasons))]); }

std::string LoopAgent::EtagOf(Operation& operation, const std::string& name) {
  if (OneIn(3)) operation.etag_sent = ledger_.etag[name];
  return operation.etag_sent;
}

void LoopAgent::ChooseCreateTicket(Operation& operation) {
  tickets::v1::CreateTicketRequest request;
  request.mutable_ticket()->set_subject(operation.markers[0]);
  request.mutable_ticket()->set_body(std::string(Uniform(300), 'b'));
  // Some happened before their change shipped, some after.
  const absl::Time occurred = runtime_.Now() - absl::Seconds(Uniform(60)) * static_cast<int64_t>(Uniform(2));
  *request.mutable_ticket()->mutable_occur_time() = ToProtoTime(occurred);
  if (OneIn(15)) request.mutable_history();
  if (OneIn(2)) request.mutable_ticket()->set_contact_reason(AnyReason());
  request.mutable_ticket()->set_may_ask(OneIn(2));
  // Some of few people, so that they come again, by a number or an address, written in one way or another.
  const uint64_t person = Uniform(12);
  if (OneIn(3)) request.mutable_sender()->set_phone(fmt::format("{}10-1234-00{:02}", OneIn(2) ? "0" : "+82 ", person));
  if (OneIn(3))
    request.mutable_sender()->set_email(fmt::format("{}-{}@example.com", OneIn(2) ? "Secret" : "secret", person));
  Prepare(operation, std::string(kTicketService) + "CreateTicket", request);
}

void LoopAgent::ChooseTicketOperation(Operation& operation) {
  const std::string ticket = AnyTicket();
  const uint64_t choice = Uniform(27);
  if (choice >= 26) return ChooseReasonOperation(operation);
  if (choice >= 24) return ChooseFileOperation(operation);
  if (choice >= 23) return ChooseSplit(operation);
  if (choice >= 22) return ChooseImportOperation(operation);
  if (choice >= 21) return ChoosePolicyOperation(operation);
  if (choice >= 19) return ChooseCustomerOperation(operation);
  if (choice >= 16) return ChooseQuietTicketOperation(operation, ticket, choice - 16);
  if (choice < 4) return ChooseCreateTicket(operation);
  if (choice < 8) return ChooseAccept(operation);
  if (choice < 9) return ChooseBatchAccept(operation);
  if (choice < 11) {
    tickets::v1::ReopenTicketRequest request;
    request.set_name(ticket);
    request.set_etag(EtagOf(operation, ticket));
    request.set_cause(static_cast<tickets::v1::ReopenTicketRequest::Cause>(OneIn(3) ? 2 + Uniform(3) : 1));
    request.set_body(operation.markers[0]);
    return Prepare(operation, std::string(kTicketService) + "ReopenTicket", request);
  }
  if (choice < 13) {
    tickets::v1::UnlinkTicketRequest request;
    request.set_name(ticket);
    request.set_etag(EtagOf(operation, ticket));
    request.set_note(operation.markers[0]);
    return Prepare(operation, std::string(kTicketService) + "UnlinkTicket", request);
  }
  if (choice < 14) {
    tickets::v1::ResolveTicketRequest request;
    request.set_name(ticket);
    request.set_etag(EtagOf(operation, ticket));
    request.set_disposition(Ticket::INFORMED);
    request.set_reply(operation.markers[0]);
    request.set_decided_by("members/agent");
    return Prepare(operation, std::string(kTicketService) + "ResolveTicket", request);
  }
  if (choice < 15) {
    tickets::v1::DeclineTicketRequest request;
    request.set_name(ticket);
    request.set_etag(EtagOf(operation, ticket));
    request.set_reason(tickets::v1::Decision::UNSUSTAINABLE);
    request.set_reply(operation.markers[0]);
    request.set_decided_by("members/lead");
    return Prepare(operation, std::string(kTicketService) + "DeclineTicket", request);
  }
  tickets::v1::CreateMessageRequest request;
  request.set_parent(ticket);
  request.mutable_message()->set_kind(static_cast<tickets::v1::Message::Kind>(1 + Uniform(3)));
  request.mutable_message()->set_body(operation.markers[0]);
  Prepare(operation, std::string(kTicketService) + "CreateMessage", request);
}

// What leaves the backlog alone.
void LoopAgent::ChooseQuietTicketOperation(Operation& operation, const std::string& ticket, uint64_t choice) {
  operation.markers.clear();  // what is corrected is corrected again
  if (choice == 0) {
    tickets::v1::UpdateTicketRequest request;
    request.set_name(ticket);
    request.set_etag(EtagOf(operation, ticket));
    request.mutable_ticket()->set_kind(OneIn(2) ? Ticket::QUESTION : Ticket::COMPLAINT);
    request.mutable_ticket()->set_assignee(OneIn(2) ? "members/agent" : "members/lead");
    if (OneIn(2)) request.mutable_ticket()->set_severity(static_cast<Ticket::Severity>(1 + Uniform(4)));
    return Prepare(operation, std::string(kTicketService) + "UpdateTicket", request);
  }
  if (choice == 1) {
    tickets::v1::DismissWaitingRequest request;
    request.set_name(ticket);
    request.set_etag(EtagOf(operation, ticket));
    return Prepare(operation, std::string(kTicketService) + "DismissWaiting", request);
  }
  tickets::v1::CloseTicketRequest request;
  request.set_name(ticket);
  request.set_etag(EtagOf(operation, ticket));
  Prepare(operation, std::string(kTicketService) + "CloseTicket", request);
}

void LoopAgent::ChooseCustomerOperation(Operation& operation) {
  operation.markers.clear();
  if (OneIn(3)) {
    tickets::v1::EraseCustomerRequest request;
    request.set_name(AnyCustomer());
    return Prepare(operation, std::string(kCustomerService) + "EraseCustomer", request);
  }
  tickets::v1::MergeCustomersRequest request;
  request.set_name(AnyCustomer());
  request.set_merged(AnyCustomer());
  Prepare(operation, std::string(kCustomerService) + "MergeCustomers", request);
}

// What begins from then on is due by another policy.
void LoopAgent::ChoosePolicyOperation(Operation& operation) {
  operation.markers.clear();
  tickets::v1::UpdateTriagePolicyRequest request;
  tickets::v1::TriagePolicy& policy = *request.mutable_triage_policy();
  policy.set_time_zone(OneIn(2) ? "Asia/Seoul" : "America/New_York");
  policy.add_holiday_calendars(OneIn(2) ? tickets::v1::KR : tickets::v1::US);
  tickets::v1::ResponseTimes& times = *policy.add_response_times();
  times.set_severity(Ticket::NORMAL);
  times.set_reply_minutes(static_cast<int32_t>(1 + Uniform(1000)));
  times.set_decide_minutes(static_cast<int32_t>(1 + Uniform(5000)));
  Prepare(operation, std::string(kPolicyService) + "UpdateTriagePolicy", request);
}

// Reasons are moved to and fro, and their tickets follow.
void LoopAgent::ChooseReasonOperation(Operation& operation) {
  operation.markers.clear();
  if (OneIn(2)) {
    tickets::v1::CreateContactReasonRequest request;
    request.mutable_contact_reason()->set_path(AnyReason());
    return Prepare(operation, std::string(kPolicyService) + "CreateContactReason", request);
  }
  tickets::v1::MoveContactReasonRequest request;
  request.set_from(AnyReason());
  request.set_into(AnyReason());
  Prepare(operation, std::string(kPolicyService) + "MoveContactReason", request);
}

void LoopAgent::ChooseImportOperation(Operation& operation) {
  if (!ledger_.imports.empty() && OneIn(3)) {
    operation.markers.clear();
    const std::string import = ledger_.imports[Uniform(ledger_.imports.size())];
    if (OneIn(2)) {
      tickets::v1::RestoreImportRequest request;
      request.set_name(import);
      return Prepare(operation, std::string(kTicketService) + "RestoreImport", request);
    }
    tickets::v1::UndoImportRequest request;
    request.set_name(import);
    return Prepare(operation, std::string(kTicketService) + "UndoImport", request);
  }
  tickets::v1::BatchCreateTicketsRequest request;
  request.set_import_name(fmt::format("imports/i{}", operation.number / 100));
  tickets::v1::CreateTicketRequest& one = *request.add_requests();
  one.mutable_ticket()->set_subject(operation.markers[0]);
  if (OneIn(3)) one.mutable_history();
  if (OneIn(2)) one.mutable_sender()->set_phone(PhoneOfImports(Uniform(kPeopleOfImports)));
  Prepare(operation, std::string(kTicketService) + "BatchCreateTickets", request);
}

void LoopAgent::ChooseSplit(Operation& operation) {
  tickets::v1::SplitTicketRequest request;
  request.set_name(AnyTicket());
  request.set_etag(EtagOf(operation, request.name()));
  request.set_subject(operation.markers[0]);
  Prepare(operation, std::string(kTicketService) + "SplitTicket", request);
}

// Files that are announced, come in two pieces, some only half, and are redacted.
void LoopAgent::ChooseFileOperation(Operation& operation) {
  operation.markers.clear();
  if (ledger_.attachments.empty() || OneIn(3)) {
    tickets::v1::CreateAttachmentRequest request;
    request.set_parent(AnyTicket());
    request.mutable_attachment()->set_file_name(fmt::format("{}{}.txt", kFileMark, request.parent().substr(8)));
    request.mutable_attachment()->set_media_type("text/plain");
    request.mutable_attachment()->set_size_bytes(2 * kPieceBytes);
    return Prepare(operation, std::string(kTicketService) + "CreateAttachment", request);
  }
  const std::string name = ledger_.attachments[Uniform(ledger_.attachments.size())];
  if (OneIn(6)) {
    tickets::v1::RedactAttachmentRequest request;
    request.set_name(name);
    return Prepare(operation, std::string(kTicketService) + "RedactAttachment", request);
  }
  tickets::v1::UploadAttachmentRequest request;
  request.set_name(name);
  request.set_offset(OneIn(2) ? 0 : kPieceBytes);
  std::string piece = fmt::format("{}{}", kFileMark, name.substr(8, name.find('/', 8) - 8));
  piece.resize(kPieceBytes, '.');
  request.set_data(piece);
  Prepare(operation, std::string(kTicketService) + "UploadAttachment", request);
}

void LoopAgent::ChooseAccept(Operation& operation) {
  const std::string ticket = AnyTicket();
  tickets::v1::AcceptTicketRequest request;
  request.set_name(ticket);
  request.set_etag(EtagOf(operation, ticket));
  operation.markers.clear();
  if (ledger_.changes.empty() || OneIn(6)) {
    operation.markers = {fmt::format("draft-{}-{}.", number_, operation.number)};
    request.mutable_draft()->set_title(operation.markers[0]);
  } else {
    request.set_change(OneIn(15) ? "changes/nowhere" : AnyChange());
    if (OneIn(3)) request.set_happened(OneIn(2) ? tickets::v1::BEFORE_SHIP : tickets::v1::AFTER_SHIP);
  }
  Prepare(operation, std::string(kTicketService) + "AcceptTicket", request);
}

void LoopAgent::ChooseBatchAccept(Operation& operation) {
  tickets::v1::BatchAcceptTicketsRequest request;
  std::set<std::string> names;
  for (uint64_t n = 1 + Uniform(6); n > 0; --n) names.insert(AnyTicket());
  for (const std::string& name : names) request.add_names(name);
  operation.markers.clear();
  if (ledger_.changes.empty() || OneIn(3)) {
    operation.markers = {fmt::format("draft-{}-{}.", number_, operation.number)};
    request.mutable_draft()->set_title(operation.markers[0]);
  } else {
    request.set_change(AnyChange());
  }
  Prepare(operation, std::string(kTicketService) + "BatchAcceptTickets", request);
}

void LoopAgent::ChooseChangeOperation(Operation& operation) {
  operation.markers = {fmt::format("text-{}-{}.", number_, operation.number)};
  const std::string change = AnyChange();
  const uint64_t choice = Uniform(17);
  if (choice >= 14) return ChooseRethinking(operation);
  if (choice < 2 || ledger_.changes.empty()) {
    v1::CreateChangeRequest request;
    request.mutable_change()->set_title(operation.markers[0]);
    if (OneIn(2)) Decide(*request.mutable_change()->mutable_decision());
    if (OneIn(2)) request.mutable_change()->set_kind(Change::POLICY);
    if (OneIn(2)) request.mutable_change()->add_contact_reasons(AnyReason());
    if (options_.checks_soon && OneIn(2)) {
      v1::ExpectedEffect& expected = *request.mutable_change()->add_expected_effects();
      expected.set_direction(v1::ExpectedEffect::LOWER);
      expected.set_size_percent(50);
      *expected.mutable_check_time() = ToProtoTime(runtime_.Now() + absl::Seconds(Uniform(20)));
    }
    return Prepare(operation, std::string(kChangeService) + "CreateChange", request);
  }
  if (choice < 7) return ChooseShip(operation);
  if (choice < 9) return OneIn(4) ? ChooseInvite(operation) : ChooseMove(operation);
  if (choice < 10) {
    v1::DropChangeRequest request;
    request.set_name(change);
    request.set_etag(EtagOf(operation, change));
    request.set_reason(operation.markers[0]);
    request.set_decline_reason(backlog::v1::Drop::BEYOND_CAPABILITY);
    request.set_capability_gap("cold-chain");
    request.set_decided_by("members/lead");
    return Prepare(operation, std::string(kChangeService) + "DropChange", request);
  }
  operation.markers.clear();
  if (choice < 12) {
    v1::PlanChangeRequest request;
    request.set_name(change);
    request.set_etag(EtagOf(operation, change));
    request.set_kind(Change::SERVICE);
    Decide(*request.mutable_decision());
    return Prepare(operation, std::string(kChangeService) + "PlanChange", request);
  }
  v1::StartChangeRequest request;
  request.set_name(change);
  request.set_etag(EtagOf(operation, change));
  if (OneIn(2)) Decide(*request.mutable_decision());
  if (OneIn(2)) request.set_kind(Change::PROCESS);
  Prepare(operation, std::string(kChangeService) + "StartChange", request);
}

// Changes that turn out to be wrong, or one.
void LoopAgent::ChooseRethinking(Operation& operation) {
  const std::string change = AnyChange();
  const auto prepare = [&](auto request, const std::string& method,
                           const std::function<void(decltype(request)&)>& fill) {
    request.set_name(change);
    request.set_etag(EtagOf(operation, change));
    fill(request);
    Prepare(operation, kChangeService + method, request);
  };
  switch (Uniform(6)) {
    case 0:
    case 1:
      return prepare(v1::RevertShipmentRequest(), "RevertShipment", [&](v1::RevertShipmentRequest& request) {
        request.set_shipment(fmt::format("{}/shipments/{}", change, 1 + Uniform(2)));
        request.set_reason(operation.markers[0]);
        request.set_decided_by("members/lead");
      });
    case 2:
      operation.markers.clear();
      return prepare(v1::ReconsiderChangeRequest(), "ReconsiderChange", [](v1::ReconsiderChangeRequest& request) {
        request.set_reason("asked again");
        request.set_decided_by("members/lead");
      });
    case 3:
      operation.markers.clear();
      return prepare(v1::ConcludeChangeRequest(), "ConcludeChange", [this](v1::ConcludeChangeRequest& request) {
        request.set_verdict(OneIn(2) ? v1::Conclusion::HELD : v1::Conclusion::FAILED);
        request.set_reason("measured");
        request.set_decided_by("members/lead");
      });
    case 4:
      operation.markers.clear();
      return prepare(v1::MergeChangesRequest(), "MergeChanges",
                     [this](v1::MergeChangesRequest& request) { request.set_survivor(AnyChange()); });
    default:
      operation.markers.clear();
      return prepare(v1::UpdateChangeRequest(), "UpdateChange", [this](v1::UpdateChangeRequest& request) {
        if (OneIn(3)) {
          Change& update = *request.mutable_change();
          if (OneIn(2)) update.add_contact_reasons(AnyReason());
          return request.mutable_update_mask()->add_paths("contact_reasons");
        }
        request.mutable_change()->set_owner(OneIn(2) ? "members/lead" : "members/agent");
        request.mutable_change()->mutable_estimate()->set_impact_percent(static_cast<int32_t>(1 + Uniform(300)));
        request.mutable_change()->mutable_estimate()->set_confidence_percent(80);
        request.mutable_change()->mutable_estimate()->set_effort_percent(static_cast<int32_t>(1 + Uniform(300)));
      });
  }
}

void LoopAgent::ChooseShip(Operation& operation) {
  const std::string change = AnyChange();
  v1::ShipChangeRequest request;
  request.set_name(change);
  request.set_etag(EtagOf(operation, change));
  Decide(*request.mutable_decision());
  request.set_kind(Change::PRODUCT);
  if (OneIn(3)) {
    std::set<std::string> names;
    for (uint64_t n = 1 + Uniform(3); n > 0; --n) names.insert(AnyTicket());
    for (const std::string& name : names) request.add_tickets(name);
  }
  (*request.mutable_customer_notes())["en"] = operation.markers[0];
  Prepare(operation, std::string(kChangeService) + "ShipChange", request);
}

void LoopAgent::ChooseMove(Operation& operation) {
  operation.markers.clear();
  v1::MoveDemandsRequest request;
  request.set_name(AnyChange());
  request.set_destination(AnyChange());
  std::set<std::string> names;
  for (uint64_t n = 1 + Uniform(2); n > 0; --n) names.insert(AnyTicket());
  for (const std::string& name : names) request.add_tickets(name);
  Prepare(operation, std::string(kChangeService) + "MoveDemands", request);
}

void LoopAgent::ChooseInvite(Operation& operation) {
  operation.markers.clear();
  v1::InviteToPreviewRequest request;
  request.set_name(AnyChange());
  request.add_tickets(AnyTicket());
  Prepare(operation, std::string(kChangeService) + "InviteToPreview", request);
}

void LoopAgent::Send(Operation& operation, int attempt) {
  rpc::Channel& channel = IsOfBacklog(operation) ? *backlog_ : IsOfMetrics(operation) ? *options_.metrics : *tickets_;
  channel.Unary(operation.method, operation.request, {{}, runtime_.Now() + kCallTimeout},
                [this, executor = executor_, &operation, attempt](rpc::Reply reply) {
                  executor->Post([this, &operation, attempt, reply = std::move(reply)]() mutable {
                    OnReply(operation, attempt, std::move(reply));
                  });
                });
}

void LoopAgent::OnReply(Operation& operation, int attempt, rpc::Reply reply) {
  const absl::StatusCode code = reply.status.code();
  if (reply.status.ok()) {
    operation.outcome = Outcome::kAcknowledged;
    OnAcknowledged(operation, reply);
    if (options_.on_acknowledged) options_.on_acknowledged(operation);
    return Think();
  }
  if (IsRefusal(code)) {
    operation.outcome = Outcome::kRefused;
    // Tickets are never lost; a change may not have been made yet, or never be.
    const bool of_ticket = ServiceOf(operation) == "tickets" && !operation.method.starts_with(kPolicyService);
    if (code == absl::StatusCode::kNotFound && of_ticket) {
      ledger_.Violation(fmt::format("operation {}: an acknowledged ticket is lost: {}", operation.number,
                                    std::string(reply.status.message())));
    }
    return Think();
  }
  operation.outcome = Outcome::kUnknown;
  story_.clear();  // what the rest of it is about may not be there
  if (!IsPassing(code)) {
    ledger_.Violation(
        fmt::format("operation {} ({}): unexpected {}", operation.number, operation.method, reply.status.ToString()));
    return Think();
  }
  ++ledger_.failed_attempts[ServiceOf(operation)];
  const bool gives_up = attempt + 1 >= kAttemptsMost || operation.request_id.empty() || (stopping_ && OneIn(4));
  if (gives_up && !options_.never_gives_up) return Think();
  executor_->PostAt(runtime_.Now() + Backoff(runtime_, attempt, absl::Milliseconds(50), options_.retry_delay_max),
                    [this, &operation, attempt] { Send(operation, attempt + 1); });
}

void LoopAgent::Know(const Ticket& ticket) {
  ledger_.tickets.push_back(ticket.name());
  ledger_.customers.push_back(ticket.customer());
  ledger_.customer_of[ticket.name()] = ticket.customer();
}

void LoopAgent::OnAcknowledged(Operation& operation, const rpc::Reply& reply) {
  if (operation.method.ends_with("BatchAcceptTickets")) {
    tickets::v1::BatchAcceptTicketsResponse response;
    response.ParseFromString(reply.message);
    for (const auto& result : response.results()) {
      if (!result.change().empty()) ledger_.changes.push_back(result.change());
    }
    return;
  }
  if (operation.method.ends_with("MoveDemands") || operation.method.ends_with("MergeChanges")) return;
  if (operation.method.starts_with(kPolicyService) || IsOfMetrics(operation)) return;
  if (operation.method.starts_with(kCustomerService)) {
    tickets::v1::Customer customer;
    customer.ParseFromString(reply.message);
    operation.names = {customer.name()};
    return;
  }
  if (operation.method.ends_with("UndoImport") || operation.method.ends_with("RestoreImport")) return;
  if (operation.method.ends_with("Attachment")) {
    tickets::v1::Attachment attachment;
    attachment.ParseFromString(reply.message);
    if (operation.method.ends_with("CreateAttachment")) ledger_.attachments.push_back(attachment.name());
    return;
  }
  if (operation.method.ends_with("BatchCreateTickets")) {
    tickets::v1::BatchCreateTicketsResponse response;
    response.ParseFromString(reply.message);
    for (const Ticket& ticket : response.tickets()) {
      operation.names.push_back(ticket.name());
      Know(ticket);
      if (!ticket.import_name().empty()) ledger_.imports.push_back(ticket.import_name());
    }
    return;
  }
  if (operation.method.ends_with("CreateMessage")) {
    tickets::v1::Message message;
    message.ParseFromString(reply.message);
    operation.names = {message.name()};
    return;
  }
  if (IsOfBacklog(operation)) {
    Change change;
    change.ParseFromString(reply.message);
    operation.names = {change.name()};
    ledger_.etag[change.name()] = change.etag();
    if (operation.method.ends_with("CreateChange")) ledger_.changes.push_back(change.name());
    return;
  }
  Ticket ticket;
  ticket.ParseFromString(reply.message);
  operation.names = {ticket.name()};
  ledger_.etag[ticket.name()] = ticket.etag();
  if (operation.method.ends_with("CreateTicket") || operation.method.ends_with("SplitTicket")) Know(ticket);
  if (!ticket.change().empty() && ticket.change() != "changes/nowhere") ledger_.changes.push_back(ticket.change());
}

}  // namespace dangol::simulation

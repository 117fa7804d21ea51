#include "tests/services/api_subjects.h"

#include "gtest/gtest.h"

#include "common/base/proto_time.h"
#include "dangol/api/v1/audit.pb.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/metrics/v1/digest_service.pb.h"
#include "dangol/metrics/v1/effect_service.pb.h"
#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "dangol/metrics/v1/member_service.pb.h"
#include "dangol/tickets/v1/customer_service.pb.h"
#include "dangol/tickets/v1/policy_service.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/backlog/service.h"
#include "services/metrics/service.h"
#include "services/tickets/service.h"
#include "tests/common/feed/apply_event.h"
#include "tests/common/rpc/fake_authorizer.h"
#include "tests/services/tickets/correctable.h"

namespace dangol {
namespace {

using google::protobuf::Message;
using testing::SimulatedService;
using testing::Site;

template <typename Response>
void Must(SimulatedService& service, const std::string& method, const Message& request) {
  const auto response = service.Call<Response>(method, request);
  EXPECT_TRUE(response.ok()) << response.status();
}

void MustApply(SimulatedService& service, const feed::Source& source, const Message& event) {
  const absl::Status status = testing::ApplyEvent(service, source, event);
  EXPECT_TRUE(status.ok()) << status;
}

// Customers under names that requests have; the service gives others.
void MakeCustomers(SimulatedService& service, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    tickets::v1::CreateCustomerRequest create;
    create.mutable_customer()->set_display_name(id);
    const auto made = service.Call<tickets::v1::Customer>("/dangol.tickets.v1.CustomerService/CreateCustomer", create);
    ASSERT_TRUE(made.ok()) << made.status();
    service.file().Execute(fmt::format("UPDATE customer SET customer_id = '{}' WHERE customer_id = '{}'", id,
                                       made->name().substr(made->name().find('/') + 1)));
  }
}

}  // namespace

ApiSubject TicketsApi() {
  ApiSubject api{.service = "dangol.tickets.v1.TicketService",
                 .definition = tickets::TicketsService,
                 .prepare = nullptr,
                 .fit = nullptr,
                 .known = "tickets/known"};
  api.prepare = [](SimulatedService& service, const std::string& method) {
    const std::string path = "/dangol.tickets.v1.TicketService/";
    MakeCustomers(service, {"a1"});
    tickets::v1::CreateTicketRequest create;
    create.set_ticket_id("known");
    create.mutable_ticket()->set_subject("It came late");
    Must<tickets::v1::Ticket>(service, path + "CreateTicket", create);
    if (method == "ReopenTicket") {
      tickets::v1::DeclineTicketRequest decline;
      decline.set_name("tickets/known");
      decline.set_reason(tickets::v1::Decision::UNSUSTAINABLE);
      decline.set_reply("Not yet.");
      decline.set_decided_by("members/kim");
      Must<tickets::v1::Ticket>(service, path + "DeclineTicket", decline);
    }
    if (method == "MarkTicketDuplicate") {
      create.set_ticket_id("canonical");
      tickets::v1::GetTicketRequest get;
      get.set_name("tickets/known");
      create.mutable_ticket()->set_customer(
          service.Call<tickets::v1::Ticket>(path + "GetTicket", get).value_or(tickets::v1::Ticket()).customer());
      Must<tickets::v1::Ticket>(service, path + "CreateTicket", create);
    }
    if (method == "RedactMessage") {
      tickets::v1::CreateMessageRequest message;
      message.set_parent("tickets/known");
      message.set_message_id("known");
      message.mutable_message()->set_kind(tickets::v1::Message::CUSTOMER);
      message.mutable_message()->set_body("Where is it?");
      Must<tickets::v1::Message>(service, path + "CreateMessage", message);
    }
    if (method.ends_with("Attachment") && method != "CreateAttachment") {
      tickets::v1::CreateAttachmentRequest attachment;
      attachment.set_parent("tickets/known");
      attachment.set_attachment_id("known");
      attachment.mutable_attachment()->set_file_name("cup.txt");
      attachment.mutable_attachment()->set_media_type("text/plain");
      attachment.mutable_attachment()->set_size_bytes(5);
      Must<tickets::v1::Attachment>(service, path + "CreateAttachment", attachment);
      tickets::v1::UploadAttachmentRequest upload;
      upload.set_name("tickets/known/attachments/known");
      upload.set_data("bytes");
      if (method != "UploadAttachment") Must<tickets::v1::Attachment>(service, path + "UploadAttachment", upload);
    }
    if (method.ends_with("Import")) {
      tickets::v1::BatchCreateTicketsRequest batch;
      batch.set_import_name("imports/known");
      batch.add_requests()->mutable_ticket()->set_subject("It came late");
      Must<tickets::v1::BatchCreateTicketsResponse>(service, path + "BatchCreateTickets", batch);
    }
    if (method == "RestoreImport") {
      tickets::v1::UndoImportRequest undo;
      undo.set_name("imports/known");
      Must<tickets::v1::Import>(service, path + "UndoImport", undo);
    }
    if (method == "RestoreTicket") {
      tickets::v1::MarkTicketSpamRequest spam;
      spam.set_name("tickets/known");
      Must<tickets::v1::Ticket>(service, path + "MarkTicketSpam", spam);
    }
    if (method == "CloseTicket" || method == "RateTicket") {
      tickets::v1::ResolveTicketRequest resolve;
      resolve.set_name("tickets/known");
      resolve.set_disposition(tickets::v1::Ticket::INFORMED);
      resolve.set_reply("It comes tomorrow.");
      resolve.set_decided_by("members/kim");
      Must<tickets::v1::Ticket>(service, path + "ResolveTicket", resolve);
    }
    if (method == "DismissWaiting") {
      tickets::v1::AcknowledgeTicketRequest acknowledge;
      acknowledge.set_name("tickets/known");
      Must<tickets::v1::Ticket>(service, path + "AcknowledgeTicket", acknowledge);
    }
    if (method == "UnlinkTicket" || method == "RecordPreviewAnswer") {
      tickets::v1::AcceptTicketRequest accept;
      accept.set_name("tickets/known");
      accept.set_change("changes/a1");
      Must<tickets::v1::Ticket>(service, path + "AcceptTicket", accept);
    }
  };
  api.fit = [](const std::string& method, const Site& site, Message& request) {
    if (site.is_mask()) testing::MaskCorrectable(site, request);
    if (method == "RedactMessage" && site.path == "name") site.SetText(request, "tickets/known/messages/known");
    if (site.path == "canonical") site.SetText(request, "tickets/canonical");
    if (site.path.ends_with("_rating")) site.SetInteger(request, 3);
    if (method == "RecordPreviewAnswer" && site.path == "change") site.SetText(request, "changes/a1");
    if (method == "BatchGetTickets" && site.path == "names") site.SetText(request, "tickets/known");
    if (site.path.ends_with("remedy.currency_code")) site.SetText(request, "KRW");
    if (site.path.ends_with("remedy.kind")) site.SetEnum(request, tickets::v1::Remedy::REFUND);
    const bool of_file = method.ends_with("Attachment") && !method.starts_with("Create");
    if (of_file && site.path == "name") site.SetText(request, "tickets/known/attachments/known");
    if (site.path == "attachment.media_type") site.SetText(request, "audio/mpeg");
    if (site.path == "attachment.sha256" || site.path == "attachment.message") site.Clear(request);
    if (method == "UploadAttachment" && site.path == "offset") site.SetInteger(request, 0);
    if (method.ends_with("Import") && site.path == "name") site.SetText(request, "imports/known");
    if (site.path == "draft") site.Clear(request);                    // there is a change
    if (site.path.ends_with("ticket.customer")) site.Clear(request);  // there is a sender
    if (site.path == "disposition") site.SetEnum(request, tickets::v1::Ticket::INFORMED);
    if (site.path == "requests[0].request_id") site.Clear(request);  // the batch has its own
  };
  api.formed = {"ticket.remedy.currency_code", "requests[0].ticket.remedy.currency_code", "remedy.currency_code",
                "attachment.media_type", "attachment.sha256"};
  api.etag = [](const std::string& method) {
    static const std::set<std::string> changed = {"ReopenTicket",       "UnlinkTicket",  "CloseTicket",
                                                  "DismissWaiting",     "RestoreTicket", "RateTicket",
                                                  "RecordPreviewAnswer"};
    return changed.contains(method) ? "2" : "1";
  };
  return api;
}

ApiSubject CustomersApi() {
  ApiSubject api{.service = "dangol.tickets.v1.CustomerService",
                 .definition = tickets::TicketsService,
                 .prepare =
                     [](SimulatedService& service, const std::string&) {
                       MakeCustomers(service, {"known", "a1"});
                     },
                 .fit = nullptr,
                 .known = "customers/known"};
  api.fit = [](const std::string&, const Site& site, Message& request) {
    if (site.path.ends_with("time_zone")) site.SetText(request, "Asia/Seoul");
    if (site.path == "contact") site.Clear(request);
    if (site.path == "merged_etag") site.SetText(request, "1");
    if (site.path == "retain_until_time") site.SetTime(request, 32'503'680'000, 0);  // the year 3000
  };
  api.formed = {"customer.time_zone", "customers[0].time_zone", "contact"};
  return api;
}

ApiSubject PolicyApi() {
  ApiSubject api{.service = "dangol.tickets.v1.PolicyService",
                 .definition = tickets::TicketsService,
                 .prepare = nullptr,
                 .fit = nullptr,
                 .known = ""};
  // `first/second` is what a request has as a path.
  api.prepare = [](SimulatedService& service, const std::string& method) {
    tickets::v1::UpdateTriagePolicyRequest update;
    update.mutable_triage_policy()->set_time_zone("Asia/Tokyo");
    Must<tickets::v1::TriagePolicy>(service, "/dangol.tickets.v1.PolicyService/UpdateTriagePolicy", update);
    for (const char* path : {"first", "first/second"}) {
      if (method == "CreateContactReason" && std::string(path) != "first") continue;
      tickets::v1::CreateContactReasonRequest create;
      create.mutable_contact_reason()->set_path(path);
      Must<tickets::v1::ContactReason>(service, "/dangol.tickets.v1.PolicyService/CreateContactReason", create);
    }
  };
  api.fit = [](const std::string& method, const Site& site, Message& request) {
    if (site.path == "into") site.SetText(request, "third");
    if (method == "UpdateContactReason") {
      if (site.is_mask()) {
        auto& mask = *static_cast<tickets::v1::UpdateContactReasonRequest&>(request).mutable_update_mask();
        for (const char* path : {"display_names", "stage", "owner"}) mask.add_paths(path);
      }
      return;
    }
    const std::string field = site.path.substr(site.path.rfind('.') + 1);
    if (field == "time_zone") site.SetText(request, "Asia/Seoul");
    if (field == "currency_code") site.SetText(request, "KRW");
    if (field == "assignee") site.Clear(request);  // there are assignees
    if (field == "open_time" || field == "end_time") site.SetText(request, "09:00");
    if (field == "close_time" || field == "begin_time") site.SetText(request, "18:00");
    if (field == "extra_holidays") site.SetText(request, "2026-12-31");
    if (site.is_mask()) testing::FillMask(site, request);
  };
  api.formed = {"triage_policy.time_zone",
                "triage_policy.remedy_limits[0].currency_code",
                "triage_policy.opening_hours[0].open_time",
                "triage_policy.opening_hours[0].close_time",
                "triage_policy.extra_holidays",
                "triage_policy.quiet_hours.begin_time",
                "triage_policy.quiet_hours.end_time"};
  return api;
}

// `changes/known` has a demand of `tickets/a1`, and `changes/a1` is where it may move.
ApiSubject BacklogApi() {
  ApiSubject api{.service = "dangol.backlog.v1.ChangeService",
                 .definition = backlog::BacklogService,
                 .prepare = nullptr,
                 .fit = nullptr,
                 .known = "changes/known"};
  api.fit = [](const std::string&, const Site& site, Message& request) {
    if (site.path == "survivor_etag") site.SetText(request, "1");
    if (site.path == "shipment") site.SetText(request, "changes/known/shipments/1");
    if (site.is_mask()) testing::FillMask(site, request, "decision");  // other methods make it
  };
  api.etag = [](const std::string& method) {
    if (method == "RevertShipment" || method == "ConcludeChange") return "3";
    return method == "ReconsiderChange" ? "2" : "1";
  };
  api.prepare = [](SimulatedService& service, const std::string& method) {
    for (const std::string id : {"known", "a1"}) {
      if (id == "a1" && method == "CreateChange") continue;
      backlog::v1::CreateChangeRequest create;
      create.set_change_id(id);
      create.mutable_change()->set_title("Parcels come on the day that was promised");
      Must<backlog::v1::Change>(service, "/dangol.backlog.v1.ChangeService/CreateChange", create);
    }
    tickets::v1::TicketEvent event;
    event.mutable_ticket_accepted();
    event.mutable_facts()->set_ticket("tickets/a1");
    event.mutable_facts()->set_change("changes/known");
    event.mutable_facts()->set_acceptance(1);
    event.mutable_facts()->set_may_ask(true);
    MustApply(service, backlog::BacklogService().sources[0], event);
    if (method == "RevertShipment" || method == "ConcludeChange") {
      backlog::v1::ShipChangeRequest ship;
      ship.set_name("changes/known");
      ship.set_kind(backlog::v1::Change::PROCESS);
      testing::FillValid(*ship.mutable_decision());
      Must<backlog::v1::Change>(service, "/dangol.backlog.v1.ChangeService/ShipChange", ship);
    }
    if (method == "ReconsiderChange") {
      backlog::v1::DropChangeRequest drop;
      drop.set_name("changes/known");
      drop.set_decline_reason(backlog::v1::Drop::UNSUSTAINABLE);
      drop.set_reason("Nobody would pay for it.");
      drop.set_decided_by("members/kim");
      Must<backlog::v1::Change>(service, "/dangol.backlog.v1.ChangeService/DropChange", drop);
    }
  };
  return api;
}

ApiSubject LoopsApi() {
  ApiSubject api{.service = "dangol.metrics.v1.LoopService",
                 .definition = metrics::MetricsService,
                 .prepare = nullptr,
                 .fit = nullptr,
                 .known = "loops/known"};
  api.prepare = [](SimulatedService& service, const std::string&) {
    tickets::v1::TicketEvent ticket;
    ticket.mutable_ticket_created();
    ticket.mutable_facts()->set_ticket("tickets/known");
    ticket.mutable_facts()->set_version(1);
    ticket.mutable_facts()->set_state(tickets::v1::Ticket::RECEIVED);
    MustApply(service, metrics::MetricsService().sources[0], ticket);
    backlog::v1::ChangeEvent change;
    change.mutable_change_created();
    change.mutable_facts()->set_change("changes/a1");
    change.mutable_facts()->set_version(1);
    MustApply(service, metrics::MetricsService().sources[1], change);
  };
  api.fit = [](const std::string&, const Site& site, Message& request) {
    if (site.path == "first_day" || site.path == "last_day") site.SetText(request, "2026-11-24");
  };
  api.formed = {"first_day", "last_day"};
  return api;
}

namespace {

constexpr char kEngines[] = "/dangol.metrics.v1.EngineService/";
constexpr char kKpis[] = "/dangol.metrics.v1.KpiService/";
// Before every test's now.
constexpr char kDay[] = "2000-01-03";

void MakeMember(SimulatedService& service, const std::string& id) {
  metrics::v1::CreateMemberRequest create;
  create.set_member_id(id);
  create.mutable_member()->set_display_name("Kim");
  create.mutable_member()->add_roles(metrics::v1::Member::LEAD);
  Must<metrics::v1::Member>(service, "/dangol.metrics.v1.MemberService/CreateMember", create);
}

// `engines/known` with the stage a1.
void MakeEngine(SimulatedService& service, const std::string& id = "known") {
  metrics::v1::CreateEngineRequest create;
  create.set_engine_id(id);
  (*create.mutable_engine()->mutable_display_names())["en"] = "Shop";
  create.mutable_engine()->set_time_zone("UTC");
  create.mutable_engine()->set_closed_days(metrics::v1::Engine::OWN);  // none
  metrics::v1::Stage& stage = *create.mutable_engine()->add_stages();
  stage.set_stage_id("a1");
  (*stage.mutable_display_names())["en"] = "Stage";
  Must<metrics::v1::Engine>(service, std::string(kEngines) + "CreateEngine", create);
}

// `engines/known/kpis/known` with a number of kDay.
void MakeKpi(SimulatedService& service) {
  metrics::v1::CreateKpiRequest create;
  create.set_parent("engines/known");
  create.set_kpi_id("known");
  (*create.mutable_kpi()->mutable_display_names())["en"] = "Orders";
  create.mutable_kpi()->set_kind(metrics::v1::Kpi::LAST);
  Must<metrics::v1::Kpi>(service, std::string(kKpis) + "CreateKpi", create);
  metrics::v1::RecordObservationsRequest record;
  record.set_parent("engines/known");
  record.set_recorded_by("members/a1");
  metrics::v1::Entry& entry = *record.add_entries();
  entry.set_kpi("engines/known/kpis/known");
  entry.set_day(kDay);
  entry.set_value(3);
  Must<metrics::v1::RecordObservationsResponse>(service, std::string(kKpis) + "RecordObservations", record);
}

bool IsDay(const Site& site) {
  return site.path.ends_with("first_day") || site.path.ends_with("last_day") || site.path.ends_with("from_day") ||
         site.path.ends_with(".day") || site.path == "day" || site.path.ends_with("holidays");
}

}  // namespace

ApiSubject MembersApi() {
  ApiSubject api{.service = "dangol.metrics.v1.MemberService",
                 .definition = metrics::MetricsService,
                 .prepare =
                     [](SimulatedService& service, const std::string&) {
                       MakeMember(service, "known");
                       MakeMember(service, "other");
                       MakeEngine(service);
                     },
                 .fit = nullptr,
                 .known = "members/known"};
  api.fit = [](const std::string&, const Site& site, Message& request) {
    if (site.path == "to") site.SetText(request, "members/other");
    if (site.path == "member.email") site.SetText(request, "kim@example.com");
    if (site.path == "member.report_subscriptions[0].engine") site.SetText(request, "engines/known");
    if (site.path == "member.deputy.member") site.SetText(request, "members/lee");
    if (IsDay(site)) site.SetText(request, kDay);
  };
  api.formed = {"member.email", "member.deputy.first_day", "member.deputy.last_day"};
  return api;
}

// The gateway's.
ApiSubject AuditApi() {
  const auto gateway = std::make_shared<testing::FakeAuthorizer>();
  gateway->principal = {.name = "services/gateway", .roles = {"service"}, .stages = {}, .permissions = {"admin"}};
  ApiSubject api{.service = "dangol.metrics.v1.AuditService",
                 .definition = metrics::MetricsService,
                 .prepare = [](SimulatedService&, const std::string&) {},
                 .fit =
                     [](const std::string&, const Site& site, Message& request) {
                       api::v1::AuditEntry entry;
                       entry.set_method("dangol.gateway.v1.Session/SignOut");
                       if (site.path == "audit_entry") site.SetText(request, entry.SerializeAsString());
                     },
                 .known = ""};
  api.formed = {"audit_entry"};
  api.authorizer = gateway;
  return api;
}

ApiSubject EnginesApi() {
  ApiSubject api{.service = "dangol.metrics.v1.EngineService",
                 .definition = metrics::MetricsService,
                 .prepare = nullptr,
                 .fit = nullptr,
                 .known = "engines/known"};
  api.prepare = [](SimulatedService& service, const std::string&) {
    MakeMember(service, "a1");
    MakeEngine(service);
    MakeEngine(service, "other");
  };
  api.fit = [](const std::string& method, const Site& site, Message& request) {
    if (site.path == "name" && method == "RetireStage") site.SetText(request, "engines/known/stages/a1");
    if (site.path == "into") site.SetText(request, "engines/other/stages/a1");
    if (site.path == "name" && method == "AcknowledgeRevision") site.SetText(request, "engines/known/revisions/1");
    if (site.path == "engine" && method != "CreateEngine" && method != "UpdateEngine")
      site.SetText(request, "engines/known");
    if (site.path == "blueprint") site.SetEnum(request, metrics::v1::CreateEngineRequest::BLUEPRINT_UNSPECIFIED);
    if (site.path == "engine.time_zone") site.SetText(request, "UTC");
    if (site.path == "engine.exposure_kpi") site.Clear(request);  // there is no KPI
    if (IsDay(site)) site.SetText(request, kDay);
  };
  api.formed = {"engine.time_zone", "engine.holidays", "first_day", "last_day"};
  return api;
}

ApiSubject KpisApi() {
  ApiSubject api{.service = "dangol.metrics.v1.KpiService",
                 .definition = metrics::MetricsService,
                 .prepare = nullptr,
                 .fit = nullptr,
                 .known = "engines/known"};
  api.prepare = [](SimulatedService& service, const std::string&) {
    MakeMember(service, "a1");
    MakeEngine(service);
    MakeKpi(service);
  };
  api.fit = [](const std::string& method, const Site& site, Message& request) {
    const std::string kpi = "engines/known/kpis/known";
    if (site.path == "name" || site.path == "kpis" || site.path == "entries[0].kpi") site.SetText(request, kpi);
    if (site.path == "parent" && method == "ListObservationRevisions")
      site.SetText(request, kpi + "/observations/" + kDay);
    if (site.path == "engine") site.SetText(request, "engines/known");
    if (site.path == "kpi.stage") site.SetText(request, "engines/known/stages/a1");
    if (site.path == "kpi.system") site.Clear(request);  // it is entered
    if (site.path == "kpi.source") site.SetEnum(request, metrics::v1::Kpi::MANUAL);
    if (site.path == "kpi.due_time_of_day") site.SetText(request, "12:00");
    if (site.path == "entries[0].numerator" || site.path == "entries[0].denominator") site.Clear(request);
    if (site.path == "entries[0].state") site.SetEnum(request, metrics::v1::Observation::NUMBER);
    if (IsDay(site)) site.SetText(request, kDay);
  };
  api.formed = {"day",      "kpi.due_time_of_day", "kpi.first_day", "kpi.targets[0].from_day", "first_day",
                "last_day", "entries[0].day"};
  return api;
}

ApiSubject EffectsApi() {
  ApiSubject api{.service = "dangol.metrics.v1.EffectService",
                 .definition = metrics::MetricsService,
                 .prepare = nullptr,
                 .fit = nullptr,
                 .known = "effects/known"};
  api.prepare = [](SimulatedService& service, const std::string&) {
    backlog::v1::ChangeEvent change;
    change.mutable_change_shipped();
    change.mutable_facts()->set_change("changes/known");
    change.mutable_facts()->set_version(1);
    change.mutable_facts()->add_contact_reasons("delivery/late");
    change.mutable_facts()->mutable_ship_time()->set_seconds(1'750'000'000);
    MustApply(service, metrics::MetricsService().sources[1], change);
  };
  api.fit = [](const std::string&, const Site&, Message&) {};
  return api;
}

ApiSubject ReviewsApi() {
  ApiSubject api = KpisApi();
  api.service = "dangol.metrics.v1.ReviewService";
  api.fit = [](const std::string&, const Site& site, Message& request) {
    if (site.path == "remark.kpi") site.SetText(request, "engines/known/kpis/known");
    if (site.path == "remark.reply_to") site.Clear(request);  // there is no remark
    if (IsDay(site)) site.SetText(request, kDay);
  };
  api.formed = {"day", "remark.first_day"};
  return api;
}

ApiSubject DigestsApi() {
  ApiSubject api{.service = "dangol.metrics.v1.DigestService",
                 .definition = metrics::MetricsService,
                 .prepare = nullptr,
                 .fit = nullptr,
                 .known = "members/known"};
  api.prepare = [](SimulatedService& service, const std::string& method) {
    MakeEngine(service);  // by the default policy it is a Sunday
    metrics::v1::CreateMemberRequest create;
    create.set_member_id("known");
    create.mutable_member()->set_display_name("Kim");
    create.mutable_member()->set_email("kim@example.com");
    Must<metrics::v1::Member>(service, "/dangol.metrics.v1.MemberService/CreateMember", create);
    if (method != "ReportDigest") return;
    metrics::v1::ClaimDigestRequest claim;
    claim.set_parent("members/known");
    *claim.mutable_read_time() = ToProtoTime(service.runtime().Now());
    Must<metrics::v1::Digest>(service, "/dangol.metrics.v1.DigestService/ClaimDigest", claim);
    service.file().Execute("UPDATE digest SET day = 'a1'");
  };
  api.fit = [](const std::string&, const Site& site, Message& request) {
    if (site.path == "state") site.SetEnum(request, metrics::v1::Digest::SENT);
    if (site.path == "name" && request.GetDescriptor()->name() == "ReportDigestRequest")
      site.SetText(request, "members/known/digests/a1");
  };
  return api;
}

const std::vector<ApiSubject>& ApiSubjects() {
  static const auto& subjects =
      *new std::vector<ApiSubject>{TicketsApi(), CustomersApi(), PolicyApi(), BacklogApi(), LoopsApi(),   MembersApi(),
                                   AuditApi(),   EnginesApi(),   KpisApi(),   ReviewsApi(), EffectsApi(), DigestsApi()};
  return subjects;
}

}  // namespace dangol

#include "tests/simulation/loop_checks.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "fmt/format.h"

#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/api/v1/audit.pb.h"
#include "dangol/api/v1/feed.pb.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/metrics/v1/effect_service.pb.h"
#include "dangol/metrics/v1/loop_service.pb.h"
#include "dangol/metrics/v1/metrics_feed.pb.h"
#include "dangol/tickets/v1/customer_service.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/engine_checks.h"

namespace dangol::simulation {
namespace {

using backlog::v1::Change;
using backlog::v1::Demand;
using metrics::v1::Loop;
using tickets::v1::Ticket;

constexpr absl::Duration kCallTimeout = absl::Minutes(1);
constexpr int kAttempts = 10;
constexpr int kErasedAttempts = 1000;

class LoopCheck {
 public:
  LoopCheck(Runtime& runtime, WaitUntil wait, const std::vector<LoopSite>& sites, LoopLedger& ledger)
      : runtime_(runtime), wait_(std::move(wait)), sites_(sites), ledger_(ledger) {}

  void Run() {
    for (size_t site = 0; site < sites_.size(); ++site) Integrity(site);
    ReadTickets();
    ReadChanges();
    ticket_events_ =
        ReadFeed<tickets::v1::StreamEventsResponse, tickets::v1::TicketEvent>(0, "dangol.tickets.v1.TicketFeed");
    change_events_ =
        ReadFeed<backlog::v1::StreamEventsResponse, backlog::v1::ChangeEvent>(1, "dangol.backlog.v1.ChangeFeed");
    if (!ledger_.violations.empty()) return;
    FindMarkers();
    Operations();
    AuditLogs();
    Demands();
    Evidence();
    Answers();
    Versions();
    CheckEtags(ledger_.operations, transitions_, ledger_.violations);
    Secrets();
    Erasures();
    PeopleOfImports();
    Loops();
    Effects();
    Engines();
  }

  void Reasons() {
    tickets::v1::BatchCreateTicketsRequest batch;
    for (const std::string_view reason : kReasons) {
      Ticket& ticket = *batch.add_requests()->mutable_ticket();
      ticket.set_subject("where does it lead?");
      ticket.set_contact_reason(std::string(reason));
    }
    const auto created =
        Ask<tickets::v1::BatchCreateTicketsResponse>(0, "/dangol.tickets.v1.TicketService/BatchCreateTickets", batch);
    for (int i = 0; i < created.tickets_size(); ++i) {
      backlog::v1::CreateChangeRequest request;
      request.mutable_change()->set_title("where does it lead?");
      request.mutable_change()->add_contact_reasons(batch.requests(i).ticket().contact_reason());
      const auto change = Ask<Change>(1, "/dangol.backlog.v1.ChangeService/CreateChange", request);
      if (change.contact_reasons_size() == 1 && change.contact_reasons(0) == created.tickets(i).contact_reason())
        continue;
      Violation(fmt::format("{} leads a ticket to {}, and a change to {}", batch.requests(i).ticket().contact_reason(),
                            created.tickets(i).contact_reason(), absl::StrJoin(change.contact_reasons(), " ")));
    }
  }

 private:
  void Violation(std::string text) { ledger_.Violation(std::move(text)); }

  // What `start` calls its argument with; nullopt: never.
  template <typename Value>
  std::optional<Value> Await(const std::function<void(std::function<void(Value)>)>& start) {
    // The callback may come on another thread, and after this function has ended.
    const auto promise = std::make_shared<std::promise<Value>>();
    std::future<Value> future = promise->get_future();
    start([promise](Value value) { promise->set_value(std::move(value)); });
    const auto arrived = [&future] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; };
    wait_(arrived);
    return arrived() ? std::optional(future.get()) : std::nullopt;
  }

  // Empty where there is no answer, which is a violation.
  std::string AskForBytes(size_t site, const std::string& method, const google::protobuf::Message& request) {
    std::optional<rpc::Reply> reply;
    // A machine that is busy with other things may need longer for a read than a snapshot is held.
    for (int attempt = 0; attempt < kAttempts && (!reply || absl::IsResourceExhausted(reply->status)); ++attempt) {
      reply = Await<rpc::Reply>([&](std::function<void(rpc::Reply)> done) {
        sites_[site].channel->Unary(method, request.SerializeAsString(), {{}, runtime_.Now() + kCallTimeout},
                                    std::move(done));
      });
    }
    if (reply && reply->status.ok()) return reply->message;
    Violation(fmt::format("{}: {}", method, reply ? reply->status.ToString() : "no answer"));
    return "";
  }

  template <typename Response>
  Response Ask(size_t site, const std::string& method, const google::protobuf::Message& request) {
    Response response;
    response.ParseFromString(AskForBytes(site, method, request));
    return response;
  }

  void Integrity(size_t site) {
    api::v1::CheckIntegrityRequest request;
    request.set_check_pages(true);
    const auto response =
        Ask<api::v1::CheckIntegrityResponse>(site, "/dangol.api.v1.AdminService/CheckIntegrity", request);
    for (const auto& violation : response.violations()) {
      Violation(fmt::format("{} {}: {} {}", sites_[site].name, violation.check(), violation.resource(),
                            violation.description()));
    }
  }

  void ReadTickets() {
    tickets::v1::ListTicketsRequest request;
    request.set_page_size(1000);
    do {
      const auto page =
          Ask<tickets::v1::ListTicketsResponse>(0, "/dangol.tickets.v1.TicketService/ListTickets", request);
      for (const Ticket& ticket : page.tickets()) tickets_[ticket.name()] = ticket;
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
  }

  void ReadChanges() {
    backlog::v1::ListChangesRequest request;
    request.set_page_size(1000);
    do {
      const auto page =
          Ask<backlog::v1::ListChangesResponse>(1, "/dangol.backlog.v1.ChangeService/ListChanges", request);
      for (const Change& change : page.changes()) changes_[change.name()] = change;
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    for (const auto& [name, change] : changes_) ReadDemands(name);
  }

  void ReadDemands(const std::string& change) {
    backlog::v1::ListDemandsRequest request;
    request.set_parent(change);
    request.set_page_size(1000);
    do {
      const auto page =
          Ask<backlog::v1::ListDemandsResponse>(1, "/dangol.backlog.v1.ChangeService/ListDemands", request);
      for (const Demand& demand : page.demands()) demands_.push_back({change, demand});
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
  }

  // All events, which have to be dense.
  template <typename Response, typename Event>
  std::vector<Event> ReadFeed(size_t site, const std::string& service) {
    std::vector<Event> events;
    auto stream = sites_[site].channel->Stream(fmt::format("/{}/StreamEvents", service), "", {});
    const int64_t head =
        Ask<api::v1::GetStatusResponse>(site, "/dangol.api.v1.AdminService/GetStatus", api::v1::GetStatusRequest())
            .feed_sequence();
    while (static_cast<int64_t>(events.size()) < head) {
      using Read = std::pair<std::optional<std::string>, absl::Status>;
      const auto read = Await<Read>([&](const std::function<void(Read)>& done) {
        stream->Read([done](std::optional<std::string> message, absl::Status status) {
          done({std::move(message), std::move(status)});
        });
      });
      if (!read || !read->first) {
        Violation(fmt::format("the feed {} ended: {}", service, read ? read->second.ToString() : "no answer"));
        return events;
      }
      Response response;
      response.ParseFromString(*read->first);
      for (const Event& event : response.events()) {
        events.push_back(event);
        if (event.envelope().sequence() != static_cast<int64_t>(events.size())) {
          Violation(fmt::format("{}: event {} stands at {}", service, event.envelope().sequence(), events.size()));
        }
      }
    }
    return events;
  }

  void FindMarkers() {
    for (const auto& [name, ticket] : tickets_) {
      ++found_[ticket.subject()];
      tickets::v1::ListMessagesRequest request;
      request.set_parent(name);
      request.set_page_size(1000);
      const auto page =
          Ask<tickets::v1::ListMessagesResponse>(0, "/dangol.tickets.v1.TicketService/ListMessages", request);
      for (const auto& message : page.messages()) ++found_[message.body()];
    }
    for (const auto& [name, change] : changes_) ++found_[change.title()];
    for (const auto& event : change_events_) {
      if (event.has_change_shipped()) ++found_[event.change_shipped().customer_notes().at("en")];
      if (event.has_change_dropped()) ++found_[event.change_dropped().reason()];
      if (event.has_shipment_reverted()) ++found_[event.shipment_reverted().reason()];
    }
  }

  // Invariants 1 and 2. A request that was refused may be executed once more when the state has changed, and then have
  // its effect; where nothing is doubled it has none.
  void Operations() {
    for (const Operation& operation : ledger_.operations) {
      const bool promised = !operation.request_id.empty();
      for (const std::string& marker : operation.markers) {
        const int count = found_[marker];
        // A batch may have skipped all of its tickets; the answer to a repeated one does not say so.
        const bool may_be_empty = operation.method.ends_with("BatchAcceptTickets");
        const bool is_needed = operation.outcome == Outcome::kAcknowledged && !may_be_empty && !IsErased(operation);
        const int least = is_needed ? 1 : 0;
        const bool is_none = operation.outcome == Outcome::kRefused && !ledger_.doubled;
        if (is_none ? count == 0 : count >= least && (count <= 1 || !promised)) continue;
        constexpr const char* kOutcomes[] = {"pending", "acknowledged", "refused", "of unknown outcome"};
        Violation(fmt::format("operation {} ({}), {}, is there {} times", operation.number, operation.method,
                              kOutcomes[static_cast<int>(operation.outcome)], count));
      }
      if (operation.outcome != Outcome::kAcknowledged) continue;
      if (operation.method.ends_with("UndoImport") || operation.method.ends_with("RestoreImport")) Swept(operation);
      if (!operation.method.ends_with("CreateTicket")) continue;
      if (!tickets_.contains(operation.names[0])) Violation(fmt::format("{} is lost", operation.names[0]));
    }
  }

  // Who did what: each acknowledged write that changed something, once, at the service that it was sent to.
  void AuditLogs() {
    std::map<std::string, int> entries;
    for (size_t site = 0; site < sites_.size(); ++site) {
      api::v1::ListAuditEntriesRequest request;
      request.set_page_size(1000);
      do {
        const auto page =
            Ask<api::v1::ListAuditEntriesResponse>(site, "/dangol.api.v1.AdminService/ListAuditEntries", request);
        for (const auto& entry : page.audit_entries()) ++entries[entry.request_id()];
        request.set_page_token(page.next_page_token());
      } while (!request.page_token().empty());
    }
    for (const Operation& operation : ledger_.operations) {
      if (operation.outcome != Outcome::kAcknowledged || operation.request_id.empty()) continue;
      const int found = entries[operation.request_id];
      if (found == 1 || (found == 0 && !AlwaysChangesSomething(operation))) continue;
      Violation(
          fmt::format("operation {} ({}) is in the audit logs {} times", operation.number, operation.method, found));
    }
  }

  // Whoever was the last to say so: it is done.
  void Swept(const Operation& operation) {
    tickets::v1::UndoImportRequest undo;  // its name is where RestoreImport has it
    undo.ParseFromString(operation.request);
    tickets::v1::GetImportRequest request;
    request.set_name(undo.name());
    const auto import = Ask<tickets::v1::Import>(0, "/dangol.tickets.v1.TicketService/GetImport", request);
    if (import.has_restore_time() ? !import.has_restore_finish_time() : !import.has_undo_finish_time())
      Violation(fmt::format("{} is still being undone or restored", undo.name()));
    // Of those that nobody has read, none is where the last word has not put it.
    tickets::v1::ListTicketsRequest theirs;
    theirs.set_import_name(undo.name());
    theirs.set_page_size(1000);
    const auto page = Ask<tickets::v1::ListTicketsResponse>(0, "/dangol.tickets.v1.TicketService/ListTickets", theirs);
    for (const Ticket& ticket : page.tickets()) {
      const bool withdrawn = ticket.state() == Ticket::SPAM && !ticket.has_hear_time();
      if (withdrawn && import.has_restore_time())
        Violation(fmt::format("{} is taken back, and {} was restored", ticket.name(), undo.name()));
    }
  }

  // Whoever is known by a number that only imports bring is one person, however many came at once.
  void PeopleOfImports() {
    for (uint64_t person = 0; person < kPeopleOfImports; ++person) {
      tickets::v1::ListCustomersRequest request;
      request.set_contact(PhoneOfImports(person));
      const auto page =
          Ask<tickets::v1::ListCustomersResponse>(0, "/dangol.tickets.v1.CustomerService/ListCustomers", request);
      if (page.customers_size() > 1)
        Violation(fmt::format("{} are both {}", page.customers(0).name(), page.customers(1).name()));
    }
  }

  // What it said was said of a ticket that is erased.
  bool IsErased(const Operation& operation) const {
    if (operation.names.empty() || !operation.names[0].starts_with("tickets/")) return false;
    const std::string& name = operation.names[0];
    const auto ticket = tickets_.find(name.substr(0, name.find('/', std::string_view("tickets/").size())));
    return ticket != tickets_.end() && ticket->second.erased();
  }

  // Invariants 9 and 11: of who was erased nothing is left, and their tickets are there.
  void Erasures() {
    const std::string rows = sites_[0].dump();
    for (const Operation& operation : ledger_.operations) {
      for (const std::string& marker : operation.markers) {
        // What has no request_id may be there twice where the network doubles requests.
        if (!operation.request_id.empty() && IsErased(operation) && marker.starts_with("secret-") &&
            rows.find(marker) != std::string::npos)
          Violation(fmt::format("{} is erased, and its {} is still there", operation.names[0], marker));
      }
      if (operation.outcome == Outcome::kAcknowledged && operation.method.ends_with("EraseCustomer"))
        Erased(operation.names[0]);
    }
    for (const auto& [name, ticket] : tickets_) {
      if (ticket.erased() && rows.find(fmt::format("{}{}", kFileMark, name.substr(8))) != std::string::npos)
        Violation(fmt::format("{} is erased, and a file of it is still there", name));
    }
  }

  void Erased(const std::string& name) {
    tickets::v1::GetCustomerRequest request;
    request.set_name(name);
    tickets::v1::Customer customer;
    // Real servers may still be at it.
    for (int attempt = 0; attempt < kErasedAttempts && customer.state() != tickets::v1::Customer::ERASED; ++attempt) {
      customer = Ask<tickets::v1::Customer>(0, "/dangol.tickets.v1.CustomerService/GetCustomer", request);
    }
    if (customer.state() != tickets::v1::Customer::ERASED) {
      Violation(
          fmt::format("{} was to be erased and is {}", name, tickets::v1::Customer::State_Name(customer.state())));
    }
    tickets::v1::ListTicketsRequest theirs;
    theirs.set_customer(name);
    theirs.set_page_size(1000);
    const auto page = Ask<tickets::v1::ListTicketsResponse>(0, "/dangol.tickets.v1.TicketService/ListTickets", theirs);
    for (const Ticket& ticket : page.tickets()) {
      if (!ticket.erased()) Violation(fmt::format("{} of {} is not erased", ticket.name(), name));
    }
  }

  // Invariant 3.
  void Demands() {
    for (const auto& [change, demand] : demands_) {
      if (!tickets_.contains(demand.ticket())) Violation(fmt::format("{} has no ticket", demand.name()));
      if (demand.state() != Demand::ACTIVE) continue;
      if (active_.contains(demand.ticket())) Violation(fmt::format("{} has two ACTIVE demands", demand.ticket()));
      active_[demand.ticket()] = {change, demand};
    }
    for (const auto& [name, ticket] : tickets_) {
      const bool by_change = (ticket.state() == Ticket::ANSWERED || ticket.state() == Ticket::CLOSED) &&
                             ticket.disposition() == Ticket::CHANGED;
      const bool linked = ticket.state() == Ticket::ACCEPTED || by_change;
      const auto active = active_.find(name);
      if (linked != (active != active_.end())) {
        Violation(fmt::format("{} is {} and has {}", name, Ticket::State_Name(ticket.state()),
                              linked ? "no ACTIVE demand" : active->second.demand.name()));
        continue;
      }
      if (linked) Linked(ticket, active->second.change, active->second.demand);
    }
  }

  void Linked(const Ticket& ticket, const std::string& change, const Demand& demand) {
    const auto require = [&](bool holds, std::string_view what) {
      if (!holds) Violation(fmt::format("{} and {}: {}", ticket.name(), demand.name(), what));
    };
    require(ticket.change() == change, fmt::format("the ticket names {}", ticket.change()));
    require(ticket.acceptance() == demand.acceptance(), "they are of two acceptances");
    require(ticket.has_confirm_time(), "it was never confirmed");
    require((ticket.state() == Ticket::ACCEPTED) == demand.shipment().empty(), "one is answered and the other not");
    if (ticket.state() != Ticket::ACCEPTED) require(ticket.shipment() == demand.shipment(), "they name two shipments");
    require(ticket.late() == demand.late() || ticket.state() == Ticket::ACCEPTED, "one is late");
    const Change& of = changes_.at(change);
    require(of.state() != Change::MERGED, "another change has taken the place of its change");
    require(of.state() != Change::DROPPED || !demand.shipment().empty(), "it waits for a change that was dropped");
    const bool has_shipped = of.state() == Change::SHIPPED || of.state() == Change::VERIFIED;
    require(!has_shipped || !demand.shipment().empty() || demand.recurrence(),
            "the change has shipped and does not answer it");
  }

  // Invariant 4.
  void Evidence() {
    std::map<std::string, int64_t> counts;
    for (const auto& [ticket, active] : active_) ++counts[active.change];
    for (const auto& [name, change] : changes_) {
      if (change.evidence().demands() != counts[name]) {
        Violation(fmt::format("{} counts {} demands and has {}", name, change.evidence().demands(), counts[name]));
      }
      for (const auto& shipment : change.shipments()) {
        if (!shipment.has_finish_time()) Violation(fmt::format("{} never finished", shipment.name()));
      }
    }
  }

  // Invariant 5.
  void Answers() {
    std::set<std::pair<Answer, int64_t>> named;  // with the acceptance: who is accepted again is answered again
    for (const auto& event : change_events_) {
      // Whoever left before hearing of the answer was not answered, and may come again.
      for (const std::string& ticket : event.demands_withdrawn().tickets()) {
        std::erase_if(named, [&](const auto& one) {
          return one.first.second == ticket && one.first.first.starts_with(event.demands_withdrawn().change() + "/");
        });
      }
      const auto& updated = event.demands_updated();
      if (updated.outcome() != backlog::v1::DemandsUpdated::ANSWERED &&
          updated.outcome() != backlog::v1::DemandsUpdated::LATE)
        continue;
      for (const auto& demand : updated.demands()) {
        if (!named.emplace(Answer(updated.shipment(), demand.ticket()), demand.acceptance()).second) {
          Violation(fmt::format("{} answers {} twice", updated.shipment(), demand.ticket()));
        }
        ever_named_.emplace(updated.shipment(), demand.ticket());
      }
    }
    std::set<Answer> told;
    for (const auto& event : ticket_events_) {
      if (event.has_ticket_accepted()) {
        std::erase_if(told, [&](const Answer& answer) { return answer.second == event.facts().ticket(); });
      }
      const auto& followed = event.tickets_followed();
      if (followed.effect() != tickets::v1::TicketsFollowed::ANSWERED &&
          followed.effect() != tickets::v1::TicketsFollowed::ANSWERED_LATE) {
        continue;
      }
      for (const auto& each : followed.tickets()) {
        const std::string& ticket = each.ticket();
        if (!told.emplace(followed.shipment(), ticket).second)
          Violation(fmt::format("{} was told of {} twice", ticket, followed.shipment()));
        if (!ever_named_.contains({followed.shipment(), ticket}))
          Violation(fmt::format("{} was told of {}, which does not name it", ticket, followed.shipment()));
      }
    }
  }

  // Invariant 7: each version of each resource is told once and in order, up to the one that it has.
  void Versions() {
    std::map<std::string, int64_t> told;
    const auto take = [&](const auto& events) {
      for (const auto& event : events) {
        const auto* kind =
            event.GetReflection()->GetOneofFieldDescriptor(event, event.GetDescriptor()->FindOneofByName("kind"));
        for (const auto& resource : event.envelope().resources()) {
          if (kind != nullptr) transitions_[{kind->name(), resource.name()}].insert(resource.version());
          int64_t& last = told[resource.name()];
          if (resource.version() != last + 1) {
            Violation(
                fmt::format("a feed tells of {}@{} behind version {}", resource.name(), resource.version(), last));
          }
          last = resource.version();
        }
      }
    };
    take(ticket_events_);
    take(change_events_);
    take(ReadFeed<metrics::v1::StreamEventsResponse, metrics::v1::MetricsEvent>(2, "dangol.metrics.v1.MetricsFeed"));
    for (const auto& [name, ticket] : tickets_) {
      if (std::to_string(told[name]) != ticket.etag())
        Violation(fmt::format("{} has the etag {} and was told of up to {}", name, ticket.etag(), told[name]));
    }
    for (const auto& [name, change] : changes_) {
      if (std::to_string(told[name]) != change.etag())
        Violation(fmt::format("{} has the etag {} and was told of up to {}", name, change.etag(), told[name]));
    }
    for (const auto& [change, demand] : demands_) {
      if (told[demand.name()] == 0) Violation(fmt::format("no feed tells of {}", demand.name()));
    }
  }

  // Invariant 9.
  void Secrets() {
    const auto check = [&](const auto& events) {
      for (const auto& event : events) {
        if (event.SerializeAsString().find("secret-") != std::string::npos) {
          Violation(fmt::format("event {} holds a customer's words", event.envelope().sequence()));
        }
      }
    };
    check(ticket_events_);
    check(change_events_);
    for (size_t i = 1; i < sites_.size(); ++i) {
      if (sites_[i].dump().find("secret-") != std::string::npos) {
        Violation(fmt::format("{} holds a customer's words", sites_[i].name));
      }
    }
  }

  // The ledger of loops says what the services say.
  void Loops() {
    for (const auto& [name, ticket] : tickets_) {
      metrics::v1::GetLoopRequest request;
      request.set_name("loops/" + name.substr(name.find('/') + 1));
      const auto loop = Ask<Loop>(2, "/dangol.metrics.v1.LoopService/GetLoop", request);
      const auto require = [&](bool holds, std::string_view what) {
        if (!holds) Violation(fmt::format("the loop of {} has another {}", name, what));
      };
      require(loop.state() == ticket.state(), "state");
      require(loop.disposition() == ticket.disposition(), "disposition");
      require(loop.change() == ticket.change(), "change");
      require(loop.recurrence_count() == ticket.recurrence_count(), "recurrence_count");
      require(loop.reopen_count() == ticket.reopen_count(), "reopen_count");
      require(loop.late() == ticket.late(), "late");
      require(ticket.state() == Ticket::ACCEPTED || loop.shipment() == ticket.shipment(), "shipment");
      if (ticket.change().empty()) continue;
      const auto change = changes_.find(ticket.change());
      if (change == changes_.end()) {
        Violation(fmt::format("{} names {}, which does not exist", name, ticket.change()));
        continue;
      }
      require(loop.change_title() == change->second.title(), "change_title");
      require(loop.change_state() == change->second.state(), "change_state");
    }
    for (const auto& [name, change] : changes_) {
      metrics::v1::SummarizeLoopRequest request;
      request.set_change(name);
      const auto summary = Ask<metrics::v1::LoopSummary>(2, "/dangol.metrics.v1.LoopService/SummarizeLoop", request);
      if (summary.tickets() != change.evidence().demands() || summary.answered() != change.evidence().answered() ||
          summary.late() != change.evidence().late()) {
        Violation(fmt::format("the summary of {} counts {} tickets, {} answered, {} late, and the change has {}", name,
                              summary.tickets(), summary.answered(), summary.late(),
                              change.evidence().ShortDebugString()));
      }
    }
  }

  // Invariant 6: of what has shipped, and says what it answers, there is one effect, of the newest shipment
  // that holds.
  void Effects() {
    metrics::v1::ListEffectsRequest request;
    request.set_page_size(1000);
    const auto response =
        Ask<metrics::v1::ListEffectsResponse>(2, "/dangol.metrics.v1.EffectService/ListEffects", request);
    std::map<std::string, metrics::v1::Effect> effects;
    for (const auto& effect : response.effects()) {
      if (!effects.emplace(effect.change(), effect).second) Violation(effect.change() + " has two effects");
      if (!changes_.contains(effect.change())) Violation(effect.change() + " has an effect, and does not exist");
    }
    for (const auto& [name, change] : changes_) {
      const auto effect = effects.find(name);
      if (!change.has_ship_time()) {
        if (effect != effects.end()) Violation(name + " has an effect, and no shipment that holds");
        continue;
      }
      if (change.contact_reasons().empty()) {
        if (effect != effects.end()) Violation(name + " has an effect, and no contact reasons");
        continue;
      }
      if (effect == effects.end()) {
        Violation(name + " has shipped, and has no effect");
      } else if (effect->second.ship_time().ShortDebugString() != change.ship_time().ShortDebugString() ||
                 !std::ranges::equal(effect->second.contact_reasons(), change.contact_reasons())) {
        Violation(name + " has an effect of another shipment, or of other reasons");
      }
    }
  }

  void Engines() {
    const auto ask = [this](const std::string& method, const google::protobuf::Message& request,
                            google::protobuf::Message& response) {
      const size_t violations = ledger_.violations.size();
      const std::string answer = AskForBytes(2, method, request);
      return ledger_.violations.size() == violations && response.ParseFromString(answer);
    };
    CheckEngines(ask, sites_[2].dump(), runtime_.Now(), ledger_);
  }

  struct DemandOf {
    std::string change;
    Demand demand;
  };
  using Answer = std::pair<std::string, std::string>;  // shipment, ticket

  Runtime& runtime_;
  const WaitUntil wait_;
  const std::vector<LoopSite>& sites_;
  LoopLedger& ledger_;
  std::map<std::string, Ticket> tickets_;
  std::map<std::string, Change> changes_;
  std::vector<DemandOf> demands_;
  std::map<std::string, DemandOf> active_;  // by ticket
  std::vector<tickets::v1::TicketEvent> ticket_events_;
  std::vector<backlog::v1::ChangeEvent> change_events_;
  std::map<std::string, int> found_;  // markers
  std::set<Answer> ever_named_;
  Transitions transitions_;
};

}  // namespace

void CheckLoop(Runtime& runtime, WaitUntil wait, const std::vector<LoopSite>& sites, LoopLedger& ledger) {
  LoopCheck(runtime, std::move(wait), sites, ledger).Run();
}

void CheckReasons(Runtime& runtime, WaitUntil wait, const std::vector<LoopSite>& sites, LoopLedger& ledger) {
  LoopCheck(runtime, std::move(wait), sites, ledger).Reasons();
}

}  // namespace dangol::simulation

#include "cli/output/columns.h"

#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "fmt/format.h"

#include "cli/output/effect_words.h"
#include "cli/output/language.h"
#include "cli/output/names.h"
#include "cli/output/output.h"
#include "cli/output/text_width.h"
#include "cli/output/times.h"
#include "dangol/backlog/v1/change.pb.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/metrics/v1/effect.pb.h"
#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "dangol/metrics/v1/member.pb.h"
#include "dangol/tickets/v1/attachment.pb.h"
#include "dangol/tickets/v1/contact_reason.pb.h"
#include "dangol/tickets/v1/customer_service.pb.h"
#include "dangol/tickets/v1/import.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::backlog::v1::Comment;
using dangol::backlog::v1::Demand;
using dangol::backlog::v1::PublishedChange;
using dangol::metrics::v1::Effect;
using dangol::metrics::v1::Engine;
using dangol::metrics::v1::EngineRevision;
using dangol::metrics::v1::Kpi;
using dangol::metrics::v1::Member;
using dangol::metrics::v1::MissingEntry;
using dangol::metrics::v1::Observation;
using dangol::metrics::v1::ObservationRevision;
using dangol::tickets::v1::Attachment;
using dangol::tickets::v1::ContactReason;
using dangol::tickets::v1::Customer;
using dangol::tickets::v1::Import;
using dangol::tickets::v1::Message;
using dangol::tickets::v1::Ticket;
using dangol::tickets::v1::TimelineEntry;
using Columns = std::vector<Column<google::protobuf::Message>>;

// Of a body that stands for a subject.
constexpr size_t kBodyWidthMax = 200;

std::string OrDash(std::string text) { return text.empty() ? "-" : text; }

// `tickets/t1` → `t1`: the collection is known, and t1 can be given to every verb.
std::string Id(const std::string& name) { return OrDash(IdOf(name)); }

// What customers are told, in every language.
std::string NotesOf(const PublishedChange& change) {
  const std::map<std::string, std::string> notes(change.customer_notes().begin(), change.customer_notes().end());
  std::string text;
  for (const auto& [language, note] : notes) text += fmt::format("{}{}: {}", text.empty() ? "" : "  ", language, note);
  return OrDash(std::move(text));
}

std::string StateOf(const Ticket& ticket) {
  std::string state = Ticket::State_Name(ticket.state());
  if (ticket.disposition() != Ticket::DISPOSITION_UNSPECIFIED)
    state += fmt::format(" {}", Ticket::Disposition_Name(ticket.disposition()));
  if (ticket.late()) state += " late";
  return state;
}

std::string FlagsOf(const Demand& demand) {
  std::vector<std::string> flags;
  if (demand.late()) flags.emplace_back("late");
  if (demand.recurrence()) flags.emplace_back("recurrence");
  return OrDash(absl::StrJoin(flags, " "));
}

// A column of resources of the type T.
template <typename T>
Column<google::protobuf::Message> Of(std::string head, Fit fit, std::string (*text)(const T&)) {
  return {{std::move(head), fit},
          [text](const google::protobuf::Message& message) -> Cell { return {text(static_cast<const T&>(message))}; }};
}

Columns TicketColumns() {
  return {
      Of<Ticket>("TICKET", Fit::kWhole, [](const Ticket& t) { return Id(t.name()); }),
      Of<Ticket>("STATE", Fit::kWhole, StateOf),
      Of<Ticket>(TimeHead("RECEIVED"), Fit::kWholeIfRoom, [](const Ticket& t) { return ShownTime(t.receive_time()); }),
      Of<Ticket>("CHANGE", Fit::kWholeIfRoom, [](const Ticket& t) { return Id(t.change()); }),
      Of<Ticket>("CONTACT REASON", Fit::kTextIfRoom, [](const Ticket& t) { return OrDash(t.contact_reason()); }),
      Of<Ticket>("SUBJECT", Fit::kText,
                 [](const Ticket& t) -> std::string {
                   if (t.hidden()) return "(hidden)";
                   return t.subject().empty() ? OneLine(t.body(), kBodyWidthMax) : t.subject();
                 }),
  };
}

Columns MessageColumns() {
  return {
      Of<Message>(TimeHead("TIME"), Fit::kWholeIfRoom, [](const Message& m) { return ShownTime(m.create_time()); }),
      Of<Message>("KIND", Fit::kWhole, [](const Message& m) { return Message::Kind_Name(m.kind()); }),
      Of<Message>("AUTHOR", Fit::kTextIfRoom, [](const Message& m) { return OrDash(m.author()); }),
      Of<Message>("TEXT", Fit::kText, [](const Message& m) { return m.body(); }),
  };
}

std::string ContactsOf(const Customer& customer) {
  std::vector<std::string> values;
  for (const auto& each : customer.contact_points()) values.push_back(each.value());
  return OrDash(absl::StrJoin(values, ", "));
}

Columns CustomerColumns() {
  return {
      Of<Customer>("CUSTOMER", Fit::kWhole, [](const Customer& c) { return Id(c.name()); }),
      Of<Customer>("STATE", Fit::kWhole, [](const Customer& c) { return Customer::State_Name(c.state()); }),
      Of<Customer>("KIND", Fit::kWholeIfRoom, [](const Customer& c) { return Customer::Kind_Name(c.kind()); }),
      Of<Customer>("SEGMENT", Fit::kWholeIfRoom, [](const Customer& c) { return OrDash(c.segment()); }),
      Of<Customer>(TimeHead("CREATED"), Fit::kWholeIfRoom,
                   [](const Customer& c) { return ShownTime(c.create_time()); }),
      Of<Customer>("NAME", Fit::kText, [](const Customer& c) { return OrDash(c.display_name()); }),
      Of<Customer>("CONTACTS", Fit::kTextIfRoom, ContactsOf),
  };
}

std::string FileOf(const Attachment& attachment) {
  if (attachment.has_redact_time()) return "(redacted)";
  return attachment.file_name() + (attachment.has_finish_time() ? "" : " (not whole yet)");
}

std::string WordsOf(const TimelineEntry& entry) {
  if (entry.step() == TimelineEntry::MESSAGE) {
    return fmt::format("{}: {}", Message::Kind_Name(entry.message().kind()), entry.message().body());
  }
  if (entry.step() == TimelineEntry::ATTACHMENT) return FileOf(entry.attachment());
  const Ticket& ticket = entry.received();
  return OrDash(ticket.subject().empty() ? OneLine(ticket.body(), kBodyWidthMax) : ticket.subject());
}

Columns TimelineColumns() {
  return {
      Of<TimelineEntry>(TimeHead("TIME"), Fit::kWhole, [](const TimelineEntry& e) { return ShownTime(e.time()); }),
      Of<TimelineEntry>("WHAT", Fit::kWhole, [](const TimelineEntry& e) { return TimelineEntry::Step_Name(e.step()); }),
      Of<TimelineEntry>("TICKET", Fit::kWhole, [](const TimelineEntry& e) { return Id(e.ticket()); }),
      Of<TimelineEntry>("TEXT", Fit::kText, WordsOf),
  };
}

Columns ChangeColumns() {
  return {
      Of<Change>("CHANGE", Fit::kWhole, [](const Change& c) { return Id(c.name()); }),
      Of<Change>("STATE", Fit::kWhole, [](const Change& c) { return Change::State_Name(c.state()); }),
      Of<Change>("DEMANDS", Fit::kWhole, [](const Change& c) { return std::to_string(c.evidence().demands()); }),
      Of<Change>("ANSWERED", Fit::kWholeIfRoom,
                 [](const Change& c) { return std::to_string(c.evidence().answered()); }),
      Of<Change>("SCORE", Fit::kWholeIfRoom,
                 [](const Change& c) {
                   return fmt::format("{}.{:02}{}", c.score_hundredths() / 100, c.score_hundredths() % 100,
                                      c.has_estimate() ? "" : "?");
                 }),
      Of<Change>(TimeHead("CREATED"), Fit::kWholeIfRoom, [](const Change& c) { return ShownTime(c.create_time()); }),
      Of<Change>(TimeHead("SHIPPED"), Fit::kWholeIfRoom,
                 [](const Change& c) { return c.has_ship_time() ? ShownTime(c.ship_time()) : "-"; }),
      Of<Change>("TITLE", Fit::kText, [](const Change& c) { return c.title(); }),
  };
}

Columns CommentColumns() {
  return {
      Of<Comment>(TimeHead("TIME"), Fit::kWholeIfRoom, [](const Comment& c) { return ShownTime(c.create_time()); }),
      Of<Comment>("AUTHOR", Fit::kTextIfRoom, [](const Comment& c) { return Id(c.author()); }),
      Of<Comment>("TEXT", Fit::kText, [](const Comment& c) { return c.body(); }),
  };
}

Columns PublishedColumns() {
  return {
      Of<PublishedChange>("CHANGE", Fit::kWhole, [](const PublishedChange& c) { return Id(c.change()); }),
      Of<PublishedChange>(TimeHead("SHIPPED"), Fit::kWhole,
                          [](const PublishedChange& c) { return ShownTime(c.ship_time()); }),
      Of<PublishedChange>("TITLE", Fit::kText, [](const PublishedChange& c) { return c.title(); }),
      Of<PublishedChange>("NOTES", Fit::kText, [](const PublishedChange& c) { return NotesOf(c); }),
  };
}

Columns DemandColumns() {
  return {
      Of<Demand>("TICKET", Fit::kWhole, [](const Demand& d) { return Id(d.ticket()); }),
      Of<Demand>("STATE", Fit::kWhole, [](const Demand& d) { return Demand::State_Name(d.state()); }),
      Of<Demand>("FLAGS", Fit::kWhole, FlagsOf),
      Of<Demand>("SHIPMENT", Fit::kWhole, [](const Demand& d) { return Id(d.shipment()); }),
      Of<Demand>(TimeHead("RECEIVED"), Fit::kWholeIfRoom, [](const Demand& d) { return ShownTime(d.receive_time()); }),
      Of<Demand>(TimeHead("UPDATED"), Fit::kWholeIfRoom, [](const Demand& d) { return ShownTime(d.update_time()); }),
  };
}

Columns MemberColumns() {
  return {
      Of<Member>("MEMBER", Fit::kWhole, [](const Member& m) { return Id(m.name()); }),
      Of<Member>("STATE", Fit::kWhole, [](const Member& m) { return Member::State_Name(m.state()); }),
      Of<Member>("ROLES", Fit::kText,
                 [](const Member& m) {
                   std::vector<std::string> roles;
                   for (const int role : m.roles()) roles.push_back(Member::Role_Name(static_cast<Member::Role>(role)));
                   return OrDash(absl::StrJoin(roles, " "));
                 }),
      Of<Member>("STAGES", Fit::kTextIfRoom,
                 [](const Member& m) {
                   std::vector<std::string> stages;
                   for (const std::string& stage : m.stages()) stages.push_back(ShortName(stage));
                   return OrDash(absl::StrJoin(stages, " "));
                 }),
      Of<Member>("DEPUTY", Fit::kWholeIfRoom, [](const Member& m) { return Id(m.deputy().member()); }),
      Of<Member>("NAME", Fit::kText, [](const Member& m) { return m.display_name(); }),
  };
}

Columns EngineColumns() {
  return {
      Of<Engine>("ENGINE", Fit::kWhole,
                 [](const Engine& e) { return Id(e.name()) + (e.default_engine() ? " *" : ""); }),
      Of<Engine>("REVISION", Fit::kWhole, [](const Engine& e) { return std::to_string(e.revision()); }),
      Of<Engine>("ZONE", Fit::kWhole, [](const Engine& e) { return e.time_zone(); }),
      Of<Engine>("STAGES", Fit::kText,
                 [](const Engine& e) {
                   std::vector<std::string> stages;
                   for (const auto& stage : e.stages()) {
                     if (!stage.retired()) stages.push_back(stage.stage_id());
                   }
                   return absl::StrJoin(stages, " > ");
                 }),
      Of<Engine>(TimeHead("UPDATED"), Fit::kWholeIfRoom, [](const Engine& e) { return ShownTime(e.update_time()); }),
      Of<Engine>("NAME", Fit::kText, [](const Engine& e) { return InLanguage(e.display_names()); }),
  };
}

Columns EngineRevisionColumns() {
  return {
      Of<EngineRevision>("REVISION", Fit::kWhole, [](const EngineRevision& r) { return ShortName(r.name()); }),
      Of<EngineRevision>(TimeHead("TIME"), Fit::kWholeIfRoom,
                         [](const EngineRevision& r) { return ShownTime(r.create_time()); }),
      Of<EngineRevision>("AUTHOR", Fit::kTextIfRoom, [](const EngineRevision& r) { return OrDash(r.author()); }),
      Of<EngineRevision>("AGREE", Fit::kWhole,
                         [](const EngineRevision& r) {
                           int agree = 0;
                           for (const auto& one : r.acknowledgements())
                             agree += one.answer() == dangol::metrics::v1::Acknowledgement::AGREE ? 1 : 0;
                           return fmt::format("{}/{}", agree, r.acknowledgements_size());
                         }),
      Of<EngineRevision>("DIFFERENT", Fit::kText,
                         [](const EngineRevision& r) {
                           std::vector<std::string> paths;
                           for (const auto& difference : r.differences()) paths.push_back(difference.path());
                           return OrDash(absl::StrJoin(paths, " "));
                         }),
      Of<EngineRevision>("NOTE", Fit::kText, [](const EngineRevision& r) { return OrDash(r.note()); }),
  };
}

Columns KpiColumns() {
  return {
      Of<Kpi>("KPI", Fit::kWhole, [](const Kpi& k) { return ShortName(k.name()); }),
      Of<Kpi>("STAGE", Fit::kWhole, [](const Kpi& k) { return Id(k.stage()); }),
      Of<Kpi>("KIND", Fit::kWhole, [](const Kpi& k) { return Kpi::Kind_Name(k.kind()); }),
      Of<Kpi>("STATE", Fit::kWholeIfRoom, [](const Kpi& k) { return Kpi::State_Name(k.state()); }),
      Of<Kpi>("OWNER", Fit::kWholeIfRoom, [](const Kpi& k) { return Id(k.owner()); }),
      Of<Kpi>("UNIT", Fit::kWholeIfRoom, [](const Kpi& k) { return OrDash(k.unit()); }),
      Of<Kpi>("NAME", Fit::kText, [](const Kpi& k) { return InLanguage(k.display_names()); }),
  };
}

// Before the first look there is nothing to show.
std::string Looked(const Effect& effect, const std::string& text) { return effect.has_look() ? text : "-"; }

Columns EffectColumns() {
  return {
      Of<Effect>("CHANGE", Fit::kWhole, [](const Effect& e) { return Id(e.change()); }),
      Of<Effect>("VERDICT", Fit::kWhole,
                 [](const Effect& e) { return std::string(VerdictIn(TerminalLanguage(), e.verdict())); }),
      Of<Effect>("CAME", Fit::kWhole, [](const Effect& e) { return Looked(e, std::to_string(e.look().complaints())); }),
      Of<Effect>("EXPECTED", Fit::kWhole,
                 [](const Effect& e) { return Looked(e, fmt::format("{:.1f}", e.look().expected())); }),
      Of<Effect>("TIMES AS MANY (95 %)", Fit::kWhole,
                 [](const Effect& e) {
                   return Looked(e, fmt::format("{:.2f} ({:.2f} to {:.2f})", e.look().ratio(), e.look().ratio_low(),
                                                e.look().ratio_high()));
                 }),
      Of<Effect>(TimeHead("SHIPPED"), Fit::kWholeIfRoom, [](const Effect& e) { return ShownTime(e.ship_time()); }),
      Of<Effect>("UNTIL", Fit::kWholeIfRoom, [](const Effect& e) { return OrDash(e.look().day()); }),
      Of<Effect>("CONTACT REASONS", Fit::kTextIfRoom,
                 [](const Effect& e) { return OrDash(absl::StrJoin(e.contact_reasons(), " ")); }),
  };
}

Columns ObservationRevisionColumns() {
  return {
      Of<ObservationRevision>("DAY AND REVISION", Fit::kWhole,
                              [](const ObservationRevision& r) { return ShortName(r.name()); }),
      Of<ObservationRevision>("SAID", Fit::kWhole,
                              [](const ObservationRevision& r) {
                                const Observation& said = r.observation();
                                return said.has_value() ? fmt::format("{}", said.value())
                                                        : Observation::State_Name(said.state());
                              }),
      Of<ObservationRevision>(TimeHead("TIME"), Fit::kWhole,
                              [](const ObservationRevision& r) { return ShownTime(r.observation().record_time()); }),
      Of<ObservationRevision>("BY", Fit::kWhole,
                              [](const ObservationRevision& r) { return Id(r.observation().recorded_by()); }),
      Of<ObservationRevision>("NOTE", Fit::kText,
                              [](const ObservationRevision& r) { return OrDash(r.observation().note()); }),
  };
}

Columns MissingEntryColumns() {
  return {
      Of<MissingEntry>("DAY", Fit::kWhole, [](const MissingEntry& m) { return m.day(); }),
      Of<MissingEntry>("KPI", Fit::kWhole, [](const MissingEntry& m) { return ShortName(m.kpi()); }),
      Of<MissingEntry>("MEMBER", Fit::kWhole, [](const MissingEntry& m) { return Id(m.member()); }),
      Of<MissingEntry>(TimeHead("DUE"), Fit::kWholeIfRoom,
                       [](const MissingEntry& m) { return ShownTime(m.due_time()); }),
  };
}

Columns ImportColumns() {
  return {
      Of<Import>("IMPORT", Fit::kWhole, [](const Import& i) { return Id(i.name()); }),
      Of<Import>("TICKETS", Fit::kWhole, [](const Import& i) { return std::to_string(i.tickets()); }),
      Of<Import>("TAKEN BACK", Fit::kWhole, [](const Import& i) { return std::to_string(i.withdrawn_tickets()); }),
      Of<Import>(TimeHead("CREATED"), Fit::kWholeIfRoom, [](const Import& i) { return ShownTime(i.create_time()); }),
      Of<Import>(TimeHead("UNDONE"), Fit::kWholeIfRoom,
                 [](const Import& i) { return i.has_undo_time() ? ShownTime(i.undo_time()) : "-"; }),
      Of<Import>("BY", Fit::kWholeIfRoom, [](const Import& i) { return Id(i.undone_by()); }),
      Of<Import>(TimeHead("RESTORED"), Fit::kWholeIfRoom,
                 [](const Import& i) { return i.has_restore_time() ? ShownTime(i.restore_time()) : "-"; }),
  };
}

Columns AttachmentColumns() {
  return {
      Of<Attachment>("ATTACHMENT", Fit::kWhole, [](const Attachment& a) { return ShortName(a.name()); }),
      Of<Attachment>("TYPE", Fit::kWholeIfRoom, [](const Attachment& a) { return OrDash(a.media_type()); }),
      Of<Attachment>("SIZE", Fit::kWhole, [](const Attachment& a) { return ShownBytes(a.size_bytes()); }),
      Of<Attachment>(TimeHead("CREATED"), Fit::kWholeIfRoom,
                     [](const Attachment& a) { return ShownTime(a.create_time()); }),
      Of<Attachment>("FILE", Fit::kText, FileOf),
  };
}

Columns ContactReasonColumns() {
  return {
      Of<ContactReason>("CONTACT REASON", Fit::kWhole, [](const ContactReason& r) { return r.path(); }),
      Of<ContactReason>("TICKETS", Fit::kWhole, [](const ContactReason& r) { return std::to_string(r.tickets()); }),
      Of<ContactReason>("OPEN", Fit::kWhole, [](const ContactReason& r) { return std::to_string(r.open_tickets()); }),
      Of<ContactReason>("STAGE", Fit::kWholeIfRoom,
                        [](const ContactReason& r) { return OrDash(ShortName(r.stage())); }),
      Of<ContactReason>("OWNER", Fit::kWholeIfRoom, [](const ContactReason& r) { return Id(r.owner()); }),
      Of<ContactReason>("NAME", Fit::kText,
                        [](const ContactReason& r) -> std::string {
                          if (!r.managed()) return "(unmanaged)";
                          return r.display_names().empty() ? "-" : InLanguage(r.display_names());
                        }),
  };
}

}  // namespace

const Columns& ColumnsOf(const google::protobuf::Descriptor* type) {
  static const auto& all = *new std::map<const google::protobuf::Descriptor*, Columns>{
      {Ticket::descriptor(), TicketColumns()},
      {Message::descriptor(), MessageColumns()},
      {Customer::descriptor(), CustomerColumns()},
      {TimelineEntry::descriptor(), TimelineColumns()},
      {Change::descriptor(), ChangeColumns()},
      {Demand::descriptor(), DemandColumns()},
      {Member::descriptor(), MemberColumns()},
      {Engine::descriptor(), EngineColumns()},
      {EngineRevision::descriptor(), EngineRevisionColumns()},
      {Kpi::descriptor(), KpiColumns()},
      {Effect::descriptor(), EffectColumns()},
      {ObservationRevision::descriptor(), ObservationRevisionColumns()},
      {MissingEntry::descriptor(), MissingEntryColumns()},
      {ContactReason::descriptor(), ContactReasonColumns()},
      {Import::descriptor(), ImportColumns()},
      {Attachment::descriptor(), AttachmentColumns()},
      {PublishedChange::descriptor(), PublishedColumns()},
      {Comment::descriptor(), CommentColumns()},
  };
  const auto found = all.find(type);
  // A verb without columns does not get past its first test.
  if (found == all.end()) std::abort();
  return found->second;
}

}  // namespace dangol::cli

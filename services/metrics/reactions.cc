#include "services/metrics/reactions.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/metrics/digest/digest_store.h"
#include "services/metrics/effect/effect_looks.h"
#include "services/metrics/gap/gap_counts.h"
#include "services/metrics/loop/counts.h"
#include "services/metrics/loop/loop_rules.h"
#include "services/metrics/loop/loop_store.h"
#include "services/metrics/member/member_store.h"
#include "services/metrics/names.h"
#include "services/metrics/system/system_backfill.h"
#include "services/metrics/system/system_counts.h"
#include "services/metrics/system/work.h"

namespace dangol::metrics {
namespace {

using backlog::v1::ChangeEvent;
using tickets::v1::TicketEvent;

// One event of the tickets service, and what it adds to the counts.
struct TicketUpdate {
  storage::Transaction& transaction;
  const TicketEvent& event;
  SystemCounts system;
  CountChanges counts = {};
  std::map<std::string, std::optional<KnownChange>> changes = {};  // by name, as they were read
  std::map<std::string, std::optional<absl::Time>> mended = {};    // by name of the change
};

absl::StatusOr<std::optional<KnownChange>> ChangeOf(TicketUpdate& update, const std::string& name) {
  const auto found = update.changes.find(name);
  if (found != update.changes.end()) return found->second;
  ASSIGN_OR_RETURN(std::optional<KnownChange> change, ReadChange(update.transaction, kChangePattern.Id(name)));
  update.changes.emplace(name, change);
  return change;
}

// `note` writes what complaints say of a change, of which nothing may be known yet.
template <typename Note>
absl::Status TakeVoice(TicketUpdate& update, const std::string& name, Note note) {
  ASSIGN_OR_RETURN(const std::optional<KnownChange> change, ChangeOf(update, name));
  if (!change) return note();
  ASSIGN_OR_RETURN(const Voice before, ReadVoice(update.transaction, *change));
  RETURN_IF_ERROR(note());
  ASSIGN_OR_RETURN(const Voice after, ReadVoice(update.transaction, *change));
  if (before == after) return absl::OkStatus();
  RETURN_IF_ERROR(update.system.Add(*change, before, -1));
  return update.system.Add(*change, after, 1);
}

// A complaint came back to its change, which may be the first one after its shipment; or it was taken out of a change
// into which it should not have been accepted.
absl::Status TakeReturn(TicketUpdate& update, const Chain* before, const Chain& chain) {
  const std::string_view ticket_id = kLoopPattern.Id(chain.loop.name());
  const bool is_taken_out = update.event.has_ticket_unlinked() ||
                            update.event.tickets_followed().effect() == tickets::v1::TicketsFollowed::MOVED;
  if (is_taken_out && before != nullptr && before->loop.change() != chain.loop.change()) {
    const std::string& left = before->loop.change();
    RETURN_IF_ERROR(
        TakeVoice(update, left, [&] { return ForgetReturns(update.transaction, kChangePattern.Id(left), ticket_id); }));
  }
  const std::string& change = chain.loop.change();
  if (change.empty() || !chain.recurrence) return absl::OkStatus();
  const bool is_known = before != nullptr && before->recurrence && before->loop.change() == change &&
                        before->loop.recurrence_count() == chain.loop.recurrence_count();
  if (is_known) return absl::OkStatus();
  return TakeVoice(update, change, [&] {
    return NoteReturn(update.transaction, kChangePattern.Id(change), ticket_id,
                      FromProtoTime(update.event.envelope().time()), update.event.has_ticket_reopened());
  });
}

// Somebody who had complained tried a change before it ships.
absl::Status TakePreviewAnswer(TicketUpdate& update) {
  const tickets::v1::PreviewAnswered& answered = update.event.preview_answered();
  if (answered.answer() != tickets::v1::PreviewAnswered::FIXED) return absl::OkStatus();
  return TakeVoice(update, answered.change(), [&] {
    return NoteMended(update.transaction, kChangePattern.Id(answered.change()),
                      FromProtoTime(update.event.envelope().time()));
  });
}

// A ticket that its change has just answered knows whether somebody had found that mended.
absl::Status NoteFoundMended(TicketUpdate& update, const Chain* before, Chain& chain) {
  const bool is_answered = chain.loop.disposition() == tickets::v1::Ticket::CHANGED && chain.loop.has_answer_time();
  if (!is_answered || chain.loop.change().empty()) {
    chain.found_mended = false;
    return absl::OkStatus();
  }
  const absl::Time answered = FromProtoTime(chain.loop.answer_time());
  const bool was_answered =
      before != nullptr && before->loop.has_answer_time() && FromProtoTime(before->loop.answer_time()) == answered;
  if (was_answered) return absl::OkStatus();
  const std::string& change = chain.loop.change();
  auto found = update.mended.find(change);
  if (found == update.mended.end()) {
    ASSIGN_OR_RETURN(const std::optional<absl::Time> time, MendedTime(update.transaction, kChangePattern.Id(change)));
    found = update.mended.emplace(change, time).first;
  }
  chain.found_mended = found->second && *found->second <= answered;
  return absl::OkStatus();
}

// A ticket that was just heard knows whether by one who makes the product; where roles change, tickets are counted
// anew.
absl::Status NoteMaker(TicketUpdate& update, const Chain* before, Chain& chain) {
  if (before != nullptr && before->heard_by == chain.heard_by) return absl::OkStatus();
  ASSIGN_OR_RETURN(chain.by_maker, IsMaker(update.transaction, chain.heard_by));
  return absl::OkStatus();
}

// What the KPIs that are computed make of a ticket as it was and as it is.
absl::Status TakeSystem(TicketUpdate& update, const Chain* before, Chain& chain) {
  chain.change_decide_time.reset();
  if (!chain.loop.change().empty()) {
    ASSIGN_OR_RETURN(const std::optional<KnownChange> change, ChangeOf(update, chain.loop.change()));
    if (change) chain.change_decide_time = change->decide_time;
  }
  RETURN_IF_ERROR(NoteFoundMended(update, before, chain));
  RETURN_IF_ERROR(NoteMaker(update, before, chain));
  RETURN_IF_ERROR(NoteWork(update.transaction, before, chain));
  if (before != nullptr) RETURN_IF_ERROR(update.system.Add(*before, -1));
  RETURN_IF_ERROR(update.system.Add(chain, 1));
  return TakeReturn(update, before, chain);
}

absl::Status AddSteps(TicketUpdate& update, std::string_view ticket_id, int64_t version, ChainSteps steps) {
  int part = 0;
  for (ChainStep& step : steps) {
    step.sequence = update.event.envelope().sequence();
    step.version = version;
    RETURN_IF_ERROR(AddTicketStep(update.transaction, ticket_id, step, part++));
    update.counts.AddStep(step);
  }
  return absl::OkStatus();
}

// Brings one ticket up to a version, unless that or a newer one is known. `copy` copies what is true of it.
template <typename Copy>
absl::Status Take(TicketUpdate& update, std::string_view ticket, int64_t version, Copy copy) {
  if (version == 0) return InternalError(fmt::format("an event tells of {} without its version", ticket));
  const std::string_view ticket_id = kTicketPattern.Id(ticket);
  ASSIGN_OR_RETURN(std::optional<LoadedChain> known, LoadChain(update.transaction, ticket_id));
  if (known && known->row.version >= version) return absl::OkStatus();
  Chain chain = known ? known->row : NewChain(ticket_id);
  copy(chain);
  const Chain before = known ? known->row : NewChain(ticket_id);
  NoteTimes(update.event, before, chain);
  update.counts.AddChain(before, -1);
  update.counts.AddChain(chain, 1);
  RETURN_IF_ERROR(TakeSystem(update, known ? &before : nullptr, chain));
  RETURN_IF_ERROR(CountGap(update.transaction, known ? &before : nullptr, chain));
  RETURN_IF_ERROR(AddSteps(update, ticket_id, version, StepsOf(update.event, before, chain)));
  if (!known) return InsertChain(update.transaction, chain);
  known->row = std::move(chain);
  return UpdateChain(update.transaction, *known);
}

absl::Status TakeFollowed(TicketUpdate& update, const tickets::v1::TicketsFollowed& followed) {
  for (const tickets::v1::FollowedTicket& ticket : followed.tickets()) {
    RETURN_IF_ERROR(
        Take(update, ticket.ticket(), ticket.version(), [&](Chain& chain) { CopyFacts(followed, ticket, chain); }));
  }
  return absl::OkStatus();
}

absl::Status TakeClosed(TicketUpdate& update, const tickets::v1::TicketsClosed& closed) {
  for (const tickets::v1::FollowedTicket& ticket : closed.tickets()) {
    RETURN_IF_ERROR(Take(update, ticket.ticket(), ticket.version(), [&](Chain& chain) {
      chain.version = ticket.version();
      chain.loop.set_state(tickets::v1::Ticket::CLOSED);
      *chain.loop.mutable_close_time() = update.event.envelope().time();
    }));
  }
  return absl::OkStatus();
}

// A message that changed nothing of its ticket is a step all the same; telling it again changes nothing.
absl::Status TakeMessage(TicketUpdate& update) {
  const std::string_view ticket_id = kTicketPattern.Id(update.event.message_created().message());
  ASSIGN_OR_RETURN(const std::optional<LoadedChain> known, LoadChain(update.transaction, ticket_id));
  const Chain chain = known ? known->row : NewChain(ticket_id);
  return AddSteps(update, ticket_id, 0, StepsOf(update.event, chain, chain));
}

absl::Status TakeEvent(TicketUpdate& update) {
  const TicketEvent& event = update.event;
  if (event.has_facts()) {
    return Take(update, event.facts().ticket(), event.facts().version(),
                [&](Chain& chain) { CopyFacts(event.facts(), chain); });
  }
  if (event.has_tickets_followed()) return TakeFollowed(update, event.tickets_followed());
  if (event.has_tickets_closed()) return TakeClosed(update, event.tickets_closed());
  if (event.has_message_created()) return TakeMessage(update);
  if (event.has_customers_merged()) {
    return MergeCustomers(update.transaction, kCustomerPattern.Id(event.customers_merged().customer()),
                          kCustomerPattern.Id(event.customers_merged().merged()));
  }
  return absl::OkStatus();  // it concerns no loop, or this version does not know it
}

// Counts of a change's tickets: it may have its first one, or none any more.
absl::Status TakeCounts(TicketUpdate& update) {
  CountChanges rest = std::move(update.counts);
  for (auto& [change, tally] : rest.tallies) {
    CountChanges of_change;
    of_change.tallies.emplace(change, std::move(tally));
    RETURN_IF_ERROR(TakeVoice(update, change, [&] { return AddCounts(update.transaction, of_change); }));
  }
  rest.tallies.clear();
  return AddCounts(update.transaction, rest);
}

// What the KPIs that are computed make of a change as it was and as it is, and of its tickets once it was decided.
absl::Status CountChange(storage::Transaction& transaction, const rpc::Call& call,
                         const std::optional<KnownChange>& before, const KnownChange& change) {
  SystemCounts system(transaction);
  if (before) {
    ASSIGN_OR_RETURN(const Voice voice, ReadVoice(transaction, *before));
    RETURN_IF_ERROR(system.Add(*before, voice, -1));
  }
  ASSIGN_OR_RETURN(const Voice voice, ReadVoice(transaction, change));
  RETURN_IF_ERROR(system.Add(change, voice, 1));
  RETURN_IF_ERROR(StoreSystemCounts(transaction, system, call.now()));
  const bool was_decided = before && before->decide_time;
  if (was_decided || !change.decide_time) return absl::OkStatus();
  return storage::SetTimerAtOnce(transaction, call.now(), kDecidedTimer, change.summary.change());
}

}  // namespace

absl::Status OnTicketEvent(storage::Transaction& transaction, const rpc::Call& call, const TicketEvent& event) {
  TicketUpdate update{transaction, event, SystemCounts(transaction)};
  if (event.has_policy_updated()) return TakeHours(transaction, call, event);
  if (event.has_preview_answered()) RETURN_IF_ERROR(TakePreviewAnswer(update));
  RETURN_IF_ERROR(TakeEvent(update));
  RETURN_IF_ERROR(TakeCounts(update));
  return StoreSystemCounts(transaction, update.system, call.now());
}

absl::Status OnChangeEvent(storage::Transaction& transaction, const rpc::Call& call, const ChangeEvent& event) {
  if (event.has_comment_created())
    return NoteMentions(transaction, event.comment_created(), FromProtoTime(event.envelope().time()), call.now());
  // What was decided about demands is told by the tickets service once it is done, as TicketsFollowed.
  if (!event.has_facts()) return absl::OkStatus();
  const std::string_view change_id = kChangePattern.Id(event.facts().change());
  ASSIGN_OR_RETURN(std::optional<KnownChange> known, ReadChange(transaction, change_id));
  if (known && known->version >= event.facts().version()) return absl::OkStatus();
  KnownChange change = known ? *known : KnownChange();
  CopyFacts(event.facts(), change);
  RETURN_IF_ERROR(CountChange(transaction, call, known, change));
  RETURN_IF_ERROR(WriteChange(transaction, change));
  for (ChainStep& step : StepsOf(event)) {
    step.sequence = event.envelope().sequence();
    step.version = change.version;
    RETURN_IF_ERROR(AddChangeStep(transaction, change_id, step));
  }
  return FollowChange(transaction, event.facts());
}

}  // namespace dangol::metrics

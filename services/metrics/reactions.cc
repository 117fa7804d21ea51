#include "services/metrics/reactions.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/metrics/counts.h"
#include "services/metrics/rules.h"
#include "services/metrics/store.h"

namespace dangol::metrics {
namespace {

using backlog::v1::ChangeEvent;
using dangol::api::v1::EventEnvelope;
using tickets::v1::TicketEvent;

// The versions that an event brings; empty where it does not touch the resource.
class Versions {
 public:
  explicit Versions(const EventEnvelope& envelope) {
    for (const auto& resource : envelope.resources()) versions_.emplace(resource.name(), resource.version());
  }
  std::optional<int64_t> Find(std::string_view name) const {
    const auto found = versions_.find(name);
    return found == versions_.end() ? std::nullopt : std::optional(found->second);
  }
  absl::StatusOr<int64_t> Of(std::string_view name) const {
    if (const std::optional<int64_t> version = Find(name)) return *version;
    return InternalError(fmt::format("an event about {} does not list it among its resources", name));
  }

 private:
  std::unordered_map<std::string_view, int64_t> versions_;
};

// One event of the tickets service, and what it adds to the counts.
struct TicketUpdate {
  storage::Transaction& transaction;
  const EventEnvelope& envelope;
  const Versions versions{envelope};
  CountChanges counts = {};
};

Chain NewChain(std::string_view ticket_id) {
  Chain chain;
  chain.loop.set_name(LoopName(ticket_id));
  chain.loop.set_ticket(TicketName(ticket_id));
  return chain;
}

absl::Status AddSteps(TicketUpdate& update, std::string_view ticket_id, int64_t version, ChainSteps& steps) {
  int part = 0;
  for (ChainStep& step : steps) {
    step.sequence = update.envelope.sequence();
    step.version = version;
    RETURN_IF_ERROR(AddTicketStep(update.transaction, ticket_id, step, part++));
    update.counts.AddStep(step);
  }
  return absl::OkStatus();
}

template <typename Kind>
absl::Status TakeOne(TicketUpdate& update, const std::string& ticket, const Kind& kind) {
  ASSIGN_OR_RETURN(const int64_t version, update.versions.Of(ticket));
  const std::string_view ticket_id = IdOf(ticket);
  ASSIGN_OR_RETURN(std::optional<Chain> known, ReadChain(update.transaction, ticket_id));
  if (known && known->version >= version) return absl::OkStatus();
  Chain chain = known ? *std::move(known) : NewChain(ticket_id);
  const bool is_new = chain.version == 0;
  const std::string change = chain.loop.change();
  update.counts.AddChain(chain, -1);
  ChainSteps steps;
  Take(chain, kind, FromProtoTime(update.envelope.time()), steps);
  chain.version = version;
  update.counts.AddChain(chain, 1);
  RETURN_IF_ERROR(is_new || change != chain.loop.change() ? WriteChain(update.transaction, chain)
                                                          : WriteProgress(update.transaction, chain));
  return AddSteps(update, ticket_id, version, steps);
}

// A message may touch its ticket or not; what it tells is true either way, and telling it again changes nothing.
absl::Status TakeMessage(TicketUpdate& update, const tickets::v1::MessageCreated& message) {
  const std::string_view ticket_id = IdOf(message.message());
  ASSIGN_OR_RETURN(std::optional<Chain> known, ReadChain(update.transaction, ticket_id));
  Chain chain = known ? *std::move(known) : NewChain(ticket_id);
  const int64_t version = update.versions.Find(chain.loop.ticket()).value_or(0);
  ChainSteps steps;
  Take(chain, message, FromProtoTime(update.envelope.time()), steps);
  chain.version = std::max(chain.version, version);
  RETURN_IF_ERROR(known ? WriteProgress(update.transaction, chain) : WriteChain(update.transaction, chain));
  return AddSteps(update, ticket_id, version, steps);
}

absl::Status TakeAll(TicketUpdate& update, const tickets::v1::TicketsFollowed& followed) {
  for (const std::string& ticket : followed.tickets()) RETURN_IF_ERROR(TakeOne(update, ticket, followed));
  return absl::OkStatus();
}

absl::Status TakeKind(TicketUpdate& update, const TicketEvent& event) {
  switch (event.kind_case()) {
    case TicketEvent::kTicketCreated:
      return TakeOne(update, event.ticket_created().ticket(), event.ticket_created());
    case TicketEvent::kTicketAcknowledged:
      return TakeOne(update, event.ticket_acknowledged().ticket(), event.ticket_acknowledged());
    case TicketEvent::kTicketDeclined:
      return TakeOne(update, event.ticket_declined().ticket(), event.ticket_declined());
    case TicketEvent::kTicketAccepted:
      return TakeOne(update, event.ticket_accepted().ticket(), event.ticket_accepted());
    case TicketEvent::kTicketResolved:
      return TakeOne(update, event.ticket_resolved().ticket(), event.ticket_resolved());
    case TicketEvent::kTicketReopened:
      return TakeOne(update, event.ticket_reopened().ticket(), event.ticket_reopened());
    case TicketEvent::kTicketUnlinked:
      return TakeOne(update, event.ticket_unlinked().ticket(), event.ticket_unlinked());
    case TicketEvent::kTicketsFollowed:
      return TakeAll(update, event.tickets_followed());
    case TicketEvent::kMessageCreated:
      return TakeMessage(update, event.message_created());
    default:
      return absl::OkStatus();  // a kind that this version does not know
  }
}

template <typename Kind>
absl::Status TakeChange(storage::Transaction& transaction, const EventEnvelope& envelope, const Kind& kind) {
  ASSIGN_OR_RETURN(const int64_t version, Versions(envelope).Of(kind.change()));
  const std::string_view change_id = IdOf(kind.change());
  ASSIGN_OR_RETURN(std::optional<KnownChange> known, ReadChange(transaction, change_id));
  if (known && known->version >= version) return absl::OkStatus();
  KnownChange change = known ? *std::move(known) : KnownChange();
  change.summary.set_change(kind.change());
  ChainSteps steps;
  Take(change, kind, FromProtoTime(envelope.time()), steps);
  change.version = version;
  RETURN_IF_ERROR(WriteChange(transaction, change));
  for (ChainStep& step : steps) {
    step.sequence = envelope.sequence();
    step.version = version;
    RETURN_IF_ERROR(AddChangeStep(transaction, change_id, step));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status OnTicketEvent(storage::Transaction& transaction, const rpc::Call&, const TicketEvent& event) {
  TicketUpdate update{transaction, event.envelope()};
  RETURN_IF_ERROR(TakeKind(update, event));
  return AddCounts(transaction, update.counts);
}

absl::Status OnChangeEvent(storage::Transaction& transaction, const rpc::Call&, const ChangeEvent& event) {
  switch (event.kind_case()) {
    case ChangeEvent::kChangeCreated:
      return TakeChange(transaction, event.envelope(), event.change_created());
    case ChangeEvent::kChangePlanned:
      return TakeChange(transaction, event.envelope(), event.change_planned());
    case ChangeEvent::kChangeStarted:
      return TakeChange(transaction, event.envelope(), event.change_started());
    case ChangeEvent::kChangeShipped:
      return TakeChange(transaction, event.envelope(), event.change_shipped());
    case ChangeEvent::kChangeDropped:
      return TakeChange(transaction, event.envelope(), event.change_dropped());
    default:
      // What was decided about demands is told by the tickets service once it is done, as TicketsFollowed.
      return absl::OkStatus();
  }
}

}  // namespace dangol::metrics

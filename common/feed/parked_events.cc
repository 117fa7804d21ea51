#include "common/feed/parked_events.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/proto_bytes.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "common/resource/table.h"

namespace dangol::feed {
namespace {

using dangol::api::v1::DropParkedEventRequest;
using dangol::api::v1::EventEnvelope;
using dangol::api::v1::ListParkedEventsRequest;
using dangol::api::v1::ListParkedEventsResponse;
using dangol::api::v1::ParkedEvent;
using dangol::api::v1::RetryParkedEventRequest;
using google::protobuf::Message;

constexpr std::string_view kCollection = "parkedEvents/";
constexpr int kRetriedMost = 200;        // events by one call
constexpr int64_t kLookedAtMost = 5000;  // waiting events that one call looks at
constexpr size_t kReasonBytesMax = 1024;
constexpr size_t kIncarnationBytes = 8;  // of the incarnation, in an event's name

// A row of parked_event.
struct ParkedRow {
  int64_t number = 0;
  std::string id;
  std::string feed;
  std::string incarnation;
  int64_t sequence = 0;
  std::string kind;
  std::string resources;  // `name@version name@version`
  std::string payload;
  int64_t state = 0;
  std::string reason;
  absl::Time park_time;
  std::optional<absl::Time> settle_time;
  std::string settled_by;
};

// clang-format off
#define PARKED(member) MEMBER_OF(ParkedRow, member)
constexpr auto kParkedTable = resource::Table<ParkedRow>(
    "parked_event", std::tuple(
        resource::Column<resource::kKey>(PARKED(number)),
        resource::Column(PARKED(id), "parked_event_id"),
        resource::Column(PARKED(feed)),
        resource::Column(PARKED(incarnation)),
        resource::Column(PARKED(sequence), "seq"),
        resource::Column(PARKED(kind)),
        resource::Column(PARKED(resources)),
        resource::Column<resource::kUpdate>(PARKED(state)),
        resource::Column(PARKED(reason)),
        resource::Column(PARKED(park_time)),
        resource::NullableColumn<resource::kUpdate>(PARKED(settle_time)),
        resource::NullableColumn<resource::kUpdate>(PARKED(settled_by)),
        resource::Column<resource::kLong | resource::kBlob>(PARKED(payload))));
// clang-format on

ParkedEvent ToProto(const ParkedRow& row) {
  ParkedEvent event;
  event.set_name(std::string(kCollection) + row.id);
  event.set_feed(row.feed);
  event.set_sequence(row.sequence);
  event.set_kind(row.kind);
  for (const std::string& touched : std::vector<std::string>(absl::StrSplit(row.resources, ' ', absl::SkipEmpty()))) {
    const size_t at = touched.rfind('@');
    auto* resource = event.add_resources();
    resource->set_name(touched.substr(0, at));
    resource->set_version(std::strtoll(touched.c_str() + at + 1, nullptr, 10));
  }
  event.set_state(static_cast<ParkedEvent::State>(row.state));
  event.set_reason(row.reason);
  *event.mutable_park_time() = ToProtoTime(row.park_time);
  if (row.settle_time) *event.mutable_settle_time() = ToProtoTime(*row.settle_time);
  event.set_settled_by(row.settled_by);
  return event;
}

absl::StatusOr<ParkedRow> Find(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(std::vector<ParkedRow> found,
                   (resource::List<kParkedTable, resource::Tail(" WHERE parked_event_id = $1")>(
                       snapshot, {name.substr(kCollection.size())})));
  if (found.empty()) return NotFound(name);
  return std::move(found.front());
}

absl::StatusOr<ParkedRow> FindWaiting(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(ParkedRow row, Find(snapshot, name));
  if (row.state == ParkedEvent::PARKED) return row;
  return Error(absl::StatusCode::kFailedPrecondition, "EVENT_SETTLED",
               fmt::format("{} does not wait any more: it is {}. Nothing is left to do.", name,
                           ParkedEvent::State_Name(static_cast<ParkedEvent::State>(row.state))));
}

// Its resources are free again.
absl::Status Settle(storage::Transaction& transaction, const rpc::Call& call, ParkedRow& row,
                    ParkedEvent::State state) {
  row.state = state;
  row.settle_time = call.now();
  row.settled_by = call.principal().name;
  RETURN_IF_ERROR(
      transaction.Execute("UPDATE parked_event SET state = $2, settle_time = $3, settled_by = $4 WHERE number = $1",
                          {row.number, static_cast<int64_t>(state), row.settle_time, row.settled_by}));
  return transaction.Execute("DELETE FROM parked_resource WHERE number = $1", {row.number});
}

// The id of an earlier one that waits and shares a resource; empty: there is none.
absl::StatusOr<std::string> EarlierThatWaits(storage::Snapshot& snapshot, const ParkedRow& row) {
  std::string id;
  const ParkedEvent event = ToProto(row);
  for (const auto& resource : event.resources()) {
    RETURN_IF_ERROR(snapshot.Query(
        "SELECT e.parked_event_id FROM parked_resource r JOIN parked_event e ON e.number = r.number "
        "WHERE r.feed = $1 AND r.incarnation = $2 AND r.resource = $3 AND r.number < $4 ORDER BY r.number LIMIT 1",
        {row.feed, row.incarnation, resource.name(), row.number},
        [&](const storage::Row& found) { id = found.Text(0); }));
    if (!id.empty()) break;
  }
  return id;
}

// What a Source's streams hold.
const google::protobuf::FieldDescriptor* EventsField(const Source& source) {
  return source.response->GetDescriptor()->FindFieldByNumber(1);
}

absl::Status ApplyParked(const Source& source, IdMaker& ids, storage::Transaction& transaction, const rpc::Call& call,
                         const ParkedRow& row) {
  const Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(EventsField(source)->message_type());
  const std::unique_ptr<Message> event(prototype->New());
  if (!event->ParseFromString(row.payload))
    return InternalError(fmt::format("the parked event {} does not parse", row.id));
  return React(source, transaction, call.now(), ids, {event.get(), &EnvelopeOf(*event)});
}

std::string ReasonOf(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  return fmt::format("{}{}: {}", absl::StatusCodeToString(status.code()), reason.empty() ? "" : " " + reason,
                     std::string(status.message()))
      .substr(0, kReasonBytesMax);
}

// Those that were parked only because they share a resource with what was just applied, and are free now.
absl::Status RetryFollowers(const Source& source, IdMaker& ids, storage::Transaction& transaction,
                            const rpc::Call& call, const ParkedRow& first) {
  std::set<std::string> freed;
  const auto free_resources = [&](const ParkedRow& row) {
    const ParkedEvent event = ToProto(row);
    for (const auto& resource : event.resources()) freed.insert(resource.name());
  };
  free_resources(first);
  constexpr resource::Tail kBehind(R"(
      WHERE state = $5 AND feed = $1 AND incarnation = $2 AND number > $3 AND reason = ''
      ORDER BY number
      LIMIT $4)");
  ASSIGN_OR_RETURN(
      std::vector<ParkedRow> waiting,
      (resource::ListHeads<kParkedTable, kBehind>(
          transaction, {first.feed, first.incarnation, first.number, kLookedAtMost, ParkedEvent::PARKED})));
  int retried = 1;
  for (ParkedRow& row : waiting) {
    if (retried == kRetriedMost) break;
    const ParkedEvent event = ToProto(row);
    const bool was_behind =
        std::ranges::any_of(event.resources(), [&](const auto& resource) { return freed.contains(resource.name()); });
    if (!was_behind) continue;
    ASSIGN_OR_RETURN(const std::string earlier, EarlierThatWaits(transaction, row));
    if (!earlier.empty()) continue;
    ++retried;
    ASSIGN_OR_RETURN(row, Find(transaction, event.name()));
    const absl::Status status = transaction.Try([&] { return ApplyParked(source, ids, transaction, call, row); });
    if (Passes(status)) break;  // what was done so far is done
    if (!status.ok()) {
      // Now it is one that failed itself.
      RETURN_IF_ERROR(
          transaction.Execute("UPDATE parked_event SET reason = $2 WHERE number = $1", {row.number, ReasonOf(status)}));
      continue;
    }
    RETURN_IF_ERROR(Settle(transaction, call, row, ParkedEvent::APPLIED));
    free_resources(row);
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view KindOf(const Message& event) {
  const google::protobuf::OneofDescriptor* kinds = event.GetDescriptor()->FindOneofByName("kind");
  const google::protobuf::FieldDescriptor* kind =
      kinds == nullptr ? nullptr : event.GetReflection()->GetOneofFieldDescriptor(event, kinds);
  return kind == nullptr ? std::string_view() : std::string_view(kind->name());
}

const EventEnvelope& EnvelopeOf(const Message& event) {
  return static_cast<const EventEnvelope&>(
      event.GetReflection()->GetMessage(event, event.GetDescriptor()->FindFieldByNumber(1)));
}

bool Passes(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted:
      return true;
    default:
      return false;
  }
}

absl::Status React(const Source& source, storage::Transaction& transaction, absl::Time now, IdMaker& ids,
                   const FollowedEvent& event) {
  if (KindOf(*event.event).empty()) return absl::OkStatus();
  const rpc::Principal principal{
      .name = fmt::format("subscription/{}", source.feed), .roles = {"service"}, .stages = {}};
  return source.react(transaction, rpc::Call(now, principal, ids, event.envelope->traceparent()), *event.event);
}

absl::Status ParkedEvents::Load(int64_t first, int64_t last) {
  // The query by state is an index that is empty as long as nothing waits.
  RETURN_IF_ERROR(
      transaction_.Query("SELECT number FROM parked_event WHERE state = 1 AND feed = $1 ORDER BY number LIMIT 1",
                         {feed_}, [&](const storage::Row&) { any_wait_ = true; }));
  return transaction_.Query(
      "SELECT seq FROM parked_event WHERE feed = $1 AND incarnation = $2 AND seq >= $3 AND seq <= $4 AND state <> $5 ORDER BY seq",
      {feed_, incarnation_, first, last, static_cast<int64_t>(ParkedEvent::APPLIED)},
      [&](const storage::Row& row) { unwanted_.push_back(row.Integer(0)); });
}

bool ParkedEvents::IsParked(int64_t sequence) const { return std::ranges::binary_search(unwanted_, sequence); }

absl::StatusOr<bool> ParkedEvents::IsBehind(const EventEnvelope& envelope) {
  bool behind = false;
  for (int i = 0; any_wait_ && !behind && i < envelope.resources_size(); ++i) {
    RETURN_IF_ERROR(transaction_.Query(
        "SELECT number FROM parked_resource WHERE feed = $1 AND incarnation = $2 AND resource = $3 ORDER BY number LIMIT 1",
        {feed_, incarnation_, envelope.resources(i).name()}, [&](const storage::Row&) { behind = true; }));
  }
  return behind;
}

absl::Status ParkedEvents::Park(const FollowedEvent& event, const absl::Status& reason, absl::Time now) {
  const EventEnvelope& envelope = *event.envelope;
  std::string resources;
  for (const auto& resource : envelope.resources()) {
    resources += fmt::format("{}{}@{}", resources.empty() ? "" : " ", resource.name(), resource.version());
  }
  const std::string id = fmt::format("{}-{}-{}", feed_, incarnation_.substr(0, kIncarnationBytes), envelope.sequence());
  int64_t number = 0;
  RETURN_IF_ERROR(transaction_.Query(
      "INSERT INTO parked_event (number, parked_event_id, feed, incarnation, seq, kind, resources, payload, state, reason, park_time) "
      "SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM parked_event WHERE TRUE "
      "ON CONFLICT (feed, incarnation, seq) DO UPDATE SET state = excluded.state, reason = excluded.reason, settle_time = NULL, "
      "settled_by = NULL RETURNING number",
      {id, feed_, incarnation_, envelope.sequence(), KindOf(*event.event), resources,
       storage::Param::Blob(SerializeDeterministically(*event.event)), static_cast<int64_t>(ParkedEvent::PARKED),
       reason.ok() ? "" : ReasonOf(reason), now},
      [&](const storage::Row& row) { number = row.Integer(0); }));
  for (const auto& resource : envelope.resources()) {
    RETURN_IF_ERROR(transaction_.Execute(
        "INSERT INTO parked_resource (feed, incarnation, resource, number) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        {feed_, incarnation_, resource.name(), number}));
  }
  any_wait_ = true;
  if (!reason.ok())
    Log()->error("event {} of {} is parked as {}: {}", envelope.sequence(), feed_, id, ReasonOf(reason));
  return absl::OkStatus();
}

absl::StatusOr<ParkedEvent> ReadParkedEvent(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(const ParkedRow row, Find(snapshot, name));
  return ToProto(row);
}

absl::StatusOr<ListParkedEventsResponse> ListParkedEvents(storage::Snapshot& snapshot, const rpc::Call&,
                                                          const ListParkedEventsRequest& request) {
  return resource::Page<resource::NumberKey>(
      request, &ListParkedEventsResponse::mutable_parked_events,
      [&](const auto& after, int64_t most) {
        return resource::ListHeads<
            kParkedTable, resource::Tail(" WHERE number > $1 AND (state = $4 OR $2 = 1) ORDER BY number LIMIT $3")>(
            snapshot, {after ? after->number : 0, request.show_settled(), most, ParkedEvent::PARKED});
      },
      [](const ParkedRow& row) -> absl::StatusOr<ParkedEvent> { return ToProto(row); },
      [](const ParkedRow& row) { return resource::NumberKey{row.number}; });
}

absl::StatusOr<ParkedEvent> RetryParkedEvent(const std::vector<Source>& sources, IdMaker& ids,
                                             storage::Transaction& transaction, const rpc::Call& call,
                                             const RetryParkedEventRequest& request) {
  ASSIGN_OR_RETURN(ParkedRow row, FindWaiting(transaction, request.name()));
  ASSIGN_OR_RETURN(const std::string earlier, EarlierThatWaits(transaction, row));
  if (!earlier.empty()) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "EVENT_BEHIND_ANOTHER",
        fmt::format("{} shares a resource with {}{}, which came before it and waits. Retry or drop that one first.",
                    request.name(), kCollection, earlier),
        {{"parked_event", std::string(kCollection) + earlier}});
  }
  const auto source = std::ranges::find_if(sources, [&](const Source& one) { return one.feed == row.feed; });
  // Within Try, so that it is known here whether each of its statements was done.
  absl::Status status = source == sources.end()
                            ? InternalError(fmt::format("the feed {} is not followed", row.feed))
                            : transaction.Try([&] { return ApplyParked(*source, ids, transaction, call, row); });
  if (Passes(status)) return status;
  if (!status.ok()) {
    return Error(absl::StatusCode::kFailedPrecondition, "EVENT_FAILED",
                 fmt::format("{} failed again: {} Mend what it says and retry, or drop the event.", request.name(),
                             ReasonOf(status)));
  }
  RETURN_IF_ERROR(Settle(transaction, call, row, ParkedEvent::APPLIED));
  RETURN_IF_ERROR(RetryFollowers(*source, ids, transaction, call, row));
  return ToProto(row);
}

absl::StatusOr<ParkedEvent> DropParkedEvent(storage::Transaction& transaction, const rpc::Call& call,
                                            const DropParkedEventRequest& request) {
  ASSIGN_OR_RETURN(ParkedRow row, FindWaiting(transaction, request.name()));
  RETURN_IF_ERROR(Settle(transaction, call, row, ParkedEvent::DROPPED));
  return ToProto(row);
}

}  // namespace dangol::feed

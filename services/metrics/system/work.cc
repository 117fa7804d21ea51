#include "services/metrics/system/work.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/civil.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/base/working_time.h"
#include "services/metrics/loop/loop_store.h"
#include "services/metrics/names.h"
#include "services/metrics/system/system_backfill.h"
#include "services/metrics/system/system_rules.h"

namespace dangol::metrics {
namespace {

using tickets::v1::WorkingHours;

// Tickets that a firing looks at.
constexpr int64_t kTicketsMost = 500;
constexpr int kWeekdays = 7;

// What is measured, and until when: as the KPI does whose time is elapsed time.
struct Measured {
  v1::SystemKpi until;
  std::optional<int64_t> Chain::*work;
};
constexpr Measured kMeasured[] = {{v1::FIRST_RESPONSE_TIME, &Chain::response_work},
                                  {v1::DECISION_TIME, &Chain::decision_work},
                                  {v1::LOOP_TIME, &Chain::loop_work}};

absl::StatusOr<OpeningHours> HoursOf(const WorkingHours& facts) {
  OpeningHours hours;
  if (!absl::LoadTimeZone(facts.time_zone(), &hours.zone)) return InternalError("working hours of no known time zone");
  for (const WorkingHours::Span& span : facts.spans()) {
    if (span.weekday() < 1 || span.weekday() > kWeekdays) return InternalError("working hours of no known weekday");
    hours.spans[static_cast<size_t>(span.weekday() - 1)].push_back({span.open_minutes(), span.close_minutes()});
  }
  for (const std::string& text : facts.closed_days()) {
    if (const auto day = ParseCivilDay(text)) hours.closed_days.insert(*day);
  }
  return hours;
}

absl::StatusOr<std::shared_ptr<const WorkingTime>> Parse(std::string bytes) {
  // The same text is the same policy: most tickets of a day have one.
  thread_local std::pair<std::string, std::shared_ptr<const WorkingTime>> last;
  if (last.second != nullptr && last.first == bytes) return last.second;
  WorkingHours facts;
  if (!facts.ParseFromString(bytes)) return InternalError("working hours do not parse");
  ASSIGN_OR_RETURN(OpeningHours hours, HoursOf(facts));
  last = {std::move(bytes), std::make_shared<const WorkingTime>(std::move(hours))};
  return last.second;
}

// By the policy that held then; nothing: none had been set.
absl::StatusOr<std::shared_ptr<const WorkingTime>> WorkingTimeAt(storage::Snapshot& snapshot, absl::Time time) {
  std::optional<std::string> bytes;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT details FROM working_hours WHERE from_time <= $1 ORDER BY from_time DESC, version DESC LIMIT 1", {time},
      [&](const storage::Row& row) { bytes = std::string(row.Bytes(0)); }));
  if (!bytes) return nullptr;
  return Parse(*std::move(bytes));
}

}  // namespace

absl::Status NoteWork(storage::Snapshot& snapshot, const Chain* before, Chain& chain) {
  std::shared_ptr<const WorkingTime> time;
  bool is_read = false;
  for (const auto& [until, work] : kMeasured) {
    const std::optional<Share> now = ShareOf(until, chain);
    const std::optional<Share> then = before == nullptr ? std::nullopt : ShareOf(until, *before);
    if (now && then && now->time == then->time) continue;
    (chain.*work).reset();
    if (!now) continue;
    const absl::Time received = FromProtoTime(chain.loop.receive_time());
    if (!is_read) {
      ASSIGN_OR_RETURN(time, WorkingTimeAt(snapshot, received));
      is_read = true;
    }
    if (time != nullptr) chain.*work = absl::ToInt64Seconds(time->Between(received, now->time));
  }
  return absl::OkStatus();
}

absl::Status TakeHours(storage::Transaction& transaction, const rpc::Call& call,
                       const tickets::v1::TicketEvent& event) {
  if (!event.policy_updated().has_working_hours() || event.envelope().resources().empty()) return absl::OkStatus();
  const int64_t version = event.envelope().resources(0).version();
  const absl::Time from = FromProtoTime(event.envelope().time());
  ASSIGN_OR_RETURN(const int64_t known,
                   transaction.QueryInteger("SELECT COUNT(*) FROM working_hours WHERE from_time = $1 AND version = $2",
                                            {from, version}));
  if (known > 0) return absl::OkStatus();
  RETURN_IF_ERROR(transaction.Execute(
      "INSERT INTO working_hours (from_time, version, details) VALUES ($1, $2, $3)",
      {from, version, storage::Param::Blob(event.policy_updated().working_hours().SerializeAsString())}));
  // Of tickets that were received since then this may be heard too late.
  return storage::SetTimerAtOnce(transaction, call.now(), kWorkTimer, "");
}

absl::Status CountWork(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  ASSIGN_OR_RETURN(std::vector<Chain> chains, ListChainsAfter(transaction, timer.resource, kTicketsMost));
  RETURN_IF_ERROR(
      CountAnew(transaction, call.now(), chains, [&](Chain& chain) { return NoteWork(transaction, nullptr, chain); }));
  if (static_cast<int64_t>(chains.size()) < kTicketsMost) return absl::OkStatus();
  return storage::SetTimerAtOnce(transaction, call.now(), timer.kind, kLoopPattern.Id(chains.back().loop.name()));
}

}  // namespace dangol::metrics

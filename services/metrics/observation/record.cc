#include "services/metrics/observation/record.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "dangol/metrics/v1/metrics_feed.pb.h"
#include "services/metrics/calendar/work_calendar.h"
#include "services/metrics/day.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_rules.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/member/member_rules.h"
#include "services/metrics/member/member_store.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/observation_rules.h"
#include "services/metrics/observation/observation_store.h"
#include "services/metrics/observation/rollup.h"

namespace dangol::metrics {
namespace {

using v1::Entry;
using v1::Kpi;
using v1::Member;
using v1::Observation;

// Wrong cells that one error names.
constexpr size_t kWrongCellsMost = 20;
// Observations that one event tells of.
constexpr size_t kToldMost = 200;

// An entry with what it is about.
struct Cell {
  const Entry* entry = nullptr;
  const Kpi* kpi = nullptr;
  std::string path;
  int64_t day = 0;
  Known known;
};

// A block with all that has to be known to take it in.
struct Block {
  storage::Transaction& transaction;
  const rpc::Call& call;
  const v1::RecordObservationsRequest& request;
  v1::Engine engine;
  WorkCalendar calendar;
  std::vector<Kpi> kpis;
  std::vector<Cell> cells = {};
};

absl::StatusOr<Block> ReadBlock(storage::Transaction& transaction, const rpc::Call& call,
                                const v1::RecordObservationsRequest& request) {
  ASSIGN_OR_RETURN(v1::Engine engine, ReadEngine(transaction, request.parent()));
  ASSIGN_OR_RETURN(std::vector<Kpi> kpis, ReadKpis(transaction, kEnginePattern.Id(request.parent())));
  ASSIGN_OR_RETURN(WorkCalendar calendar, ReadWorkCalendar(transaction, engine));
  return Block{transaction, call, request, std::move(engine), std::move(calendar), std::move(kpis)};
}

// Until when it takes numbers, as a part of a sentence.
std::string LastDayOf(const Kpi& kpi) {
  return kpi.last_day().empty() ? "" : fmt::format(" of days behind {}", kpi.last_day());
}

// Finds the KPI of each entry.
absl::Status AddCells(Block& block) {
  std::map<std::string_view, const Kpi*> by_name;
  for (const Kpi& kpi : block.kpis) by_name[kpi.name()] = &kpi;
  for (int i = 0; i < block.request.entries_size(); ++i) {
    const Entry& entry = block.request.entries(i);
    const auto found = by_name.find(entry.kpi());
    const std::string path = fmt::format("entries[{}]", i);
    if (found == by_name.end()) return AtField(NotFound(entry.kpi()), path + ".kpi");
    if (!TakesNumbers(*found->second, ParseDay(entry.day()).value_or(0)) && found->second->source() != Kpi::SYSTEM) {
      return AtField(
          Error(absl::StatusCode::kFailedPrecondition, "KPI_RETIRED",
                fmt::format("{} is retired and takes no numbers{}. Set its state to ACTIVE first, or leave it "
                            "out.",
                            entry.kpi(), LastDayOf(*found->second)),
                {{"resource", entry.kpi()}}),
          path + ".kpi");
    }
    if (found->second->source() == Kpi::SYSTEM) {
      return AtField(Error(absl::StatusCode::kFailedPrecondition, "KPI_COMPUTED",
                           fmt::format("{} is computed of complaints and takes no numbers. Leave it out.", entry.kpi()),
                           {{"resource", entry.kpi()}}),
                     path + ".kpi");
    }
    block.cells.push_back({.entry = &entry, .kpi = found->second, .path = path, .day = 0, .known = {}});
  }
  return absl::OkStatus();
}

// What is wrong with the day of a cell.
std::optional<FieldViolation> ReadDay(const Block& block, Cell& cell) {
  const std::string path = cell.path + ".day";
  const std::optional<int64_t> day = ParseDay(cell.entry->day());
  if (!day) {
    return FieldViolation{
        path, fmt::format("{} is no day. Send one as YYYY-MM-DD, such as 2026-11-24.", ShownValue(cell.entry->day()))};
  }
  cell.day = *day;
  const int64_t today = block.calendar.DayAt(block.call.now());
  if (*day > today) {
    return FieldViolation{path, fmt::format("{} is to come: it is {} in {}. Send a day that has begun.",
                                            cell.entry->day(), ShownDay(today), block.engine.time_zone())};
  }
  if (*day < 0)
    return FieldViolation{path, fmt::format("{} is before 1970-01-01. Send a later one.", cell.entry->day())};
  return std::nullopt;
}

absl::Status CheckCells(Block& block) {
  std::vector<FieldViolation> wrong;
  std::set<std::pair<const Kpi*, int64_t>> seen;
  for (Cell& cell : block.cells) {
    std::optional<FieldViolation> violation = ReadDay(block, cell);
    if (!violation) violation = ReadEntry(*cell.entry, *cell.kpi, cell.path, cell.known);
    if (!violation && !seen.emplace(cell.kpi, cell.day).second) {
      violation = FieldViolation{
          cell.path + ".day", fmt::format("{} of {} stands twice. Send it once.", cell.entry->day(), cell.kpi->name())};
    }
    if (violation) wrong.push_back(*std::move(violation));
    if (wrong.size() == kWrongCellsMost) break;
  }
  return wrong.empty() ? absl::OkStatus() : InvalidFields(std::move(wrong));
}

absl::StatusOr<bool> EntersForEverybody(const Block& block) {
  ASSIGN_OR_RETURN(const std::optional<Member> member, FindMember(block.transaction, block.request.recorded_by()));
  return member && member->state() == Member::ACTIVE &&
         std::ranges::any_of(member->roles(), [](int role) { return role == Member::LEAD || role == Member::ADMIN; });
}

// Whether a KPI of this owner is the member's to enter today.
absl::StatusOr<bool> EntersFor(const Block& block, const std::string& owner) {
  if (owner.empty() || owner == block.request.recorded_by()) return true;
  ASSIGN_OR_RETURN(const std::optional<Member> member, FindMember(block.transaction, owner));
  return member && WorkerOn(*member, block.calendar.DayAt(block.call.now())) == block.request.recorded_by();
}

absl::Status CheckMember(const Block& block) {
  RETURN_IF_ERROR(RequireNotLeft(block.transaction, block.request.recorded_by(), "recorded_by"));
  ASSIGN_OR_RETURN(const bool everybody, EntersForEverybody(block));
  if (everybody) return absl::OkStatus();
  std::map<std::string, bool> may_enter;  // by owner
  for (const Cell& cell : block.cells) {
    const std::string& owner = OwnerOf(*cell.kpi, block.engine);
    auto found = may_enter.find(owner);
    if (found == may_enter.end()) {
      ASSIGN_OR_RETURN(const bool may, EntersFor(block, owner));
      found = may_enter.emplace(owner, may).first;
    }
    if (found->second) continue;
    return AtField(
        Error(absl::StatusCode::kPermissionDenied, "NOT_THE_OWNER",
              fmt::format("{} is entered by {}, and {} neither stands in today nor has the role LEAD or ADMIN. Let the "
                          "owner enter it, or name a deputy.",
                          cell.kpi->name(), owner, block.request.recorded_by()),
              {{"resource", cell.kpi->name()}}),
        cell.path + ".kpi");
  }
  return absl::OkStatus();
}

absl::Status KeepSums(Block& block, const ObservationRow& row, const Known& before) {
  Rollup difference;
  difference.Add(before, -1);
  difference.Add(row.known, 1);
  if (row.revision > 1) difference.Restate(row.record_time, row.recorded_by);
  for (const v1::Granularity granularity : {v1::WEEK, v1::MONTH}) {
    const int64_t first_day = block.calendar.PeriodOf(row.day, granularity).first;
    RETURN_IF_ERROR(AddToRollup(block.transaction, row.engine_id, row.kpi_id, granularity, first_day, difference));
  }
  return absl::OkStatus();
}

// Takes one cell in. `told` grows by it where it says something new.
absl::StatusOr<Observation> Take(Block& block, const Cell& cell, std::vector<ObservationRow>& told) {
  const std::string engine_id(kKpiPattern.Id(cell.kpi->name()));
  const std::string kpi_id(kKpiPattern.Id(cell.kpi->name(), 1));
  ASSIGN_OR_RETURN(std::optional<ObservationRow> found,
                   FindObservation(block.transaction, engine_id, kpi_id, cell.day));
  if (!found && cell.known.state == Observation::EMPTY) {
    return InvalidField(cell.path + ".state", fmt::format("Nothing was entered for {} on {}, so nothing can be taken "
                                                          "back. Leave the cell out.",
                                                          cell.kpi->name(), cell.entry->day()));
  }
  if (found && found->known == cell.known && found->note == cell.entry->note()) return Shown(*found, *cell.kpi);
  ObservationRow row = found.value_or(ObservationRow());
  row.engine_id = engine_id;
  row.kpi_id = kpi_id;
  row.day = cell.day;
  const Known before = row.known;
  row.known = cell.known;
  if (++row.revision == 1) {
    row.first_record_time = block.call.now();
    row.on_time = block.call.now() <= DueTime(*cell.kpi, block.calendar, cell.day);
  }
  // Behind what it corrects, wherever the clock is: two replicas may differ.
  row.record_time = found ? std::max(block.call.now(), row.record_time + absl::Microseconds(1)) : block.call.now();
  row.recorded_by = block.request.recorded_by();
  row.note = cell.entry->note();
  RETURN_IF_ERROR(StoreObservation(block.transaction, row));
  RETURN_IF_ERROR(KeepSums(block, row, before));
  Observation shown = Shown(row, *cell.kpi);
  told.push_back(std::move(row));
  return shown;
}

absl::Status Tell(const Block& block, std::span<const ObservationRow> rows) {
  v1::MetricsEvent event;
  v1::ObservationsRecorded& recorded = *event.mutable_observations_recorded();
  std::vector<feed::Touched> touched;
  std::set<std::string> kpis;
  int64_t first = rows.front().day;
  int64_t last = first;
  for (const ObservationRow& row : rows) {
    touched.push_back({kObservationPattern.Name(row.engine_id, row.kpi_id, ShownDay(row.day)), row.revision});
    kpis.insert(kKpiPattern.Name(row.engine_id, row.kpi_id));
    first = std::min(first, row.day);
    last = std::max(last, row.day);
  }
  recorded.set_engine(block.engine.name());
  recorded.mutable_kpis()->Assign(kpis.begin(), kpis.end());
  recorded.set_first_day(ShownDay(first));
  recorded.set_last_day(ShownDay(last));
  return feed::Append(block.transaction, block.call, event, touched);
}

}  // namespace

absl::StatusOr<v1::RecordObservationsResponse> RecordObservations(storage::Transaction& transaction,
                                                                  const rpc::Call& call,
                                                                  const v1::RecordObservationsRequest& request) {
  ASSIGN_OR_RETURN(Block block, ReadBlock(transaction, call, request));
  RETURN_IF_ERROR(AddCells(block));
  RETURN_IF_ERROR(CheckCells(block));
  RETURN_IF_ERROR(CheckMember(block));
  v1::RecordObservationsResponse response;
  std::vector<ObservationRow> told;
  for (const Cell& cell : block.cells) {
    ASSIGN_OR_RETURN(*response.add_observations(), Take(block, cell, told));
  }
  for (std::span<const ObservationRow> rest = told; !rest.empty();) {
    const size_t size = std::min(rest.size(), kToldMost);
    RETURN_IF_ERROR(Tell(block, rest.first(size)));
    rest = rest.subspan(size);
  }
  return response;
}

}  // namespace dangol::metrics

#include "services/metrics/digest/due.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/mentions.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/metrics/calendar/work_calendar.h"
#include "services/metrics/day.h"
#include "services/metrics/digest/digest_store.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_rules.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/member/workers.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/missing.h"
#include "services/metrics/report/review_store.h"

namespace dangol::metrics {
namespace {

using v1::Digest;
using v1::Due;
using v1::Engine;
using v1::Kpi;
using v1::Member;
using v1::Remark;

// Of who was never told anything.
constexpr absl::Duration kFirstLook = absl::Hours(24 * 7);
// Of each kind: more is no message for one day.
constexpr int kItemsMost = 100;
// Of each subscription.
constexpr size_t kReportsMost = 7;

// What is asked of one engine.
struct Search {
  storage::Snapshot& snapshot;
  const Member& member;
  const Engine& engine;
  const WorkCalendar& calendar;
  absl::Time since;
  absl::Time now;
};

absl::StatusOr<std::vector<Engine>> ReadEngines(storage::Snapshot& snapshot) {
  ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                   snapshot.QueryTexts("SELECT engine_id FROM engine ORDER BY engine_id", {}));
  std::vector<Engine> engines;
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(engines.emplace_back(), ReadEngine(snapshot, kEnginePattern.Name(id)));
  }
  return engines;
}

absl::Status AddMissing(const Search& search, const std::vector<Kpi>& kpis, Due& due) {
  const int64_t today = search.calendar.DayAt(search.now);
  ASSIGN_OR_RETURN(const std::vector<v1::MissingEntry> missing,
                   FindMissing(search.snapshot, search.engine, search.calendar, kpis, {today - kMissingDays, today - 1},
                               search.now));
  for (const v1::MissingEntry& entry : missing) {
    if (entry.member() == search.member.name()) *due.add_missing_entries() = entry;
  }
  return absl::OkStatus();
}

// Whether it is said to the member. `worker` enters the KPI.
absl::StatusOr<bool> Concerns(const Search& search, const Remark& remark, const std::string& worker) {
  if (remark.author() == search.member.name()) return false;
  const std::vector<std::string> mentions = MentionsIn(remark.body());
  if (worker == search.member.name() || std::ranges::find(mentions, search.member.name()) != mentions.end())
    return true;
  if (remark.reply_to().empty()) return false;
  ASSIGN_OR_RETURN(const Remark replied, ReadRemark(search.snapshot, remark.reply_to()));
  return replied.author() == search.member.name();
}

// All that was said of the engine since the last message, the newest first: to whom a remark is it says itself.
absl::StatusOr<std::vector<Remark>> RemarksSince(const Search& search) {
  const std::string_view engine_id = kEnginePattern.Id(search.engine.name());
  std::vector<Remark> remarks;
  std::optional<resource::TimeKey> before;
  do {
    ASSIGN_OR_RETURN(const std::vector<resource::TimeKey> keys,
                     ListRemarkKeys(search.snapshot, engine_id, "", before, kItemsMost));
    before.reset();
    for (const resource::TimeKey& key : keys) {
      if (key.time <= search.since) return remarks;
      ASSIGN_OR_RETURN(remarks.emplace_back(), ReadRemark(search.snapshot, kRemarkPattern.Name(engine_id, key.id)));
      before = key;
    }
  } while (before);
  return remarks;
}

absl::Status AddRemarks(const Search& search, const std::vector<Kpi>& kpis, Due& due) {
  Workers workers(search.snapshot, search.calendar.DayAt(search.now));
  ASSIGN_OR_RETURN(const std::vector<Remark> remarks, RemarksSince(search));
  for (const Remark& remark : remarks) {
    const auto kpi = std::ranges::find(kpis, remark.kpi(), &Kpi::name);
    const std::string owner = kpi == kpis.end() ? "" : OwnerOf(*kpi, search.engine);
    ASSIGN_OR_RETURN(const std::string worker, workers.Of(owner));
    ASSIGN_OR_RETURN(const bool concerns, Concerns(search, remark, worker));
    if (concerns) *due.add_remarks() = remark;
  }
  return absl::OkStatus();
}

// The periods that have ended since the last message, the oldest first.
std::vector<Period> EndedOf(const Search& search, v1::Granularity granularity) {
  const WorkCalendar& calendar = search.calendar;
  std::vector<Period> ended;
  Period period = calendar.Before(calendar.PeriodOf(calendar.DayAt(search.now), granularity), granularity);
  while (ended.size() < kReportsMost && calendar.StartOf(period.last + 1) > search.since) {
    ended.push_back(period);
    period = calendar.Before(period, granularity);
  }
  std::ranges::reverse(ended);
  return ended;
}

void AddReports(const Search& search, Due& due) {
  for (const v1::ReportSubscription& subscription : search.member.report_subscriptions()) {
    if (subscription.engine() != search.engine.name()) continue;
    for (const Period& ended : EndedOf(search, subscription.granularity())) {
      v1::DueReport& report = *due.add_reports();
      report.set_engine(search.engine.name());
      report.set_granularity(subscription.granularity());
      report.set_first_day(ShownDay(ended.first));
    }
  }
}

template <typename Items, typename Key>
void SortAndCut(Items& items, Key key) {
  std::sort(items.begin(), items.end(), [&](const auto& one, const auto& other) { return key(one) < key(other); });
  while (items.size() > kItemsMost) items.RemoveLast();
}

}  // namespace

absl::StatusOr<DigestDay> FindDigestDay(storage::Snapshot& snapshot, const Member& member, absl::Time now) {
  ASSIGN_OR_RETURN(const std::vector<resource::TimeKey> keys, ListEngineKeys(snapshot, std::nullopt, 1));
  Engine engine;
  engine.set_time_zone("UTC");
  // The default engine is the first one.
  if (!keys.empty()) {
    ASSIGN_OR_RETURN(engine, ReadEngine(snapshot, kEnginePattern.Name(keys[0].id)));
  }
  ASSIGN_OR_RETURN(const WorkCalendar calendar, ReadWorkCalendar(snapshot, engine));
  const int64_t today = calendar.DayAt(now);
  // Yesterday's work is due at that hour of the next open day: that is today, or has not come.
  const bool hour_has_come = now >= calendar.DueTime(today - 1, member.digest_hour() * 60);
  return DigestDay{ShownDay(today), hour_has_come && member.state() == Member::ACTIVE && !member.email().empty()};
}

bool IsFree(const std::optional<Digest>& digest) { return !digest || digest->state() == Digest::RELEASED; }

absl::StatusOr<Due> FindDue(storage::Snapshot& snapshot, const Member& member, absl::Time now) {
  const std::string_view member_id = kMemberPattern.Id(member.name());
  ASSIGN_OR_RETURN(const DigestDay today, FindDigestDay(snapshot, member, now));
  ASSIGN_OR_RETURN(const std::optional<Digest> digest, FindDigest(snapshot, kDigestPattern.Name(member_id, today.day)));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> told, ToldUntil(snapshot, member_id));
  const absl::Time since = told.value_or(now - kFirstLook);
  Due due;
  due.set_member(member.name());
  due.set_day(today.day);
  *due.mutable_read_time() = ToProtoTime(now);
  due.set_digest_due(today.due && IsFree(digest));
  ASSIGN_OR_RETURN(const std::vector<Engine> engines, ReadEngines(snapshot));
  for (const Engine& engine : engines) {
    ASSIGN_OR_RETURN(const WorkCalendar calendar, ReadWorkCalendar(snapshot, engine));
    const Search search{snapshot, member, engine, calendar, since, now};
    ASSIGN_OR_RETURN(const std::vector<Kpi> kpis, ReadKpis(snapshot, kEnginePattern.Id(engine.name())));
    RETURN_IF_ERROR(AddMissing(search, kpis, due));
    RETURN_IF_ERROR(AddRemarks(search, kpis, due));
    AddReports(search, due);
  }
  SortAndCut(*due.mutable_missing_entries(),
             [](const v1::MissingEntry& entry) { return std::pair(entry.day(), entry.kpi()); });
  SortAndCut(*due.mutable_remarks(),
             [](const Remark& remark) { return std::pair(FromProtoTime(remark.create_time()), remark.name()); });
  ASSIGN_OR_RETURN(const std::vector<v1::Mention> mentions, ReadMentions(snapshot, member_id, since, kItemsMost));
  for (const v1::Mention& mention : mentions) *due.add_mentions() = mention;
  return due;
}

}  // namespace dangol::metrics

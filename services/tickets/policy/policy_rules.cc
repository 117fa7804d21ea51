#include "services/tickets/policy/policy_rules.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/civil.h"
#include "common/base/error.h"
#include "common/base/reason_path.h"
#include "common/base/status_macros.h"
#include "services/tickets/policy/holidays.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;
using v1::TriagePolicy;

constexpr int kMinutesOfDay = 24 * 60;
constexpr int kLabelsMost = 32;  // of a ticket, as its proto says
// Of the default: nine hours a day, and a week until a ticket is closed.
constexpr int kWorkdayMinutes = 9 * 60;
constexpr int kDecideDays = 5;
constexpr int kCloseAfterHours = 7 * 24;

v1::ResponseTimes DefaultTimes(Ticket::Severity severity) {
  v1::ResponseTimes times;
  times.set_severity(severity);
  times.set_reply_minutes(kWorkdayMinutes);
  times.set_decide_minutes(kWorkdayMinutes * (severity == Ticket::CRITICAL ? 1 : kDecideDays));
  return times;
}

// Each severity once, in order.
absl::Status CompleteTimes(TriagePolicy& policy) {
  for (int i = 0; i < policy.response_times_size(); ++i) {
    for (int j = 0; j < i; ++j) {
      if (policy.response_times(i).severity() != policy.response_times(j).severity()) continue;
      return InvalidField(
          fmt::format("triage_policy.response_times[{}].severity", i),
          fmt::format("{} is said twice. Say it once.", Ticket::Severity_Name(policy.response_times(i).severity())));
    }
  }
  google::protobuf::RepeatedPtrField<v1::ResponseTimes> complete;
  for (int i = Ticket::LOW; i <= Ticket::Severity_MAX; ++i) {
    const auto severity = static_cast<Ticket::Severity>(i);
    const auto said = std::ranges::find(policy.response_times(), severity, &v1::ResponseTimes::severity);
    *complete.Add() = said == policy.response_times().end() ? DefaultTimes(severity) : *said;
  }
  policy.mutable_response_times()->Swap(&complete);
  return absl::OkStatus();
}

struct Span {
  int open = 0;
  int close = 0;
};

absl::StatusOr<Span> SpanIn(const std::string& path, const v1::OpeningHours& hours) {
  Span span;
  ASSIGN_OR_RETURN(span.open, MinutesIn(path + ".open_time", hours.open_time()));
  ASSIGN_OR_RETURN(span.close, CloseMinutesIn(path + ".close_time", hours.close_time()));
  if (span.open < span.close) return span;
  return InvalidField(path + ".close_time",
                      fmt::format("{} is not later than {}. Send a later one; what passes midnight is two spans.",
                                  ShownValue(hours.close_time()), hours.open_time()));
}

absl::Status CheckHours(const TriagePolicy& policy) {
  std::vector<std::pair<v1::Weekday, Span>> spans;
  for (int i = 0; i < policy.opening_hours_size(); ++i) {
    const v1::OpeningHours& hours = policy.opening_hours(i);
    const std::string path = fmt::format("triage_policy.opening_hours[{}]", i);
    ASSIGN_OR_RETURN(const Span span, SpanIn(path, hours));
    for (const auto& [weekday, other] : spans) {
      if (weekday != hours.weekday() || span.open >= other.close || other.open >= span.close) continue;
      return InvalidField(path, fmt::format("{} {} to {} is open already. Send spans that do not overlap.",
                                            v1::Weekday_Name(weekday), hours.open_time(), hours.close_time()));
    }
    spans.emplace_back(hours.weekday(), span);
  }
  return absl::OkStatus();
}

absl::Status CheckQuietHours(const TriagePolicy& policy) {
  if (!policy.has_quiet_hours()) return absl::OkStatus();
  const std::string path = "triage_policy.quiet_hours";
  ASSIGN_OR_RETURN(const int begin, MinutesIn(path + ".begin_time", policy.quiet_hours().begin_time()));
  ASSIGN_OR_RETURN(const int end, MinutesIn(path + ".end_time", policy.quiet_hours().end_time()));
  if (begin != end) return absl::OkStatus();
  return InvalidField(path + ".end_time",
                      fmt::format("{} is the begin_time, too. Send another, or leave quiet_hours empty for none.",
                                  ShownValue(policy.quiet_hours().end_time())));
}

// Each calendar once.
void KeepCalendars(TriagePolicy& policy) {
  const std::set<int> calendars(policy.holiday_calendars().begin(), policy.holiday_calendars().end());
  policy.clear_holiday_calendars();
  for (const int calendar : calendars) policy.add_holiday_calendars(static_cast<v1::HolidayCalendar>(calendar));
  policy.set_holidays_end_day(calendars.empty() ? "" : ShownCivilDay(kHolidaysEnd));
}

absl::Status KeepHolidays(TriagePolicy& policy) {
  std::set<std::string> days;
  for (int i = 0; i < policy.extra_holidays_size(); ++i) {
    const std::string path = fmt::format("triage_policy.extra_holidays[{}]", i);
    RETURN_IF_ERROR(CivilDayIn(path, policy.extra_holidays(i)).status());
    days.insert(policy.extra_holidays(i));
  }
  policy.mutable_extra_holidays()->Assign(days.begin(), days.end());
  return absl::OkStatus();
}

bool Matches(const v1::AssignmentRule& rule, const Ticket& ticket) {
  const auto has = [](const auto& values, const auto& value) {
    return std::ranges::find(values, value) != values.end();
  };
  return (rule.contact_reason().empty() || IsOrIsAbove(rule.contact_reason(), ticket.contact_reason())) &&
         (rule.channel().empty() || rule.channel() == ticket.source().channel()) &&
         (rule.severities().empty() || has(rule.severities(), ticket.severity())) &&
         (rule.label().empty() || has(ticket.labels(), rule.label()));
}

bool GivesSomething(const v1::AssignmentRule& rule) {
  return !rule.assignee().empty() || !rule.assignees().empty() || !rule.stage().empty() ||
         rule.given_severity() != Ticket::SEVERITY_UNSPECIFIED || !rule.given_labels().empty();
}

absl::Status CheckRules(const TriagePolicy& policy) {
  for (int i = 0; i < policy.assignment_rules_size(); ++i) {
    const v1::AssignmentRule& rule = policy.assignment_rules(i);
    const std::string path = fmt::format("triage_policy.assignment_rules[{}]", i);
    if (!GivesSomething(rule)) {
      return InvalidField(path + ".assignee",
                          "is empty, and so are assignees, stage, given_severity and given_labels: the rule gives a "
                          "ticket nothing. Set one of them, or leave it out.");
    }
    if (!rule.assignee().empty() && !rule.assignees().empty()) {
      return InvalidField(path + ".assignees", fmt::format("is set, and so is assignee, {}. Send one of them.",
                                                           ShownValue(rule.assignee())));
    }
  }
  return absl::OkStatus();
}

bool IsCurrency(std::string_view code) {
  return code.size() == 3 && std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
}

absl::Status CheckRemedyLimits(const TriagePolicy& policy) {
  std::set<std::string_view> seen;
  for (int i = 0; i < policy.remedy_limits_size(); ++i) {
    const std::string& code = policy.remedy_limits(i).currency_code();
    const std::string path = fmt::format("triage_policy.remedy_limits[{}].currency_code", i);
    if (!IsCurrency(code)) return InvalidField(path, fmt::format("{} is no currency such as KRW.", ShownValue(code)));
    if (!seen.insert(code).second) return InvalidField(path, fmt::format("{} is said twice. Say it once.", code));
  }
  return absl::OkStatus();
}

void AddLabels(const v1::AssignmentRule& rule, Ticket& ticket) {
  for (const std::string& label : rule.given_labels()) {
    const bool is_full = ticket.labels_size() >= kLabelsMost;
    if (!is_full && std::ranges::find(ticket.labels(), label) == ticket.labels().end()) ticket.add_labels(label);
  }
}

}  // namespace

TriagePolicy DefaultPolicy() {
  TriagePolicy policy;
  policy.set_name("triagePolicy");
  policy.set_etag("0");
  policy.set_time_zone("UTC");
  policy.set_close_after_hours(kCloseAfterHours);
  for (int weekday = v1::MONDAY; weekday <= v1::FRIDAY; ++weekday) {
    v1::OpeningHours& hours = *policy.add_opening_hours();
    hours.set_weekday(static_cast<v1::Weekday>(weekday));
    hours.set_open_time("09:00");
    hours.set_close_time("18:00");
  }
  for (int severity = Ticket::LOW; severity <= Ticket::Severity_MAX; ++severity)
    *policy.add_response_times() = DefaultTimes(static_cast<Ticket::Severity>(severity));
  return policy;
}

absl::Status AgreeOn(TriagePolicy& policy) {
  RETURN_IF_ERROR(ZoneIn("triage_policy.time_zone", policy.time_zone()).status());
  RETURN_IF_ERROR(CheckHours(policy));
  RETURN_IF_ERROR(KeepHolidays(policy));
  RETURN_IF_ERROR(CheckQuietHours(policy));
  RETURN_IF_ERROR(CheckRules(policy));
  RETURN_IF_ERROR(CheckRemedyLimits(policy));
  KeepCalendars(policy);
  return CompleteTimes(policy);
}

absl::StatusOr<int> CloseMinutesIn(std::string_view field, std::string_view text) {
  if (text == "24:00") return kMinutesOfDay;
  return MinutesIn(field, text);
}

const v1::ResponseTimes& TimesOf(const TriagePolicy& policy, Ticket::Severity severity) {
  return policy.response_times(std::clamp<int>(severity, Ticket::LOW, Ticket::Severity_MAX) - Ticket::LOW);
}

absl::Status Assign(const TriagePolicy& policy, bool has_severity, TurnOfRule turn, Ticket& ticket) {
  for (const v1::AssignmentRule& rule : policy.assignment_rules()) {
    if (!Matches(rule, ticket)) continue;
    if (ticket.assignee().empty()) ticket.set_assignee(rule.assignee());
    if (ticket.assignee().empty() && !rule.assignees().empty()) {
      ASSIGN_OR_RETURN(const int64_t number, turn(rule));
      ticket.set_assignee(rule.assignees(static_cast<int>(number % rule.assignees_size())));
    }
    if (ticket.stage().empty()) ticket.set_stage(rule.stage());
    if (!has_severity && rule.given_severity() != Ticket::SEVERITY_UNSPECIFIED) {
      ticket.set_severity(rule.given_severity());
      has_severity = true;
    }
    AddLabels(rule, ticket);
  }
  return absl::OkStatus();
}

absl::Status CheckRemedy(const v1::Remedy& remedy, std::string_view path) {
  const bool is_money = remedy.kind() == v1::Remedy::REFUND || remedy.kind() == v1::Remedy::COMPENSATION;
  if (remedy.amount() > 0 && !is_money) {
    return InvalidField(fmt::format("{}.amount", path),
                        fmt::format("{} is set, and {} has none. Leave it out, or send REFUND or COMPENSATION.",
                                    remedy.amount(), v1::Remedy::Kind_Name(remedy.kind())));
  }
  if (remedy.amount() > 0 ? IsCurrency(remedy.currency_code()) : remedy.currency_code().empty())
    return absl::OkStatus();
  return InvalidField(
      fmt::format("{}.currency_code", path),
      remedy.amount() > 0
          ? fmt::format("{} is no currency such as KRW, which an amount needs.", ShownValue(remedy.currency_code()))
          : fmt::format("{} is set without an amount. Send both, or neither.", ShownValue(remedy.currency_code())));
}

bool IsWithinLimit(const TriagePolicy& policy, const v1::Remedy& remedy) {
  if (policy.remedy_limits().empty() || remedy.amount() == 0) return true;
  const auto limit = std::ranges::find(policy.remedy_limits(), remedy.currency_code(), &v1::RemedyLimit::currency_code);
  return limit != policy.remedy_limits().end() && remedy.amount() <= limit->amount();
}

}  // namespace dangol::tickets

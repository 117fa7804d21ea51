#include "cli/resource/policy_text.h"

#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "cli/command/request_flags.h"
#include "common/base/error.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::AssignmentRule;
using dangol::tickets::v1::ResponseTimes;
using dangol::tickets::v1::Ticket;
using dangol::tickets::v1::TriagePolicy;
using Texts = std::vector<std::string>;

constexpr std::array kWeekdays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

// 1: Monday. Nothing where the text is no day.
std::optional<int> WeekdayIn(const std::string& text) {
  for (size_t i = 0; i < kWeekdays.size(); ++i) {
    if (absl::AsciiStrToLower(text) == kWeekdays[i]) return static_cast<int>(i) + 1;
  }
  return std::nullopt;
}

// `mon-fri` as its first and last day.
std::optional<std::pair<int, int>> DaysIn(const std::string& text) {
  const std::pair<std::string, std::string> ends = absl::StrSplit(text, absl::MaxSplits('-', 1));
  const std::optional<int> first = WeekdayIn(ends.first);
  const std::optional<int> last = ends.second.empty() ? first : WeekdayIn(ends.second);
  if (!first || !last || *last < *first) return std::nullopt;
  return std::pair(*first, *last);
}

// Days with the same hours stand together: `mon-fri 09:00-18:00`.
std::string HoursText(const TriagePolicy& policy) {
  std::array<Texts, kWeekdays.size()> spans;
  for (const auto& hours : policy.opening_hours())
    spans.at(static_cast<size_t>(hours.weekday() - 1)).push_back(hours.open_time() + "-" + hours.close_time());
  Texts parts;
  for (size_t i = 0; i < spans.size(); ++i) {
    size_t last = i;
    while (last + 1 < spans.size() && spans[last + 1] == spans[i]) ++last;
    if (!spans[i].empty()) {
      const std::string days = last == i ? kWeekdays[i] : fmt::format("{}-{}", kWeekdays[i], kWeekdays[last]);
      parts.push_back(fmt::format("{} {}", days, absl::StrJoin(spans[i], " and ")));
    }
    i = last;
  }
  return absl::StrJoin(parts, ", ");
}

std::string HolidaysText(const TriagePolicy& policy) {
  Texts parts;
  for (const int calendar : policy.holiday_calendars())
    parts.push_back(HolidayCalendar_Name(static_cast<dangol::tickets::v1::HolidayCalendar>(calendar)));
  std::string text = absl::StrJoin(parts, " and ");
  if (!text.empty()) text += fmt::format(", known until {}", policy.holidays_end_day());
  if (policy.extra_holidays().empty()) return text.empty() ? "none" : text;
  return fmt::format("{}{}{}", text, text.empty() ? "" : "; ", absl::StrJoin(policy.extra_holidays(), " "));
}

// Of work, which has no days of 24 hours.
std::string WorkText(int32_t minutes) {
  return minutes % 60 == 0 ? fmt::format("{} h", minutes / 60) : fmt::format("{} min", minutes);
}

std::string RuleText(const AssignmentRule& rule) {
  Texts conditions;
  const auto add = [&conditions](std::string_view what, const std::string& value) {
    if (!value.empty()) conditions.push_back(fmt::format("{} {}", what, value));
  };
  Texts severities;
  for (const int severity : rule.severities())
    severities.push_back(Ticket::Severity_Name(static_cast<Ticket::Severity>(severity)));
  add("about", rule.contact_reason());
  add("by", rule.channel());
  add("of", absl::StrJoin(severities, " or "));
  add("with label", rule.label());
  Texts results;
  const std::string team = absl::StrJoin(rule.assignees(), " or ");
  const std::string labels = absl::StrJoin(rule.given_labels(), " ");
  for (const std::string& result :
       {rule.assignee(), team.empty() ? "" : team + " in turn", rule.stage(),
        rule.given_severity() == Ticket::SEVERITY_UNSPECIFIED ? "" : Ticket::Severity_Name(rule.given_severity()),
        labels.empty() ? "" : "label " + labels}) {
    if (!result.empty()) results.push_back(result);
  }
  return fmt::format("{} → {}", conditions.empty() ? "all" : absl::StrJoin(conditions, ", "),
                     absl::StrJoin(results, ", "));
}

}  // namespace

std::string PolicyText(const TriagePolicy& policy) {
  std::vector<std::pair<std::string, std::string>> lines = {
      {"time zone", policy.time_zone()}, {"open", HoursText(policy)}, {"holidays", HolidaysText(policy)}};
  for (const ResponseTimes& times : policy.response_times()) {
    lines.emplace_back(Ticket::Severity_Name(times.severity()),
                       fmt::format("reply within {}, decision within {} of work", WorkText(times.reply_minutes()),
                                   WorkText(times.decide_minutes())));
  }
  lines.emplace_back("closed",
                     fmt::format("{} after the last word", policy.close_after_hours() % 24 == 0
                                                               ? fmt::format("{} d", policy.close_after_hours() / 24)
                                                               : fmt::format("{} h", policy.close_after_hours())));
  lines.emplace_back("quiet", policy.has_quiet_hours() ? fmt::format("{} to {}", policy.quiet_hours().begin_time(),
                                                                     policy.quiet_hours().end_time())
                                                       : "never");
  Texts limits;
  for (const auto& limit : policy.remedy_limits())
    limits.push_back(fmt::format("{} {}", limit.currency_code(), limit.amount()));
  lines.emplace_back("remedies", limits.empty() ? "without limit" : "up to " + absl::StrJoin(limits, ", "));
  for (int i = 0; i < policy.assignment_rules_size(); ++i)
    lines.emplace_back(fmt::format("rule {}", i + 1), RuleText(policy.assignment_rules(i)));
  lines.emplace_back("etag", policy.etag());
  std::string text;
  for (const auto& [name, value] : lines) text += fmt::format("{:<10} {}\n", name, value);
  return text;
}

std::string AddHours(const std::string& text, TriagePolicy& policy) {
  const std::string problem = ShownValue(text) + " is not DAYS=HH:MM-HH:MM, such as mon-fri=09:00-12:00,13:00-18:00";
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
  const auto days = DaysIn(parts.first);
  if (!days) return problem;
  for (int weekday = days->first; weekday <= days->second; ++weekday) {
    for (const std::string& span : Texts(absl::StrSplit(parts.second, ','))) {
      const std::vector<std::string> ends = absl::StrSplit(span, '-');
      if (ends.size() != 2) return problem;
      auto& hours = *policy.add_opening_hours();
      hours.set_weekday(static_cast<dangol::tickets::v1::Weekday>(weekday));
      hours.set_open_time(ends[0]);
      hours.set_close_time(ends[1]);
    }
  }
  return "";
}

std::string AddTimes(const std::string& text, TriagePolicy& policy) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::ByAnyChar("=/"));
  const auto* severity = FindEnumValue(Ticket::Severity_descriptor(), parts.front());
  ResponseTimes times;
  int32_t reply = 0;
  int32_t decide = 0;
  if (parts.size() != 3 || severity == nullptr || !absl::SimpleAtoi(parts[1], &reply) ||
      !absl::SimpleAtoi(parts[2], &decide)) {
    return ShownValue(text) + " is not SEVERITY=REPLY/DECISION in minutes of work, such as critical=30/240";
  }
  times.set_severity(static_cast<Ticket::Severity>(severity->number()));
  times.set_reply_minutes(reply);
  times.set_decide_minutes(decide);
  *policy.add_response_times() = times;
  return "";
}

std::string AddLimit(const std::string& text, TriagePolicy& policy) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
  int64_t amount = 0;
  if (parts.first.size() != 3 || !absl::SimpleAtoi(parts.second, &amount) || amount < 0)
    return ShownValue(text) + " is not CURRENCY=AMOUNT in its smallest unit, such as KRW=50000";
  auto& limit = *policy.add_remedy_limits();
  limit.set_currency_code(absl::AsciiStrToUpper(parts.first));
  limit.set_amount(amount);
  return "";
}

std::string AddRule(const std::string& text, TriagePolicy& policy) {
  AssignmentRule rule;
  static const auto& fields = *new std::map<std::string, std::string, std::less<>>{
      {"severity", "severities"}, {"give-severity", "given_severity"}, {"give-label", "given_labels"}};
  for (const std::string& part : Texts(absl::StrSplit(text, ','))) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(part, absl::MaxSplits('=', 1));
    const auto renamed = fields.find(pair.first);
    std::string name = renamed == fields.end() ? pair.first : renamed->second;
    for (char& c : name) c = c == '-' ? '_' : c;
    const auto* field = AssignmentRule::descriptor()->FindFieldByName(name);
    if (field == nullptr || pair.second.empty()) {
      return ShownValue(text) +
             " is not a rule such as contact-reason=delivery,severity=high,assignee=kim; it can name " +
             "contact-reason, channel, severity and label, and give assignee, assignees (each in turn), stage, "
             "give-severity and give-label";
    }
    if (const std::string problem = ValueProblem(field, pair.second); !problem.empty()) return problem;
    SetValue(rule, field, pair.second);
  }
  *policy.add_assignment_rules() = rule;
  return "";
}

}  // namespace dangol::cli

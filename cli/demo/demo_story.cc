#include "cli/demo/demo_story.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_replace.h"
#include "fmt/format.h"

#include "cli/demo/demo_plan.h"
#include "common/base/status_macros.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::demo {
namespace {

constexpr double kOpen = 9;
constexpr double kClose = 18;
constexpr absl::Duration kLookInterval = absl::Hours(4);
// Of the orders of an average day: Monday to Sunday.
constexpr double kWeek[] = {1.05, 1.0, 1.02, 1.1, 1.3, 0.9, 0.63};

absl::TimeZone ZoneOf(std::string_view name) {
  absl::TimeZone zone = absl::UTCTimeZone();
  absl::LoadTimeZone(std::string(name), &zone);
  return zone;
}

double HourOf(absl::Time time, absl::TimeZone zone) {
  const absl::CivilSecond second = absl::ToCivilSecond(time, zone);
  return second.hour() + second.minute() / 60.0 + second.second() / 3600.0;
}

}  // namespace

Story::Story(DemoSuite& suite, const DemoText& text, uint64_t seed, absl::Time end)
    : suite_(suite),
      text_(text),
      dice_(seed),
      zone_(ZoneOf(text.time_zone)),
      end_(end),
      first_(absl::ToCivilDay(end, zone_) - kDays) {
  for (int day = 0; day <= kDays; ++day) {
    const double growth = 1 + 0.0012 * day;
    const double season = IsSeason(day) ? 1.75 : 1;
    orders_.push_back(dice_.Poisson(118 * growth * season * kWeek[Weekday(day)]));
  }
  orders_[kRestDay] = 0;
}

absl::Time Story::At(int day, double hour) const {
  return absl::FromCivil(first_ + day, zone_) + absl::Seconds(static_cast<int64_t>(hour * 3600));
}

std::string Story::DayName(int day) const { return absl::FormatCivilTime(first_ + day); }

int Story::DayOf(absl::Time time) const { return static_cast<int>(absl::ToCivilDay(time, zone_) - first_); }

int Story::Weekday(int day) const { return static_cast<int>(absl::GetWeekday(first_ + day)); }

absl::Time Story::Working(absl::Time time) const {
  int day = DayOf(time);
  const double hour = HourOf(time, zone_);
  if (Weekday(day) != 6 && hour >= kOpen && hour < kClose) return time;
  if (hour >= kClose) ++day;
  if (Weekday(day) == 6) ++day;
  // Not all at once when the door opens.
  const double minutes = static_cast<double>(absl::ToUnixMicros(time) / 1000 % 97);
  return At(day, kOpen + minutes / 60);
}

absl::Status Story::Reply(const std::string& ticket, std::string_view text) {
  tickets::v1::BatchReplyTicketsRequest request;
  request.add_names(ticket);
  request.set_reply(std::string(text));
  return Call("/dangol.tickets.v1.TicketService/BatchReplyTickets", request);
}

absl::Status Story::Rate(tickets::v1::RateTicketRequest request, bool content) {
  if (dice_.Happens(0.4)) request.set_note(Say(content ? text_.content : text_.discontent));
  RETURN_IF_ERROR(Call("/dangol.tickets.v1.TicketService/RateTicket", request));
  if (content && request.note().empty()) return absl::OkStatus();
  Plan(Working(Now() + absl::Hours(20)),
       [this, ticket = request.name(), content] { return Reply(ticket, content ? text_.thanks : text_.apology); });
  return absl::OkStatus();
}

void Story::Plan(absl::Time time, Deed deed) {
  if (time < end_) plan_.emplace(std::pair(time, planned_++), std::move(deed));
}

absl::Status Story::Run() {
  for (absl::Time look = At(0, 4); look < end_; look += kLookInterval) {
    Plan(look, [this] {
      suite_.FireTimers();
      return absl::OkStatus();
    });
  }
  while (!plan_.empty()) {
    const auto next = plan_.extract(plan_.begin());
    suite_.StepTo(next.key().first);
    RETURN_IF_ERROR(next.mapped()());
    suite_.Settle();
  }
  suite_.StepTo(end_);
  suite_.FireTimers();
  return absl::OkStatus();
}

std::string Story::Member(size_t number) const { return fmt::format("members/{}", text_.members[number].id); }

std::string Story::OwnerOf(std::string_view stage) const {
  constexpr std::string_view kStages[] = {"apply", "experience", "decision", "regular"};
  const auto* const found = std::ranges::find(kStages, stage);
  return Member(1 + static_cast<size_t>(found - std::begin(kStages)));
}

std::string Story::StageName(std::string_view stage) const { return fmt::format("{}/stages/{}", kEngineName, stage); }

std::string Story::Say(std::string_view lines) {
  const std::string line = dice_.Line(lines);
  return absl::StrReplaceAll(line, {{"{dish}", dice_.Line(text_.dishes)}, {"{n}", std::to_string(2 + dice_.Index(3))}});
}

int Story::OrdersOf(int day) { return orders_[static_cast<size_t>(std::clamp(day, 0, kDays))]; }

}  // namespace dangol::demo

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "cli/demo/demo_plan.h"
#include "cli/demo/demo_story.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "dangol/tickets/v1/policy_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::demo {
namespace {

using tickets::v1::Ticket;

constexpr size_t kPeople = 520;
// So many come as it happens, the others as often as is usual: what a change did can be told whichever way the dice
// fall.
constexpr double kByChance = 0.4;
constexpr std::string_view kTickets = "/dangol.tickets.v1.TicketService/";

struct Channel {
  std::string_view name;
  double share;
};
constexpr Channel kChannels[] = {{"web", 0.3}, {"chat", 0.28}, {"phone", 0.2}, {"email", 0.14}, {"review", 0.08}};

std::string Method(std::string_view name) { return fmt::format("{}{}", kTickets, name); }

std::string_view DrawChannel(Dice& dice) {
  double left = dice.Uniform();
  for (const Channel& channel : kChannels) {
    left -= channel.share;
    if (left < 0) return channel.name;
  }
  return kChannels[0].name;
}

// In the customer's own words: short in a chat, a letter by e-mail.
std::string Compose(Story& story, const ReasonText& reason, std::string_view channel) {
  Dice& dice = story.dice();
  const bool letter = channel == "email";
  const bool brief = channel == "chat" || channel == "review";
  std::vector<std::string> parts;
  if (letter || (!brief && dice.Happens(0.3))) parts.push_back(story.Say(story.text().openings));
  parts.push_back(story.Say(reason.happened));
  if (dice.Happens(brief ? 0.3 : 0.7)) parts.push_back(story.Say(reason.details));
  if (dice.Happens(brief ? 0.25 : 0.55)) parts.push_back(story.Say(reason.wishes));
  if (letter || (!brief && dice.Happens(0.3))) {
    // Who praises asks for nothing.
    const std::string ending = story.Say(story.text().endings);
    if (reason.kind != Ticket::PRAISE) parts.push_back(ending);
  }
  std::string text;
  for (const std::string& part : parts) text += fmt::format("{}{}", text.empty() ? "" : letter ? "\n\n" : " ", part);
  return text;
}

}  // namespace

TicketPart::TicketPart(Story& story, ChangePart& changes)
    : story_(story), changes_(changes), due_(story.text().reasons.size()) {
  Dice& dice = story_.dice();
  const DemoText& text = story_.text();
  for (size_t i = 0; i < kPeople; ++i) {
    const std::string family = dice.Line(text.family_names);
    const std::string given = dice.Line(text.given_names);
    people_.push_back(
        {text.family_name_first ? fmt::format("{}{}", family, given) : fmt::format("{} {}", given, family),
         fmt::format("customer{}@example.com", i + 1), fmt::format("c{:04}", i + 1)});
  }
}

void TicketPart::Plan() {
  story_.Plan(story_.At(0, 0.3), [this] { return Agree(); });
  story_.Plan(story_.At(0, 0.4), [this] { return NameReasons(); });
  for (int day = 0; day <= kDays; ++day) {
    story_.Plan(story_.At(day, 0), [this, day] { return Day(day); });
  }
}

// When the shop works, and who looks at what is urgent.
absl::Status TicketPart::Agree() {
  tickets::v1::UpdateTriagePolicyRequest request;
  tickets::v1::TriagePolicy& policy = *request.mutable_triage_policy();
  const DemoText& text = story_.text();
  policy.set_time_zone(std::string(text.time_zone));
  if (text.language == "ko") policy.add_holiday_calendars(tickets::v1::KR);
  tickets::v1::AssignmentRule& urgent = *policy.add_assignment_rules();
  urgent.add_severities(Ticket::HIGH);
  urgent.add_severities(Ticket::CRITICAL);
  urgent.set_assignee(story_.Member(0));
  for (const std::string_view path : {"time_zone", "holiday_calendars", "assignment_rules"}) {
    request.mutable_update_mask()->add_paths(std::string(path));
  }
  return story_.Call("/dangol.tickets.v1.PolicyService/UpdateTriagePolicy", request);
}

absl::Status TicketPart::NameReasons() {
  for (const ReasonName& reason : story_.text().reason_names) {
    tickets::v1::CreateContactReasonRequest request;
    request.mutable_contact_reason()->set_path(std::string(reason.path));
    (*request.mutable_contact_reason()->mutable_display_names())[std::string(story_.text().language)] =
        std::string(reason.name);
    RETURN_IF_ERROR(story_.Call("/dangol.tickets.v1.PolicyService/CreateContactReason", request));
  }
  return absl::OkStatus();
}

int TicketPart::Due(size_t reason, double mean) {
  due_[reason] += (1 - kByChance) * mean;
  const int come = static_cast<int>(due_[reason]);
  due_[reason] -= come;
  return come;
}

absl::Status TicketPart::Day(int day) {
  Dice& dice = story_.dice();
  for (size_t reason = 0; reason < story_.text().reasons.size(); ++reason) {
    double mean = kPerThousandOrders[reason] * story_.OrdersOf(day) / 1000 * changes_.Left(reason, day);
    if (reason == 0 && (IsSeason(day) || day == kBadDay)) mean *= 1.6;
    for (int i = dice.Poisson(kByChance * mean) + Due(reason, mean); i > 0; --i) {
      // Most write in the evening.
      const double hour = dice.Happens(0.6) ? dice.Between(15, 23.5) : dice.Between(7, 23);
      story_.Plan(story_.At(day, hour), [this, reason] { return Come(reason); });
    }
  }
  return absl::OkStatus();
}

absl::Status TicketPart::Come(size_t number) {
  Dice& dice = story_.dice();
  const ReasonText& reason = story_.text().reasons[number];
  const std::string_view channel = DrawChannel(dice);
  tickets::v1::CreateTicketRequest request;
  Ticket& ticket = *request.mutable_ticket();
  ticket.set_kind(reason.kind);
  ticket.mutable_source()->set_channel(std::string(channel));
  if (channel != "chat" && channel != "phone") ticket.set_subject(story_.Say(reason.subjects));
  ticket.set_body(Compose(story_, reason, channel));
  ticket.set_language(std::string(story_.text().language));
  ticket.set_contact_reason(std::string(reason.reason));
  ticket.set_stage(story_.StageName(reason.stage));
  ticket.set_order(fmt::format("{}-{:04}", story_.DayName(story_.DayOf(story_.Now())), dice.Index(10000)));
  if (reason.reason == "product/spoiled") ticket.set_severity(Ticket::HIGH);
  ticket.set_may_ask(dice.Happens(0.5));
  if (dice.Happens(0.3)) ticket.set_remedy_sought(story_.Say(reason.wishes));
  *ticket.mutable_occur_time() = ToProtoTime(story_.Now() - absl::Minutes(5 + static_cast<int64_t>(dice.Index(300))));
  if (!dice.Happens(0.12)) {
    // A few come again and again.
    const double draw = dice.Uniform();
    const Person& person = people_[static_cast<size_t>(draw * draw * static_cast<double>(kPeople))];
    tickets::v1::Sender& sender = *request.mutable_sender();
    sender.set_external_system("shop");
    sender.set_external_id(person.id);
    sender.set_email(person.email);
    sender.set_display_name(person.name);
    sender.set_locale(std::string(story_.text().locale));
  }
  Ticket made;
  RETURN_IF_ERROR(story_.Call(Method("CreateTicket"), request, &made));
  const absl::Time heard = story_.Working(story_.Now() + absl::Minutes(dice.Between(10, 600)));
  story_.Plan(heard, [this, name = made.name(), number] { return Hear(name, number); });
  return absl::OkStatus();
}

absl::Status TicketPart::Hear(const std::string& ticket, size_t number) {
  Dice& dice = story_.dice();
  const ReasonText& reason = story_.text().reasons[number];
  tickets::v1::AcknowledgeTicketRequest request;
  request.set_name(ticket);
  request.set_heard_by(story_.OwnerOf(reason.stage));
  if (dice.Happens(0.6)) request.set_heard_summary(story_.Say(reason.heard));
  RETURN_IF_ERROR(story_.Call(Method("AcknowledgeTicket"), request));
  // Some wait longer than they should.
  const double hours = dice.Happens(0.06) ? dice.Between(90, 400) : dice.Between(0.3, 46);
  story_.Plan(story_.Working(story_.Now() + absl::Hours(hours)),
              [this, ticket, number] { return Decide(ticket, number); });
  return absl::OkStatus();
}

absl::Status TicketPart::Decide(const std::string& ticket, size_t number) {
  const ReasonText& reason = story_.text().reasons[number];
  if (number == kDeclinedReason) {
    tickets::v1::DeclineTicketRequest request;
    request.set_name(ticket);
    request.set_reason(tickets::v1::Decision::BEYOND_CAPABILITY);
    request.set_capability_gap("cold-chain");
    request.set_revisit_condition(std::string(story_.text().revisit));
    request.set_reply(story_.Say(story_.text().decline));
    request.set_decided_by(story_.OwnerOf(reason.stage));
    return story_.Call(Method("DeclineTicket"), request);
  }
  const std::string change = changes_.ChangeFor(number);
  if (change.empty()) return Resolve(ticket, number);
  tickets::v1::AcceptTicketRequest request;
  request.set_name(ticket);
  request.set_change(change);
  request.set_accepted_by(story_.OwnerOf(reason.stage));
  RETURN_IF_ERROR(story_.Call(Method("AcceptTicket"), request));
  changes_.Accepted(number, ticket);
  return story_.Reply(ticket, story_.text().accepted);
}

absl::Status TicketPart::Resolve(const std::string& ticket, size_t number) {
  Dice& dice = story_.dice();
  const ReasonText& reason = story_.text().reasons[number];
  tickets::v1::ResolveTicketRequest request;
  request.set_name(ticket);
  request.set_reply(story_.Say(reason.replies));
  request.set_decided_by(story_.OwnerOf(reason.stage));
  if (reason.kind == Ticket::PRAISE) {
    request.set_disposition(Ticket::THANKED);
  } else if (reason.kind == Ticket::QUESTION) {
    request.set_disposition(Ticket::INFORMED);
  } else {
    request.set_disposition(Ticket::RELIEF_GIVEN);
    request.set_remedy_given(story_.Say(reason.remedies));
  }
  RETURN_IF_ERROR(story_.Call(Method("ResolveTicket"), request));
  if (!dice.Happens(0.3)) return absl::OkStatus();
  const bool content = dice.Happens(reason.kind == Ticket::COMPLAINT ? 0.62 : 0.9);
  story_.Plan(story_.Now() + absl::Hours(dice.Between(1, 90)),
              [this, ticket, content] { return Rate(ticket, content); });
  return absl::OkStatus();
}

absl::Status TicketPart::Rate(const std::string& ticket, bool content) {
  Dice& dice = story_.dice();
  tickets::v1::RateTicketRequest request;
  request.set_name(ticket);
  request.set_outcome_rating(static_cast<int32_t>(content ? 4 + dice.Index(2) : 1 + dice.Index(3)));
  request.set_handling_rating(static_cast<int32_t>(content ? 4 + dice.Index(2) : 2 + dice.Index(3)));
  return story_.Rate(std::move(request), content);
}

}  // namespace dangol::demo

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "cli/demo/demo_plan.h"
#include "cli/demo/demo_story.h"
#include "common/base/status_macros.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::demo {
namespace {

using backlog::v1::Change;

std::string Method(std::string_view name) { return fmt::format("/dangol.backlog.v1.ChangeService/{}", name); }

// A change has the reason's complaints for as long as nothing else is said.
constexpr double kAccepted = 0.72;
constexpr double kReturns = 0.03;

}  // namespace

ChangePart::ChangePart(Story& story) : story_(story), progress_(kChanges.size()) {}

std::string ChangePart::Name(size_t number) const {
  return fmt::format("changes/{}", story_.text().changes[number].id);
}

void ChangePart::Plan() {
  for (size_t i = 0; i < kChanges.size(); ++i) {
    const ChangePlan& plan = kChanges[i];
    const auto at = [&](int day, double hour, Story::Deed deed) {
      if (day >= 0) story_.Plan(story_.Working(story_.At(day, hour)), std::move(deed));
    };
    at(plan.propose, 10.2, [this, i] { return Propose(i); });
    at(plan.plan, 11.4, [this, i] { return Decide(i); });
    at(plan.start, 9.5, [this, i] { return Start(i); });
    at(plan.ship, 14.3, [this, i] { return Ship(i); });
    at(plan.drop, 16.1, [this, i] { return Drop(i); });
    const auto comments = static_cast<size_t>(std::ranges::count(story_.text().changes[i].comments, '\n')) + 1;
    for (size_t line = 0; line < comments; ++line) {
      at(plan.propose + 6 + static_cast<int>(line) * 30, 15.7, [this, i, line] { return Comment(i, line); });
    }
  }
}

std::string ChangePart::ChangeFor(size_t reason) {
  for (size_t i = 0; i < kChanges.size(); ++i) {
    if (kChanges[i].reason != reason || !progress_[i].proposed || progress_[i].dropped) continue;
    if (!progress_[i].shipped) return story_.dice().Happens(kAccepted) ? Name(i) : "";
    // What comes back after it shipped counts against it.
    if (progress_[i].recurrences >= kChanges[i].recurrences_most || !story_.dice().Happens(0.15)) return "";
    ++progress_[i].recurrences;
    return Name(i);
  }
  return "";
}

void ChangePart::Accepted(size_t reason, const std::string& ticket) {
  for (size_t i = 0; i < kChanges.size(); ++i) {
    if (kChanges[i].reason == reason && !progress_[i].shipped) progress_[i].tickets.push_back(ticket);
  }
}

double ChangePart::Left(size_t reason, int day) const {
  double left = 1;
  for (const ChangePlan& plan : kChanges) {
    if (plan.reason == reason && plan.ship >= 0 && day > plan.ship) left *= plan.after;
  }
  return left;
}

absl::Status ChangePart::Propose(size_t number) {
  const ChangePlan& plan = kChanges[number];
  const ChangeText& text = story_.text().changes[number];
  const ReasonText& reason = story_.text().reasons[plan.reason];
  backlog::v1::CreateChangeRequest request;
  request.set_change_id(std::string(text.id));
  Change& change = *request.mutable_change();
  change.set_title(std::string(text.title));
  change.set_description(std::string(text.description));
  change.add_contact_reasons(std::string(reason.reason));
  change.set_stage(story_.StageName(reason.stage));
  change.set_owner(reason.reason.starts_with("order/") ? story_.Member(5) : story_.OwnerOf(reason.stage));
  change.set_published(true);
  change.mutable_estimate()->set_impact_percent(plan.impact);
  change.mutable_estimate()->set_confidence_percent(70);
  change.mutable_estimate()->set_effort_percent(plan.effort);
  RETURN_IF_ERROR(story_.Call(Method("CreateChange"), request));
  progress_[number].proposed = true;
  return absl::OkStatus();
}

absl::Status ChangePart::Decide(size_t number) {
  const ChangePlan& plan = kChanges[number];
  const ReasonText& reason = story_.text().reasons[plan.reason];
  backlog::v1::PlanChangeRequest request;
  request.set_name(Name(number));
  request.set_kind(reason.stage == "decision" ? Change::PRODUCT : Change::PROCESS);
  backlog::v1::Decision& decision = *request.mutable_decision();
  decision.set_can_keep(backlog::v1::Decision::YES);
  decision.set_for_everyone(backlog::v1::Decision::YES);
  decision.set_within_capability(plan.effort > 100 ? backlog::v1::Decision::WITH_EFFORT : backlog::v1::Decision::YES);
  decision.set_rationale(std::string(story_.text().changes[number].rationale));
  decision.set_decided_by(story_.OwnerOf(reason.stage));
  return story_.Call(Method("PlanChange"), request);
}

absl::Status ChangePart::Start(size_t number) {
  backlog::v1::StartChangeRequest request;
  request.set_name(Name(number));
  return story_.Call(Method("StartChange"), request);
}

absl::Status ChangePart::Ship(size_t number) {
  const DemoText& text = story_.text();
  backlog::v1::ShipChangeRequest request;
  request.set_name(Name(number));
  (*request.mutable_customer_notes())[std::string(text.language)] = std::string(text.changes[number].note);
  RETURN_IF_ERROR(story_.Call(Method("ShipChange"), request));
  Progress& progress = progress_[number];
  progress.shipped = true;
  Dice& dice = story_.dice();
  story_.Plan(story_.Working(story_.Now() + absl::Hours(3)), [this, number] { return Follow(number); });
  for (size_t i = 0; i < progress.tickets.size(); ++i) {
    if (!dice.Happens(kReturns) || kChanges[number].recurrences_most == 0) continue;
    if (++progress.recurrences > kChanges[number].recurrences_most) break;
    story_.Plan(story_.Now() + absl::Hours(dice.Between(30, 500)), [this, number, i] { return Return(number, i); });
  }
  return absl::OkStatus();
}

// Everybody who asked for it is told, by a person.
absl::Status ChangePart::Follow(size_t number) {
  Progress& progress = progress_[number];
  if (progress.tickets.empty()) return absl::OkStatus();
  tickets::v1::BatchReplyTicketsRequest request;
  for (const std::string& ticket : progress.tickets) request.add_names(ticket);
  request.set_reply(story_.Say(story_.text().follow_up));
  RETURN_IF_ERROR(story_.Call("/dangol.tickets.v1.TicketService/BatchReplyTickets", request));
  Dice& dice = story_.dice();
  for (const std::string& ticket : progress.tickets) {
    if (!dice.Happens(0.3)) continue;
    const bool content = dice.Happens(kChanges[number].after < 0.9 ? 0.9 : 0.45);
    story_.Plan(story_.Now() + absl::Hours(dice.Between(2, 24)), [this, ticket, content] {
      tickets::v1::RateTicketRequest rate;
      rate.set_name(ticket);
      rate.set_outcome_rating(static_cast<int32_t>(content ? 5 : 2));
      return story_.Rate(std::move(rate), content);
    });
  }
  return absl::OkStatus();
}

absl::Status ChangePart::Return(size_t number, size_t ticket) {
  tickets::v1::ReopenTicketRequest request;
  request.set_name(progress_[number].tickets[ticket]);
  request.set_cause(tickets::v1::ReopenTicketRequest::NOT_FIXED);
  request.set_body(std::string(story_.text().changes[number].returned));
  return story_.Call("/dangol.tickets.v1.TicketService/ReopenTicket", request);
}

absl::Status ChangePart::Drop(size_t number) {
  backlog::v1::DropChangeRequest request;
  request.set_name(Name(number));
  request.set_reason(std::string(story_.text().changes[number].rationale));
  request.set_decided_by(story_.Member(0));
  request.set_decline_reason(backlog::v1::Drop::BEYOND_CAPABILITY);
  request.set_capability_gap("jar-washing");
  request.set_revisit_condition(std::string(story_.text().jars_revisit));
  RETURN_IF_ERROR(story_.Call(Method("DropChange"), request));
  progress_[number].dropped = true;
  return absl::OkStatus();
}

absl::Status ChangePart::Comment(size_t number, size_t line) {
  const std::vector<std::string> lines = Lines(story_.text().changes[number].comments);
  backlog::v1::CreateCommentRequest request;
  request.set_parent(Name(number));
  request.mutable_comment()->set_body(lines[line]);
  request.mutable_comment()->set_author(story_.Member(1 + (number + line) % 5));
  return story_.Call(Method("CreateComment"), request);
}

}  // namespace dangol::demo

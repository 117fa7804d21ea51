#include "cli/resource/loop_story.h"

#include <optional>
#include <vector>

#include "fmt/format.h"

#include "cli/output/table.h"
#include "cli/output/text_width.h"
#include "cli/output/times.h"
#include "common/base/proto_time.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::metrics::v1::Loop;
using dangol::metrics::v1::LoopSummary;
using dangol::metrics::v1::Step;
using dangol::tickets::v1::Ticket;

constexpr size_t kLineWidthMax = 100;

std::string By(const Step& step) { return step.decided_by().empty() ? "" : fmt::format(", by {}", step.decided_by()); }

std::string Because(const Step& step) { return step.detail().empty() ? "" : fmt::format(": {}", step.detail()); }

// `shipments/2` of its whole name.
std::string Shipment(const Step& step) {
  const size_t begin = step.shipment().find("shipments/");
  return begin == std::string::npos ? step.shipment() : step.shipment().substr(begin);
}

std::string Told(const Step& step) {
  const std::string& change = step.change();
  switch (step.kind()) {
    case Step::RECEIVED:
      return "the company received it";
    case Step::HEARD:
      return "a person read all of it";
    case Step::REPLIED:
      return "the customer got a reply";
    case Step::CUSTOMER_WROTE:
      return "the customer wrote again";
    case Step::ACCEPTED:
      return fmt::format("it was accepted into {}", change);
    case Step::CONFIRMED:
      return fmt::format("{} counts it", change);
    case Step::DECLINED:
      return fmt::format("not yet, it was said{}{}", Because(step), By(step));
    case Step::RESOLVED:
      return fmt::format("it was answered, and nothing changed{}{}", Because(step), By(step));
    case Step::CHANGE_PROPOSED:
      return fmt::format("{} was proposed", change);
    case Step::CHANGE_PLANNED:
      return fmt::format("{} was planned{}", change, By(step));
    case Step::CHANGE_STARTED:
      return fmt::format("work on {} began{}", change, By(step));
    case Step::CHANGE_SHIPPED:
      return fmt::format("{}{} shipped{}", step.detail() == "PARTIAL" ? "a part of " : "", change, By(step));
    case Step::ANSWERED:
      return fmt::format("{} answered it{}", Shipment(step),
                         step.detail() == "LATE" ? ": it came late, and the change was there" : "");
    case Step::RECURRED:
      return step.detail() == "NOT_FIXED" ? fmt::format("it came back: {} had not mended it", change)
                                          : fmt::format("it happened although {} had shipped", change);
    case Step::REOPENED:
      return step.detail() == "APPEAL" ? "the customer appealed" : "the customer was not satisfied";
    case Step::UNLINKED:
      return fmt::format("it was taken out of {}", change);
    case Step::MOVED:
      return fmt::format("it was moved to {}", change);
    case Step::CHANGE_DROPPED:
      return fmt::format("{} was dropped{}{}", change, By(step), Because(step));
    case Step::RETURNED:
      return fmt::format("{} gave it back: a reply is owed", change);
    case Step::REFUSED:
      return fmt::format("{} did not take it{}", change, Because(step));
    case Step::CLOSED:
      return fmt::format("it was closed{}", Because(step));
    case Step::REVERTED:
      return fmt::format("{} was taken back: it waits again, and a reply is owed", Shipment(step));
    case Step::SHIPMENT_REVERTED:
      return fmt::format("{} of {} was taken back{}", Shipment(step), change, Because(step));
    case Step::CHANGE_REGRESSED:
      return fmt::format("{} did not hold{}", change, Because(step));
    case Step::CHANGE_VERIFIED:
      return fmt::format("{} did what was expected", change);
    case Step::CHANGE_RECONSIDERED:
      return fmt::format("{} is thought about again", change);
    case Step::CHANGE_MERGED:
      return fmt::format("{} took the place of {}", step.detail(), change);
    case Step::UPDATED:
    case Step::KIND_UNSPECIFIED:
    case dangol::metrics::v1::Step_Kind_Step_Kind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case dangol::metrics::v1::Step_Kind_Step_Kind_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return "something happened that this version of dangol does not know";
}

Colour ColourOf(const Step& step) {
  switch (step.kind()) {
    case Step::ANSWERED:
    case Step::CHANGE_SHIPPED:
    case Step::CHANGE_VERIFIED:
      return Colour::kGood;
    case Step::RECURRED:
    case Step::REOPENED:
    case Step::CHANGE_DROPPED:
    case Step::RETURNED:
    case Step::REFUSED:
    case Step::REVERTED:
    case Step::SHIPMENT_REVERTED:
    case Step::CHANGE_REGRESSED:
      return Colour::kBad;
    case Step::UPDATED:
    case Step::KIND_UNSPECIFIED:
    case Step::RECEIVED:
    case Step::HEARD:
    case Step::REPLIED:
    case Step::CUSTOMER_WROTE:
    case Step::ACCEPTED:
    case Step::CONFIRMED:
    case Step::DECLINED:
    case Step::RESOLVED:
    case Step::CHANGE_PROPOSED:
    case Step::CHANGE_PLANNED:
    case Step::CHANGE_STARTED:
    case Step::UNLINKED:
    case Step::MOVED:
    case Step::CLOSED:
    case Step::CHANGE_RECONSIDERED:
    case Step::CHANGE_MERGED:
    case dangol::metrics::v1::Step_Kind_Step_Kind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case dangol::metrics::v1::Step_Kind_Step_Kind_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return Colour::kPlain;
}

absl::Duration Between(const google::protobuf::Timestamp& begin, const google::protobuf::Timestamp& end) {
  return FromProtoTime(end) - FromProtoTime(begin);
}

std::string Heading(const Loop& loop, std::string_view subject) {
  std::string text = loop.ticket();
  if (!subject.empty()) text += fmt::format("  {}", OneLine(subject, kLineWidthMax));
  text += fmt::format("\n{}", Ticket::Kind_Name(loop.kind()));
  if (!loop.contact_reason().empty()) text += fmt::format(" about {}", loop.contact_reason());
  if (!loop.channel().empty()) text += fmt::format(", by {}", loop.channel());
  text += fmt::format(": {}", Ticket::State_Name(loop.state()));
  if (loop.disposition() != Ticket::DISPOSITION_UNSPECIFIED)
    text += fmt::format(" ({})", Ticket::Disposition_Name(loop.disposition()));
  if (loop.change().empty()) return text + "\n";
  text += fmt::format("\n{}", loop.change());
  if (!loop.change_title().empty()) text += fmt::format("  {}", OneLine(loop.change_title(), kLineWidthMax));
  if (loop.change_state() != Change::STATE_UNSPECIFIED)
    text += fmt::format(": {}", Change::State_Name(loop.change_state()));
  return text + "\n";
}

// How long it took, or takes.
std::string End(const Loop& loop, absl::Time now) {
  if (!loop.has_receive_time()) return "";
  if (loop.has_answer_time())
    return fmt::format("{} from receipt to answer.\n", ShownDuration(Between(loop.receive_time(), loop.answer_time())));
  if (loop.has_close_time())
    return fmt::format("{} from receipt to its end, in another system.\n",
                       ShownDuration(Between(loop.receive_time(), loop.close_time())));
  return fmt::format("{} since its receipt, without an answer.\n",
                     ShownDuration(now - FromProtoTime(loop.receive_time())));
}

std::string Times(int32_t count) { return count == 1 ? "once" : fmt::format("{} times", count); }

}  // namespace

std::string History(const Loop& loop) {
  Table table({{TimeHead("TIME")}, {"AFTER"}, {"WHAT HAPPENED", Fit::kText}});
  std::vector<std::vector<Cell>> rows;
  const Step* before = nullptr;
  for (const Step& step : loop.steps()) {
    const absl::Duration took = before == nullptr ? absl::ZeroDuration() : Between(before->time(), step.time());
    rows.push_back({{ShownTime(step.time())},
                    {took >= absl::Seconds(1) ? fmt::format("+{}", ShownDuration(took)) : ""},
                    {Told(step), ColourOf(step)}});
    before = &step;
  }
  return table.Rows(rows);
}

std::string Story(const Loop& loop, std::string_view subject, absl::Time now) {
  std::string text = Heading(loop, subject) + "\n" + History(loop) + "\n" + End(loop, now);
  if (loop.recurrence_count() > 0) text += fmt::format("It came back {}.\n", Times(loop.recurrence_count()));
  if (loop.reopen_count() > 0) text += fmt::format("It was opened again {}.\n", Times(loop.reopen_count()));
  return text;
}

std::string Story(const LoopSummary& summary) {
  std::string text = summary.change();
  if (!summary.title().empty()) text += fmt::format("  {}", OneLine(summary.title(), kLineWidthMax));
  if (summary.state() != Change::STATE_UNSPECIFIED) text += fmt::format(": {}", Change::State_Name(summary.state()));
  text += "\n\n";
  std::vector<std::vector<Cell>> rows;
  const auto add_time = [&](std::string_view what, bool set, const google::protobuf::Timestamp& time) {
    if (set) rows.push_back({{std::string(what)}, {TimeWithZone(time)}});
  };
  add_time("proposed", summary.has_propose_time(), summary.propose_time());
  add_time("planned", summary.has_plan_time(), summary.plan_time());
  add_time("started", summary.has_start_time(), summary.start_time());
  add_time("shipped", summary.has_ship_time(), summary.ship_time());
  add_time("dropped", summary.has_drop_time(), summary.drop_time());
  rows.push_back({{"shipments"}, {std::to_string(summary.shipments())}});
  rows.push_back({{"tickets"}, {std::to_string(summary.tickets())}});
  for (int state = Ticket::RECEIVED; state <= Ticket::State_MAX; ++state) {
    const auto found = summary.tickets_by_state().find(Ticket::State_Name(static_cast<Ticket::State>(state)));
    if (found != summary.tickets_by_state().end())
      rows.push_back({{"  " + found->first}, {std::to_string(found->second)}});
  }
  rows.push_back({{"answered"}, {fmt::format("{}, {} of them late", summary.answered(), summary.late())}});
  rows.push_back({
      {"came back"},
      {std::to_string(summary.recurrences())},
  });
  if (summary.recurrences() > 0) rows.back().back().colour = Colour::kBad;
  add_time("first received", summary.has_first_receive_time(), summary.first_receive_time());
  add_time("last received", summary.has_last_receive_time(), summary.last_receive_time());
  if (summary.loop_time_p50_seconds() >= 0) {
    rows.push_back({{"to the answer"},
                    {fmt::format("{} for half of them, {} for nine in ten",
                                 ShownDuration(absl::Seconds(summary.loop_time_p50_seconds())),
                                 ShownDuration(absl::Seconds(summary.loop_time_p90_seconds())))}});
  }
  return text + Table({{""}, {""}}).Rows(rows);
}

}  // namespace dangol::cli

#include "cli/resource/change_show.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/names.h"
#include "cli/output/text_width.h"
#include "cli/resource/change_askers.h"
#include "common/base/json.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/metrics/v1/loop_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::backlog::v1::Decision;
using dangol::metrics::v1::LoopSummary;

constexpr size_t kWidthMax = 100;

struct Flags {
  VerbFlags common;
  std::string change;
};

std::string Answer(Decision::Answer answer) { return absl::StrReplaceAll(Decision::Answer_Name(answer), {{"_", " "}}); }

std::string VerdictName(dangol::backlog::v1::EffectVerdict verdict) {
  return absl::StrReplaceAll(dangol::backlog::v1::EffectVerdict_Name(verdict), {{"_", " "}});
}

std::string Paragraph(std::string_view text) { return Indented(text, 2, kWidthMax); }

// Who asks, in numbers.
std::string Who(const dangol::backlog::v1::Evidence& evidence) {
  std::string text = fmt::format("  Tickets: {} (customers {}, anonymous {}{})\n", evidence.demands(),
                                 evidence.customers(), evidence.anonymous(),
                                 evidence.has_first_receive_time()
                                     ? fmt::format("; received {} to {}", TimeWithZone(evidence.first_receive_time()),
                                                   TimeWithZone(evidence.last_receive_time()))
                                     : "");
  if (evidence.demands() > 0) {
    text += fmt::format("  In the last 90 days: customers {}, anonymous {}\n", evidence.recent_customers(),
                        evidence.recent_anonymous());
  }
  std::vector<std::string> segments;
  for (const auto& one : evidence.segments()) segments.push_back(fmt::format("{} {}", one.customers(), one.segment()));
  if (!segments.empty()) text += fmt::format("  By segment: {}\n", absl::StrJoin(segments, ", "));
  if (evidence.invited() > 0) {
    text += fmt::format("  Invited to try it: {} (mended for {}, not mended for {})\n", evidence.invited(),
                        evidence.fixed(), evidence.not_fixed());
  }
  return text;
}

// What it is about, and where it belongs.
std::string About(const Change& change) {
  std::vector<std::string> tracked;
  for (const auto& link : change.tracker_links()) tracked.push_back(link.tracker() + " " + link.issue());
  const std::pair<std::string_view, std::string> lines[] = {
      {"Answers", absl::StrJoin(change.contact_reasons(), ", ")},
      {"Stage", change.stage()},
      {"Closes the gap", absl::StrJoin(change.closes_gaps(), ", ")},
      {"Strategy", change.strategy() == Change::STRATEGY_UNSPECIFIED
                       ? ""
                       : absl::StrReplaceAll(Change::Strategy_Name(change.strategy()), {{"_", " "}})},
      {"To be there by", change.has_target_time() ? TimeWithZone(change.target_time()) : ""},
      {"Followed at", OneLine(absl::StrJoin(tracked, ", "), kWidthMax)},
      {"Public", change.published() ? "its title and notes, once it has shipped" : ""}};
  std::string text;
  for (const auto& [what, value] : lines) {
    if (!value.empty()) text += fmt::format("  {}: {}\n", what, value);
  }
  return text;
}

std::string Why(const Change& change, const Askers& askers) {
  std::string text = "\nWhy\n" + Who(change.evidence());
  for (const std::string& quote : askers.quotes) text += fmt::format("  {}\n", quote);
  for (const std::string& need : askers.needs) text += fmt::format("  What they hope for: {}\n", need);
  text += fmt::format("  Score {}.{:02}{}.\n", change.score_hundredths() / 100, change.score_hundredths() % 100,
                      change.has_estimate() ? "" : ", not estimated");
  if (!change.root_cause().empty()) text += "\nRoot cause\n" + Paragraph(change.root_cause());
  return text;
}

std::string Dropped(const dangol::backlog::v1::Drop& drop) {
  std::string text = fmt::format(
      "\nDropped by {}, {}: {}{}\n{}", drop.decided_by(), TimeWithZone(drop.time()),
      absl::StrReplaceAll(dangol::backlog::v1::Drop::DeclineReason_Name(drop.decline_reason()), {{"_", " "}}),
      drop.capability_gap().empty() ? "" : " (" + drop.capability_gap() + ")", Paragraph(drop.reason()));
  if (!drop.revisit_condition().empty()) text += Paragraph("Look again: " + drop.revisit_condition());
  if (drop.has_revisit_time()) text += fmt::format("  To be looked at again {}\n", TimeWithZone(drop.revisit_time()));
  return text;
}

std::string Decided(const Change& change) {
  if (change.has_drop()) return Dropped(change.drop());
  std::string again;
  if (const auto& reconsidered = change.reconsideration(); change.has_reconsideration()) {
    again = fmt::format("\nDropped by {}, and thought about again by {}, {}\n{}", reconsidered.drop().decided_by(),
                        reconsidered.decided_by(), TimeWithZone(reconsidered.time()), Paragraph(reconsidered.reason()));
  }
  if (!change.has_decision()) {
    return again + (change.has_decide_due_time()
                        ? fmt::format("\nNot decided; due {}\n", TimeWithZone(change.decide_due_time()))
                        : "");
  }
  const Decision& decision = change.decision();
  return again + fmt::format("\nDecided by {}: we can keep it {}, for everyone {}, within today's capability {}\n{}",
                             decision.decided_by(), Answer(decision.can_keep()), Answer(decision.for_everyone()),
                             Answer(decision.within_capability()), Paragraph(decision.rationale()));
}

std::string Shipped(const Change& change, const Askers& askers) {
  std::string text;
  for (const auto& shipment : change.shipments()) {
    text += fmt::format(
        "  {}  {}{}: answered {}{}\n", TimeWithZone(shipment.ship_time()), IdOf(shipment.name()),
        shipment.partial() ? ", a part" : "", shipment.answered(),
        shipment.has_revert_time() ? fmt::format("; taken back {}", TimeWithZone(shipment.revert_time())) : "");
  }
  if (!askers.told.empty()) {
    const bool all = change.evidence().answered() == static_cast<int64_t>(askers.told.size());
    text += fmt::format("  Told: {}{}\n", absl::StrJoin(askers.told, ", "), all ? "" : ", …");
  }
  for (const auto& [language, note] : change.customer_notes()) text += fmt::format("  {}: {}\n", language, note);
  return text.empty() ? "" : "\nShipments\n" + text;
}

// What it did, as far as that is known, and who has to say what.
std::string Effect(const Change& change) {
  std::string text;
  for (const auto& expected : change.expected_effects()) {
    text +=
        fmt::format("  Expected: {} {} by {} %{}\n", expected.kpi().empty() ? "complaints" : expected.kpi(),
                    dangol::backlog::v1::ExpectedEffect::Direction_Name(expected.direction()), expected.size_percent(),
                    expected.has_check_time() ? ", looked at " + TimeWithZone(expected.check_time()) : "");
  }
  if (change.effect_verdict() != dangol::backlog::v1::EFFECT_VERDICT_UNSPECIFIED) {
    text += fmt::format("  Complaints: {} (dangol effect show {})\n", VerdictName(change.effect_verdict()),
                        change.name().substr(change.name().find('/') + 1));
  }
  if (change.has_check_due_time()) {
    text +=
        fmt::format("  Checks so far: {}; the next {}\n", change.check_count(), TimeWithZone(change.check_due_time()));
  }
  if (change.has_conclude_due_time()) {
    text += fmt::format("  {} checks could not tell: somebody has to conclude since {} (dangol change conclude)\n",
                        change.check_count(), TimeWithZone(change.conclude_due_time()));
  }
  if (change.has_verify_time()) {
    text += fmt::format("  It did what was expected, {}{}\n", TimeWithZone(change.verify_time()),
                        change.has_conclusion() ? ", by " + change.conclusion().decided_by() : "");
  }
  // Why it failed stands with what came back.
  if (change.has_verify_time() && change.has_conclusion()) text += Paragraph(change.conclusion().reason());
  if (change.has_keep_due_time())
    text += fmt::format("  Can we keep this? Asked {}\n", TimeWithZone(change.keep_due_time()));
  if (change.has_keep_review()) {
    text += fmt::format("  Can we keep this? {}, says {}\n", Answer(change.keep_review().answer()),
                        change.keep_review().answered_by());
    if (!change.keep_review().note().empty()) text += Paragraph(change.keep_review().note());
  }
  return text.empty() ? "" : "\nWhat it did\n" + text;
}

std::string CameBack(const Change& change, const LoopSummary* summary) {
  std::string text;
  const auto& regression = change.regression();
  if (change.has_regression()) {
    text += fmt::format(
        "  {} did not hold ({}{}), {}{}\n", regression.shipment().substr(regression.shipment().find('/') + 1),
        dangol::backlog::v1::Regression::Cause_Name(regression.cause()),
        regression.effect_verdict() == dangol::backlog::v1::EFFECT_VERDICT_UNSPECIFIED
            ? ""
            : ": " + VerdictName(regression.effect_verdict()),
        TimeWithZone(regression.time()), regression.decided_by().empty() ? "" : ", by " + regression.decided_by());
    if (!regression.reason().empty()) text += Paragraph(regression.reason());
  }
  const int64_t recurrences = summary == nullptr ? change.evidence().recurrences() : summary->recurrences();
  if (recurrences > 0) text += fmt::format("  Tickets that came back: {}\n", recurrences);
  return text.empty() ? "" : "\nWhat came back\n" + text;
}

int Show(const Flags& flags) {
  const std::string name = FullName(flags.change, "changes/*");
  Client backlog(TargetAddress(flags.common.suite, "backlog"));
  dangol::backlog::v1::GetChangeRequest get;
  get.set_name(name);
  const auto change = Call<Change>(backlog, "/dangol.backlog.v1.ChangeService/GetChange", get, flags.common.timeout);
  if (!change.ok()) return Fail("change show", change.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(*change, JsonStyle::kCompact) + "\n") ? 0 : 1;
  Client metrics(TargetAddress(flags.common.suite, "metrics"));
  dangol::metrics::v1::SummarizeLoopRequest summarize;
  summarize.set_change(name);
  const auto summary = Call<LoopSummary>(metrics, "/dangol.metrics.v1.LoopService/SummarizeLoop", summarize,
                                         std::min(flags.common.timeout, absl::Seconds(2)));
  std::string text = fmt::format("{}  {}\n{}", name, change->title(), Change::State_Name(change->state()));
  if (change->kind() != Change::KIND_UNSPECIFIED) text += ", " + Change::Kind_Name(change->kind());
  if (!change->owner().empty()) text += ", carried by " + change->owner();
  if (!change->release().empty()) text += ", release " + change->release();
  if (!change->merged_into().empty()) text += ", merged into " + change->merged_into();
  text += "\n";
  if (!change->description().empty()) text += Paragraph(change->description());
  const Askers askers = ReadAskers(flags.common.suite, name, flags.common.timeout);
  text += About(*change) + Why(*change, askers) + Decided(*change) + Shipped(*change, askers) + Effect(*change) +
          CameBack(*change, summary.ok() ? &*summary : nullptr);
  return Print(text) ? 0 : 1;
}

}  // namespace

Command ChangeShowCommand(CLI::App& parent) {
  CLI::App* app =
      parent.add_subcommand("show", "Tell why a change exists: who asks for it, who decided, what came of it");
  const auto flags = std::make_shared<Flags>();
  app->add_option("CHANGE", flags->change, "Its name")->required();
  AddVerbFlags(*app, flags->common);
  return {app, [flags] { return Show(*flags); }};
}

}  // namespace dangol::cli

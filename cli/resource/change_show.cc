#include "cli/resource/change_show.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/effect_words.h"
#include "cli/output/names.h"
#include "cli/output/print.h"
#include "cli/output/text_width.h"
#include "cli/resource/change_askers.h"
#include "cli/resource/people.h"
#include "common/base/json.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/metrics/v1/loop_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::backlog::v1::Decision;
using dangol::backlog::v1::EffectVerdict;
using dangol::backlog::v1::Regression;
using dangol::metrics::v1::Effect;
using dangol::metrics::v1::LoopSummary;

constexpr size_t kWidthMax = 100;

struct Flags {
  VerbFlags common;
  std::string change;
};

// What all of the text is written with.
struct Page {
  const Change& change;
  const Askers& askers;
  const PeopleNames& people;

  std::string Person(const std::string& member) const { return PersonIn(people, member); }
};

std::string Answer(Decision::Answer answer) { return InWords(Decision::Answer_Name(answer)); }

// How it is known that a change did not hold.
std::string Cause(const Regression& regression, const std::string& verdict) {
  switch (regression.cause()) {
    case Regression::RECURRENCES:
      return "the complaint came back";
    case Regression::CRITICAL:
      return "a critical complaint came back";
    case Regression::REVERTED:
      return "it was taken back";
    case Regression::EFFECT:
      return fmt::format("it did not do what was expected{}", verdict.empty() ? "" : ", " + verdict);
    default:
      return InWords(Regression::Cause_Name(regression.cause()));
  }
}

// Both services say the same by the same numbers.
std::string VerdictOf(EffectVerdict verdict) {
  static_assert(static_cast<int>(dangol::backlog::v1::IMPROVED) == Effect::IMPROVED &&
                static_cast<int>(dangol::backlog::v1::INCONCLUSIVE) == Effect::INCONCLUSIVE);
  if (verdict == dangol::backlog::v1::EFFECT_VERDICT_UNSPECIFIED) return "";
  return std::string(VerdictIn("en", static_cast<Effect::Verdict>(verdict)));
}

size_t Width() { return TerminalWidth() == 0 ? kWidthMax : std::min(TerminalWidth(), kWidthMax); }

std::string Paragraph(std::string_view text) { return Indented(text, 2, Width()); }

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
      {"Stage", ShortName(change.stage())},
      {"Closes the gap", absl::StrJoin(change.closes_gaps(), ", ")},
      {"Strategy",
       change.strategy() == Change::STRATEGY_UNSPECIFIED ? "" : InWords(Change::Strategy_Name(change.strategy()))},
      {"To be there by", change.has_target_time() ? TimeWithZone(change.target_time()) : ""},
      {"Followed at", OneLine(absl::StrJoin(tracked, ", "), kWidthMax)},
      {"Public", change.published() ? "its title and notes, once it has shipped" : ""}};
  std::string text;
  for (const auto& [what, value] : lines) {
    if (!value.empty()) text += fmt::format("  {}: {}\n", what, value);
  }
  return text;
}

std::string Why(const Page& page) {
  const auto& [change, askers, people] = page;
  std::string text = "\nWhy\n" + Who(change.evidence());
  for (const std::string& quote : askers.quotes) text += fmt::format("  {}\n", quote);
  for (const std::string& need : askers.needs) text += fmt::format("  What they hope for: {}\n", need);
  text += fmt::format("  Score: {}.{:02}{}\n", change.score_hundredths() / 100, change.score_hundredths() % 100,
                      change.has_estimate() ? "" : ", not estimated");
  if (!change.root_cause().empty()) text += "\nRoot cause\n" + Paragraph(change.root_cause());
  return text;
}

std::string Dropped(const Page& page) {
  const dangol::backlog::v1::Drop& drop = page.change.drop();
  std::string text =
      fmt::format("\nDropped by {}, {}: {}{}\n{}", page.Person(drop.decided_by()), TimeWithZone(drop.time()),
                  InWords(dangol::backlog::v1::Drop::DeclineReason_Name(drop.decline_reason())),
                  drop.capability_gap().empty() ? "" : " (" + drop.capability_gap() + ")", Paragraph(drop.reason()));
  if (!drop.revisit_condition().empty()) text += Paragraph("Look again: " + drop.revisit_condition());
  if (drop.has_revisit_time()) text += fmt::format("  To be looked at again {}\n", TimeWithZone(drop.revisit_time()));
  return text;
}

std::string Decided(const Page& page) {
  const Change& change = page.change;
  if (change.has_drop()) return Dropped(page);
  std::string again;
  if (const auto& reconsidered = change.reconsideration(); change.has_reconsideration()) {
    again = fmt::format("\nDropped by {}, and thought about again by {}, {}\n{}",
                        page.Person(reconsidered.drop().decided_by()), page.Person(reconsidered.decided_by()),
                        TimeWithZone(reconsidered.time()), Paragraph(reconsidered.reason()));
  }
  if (!change.has_decision()) {
    return again + (change.has_decide_due_time()
                        ? fmt::format("\nNot decided; due {}\n", TimeWithZone(change.decide_due_time()))
                        : "");
  }
  const Decision& decision = change.decision();
  return again + fmt::format("\nDecided by {}: we can keep it {}, for everyone {}, within today's capability {}\n{}",
                             page.Person(decision.decided_by()), Answer(decision.can_keep()),
                             Answer(decision.for_everyone()), Answer(decision.within_capability()),
                             Paragraph(decision.rationale()));
}

std::string Shipped(const Page& page) {
  const auto& [change, askers, people] = page;
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
std::string WhatItDid(const Page& page) {
  const Change& change = page.change;
  std::string text;
  for (const auto& expected : change.expected_effects()) {
    text += fmt::format(
        "  Expected: {} {} by {} %{}\n", expected.kpi().empty() ? "complaints" : ShortName(expected.kpi()),
        InWords(dangol::backlog::v1::ExpectedEffect::Direction_Name(expected.direction())), expected.size_percent(),
        expected.has_check_time() ? ", looked at " + TimeWithZone(expected.check_time()) : "");
  }
  if (const std::string verdict = VerdictOf(change.effect_verdict()); !verdict.empty())
    text += fmt::format("  So far: {} (dangol effect show {})\n", verdict, IdOf(change.name()));
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
                        change.has_conclusion() ? ", by " + page.Person(change.conclusion().decided_by()) : "");
  }
  // Why it failed stands with what came back.
  if (change.has_verify_time() && change.has_conclusion()) text += Paragraph(change.conclusion().reason());
  if (change.has_keep_due_time())
    text += fmt::format("  Can we keep this? Asked {}\n", TimeWithZone(change.keep_due_time()));
  if (change.has_keep_review()) {
    text += fmt::format("  Can we keep this? {}, says {}\n", Answer(change.keep_review().answer()),
                        page.Person(change.keep_review().answered_by()));
    if (!change.keep_review().note().empty()) text += Paragraph(change.keep_review().note());
  }
  return text.empty() ? "" : "\nWhat it did\n" + text;
}

std::string CameBack(const Page& page, const LoopSummary* summary) {
  const Change& change = page.change;
  std::string text;
  const Regression& regression = change.regression();
  if (change.has_regression()) {
    text += fmt::format("  Shipment {} did not hold: {}; {}{}\n", IdOf(regression.shipment()),
                        Cause(regression, VerdictOf(regression.effect_verdict())), TimeWithZone(regression.time()),
                        regression.decided_by().empty() ? "" : ", by " + page.Person(regression.decided_by()));
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
  const PeopleNames people =
      AskPeople(metrics, std::min(flags.common.timeout, absl::Seconds(2))).value_or(PeopleNames());
  const Askers askers = ReadAskers(flags.common.suite, name, flags.common.timeout);
  const Page page = {*change, askers, people};
  std::string text = fmt::format("{}  {}\n{}", IdOf(name), change->title(), Change::State_Name(change->state()));
  if (change->kind() != Change::KIND_UNSPECIFIED) text += ", a change of " + InWords(Change::Kind_Name(change->kind()));
  if (!change->owner().empty()) text += ", carried by " + page.Person(change->owner());
  if (!change->release().empty()) text += ", release " + change->release();
  if (!change->merged_into().empty()) text += ", merged into " + IdOf(change->merged_into());
  text += "\n";
  if (!change->description().empty()) text += Paragraph(change->description());
  text += About(*change) + Why(page) + Decided(page) + Shipped(page) + WhatItDid(page) +
          CameBack(page, summary.ok() ? &*summary : nullptr);
  return Print(Fitted(text, TerminalWidth())) ? 0 : 1;
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

#include "cli/resource/change_show.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/text_width.h"
#include "common/base/json.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/metrics/v1/loop_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::backlog::v1::Decision;
using dangol::backlog::v1::Demand;
using dangol::metrics::v1::LoopSummary;
using dangol::tickets::v1::Ticket;

constexpr size_t kQuotes = 3;
constexpr size_t kNeeds = 5;
constexpr int kDemandsRead = 50;
constexpr size_t kWidthMax = 100;

struct Flags {
  VerbFlags common;
  std::string change;
};

// What some of those who ask for it said: only the tickets service knows their words.
struct Said {
  std::vector<std::string> quotes;
  std::vector<std::string> needs;  // behind the words, as whoever accepted them understood; each once
};

Said Ask(const Flags& flags, const std::string& change) {
  Client backlog(TargetAddress(flags.common.suite, "backlog"));
  dangol::backlog::v1::ListDemandsRequest list;
  list.set_parent(change);
  list.set_page_size(kDemandsRead);
  const auto demands = Call<dangol::backlog::v1::ListDemandsResponse>(
      backlog, "/dangol.backlog.v1.ChangeService/ListDemands", list, flags.common.timeout);
  Said said;
  if (!demands.ok()) return said;
  dangol::tickets::v1::BatchGetTicketsRequest get;
  for (const Demand& demand : demands->demands()) {
    if (demand.state() == Demand::ACTIVE) get.add_names(demand.ticket());
  }
  if (get.names().empty()) return said;
  Client tickets(TargetAddress(flags.common.suite, "tickets"));
  const auto response = Call<dangol::tickets::v1::BatchGetTicketsResponse>(
      tickets, "/dangol.tickets.v1.TicketService/BatchGetTickets", get, flags.common.timeout);
  if (!response.ok()) return said;
  for (const Ticket& ticket : response->tickets()) {
    const std::string& words = ticket.body().empty() ? ticket.subject() : ticket.body();
    if (said.quotes.size() < kQuotes && !words.empty())
      said.quotes.push_back(fmt::format("\"{}\" ({})", OneLine(words, kWidthMax), ticket.name()));
    const std::string need = OneLine(ticket.underlying_need(), kWidthMax);
    if (said.needs.size() < kNeeds && !need.empty() && std::ranges::find(said.needs, need) == said.needs.end())
      said.needs.push_back(need);
  }
  return said;
}

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

std::string Why(const Change& change, const Said& said) {
  std::string text = "\nWhy\n" + Who(change.evidence());
  for (const std::string& quote : said.quotes) text += fmt::format("  {}\n", quote);
  for (const std::string& need : said.needs) text += fmt::format("  What they hope for: {}\n", need);
  text += fmt::format("  Score {}.{:02}{}.\n", change.score_hundredths() / 100, change.score_hundredths() % 100,
                      change.has_estimate() ? "" : ", not estimated");
  if (!change.root_cause().empty()) text += "\nRoot cause\n" + Paragraph(change.root_cause());
  return text;
}

std::string Decided(const Change& change) {
  if (change.has_drop()) {
    return fmt::format("\nDropped by {}, {}\n{}", change.drop().decided_by(), TimeWithZone(change.drop().time()),
                       Paragraph(change.drop().reason()));
  }
  if (!change.has_decision()) {
    return change.has_decide_due_time() ? fmt::format("\nNot decided; due {}\n", TimeWithZone(change.decide_due_time()))
                                        : "";
  }
  const Decision& decision = change.decision();
  return fmt::format("\nDecided by {}: we can keep it {}, for everyone {}, within today's capability {}\n{}",
                     decision.decided_by(), Answer(decision.can_keep()), Answer(decision.for_everyone()),
                     Answer(decision.within_capability()), Paragraph(decision.rationale()));
}

std::string Shipped(const Change& change) {
  std::string text;
  for (const auto& shipment : change.shipments()) {
    text += fmt::format(
        "  {}  {}{}: answered {}{}\n", TimeWithZone(shipment.ship_time()),
        shipment.name().substr(shipment.name().rfind('/') + 1), shipment.partial() ? ", a part" : "",
        shipment.answered(),
        shipment.has_revert_time() ? fmt::format("; taken back {}", TimeWithZone(shipment.revert_time())) : "");
  }
  for (const auto& [language, note] : change.customer_notes()) text += fmt::format("  {}: {}\n", language, note);
  return text.empty() ? "" : "\nShipments\n" + text;
}

// What it did, as far as that is known, and who has to say what.
std::string Effect(const Change& change) {
  std::string text;
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
  if (change.has_conclusion()) text += Paragraph(change.conclusion().reason());
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
  text += Why(*change, Ask(flags, name)) + Decided(*change) + Shipped(*change) + Effect(*change) +
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

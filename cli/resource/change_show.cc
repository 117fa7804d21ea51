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

constexpr int kQuotes = 3;
constexpr int kDemandsRead = 50;
constexpr size_t kWidthMax = 100;

struct Flags {
  VerbFlags common;
  std::string change;
};

// What some of those who ask for it said, in their words: only the tickets service knows them.
std::vector<std::string> AskQuotes(const Flags& flags, const std::string& change) {
  Client backlog(TargetAddress(flags.common.suite, "backlog"));
  dangol::backlog::v1::ListDemandsRequest list;
  list.set_parent(change);
  list.set_page_size(kDemandsRead);
  const auto demands = Call<dangol::backlog::v1::ListDemandsResponse>(
      backlog, "/dangol.backlog.v1.ChangeService/ListDemands", list, flags.common.timeout);
  std::vector<std::string> quotes;
  if (!demands.ok()) return quotes;
  Client tickets(TargetAddress(flags.common.suite, "tickets"));
  for (const Demand& demand : demands->demands()) {
    if (quotes.size() == kQuotes) break;
    if (demand.state() != Demand::ACTIVE) continue;
    dangol::tickets::v1::GetTicketRequest get;
    get.set_name(demand.ticket());
    const auto ticket = Call<Ticket>(tickets, "/dangol.tickets.v1.TicketService/GetTicket", get, flags.common.timeout);
    if (!ticket.ok()) continue;
    const std::string& words = ticket->body().empty() ? ticket->subject() : ticket->body();
    quotes.push_back(fmt::format("\"{}\" ({})", OneLine(words, kWidthMax), demand.ticket()));
  }
  return quotes;
}

std::string Answer(Decision::Answer answer) { return absl::StrReplaceAll(Decision::Answer_Name(answer), {{"_", " "}}); }

std::string Paragraph(std::string_view text) {
  return fmt::format("  {}\n", absl::StrReplaceAll(Wrapped(text, kWidthMax - 2), {{"\n", "\n  "}}));
}

std::string Why(const Change& change, const std::vector<std::string>& quotes) {
  const auto& evidence = change.evidence();
  std::string text = fmt::format("\nWhy\n  {} tickets ask for it{}.\n", evidence.demands(),
                                 evidence.has_first_receive_time()
                                     ? fmt::format(", received {} to {}", TimeWithZone(evidence.first_receive_time()),
                                                   TimeWithZone(evidence.last_receive_time()))
                                     : "");
  for (const std::string& quote : quotes) text += fmt::format("  {}\n", quote);
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

std::string CameBack(const Change& change, const LoopSummary* summary) {
  std::string text;
  const auto& regression = change.regression();
  if (change.has_regression()) {
    text +=
        fmt::format("  {} did not hold ({}), {}{}\n", regression.shipment().substr(regression.shipment().find('/') + 1),
                    dangol::backlog::v1::Regression::Cause_Name(regression.cause()), TimeWithZone(regression.time()),
                    regression.decided_by().empty() ? "" : ", by " + regression.decided_by());
    if (!regression.reason().empty()) text += Paragraph(regression.reason());
  }
  const int64_t recurrences = summary == nullptr ? change.evidence().recurrences() : summary->recurrences();
  if (recurrences > 0) text += fmt::format("  {} tickets came back.\n", recurrences);
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
  text += Why(*change, AskQuotes(flags, name)) + Decided(*change) + Shipped(*change) +
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

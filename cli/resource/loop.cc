#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/output/language.h"
#include "cli/output/names.h"
#include "cli/output/output.h"
#include "cli/resource/effect_text.h"
#include "cli/resource/loop_story.h"
#include "cli/resource/people.h"
#include "common/base/error.h"
#include "common/base/json.h"
#include "dangol/metrics/v1/effect_service.pb.h"
#include "dangol/metrics/v1/loop_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Effect;
using dangol::metrics::v1::GetEffectRequest;
using dangol::metrics::v1::GetLoopRequest;
using dangol::metrics::v1::Loop;
using dangol::metrics::v1::LoopSummary;
using dangol::metrics::v1::Step;
using dangol::metrics::v1::SummarizeLoopRequest;
using dangol::tickets::v1::GetTicketRequest;
using dangol::tickets::v1::Ticket;

struct Flags {
  VerbFlags common;
  std::string ticket;
  std::string change;
  std::string language = TerminalLanguage();
};

// The name of what may be given with or without its collection.
std::string NameIn(std::string_view collection, const std::string& text) {
  return text.find('/') == std::string::npos ? fmt::format("{}/{}", collection, text) : text;
}

// What the tickets service knows and the ledger must not: only for the operator's eyes.
absl::StatusOr<Ticket> AskTicket(const Flags& flags, const std::string& ticket_id) {
  Client client(TargetAddress(flags.common.suite, "tickets"));
  GetTicketRequest request;
  request.set_name("tickets/" + ticket_id);
  return Call<Ticket>(client, "/dangol.tickets.v1.TicketService/GetTicket", request,
                      std::min(flags.common.timeout, absl::Seconds(2)));
}

int NotInTheLedger(const Flags& flags, const std::string& ticket_id) {
  const absl::Status asked = AskTicket(flags, ticket_id).status();
  if (absl::IsNotFound(asked)) return Fail("loop", NotFound("tickets/" + ticket_id));
  return Fail(
      "loop",
      Error(absl::StatusCode::kNotFound, "NOT_HEARD_OF_YET",
            fmt::format("{}The ledger has not heard of tickets/{} yet. Ask again in a moment; `dangol status` says how "
                        "far behind it is.",
                        asked.ok() ? "The ticket is there. " : "", ticket_id)));
}

// What the change did, as a last line; empty where nothing is known of that.
std::string EffectLine(Client& client, const Flags& flags, std::string_view change) {
  if (change.empty()) return "";
  GetEffectRequest request;
  request.set_name(fmt::format("effects/{}", change.substr(change.find('/') + 1)));
  const auto effect = Call<Effect>(client, "/dangol.metrics.v1.EffectService/GetEffect", request, flags.common.timeout);
  if (!effect.ok()) return "";
  const std::string sentence = EffectSentence(*effect, flags.language);
  return flags.language == "ko" ? fmt::format("{}의 효과: {}.\n", IdOf(change), sentence)
                                : fmt::format("What {} did: {}.\n", IdOf(change), sentence);
}

// Members by their names; who is not known keeps the name of the resource.
void NamePeople(Client& client, const Flags& flags, Loop& loop) {
  const auto people = AskPeople(client, flags.common.timeout);
  if (!people.ok()) return;
  for (Step& step : *loop.mutable_steps()) {
    if (const auto found = people->find(step.decided_by()); found != people->end()) step.set_decided_by(found->second);
  }
}

int TellTicket(const Flags& flags) {
  const std::string name = NameIn("tickets", flags.ticket);
  const std::string ticket_id = name.substr(name.find('/') + 1);
  Client client(TargetAddress(flags.common.suite, "metrics"));
  GetLoopRequest request;
  request.set_name((name.starts_with("tickets/") ? "loops/" + ticket_id : name));
  auto loop = Call<Loop>(client, "/dangol.metrics.v1.LoopService/GetLoop", request, flags.common.timeout);
  if (absl::IsNotFound(loop.status())) return NotInTheLedger(flags, ticket_id);
  if (!loop.ok()) return Fail("loop", loop.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(*loop, JsonStyle::kCompact) + "\n") ? 0 : 1;
  NamePeople(client, flags, *loop);
  const auto ticket = AskTicket(flags, ticket_id);
  return Print(Story(*loop, ticket.ok() ? ticket->subject() : "", absl::Now(), flags.language) +
               EffectLine(client, flags, loop->change()))
             ? 0
             : 1;
}

int TellChange(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "metrics"));
  SummarizeLoopRequest request;
  request.set_change(NameIn("changes", flags.change));
  const auto summary =
      Call<LoopSummary>(client, "/dangol.metrics.v1.LoopService/SummarizeLoop", request, flags.common.timeout);
  if (!summary.ok()) return Fail("loop", summary.status());
  const bool json = flags.common.format == Format::kJson;
  return Print(json ? ToJson(*summary, JsonStyle::kCompact) + "\n"
                    : Story(*summary, flags.language) + EffectLine(client, flags, summary->change()))
             ? 0
             : 1;
}

}  // namespace

Command LoopCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("loop", "Tell what became of a complaint, from its receipt to its answer");
  const auto flags = std::make_shared<Flags>();
  app->add_option("TICKET", flags->ticket, "The story of one ticket: t1 or tickets/t1")->type_name("");
  app->add_option("--change", flags->change, "Instead all tickets of a change, in counts and times: c1 or changes/c1")
      ->type_name("CHANGE");
  app->final_callback([flags] {
    if (flags->ticket.empty() == flags->change.empty())
      throw CLI::ValidationError("say which: either a TICKET, or --change");
  });
  AddVerbFlags(*app, flags->common);
  AddLanguageFlag(*app, flags->language);
  app->footer(
      "Times are by the clock of the service that told them. -o json prints one object: a Loop, or a LoopSummary.");
  return {app, [flags] { return flags->ticket.empty() ? TellChange(*flags) : TellTicket(*flags); }};
}

}  // namespace dangol::cli

#include "cli/resource/acceptances.h"

#include <algorithm>
#include <future>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/output/output.h"
#include "cli/output/progress.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::AcceptanceRefusal;
using dangol::tickets::v1::Ticket;
using dangol::tickets::v1::TicketResult;

// Skipped and refused ones that are named; the rest are counted.
constexpr int64_t kShownMax = 20;

// What the ticket says of its acceptance into the change; false: nothing yet.
bool Ended(const Ticket& ticket, const std::string& change, TicketResult& result) {
  result.set_state(ticket.state());
  result.set_change(ticket.change());
  if (ticket.change() == change) return ticket.has_confirm_time();
  // Without a refusal, somebody has taken it further since.
  if (ticket.acceptance_refusal().change() == change)
    result.set_skip_reason(AcceptanceRefusal::Reason_Name(ticket.acceptance_refusal().reason()));
  return true;
}

// Asks for the tickets in `open`, and leaves there those whose acceptance has no end yet.
void Ask(Client& client, Acceptances& acceptances, absl::Duration timeout, std::vector<size_t>& open) {
  constexpr size_t kCallsMax = 100;
  std::vector<size_t> still_open;
  for (size_t begin = 0; begin < open.size(); begin += kCallsMax) {
    const size_t end = std::min(open.size(), begin + kCallsMax);
    std::vector<std::future<rpc::Reply>> replies;
    for (size_t i = begin; i < end; ++i) {
      dangol::tickets::v1::GetTicketRequest request;
      request.set_name(acceptances.results[open[i]].name());
      replies.push_back(client.Start("/dangol.tickets.v1.TicketService/GetTicket", request, timeout));
    }
    for (size_t i = begin; i < end; ++i) {
      const rpc::Reply reply = replies[i - begin].get();
      Ticket ticket;
      const bool known = reply.status.ok() && ticket.ParseFromString(reply.message);
      if (!known || !Ended(ticket, acceptances.change, acceptances.results[open[i]])) still_open.push_back(open[i]);
      if (known && acceptances.one) acceptances.one = ticket;
    }
  }
  open = std::move(still_open);
}

// Why not, and where the ticket stands.
std::string Because(const TicketResult& result) {
  const std::string state = result.state() == Ticket::STATE_UNSPECIFIED ? "" : Ticket::State_Name(result.state());
  return fmt::format("{}{}{}", result.skip_reason(), state.empty() ? "" : ", it is ", state);
}

}  // namespace

Acceptances AcceptanceOf(Ticket ticket) {
  Acceptances acceptances;
  acceptances.change = ticket.change();
  acceptances.results.emplace_back().set_name(ticket.name());
  acceptances.one = std::move(ticket);
  return acceptances;
}

void WaitForBacklog(Client& client, absl::Duration timeout, Acceptances& acceptances) {
  constexpr absl::Duration kPatience = absl::Seconds(5);
  std::vector<size_t> open;
  for (size_t i = 0; i < acceptances.results.size(); ++i) {
    if (acceptances.results[i].skip_reason().empty()) open.push_back(i);
  }
  acceptances.skipped = static_cast<int64_t>(acceptances.results.size() - open.size());
  const std::vector<size_t> sent = open;
  const absl::Time end = absl::Now() + std::min(timeout, kPatience);
  for (int attempt = 0; !open.empty() && absl::Now() < end; ++attempt) {
    if (attempt > 0) absl::SleepFor(std::min(absl::Milliseconds(10) * attempt, absl::Milliseconds(200)));
    Ask(client, acceptances, std::max(end - absl::Now(), absl::Milliseconds(1)), open);
  }
  acceptances.unknown = static_cast<int64_t>(open.size());
  for (const size_t i : sent) acceptances.refused += acceptances.results[i].skip_reason().empty() ? 0 : 1;
  acceptances.accepted = static_cast<int64_t>(sent.size()) - acceptances.refused - acceptances.unknown;
}

void TellRest(std::string_view command, const Acceptances& acceptances) {
  int64_t shown = 0;
  const int64_t total = acceptances.skipped + acceptances.refused;
  for (const TicketResult& result : acceptances.results) {
    if (result.skip_reason().empty() || shown == kShownMax) continue;
    ++shown;
    const bool refused = AcceptanceRefusal::Reason_descriptor()->FindValueByName(result.skip_reason()) != nullptr;
    PrintError(fmt::format("dangol {}: {} was {}: {}\n", command, result.name(),
                           refused ? "refused by the backlog" : "skipped", Because(result)));
  }
  if (total > shown)
    PrintError(fmt::format("dangol {}: {} more were skipped or refused.\n", command, ShownCount(total - shown)));
  if (acceptances.unknown > 0) {
    PrintError(
        fmt::format("dangol {}: whether {} takes {} of them is not known yet: the backlog has not answered. They are "
                    "ACCEPTED until it does; `dangol status` says how it is.\n",
                    command, acceptances.change, ShownCount(acceptances.unknown)));
  }
}

std::string Summary(const Acceptances& acceptances) {
  std::string text = fmt::format("{} accepted into {}, {} skipped", ShownCount(acceptances.accepted),
                                 acceptances.change, ShownCount(acceptances.skipped));
  if (acceptances.refused > 0) text += fmt::format(", {} refused", ShownCount(acceptances.refused));
  if (acceptances.unknown > 0) text += fmt::format(", {} not confirmed yet", ShownCount(acceptances.unknown));
  return text + "\n";
}

}  // namespace dangol::cli

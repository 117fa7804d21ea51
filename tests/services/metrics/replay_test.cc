// Feeds come late, twice, and in any order to each other: the ledger is the same. Histories are random; a failure
// prints its seed.
#include <algorithm>
#include <random>
#include <set>

#include "tests/services/metrics/metrics_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::IsEmpty;

// A history as the tickets service could tell it, of few tickets and changes to which much happens.
class RandomHistory {
 public:
  explicit RandomHistory(unsigned seed) : random_(seed) {
    for (int i = 0; i < 120; ++i) {
      time_ += absl::Minutes(Roll(300));
      if (Roll(4) == 0) {
        TellOfAChange();
      } else {
        TellOfATicket();
      }
    }
  }

  TicketsScript tickets;
  BacklogScript backlog;

 private:
  struct Known {
    Ticket::State state = Ticket::STATE_UNSPECIFIED;
    std::string change;  // of an ACCEPTED or answered one
  };

  int Roll(int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(random_); }
  std::string AnyChange() { return fmt::format("changes/c{}", Roll(3)); }

  void TellOfAChange() {
    const std::string change = AnyChange();
    if (made_.insert(change).second) return backlog.Created(change, time_);
    switch (Roll(4)) {
      case 0:
        return backlog.Planned(change, time_);
      case 1:
        return backlog.Started(change, time_);
      case 2:
        return backlog.Shipped(change, time_, ++shipments_, Roll(2) == 0);
      default:
        return backlog.Dropped(change, time_);
    }
  }

  void TellOfATicket() {
    const std::string ticket = fmt::format("tickets/t{}", Roll(6));
    Known& known = known_[ticket];
    if (known.state == Ticket::STATE_UNSPECIFIED) return Make(ticket, known);
    if (Roll(4) == 0) {
      const auto kind = static_cast<Message::Kind>(1 + Roll(3));
      return tickets.Said(ticket, fmt::format("m{}", ++messages_), kind, time_, Roll(2) == 0);
    }
    switch (known.state) {
      case Ticket::RECEIVED:
      case Ticket::HEARD:
        return Decide(ticket, known);
      case Ticket::ACCEPTED:
        return Roll(5) == 0 ? Unlink(ticket, known) : Follow(known.change);
      case Ticket::ANSWERED:
        return ComeBack(ticket, known);
      case Ticket::NOT_YET:
        known.state = Ticket::HEARD;
        return tickets.Reopened(ticket, time_);
      default:
        return;
    }
  }

  void Make(const std::string& ticket, Known& known) {
    known.state = Roll(6) == 0 ? Ticket::CLOSED : Ticket::RECEIVED;
    tickets.Created(ticket, time_ - absl::Hours(Roll(100)),
                    known.state == Ticket::CLOSED ? std::optional(time_) : std::nullopt);
  }
  void Decide(const std::string& ticket, Known& known) {
    switch (Roll(4)) {
      case 0:
        known.state = Ticket::HEARD;
        return tickets.Acknowledged(ticket, time_);
      case 1:
        known.state = Ticket::NOT_YET;
        return tickets.Declined(ticket, time_);
      case 2:
        known = {Ticket::ANSWERED, ""};
        return tickets.Resolved(ticket, Ticket::INFORMED, time_);
      default:
        known = {Ticket::ACCEPTED, AnyChange()};
        return tickets.Accepted(ticket, known.change, time_);
    }
  }
  void Unlink(const std::string& ticket, Known& known) {
    tickets.Unlinked(ticket, known.change, time_);
    known = {Ticket::HEARD, ""};
  }
  void ComeBack(const std::string& ticket, Known& known) {
    if (known.change.empty()) {
      known.state = Ticket::HEARD;
      return tickets.Reopened(ticket, time_);
    }
    known.state = Ticket::ACCEPTED;
    tickets.NotFixed(ticket, known.change, time_);
  }
  // All accepted tickets of the change at once.
  void Follow(std::string change) {
    const auto effect = static_cast<TicketsFollowed::Effect>(1 + Roll(7));
    const std::string destination = effect == TicketsFollowed::MOVED ? AnyChange() : change;
    std::vector<std::string> followers;
    for (auto& [ticket, known] : known_) {
      if (known.state != Ticket::ACCEPTED || known.change != change) continue;
      followers.push_back(ticket);
      if (effect == TicketsFollowed::ANSWERED || effect == TicketsFollowed::ANSWERED_LATE)
        known.state = Ticket::ANSWERED;
      if (effect == TicketsFollowed::RETURNED) known = {Ticket::NOT_YET, ""};
      if (effect == TicketsFollowed::REFUSED) known = {Ticket::HEARD, ""};
      if (effect == TicketsFollowed::MOVED) known.change = destination;
    }
    tickets.Followed(followers, effect, destination, time_, ++shipments_);
  }

  std::mt19937 random_;
  absl::Time time_ = At("2026-01-01T00:00:00Z");
  std::map<std::string, Known> known_;
  std::set<std::string> made_;
  int messages_ = 0;
  int shipments_ = 0;
};

class ReplayTest : public MetricsTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  // Both feeds, each in its order, in pages. Now and then some of what came before comes again: a cursor was lost.
  std::vector<std::vector<AnyEvent>> Interleaved(unsigned seed) const {
    std::mt19937 random(seed);
    const auto& tickets = history_.tickets.events();
    const auto& changes = history_.backlog.events();
    size_t ticket = 0;
    size_t change = 0;
    std::vector<std::vector<AnyEvent>> pages(1);
    while (ticket < tickets.size() || change < changes.size()) {
      if (random() % 10 == 0) pages.emplace_back();
      if (random() % 10 == 0 && ticket > 0)
        pages.back().insert(pages.back().end(), tickets.begin() + random() % ticket, tickets.begin() + ticket);
      if (random() % 10 == 0 && change > 0)
        pages.back().insert(pages.back().end(), changes.begin() + random() % change, changes.begin() + change);
      if (ticket == tickets.size() || (change < changes.size() && random() % 2 == 0)) {
        pages.back().emplace_back(changes[change++]);
      } else {
        pages.back().emplace_back(tickets[ticket++]);
      }
    }
    return pages;
  }

  const RandomHistory history_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Seeds, ReplayTest, ::testing::Range(1u, 26u));

TEST_P(ReplayTest, AnyInterleavingGivesTheSameLedger) {
  Apply(history_.tickets.events());
  Apply(history_.backlog.events());
  const std::string ledger = Ledger(metrics_);
  EXPECT_THAT(Violations(), IsEmpty());

  testing::SimulatedService other(MetricsService());
  for (const std::vector<AnyEvent>& page : Interleaved(GetParam())) ApplyPage(other, page);
  EXPECT_EQ(Ledger(other), ledger);
}

TEST_P(ReplayTest, AReplayOfEverythingChangesNothing) {
  Apply(history_.backlog.events());
  Apply(history_.tickets.events());
  const std::string dump = metrics_.file().Dump();
  Apply(history_.tickets.events());
  Apply(history_.backlog.events());
  EXPECT_EQ(metrics_.file().Dump(), dump);
  EXPECT_EQ(metrics_.file().Integer("SELECT COUNT(*) FROM feed"), 0);
}

// The state that the counts of all days leave is the state that the tickets are in.
TEST_P(ReplayTest, CountsOfAllDaysAddUpToTheTickets) {
  Apply(history_.tickets.events());
  for (int state = Ticket::RECEIVED; state <= Ticket::CLOSED; ++state) {
    EXPECT_EQ(metrics_.file().Integer(fmt::format(
                  "SELECT COALESCE(SUM(entered_tickets - left_tickets), 0) FROM state_count WHERE state = {}", state)),
              metrics_.file().Integer(fmt::format("SELECT COUNT(*) FROM ticket_loop WHERE state = {}", state)));
  }
}

}  // namespace
}  // namespace dangol::metrics

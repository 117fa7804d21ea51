// Random steps of agents, owners and both feeds against the simplest model of what must come out: a tickets service
// that is a map, whose events arrive late and twice, and which follows the backlog's feed late. Each run prints its
// seed; DANGOL_SEED=N runs that one alone.
#include <cstdlib>
#include <deque>
#include <random>

#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

// What the tickets service knows of one ticket.
struct ModelTicket {
  enum State { kHeard, kAccepted, kAnswered, kNotYet };
  State state = kHeard;
  int64_t acceptance = 0;
  int64_t revision = 0;
  std::string change;
  std::vector<std::string> answers;  // the shipments
};

class BacklogModelTest : public BacklogTest {
 protected:
  static constexpr int kTickets = 12;
  static constexpr int kChanges = 4;

  void Run(uint64_t seed, int steps) {
    SCOPED_TRACE(fmt::format("DANGOL_SEED={}", seed));
    random_.seed(seed);
    for (int i = 0; i < steps && !HasFailure(); ++i) {
      TakeStep();
      ExpectTablesAreTrue();
    }
    // Everybody is back, and hears all.
    while (!to_backlog_.empty()) DeliverToBacklog();
    Settle();
    FollowBacklog(/*most=*/1'000'000);
    ExpectConverged();
    const std::string before = backlog_.file().Dump();
    for (const TicketEvent& event : told_) Apply(event);
    EXPECT_EQ(backlog_.file().Dump(), before) << "a whole feed again changed something";
  }

 private:
  int Roll(int sides) { return static_cast<int>(random_() % static_cast<uint64_t>(sides)); }
  std::string ATicket() { return fmt::format("t{}", Roll(kTickets)); }
  std::string AChange() { return fmt::format("c{}", Roll(kChanges)); }

  void TakeStep() {
    switch (Roll(18)) {
      case 0:
      case 1:
      case 2:
        return AcceptTicket();
      case 3:
        return UnlinkTicket();
      case 4:
        return ReopenTicket();
      case 5:
      case 6:
      case 7:
        return DeliverToBacklog();
      case 8:
      case 9:
        return FollowBacklog(Roll(5));
      case 10:
      case 14:
      case 15:
        return ChangeSomething();
      case 11:
        if (!told_.empty()) Apply(told_[static_cast<size_t>(Roll(static_cast<int>(told_.size())))]);
        return;
      case 12:
        if (Roll(10) == 0) return backlog_.Restart();
        return;
      case 16:
        if (Roll(4) == 0) return MergeCustomers();
        return;
      case 13:
        return backlog_.runtime().RunFor(absl::Seconds(Roll(3)));
      default:
        Step();
    }
  }

  // What agents do in the tickets service. Some changes do not exist yet, and some come as drafts.
  void AcceptTicket() {
    const std::string id = ATicket();
    ModelTicket& ticket = tickets_[id];
    if (ticket.state == ModelTicket::kAccepted || ticket.state == ModelTicket::kAnswered) return;
    ticket.state = ModelTicket::kAccepted;
    ticket.change = AChange();
    ++ticket.acceptance;
    TicketEvent event = Roll(2) == 0 ? Accepted(id, ticket.change, ticket.acceptance)
                                     : AcceptedNow(id, ticket.change, ticket.acceptance);
    if (Roll(3) == 0) event.mutable_ticket_accepted()->set_draft_title("a draft");
    // Some are of nobody known.
    if (const int who = Roll(6); who < 5) {
      event.mutable_facts()->mutable_customer()->set_customer(fmt::format("customers/p{}", who));
    }
    // Each was received on a day of its own.
    *event.mutable_facts()->mutable_receive_time() =
        ToProtoTime(received_ - absl::Hours(24) * static_cast<int64_t>(std::hash<std::string>()(id) % 7));
    event.mutable_facts()->set_may_ask(id.size() % 2 == 0);
    to_backlog_.push_back(event);
  }
  void MergeCustomers() {
    TicketEvent event;
    if (Roll(2) == 0) {
      event.mutable_envelope()->add_resources()->set_version(++customer_version_);
      auto& customer = *event.mutable_customer_updated()->mutable_customer();
      customer.set_customer(fmt::format("customers/p{}", Roll(5)));
      customer.set_segment(Roll(3) == 0 ? "" : fmt::format("s{}", Roll(2)));
      to_backlog_.push_back(event);
      return;
    }
    event.mutable_customers_merged()->set_customer(fmt::format("customers/p{}", Roll(5)));
    event.mutable_customers_merged()->set_merged(fmt::format("customers/p{}", Roll(5)));
    to_backlog_.push_back(event);
  }
  void UnlinkTicket() {
    const std::string id = ATicket();
    ModelTicket& ticket = tickets_[id];
    if (ticket.state != ModelTicket::kAccepted) return;
    to_backlog_.push_back(Unlinked(id, ticket.change, ++ticket.acceptance));
    ticket.state = ModelTicket::kHeard;
    ticket.change.clear();
  }
  void ReopenTicket() {
    const std::string id = ATicket();
    ModelTicket& ticket = tickets_[id];
    if (ticket.state != ModelTicket::kAnswered) return;
    ticket.state = ModelTicket::kAccepted;
    TicketEvent event = Reopened(id, ticket.change, ++ticket.acceptance);
    event.mutable_facts()->set_shipment(ticket.answers.back());
    to_backlog_.push_back(event);
  }
  // What owners do. Refusals are as good as anything.
  void ChangeSomething() {
    switch (Roll(10)) {
      case 0: {
        auto request = CreateRequest(AChange());
        *request.mutable_change()->mutable_decision() = ADecision();
        request.mutable_change()->set_kind(Change::POLICY);
        return Send("CreateChange", request);
      }
      case 1:
        return Send("StartChange", Decided<v1::StartChangeRequest>());
      case 2: {
        auto request = Decided<v1::ShipChangeRequest>();
        return Send("ShipChange", request);
      }
      case 3: {
        auto request = Decided<v1::ShipChangeRequest>();
        NameSome(request);
        return Send("ShipChange", request);
      }
      case 4:
        return Send("DropChange", DropRequest(AChange()));
      case 5: {
        auto request = Named<v1::ConcludeChangeRequest>(AChange());
        request.set_verdict(Roll(2) == 0 ? v1::Conclusion::HELD : v1::Conclusion::FAILED);
        request.set_reason("measured");
        request.set_decided_by("members/kim");
        return Send("ConcludeChange", request);
      }
      case 6:
        return Send("RevertShipment", RevertRequest(AChange()));
      case 8:
        return Send("MergeChanges", MergeRequest(AChange(), AChange()));
      case 7: {
        auto request = Named<v1::ReconsiderChangeRequest>(AChange());
        request.set_reason("asked again");
        request.set_decided_by("members/kim");
        return Send("ReconsiderChange", request);
      }
      default: {
        auto request = MoveRequest(AChange(), AChange(), {});
        NameSome(request);
        return Send("MoveDemands", request);
      }
    }
  }
  template <typename Request>
  Request Decided() {
    auto request = Named<Request>(AChange());
    *request.mutable_decision() = ADecision();
    request.set_kind(Change::PRODUCT);
    return request;
  }
  // Of those that wait in it, so that more than refusals come out.
  template <typename Request>
  void NameSome(Request& request) {
    for (const std::string& ticket : backlog_.file().Column(fmt::format(
             "SELECT ticket_id FROM demand WHERE change_id = '{}' AND state = 1 AND shipment IS NULL ORDER BY ordinal",
             request.name().substr(8)))) {
      if (Roll(2) == 0) request.add_tickets("tickets/" + ticket);
    }
    if (request.tickets().empty()) request.add_tickets("tickets/" + ATicket());
  }
  template <typename Request>
  void Send(const std::string& method, const Request& request) {
    auto call = testing::MakeCall<testing::FakeUnaryCall>("/dangol.backlog.v1.ChangeService/" + method,
                                                          request.SerializeAsString());
    backlog_.methods().Start(call);
    while (!call->finished() && Step()) {
    }
    const auto code = call->reply().status.code();
    EXPECT_TRUE(code == absl::StatusCode::kOk || code == absl::StatusCode::kNotFound ||
                code == absl::StatusCode::kAlreadyExists || code == absl::StatusCode::kFailedPrecondition ||
                code == absl::StatusCode::kInvalidArgument)
        << call->reply().status;
    if (call->reply().status.ok()) ++Effects()[method];
  }

  // The two subscriptions.
  void DeliverToBacklog() {
    if (to_backlog_.empty()) return;
    Apply(to_backlog_.front());
    told_.push_back(to_backlog_.front());
    to_backlog_.pop_front();
  }
  void FollowBacklog(int most) {
    const auto events = Events();
    for (; followed_ < events.size() && most > 0; ++followed_, --most) {
      if (!events[followed_].has_demands_updated()) continue;
      const DemandsUpdated& decided = events[followed_].demands_updated();
      Effects()[DemandsUpdated::Outcome_Name(decided.outcome())] += decided.demands_size();
      for (const auto& demand : decided.demands()) Follow(decided, demand, tickets_[demand.ticket().substr(8)]);
      if (decided.outcome() != DemandsUpdated::REVERTED || !decided.last()) continue;
      for (auto& [id, ticket] : tickets_) std::erase(ticket.answers, decided.shipment());
    }
  }
  void Follow(const DemandsUpdated& decided, const v1::TicketDemand& demand, ModelTicket& ticket) {
    const bool follows = ticket.state == ModelTicket::kAccepted ||
                         (ticket.state == ModelTicket::kAnswered && decided.outcome() == DemandsUpdated::REVERTED);
    if (demand.acceptance() != ticket.acceptance || demand.revision() <= ticket.revision || !follows) return;
    ticket.revision = demand.revision();
    switch (decided.outcome()) {
      case DemandsUpdated::ANSWERED:
      case DemandsUpdated::LATE:
        ticket.state = ModelTicket::kAnswered;
        ticket.answers.push_back(decided.shipment());
        break;
      case DemandsUpdated::RETURNED:
        ticket.state = ModelTicket::kNotYet;
        ticket.change.clear();
        break;
      case DemandsUpdated::REFUSED:
        ticket.state = ModelTicket::kHeard;
        ticket.change.clear();
        break;
      case DemandsUpdated::REVERTED:
        ticket.state = ModelTicket::kAccepted;
        break;
      case DemandsUpdated::MOVED:
        ticket.change = decided.destination().substr(8);
        break;
      default:
        break;
    }
  }

  // Invariants 3, 4, 5 and 7, as far as the backlog can be asked at any moment.
  void ExpectTablesAreTrue() {
    const testing::DatabaseFile& file = backlog_.file();
    EXPECT_EQ(file.Integer("SELECT COUNT(*) FROM (SELECT ticket_id FROM demand WHERE state = 1 GROUP BY ticket_id "
                           "HAVING COUNT(*) > 1) AS twice"),
              0);
    EXPECT_EQ(file.Integer("SELECT COUNT(*) FROM evidence AS e WHERE (e.demands, e.answered, e.late, e.recurrences) <> "
                           "(SELECT COUNT(*), "
                           "COUNT(shipment), COALESCE(SUM(late), 0), COALESCE(SUM(recurrence), 0) FROM demand AS d "
                           "WHERE d.change_id = "
                           "e.change_id AND d.state = 1)"),
              0);
    EXPECT_EQ(file.Integer("SELECT COUNT(*) FROM shipment AS s WHERE s.answered - s.reopened <> (SELECT COUNT(*) FROM "
                           "demand AS d WHERE "
                           "d.change_id = s.change_id AND d.shipment = s.number)"),
              0);
    EXPECT_EQ(file.Integer("SELECT COUNT(*) FROM fan_out AS f LEFT JOIN timer AS t ON t.kind = 'fan-out' AND "
                           "t.resource = 'changes/' || "
                           "f.change_id WHERE t.kind IS NULL"),
              0);
    EXPECT_EQ(file.Integer("SELECT COUNT(*) - COALESCE(MAX(seq), 0) FROM feed"), 0);
  }

  void ExpectConverged() {
    ExpectTablesAreTrue();
    int64_t linked = 0;
    for (const auto& [id, ticket] : tickets_) {
      SCOPED_TRACE(id);
      const auto active =
          backlog_.file().Column(fmt::format("SELECT change_id || ' ' || acceptance || CASE WHEN shipment IS NULL THEN "
                                             "' waits' ELSE ' answered' END FROM demand "
                                             "WHERE ticket_id = '{}' AND state = 1",
                                             id));
      std::vector<std::string> expected;
      if (ticket.state == ModelTicket::kAccepted)
        expected = {fmt::format("{} {} waits", ticket.change, ticket.acceptance)};
      if (ticket.state == ModelTicket::kAnswered)
        expected = {fmt::format("{} {} answered", ticket.change, ticket.acceptance)};
      EXPECT_EQ(active, expected);
      linked += static_cast<int64_t>(expected.size());
    }
    EXPECT_EQ(backlog_.file().Integer("SELECT COALESCE(SUM(demands), 0) FROM evidence"), linked);
    EXPECT_EQ(backlog_.file().Integer("SELECT COUNT(*) FROM demand AS d JOIN change AS c ON c.change_id = d.change_id "
                                      "WHERE d.state = 1 AND c.state IN (7, 8) "
                                      "AND d.shipment IS NULL"),
              0);
    size_t answers = 0;
    for (const auto& [id, ticket] : tickets_) answers += ticket.answers.size();
    EXPECT_EQ(backlog_.file().Integer("SELECT COALESCE(SUM(answered), 0) FROM shipment"), static_cast<int64_t>(answers))
        << "a ticket answered n times was named by n shipments";
  }

 protected:
  // How often each method had one, and each outcome was told, in all runs.
  static std::map<std::string, int>& Effects() {
    static auto& effects = *new std::map<std::string, int>();
    return effects;
  }

 private:
  std::mt19937_64 random_;
  std::map<std::string, ModelTicket> tickets_;
  int64_t customer_version_ = 0;
  std::deque<TicketEvent> to_backlog_;
  std::vector<TicketEvent> told_;
  size_t followed_ = 0;
};

// On PostgreSQL a run takes twenty times as long; there the rules are the same, and SQL is what is tried.
const int kSeeds = testing::OnPostgres() ? 8 : 40;
constexpr int kSteps = 250;

class BacklogModel : public BacklogModelTest, public ::testing::WithParamInterface<int> {
 protected:
  // That the runs do what they are for.
  static void TearDownTestSuite() {
    if (std::getenv("DANGOL_SEED") != nullptr || ::testing::GTEST_FLAG(filter) != "*") return;
    if (testing::OnPostgres()) return;
    for (const char* what : {"CreateChange", "StartChange", "ShipChange", "DropChange", "MoveDemands", "MergeChanges",
                             "ConcludeChange", "RevertShipment", "ReconsiderChange", "CONFIRMED", "ANSWERED", "LATE",
                             "RECURRENCE", "RETURNED", "MOVED", "REFUSED", "REVERTED"}) {
      EXPECT_GE(Effects()[what], 10) << what;
    }
  }
};

TEST_P(BacklogModel, ConvergesWhateverComesWhen) {
  const char* alone = std::getenv("DANGOL_SEED");
  const uint64_t seed = alone != nullptr ? std::strtoull(alone, nullptr, 10) : static_cast<uint64_t>(GetParam());
  Run(seed, kSteps);
  if (HasFailure()) fmt::print(stderr, "DANGOL_SEED={} services_backlog_test --gtest_filter='*BacklogModel*0'\n", seed);
}

INSTANTIATE_TEST_SUITE_P(Seeds, BacklogModel, ::testing::Range(0, kSeeds));

}  // namespace
}  // namespace dangol::backlog

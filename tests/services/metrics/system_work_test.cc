// What of the times of complaints was working time, and who heard them: both come from elsewhere than the ticket, and
// count the same whenever they become known.
#include <algorithm>
#include <random>

#include "dangol/metrics/v1/member_service.pb.h"
#include "tests/services/metrics/system_kpi_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Member;

constexpr char kMembers[] = "/dangol.metrics.v1.MemberService/";

void MakeMember(testing::SimulatedService& service, const std::string& id, const std::vector<Member::Role>& roles) {
  v1::CreateMemberRequest request;
  request.set_member_id(id);
  request.mutable_member()->set_display_name(id);
  for (const Member::Role role : roles) request.mutable_member()->add_roles(role);
  const auto made = service.Call<Member>(std::string(kMembers) + "CreateMember", request);
  ASSERT_TRUE(made.ok()) << made.status();
}

void SetRoles(testing::SimulatedService& service, const std::string& id, const std::vector<Member::Role>& roles) {
  v1::UpdateMemberRequest request;
  request.set_name("members/" + id);
  for (const Member::Role role : roles) request.mutable_member()->add_roles(role);
  request.mutable_update_mask()->add_paths("roles");
  const auto updated = service.Call<Member>(std::string(kMembers) + "UpdateMember", request);
  ASSERT_TRUE(updated.ok()) << updated.status();
}

class SystemWorkTest : public SystemKpiTest {
 protected:
  void SetUp() override { SetClock("2026-12-31T00:00:00Z"); }
  void Replied(const std::string& id, const char* received, const char* replied) {
    *Received(id, At(received)).mutable_first_response_time() = ToProtoTime(At(replied));
    Tell(id);
  }
  void Heard(const std::string& id, const std::string& member, const char* time) {
    Ticket(id).set_state(Ticket::HEARD);
    Ticket(id).set_heard_by("members/" + member);
    *Ticket(id).mutable_hear_time() = ToProtoTime(At(time));
    Tell(id);
  }
};

TEST_F(SystemWorkTest, IsWhatOfATimeLiesWithinOpeningHours) {
  MakeEngine();
  Settle();
  Apply(Hours("Asia/Seoul", 9, 18, 1, At("2026-10-01T00:00:00Z"), {"2026-11-04"}));
  // From Friday 17:00 to Monday 10:30, and from Tuesday 17:00 over a holiday to Thursday 09:15.
  Replied("a", "2026-10-30T08:00:00Z", "2026-11-02T01:30:00Z");
  Replied("b", "2026-11-03T08:00:00Z", "2026-11-05T00:15:00Z");
  EXPECT_THAT(Days("first-response-work"), ElementsAre("2026-11-02 2.5/1", "2026-11-05 1.25/1"));
  EXPECT_THAT(Days("first-response"), ElementsAre("2026-11-02 65.5/1", "2026-11-05 40.25/1")) << "that stays";
  EXPECT_THAT(Days("first-response-work", "2026-11-01", "2026-11-30", v1::MONTH), ElementsAre("2026-11-01 3.75/2"));
  Ticket("a").set_state(Ticket::SPAM);
  Tell("a");
  EXPECT_THAT(Days("first-response-work"), ElementsAre("2026-11-05 1.25/1"));
  Ticket("a").set_state(Ticket::HEARD);
  Tell("a");
  EXPECT_THAT(Days("first-response-work"), ElementsAre("2026-11-02 2.5/1", "2026-11-05 1.25/1"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemWorkTest, ADecisionAndALoopHaveTheirs) {
  MakeEngine();
  Settle();
  Apply(Hours("Asia/Seoul", 9, 18, 1, At("2026-10-01T00:00:00Z")));
  Received("a", At("2026-11-02T00:00:00Z")).set_change("changes/x");  // Monday 09:00
  Ticket("a").set_state(Ticket::ACCEPTED);
  *Ticket("a").mutable_decide_time() = ToProtoTime(At("2026-11-02T01:00:00Z"));
  Ticket("a").set_first_decision(tickets::v1::Decision::ACCEPTED);
  Tell("a");
  EXPECT_THAT(Days("decision-work"), IsEmpty()) << "its change is not decided";
  Apply(EventOfChange("x", "2026-11-03T02:00:00Z"));
  Settle();
  EXPECT_THAT(Days("decision-work"), ElementsAre("2026-11-03 11/1"));
  Answered("a", At("2026-11-05T00:00:00Z"));
  *Ticket("a").mutable_told_time() = ToProtoTime(At("2026-11-06T09:00:00Z"));
  Tell("a");
  EXPECT_THAT(Days("loop-work"), ElementsAre("2026-11-06 45/1")) << "five days of nine hours";
  EXPECT_THAT(Days("decision-work"), ElementsAre("2026-11-03 11/1"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

// A new policy holds for what begins from then on; before the first one nobody has said when somebody works.
TEST_F(SystemWorkTest, IsByThePolicyThatHeldWhenTheComplaintCame) {
  MakeEngine();
  Settle();
  const auto tell_of_tickets = [&] {
    Replied("before", "2026-11-02T00:00:00Z", "2026-11-02T03:00:00Z");
    Replied("first", "2026-11-03T00:00:00Z", "2026-11-03T03:00:00Z");
    Replied("second", "2026-11-05T00:00:00Z", "2026-11-05T03:00:00Z");
  };
  tell_of_tickets();
  EXPECT_THAT(Days("first-response-work"), IsEmpty());
  Apply(Hours("Asia/Seoul", 11, 18, 2, At("2026-11-04T00:00:00Z")));
  Settle();
  EXPECT_THAT(Days("first-response-work"), ElementsAre("2026-11-05 1/1"));
  Apply(Hours("Asia/Seoul", 9, 18, 1, At("2026-11-02T12:00:00Z")));
  Settle();
  EXPECT_THAT(Days("first-response-work"), ElementsAre("2026-11-03 3/1", "2026-11-05 1/1"));
  Apply(Hours("Asia/Seoul", 9, 18, 1, At("2026-11-02T12:00:00Z")));
  Settle();
  EXPECT_THAT(Days("first-response-work"), ElementsAre("2026-11-03 3/1", "2026-11-05 1/1")) << "it came again";
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemWorkTest, ManyTicketsAreCountedAnewPieceByPiece) {
  MakeEngine();
  Settle();
  std::vector<TicketEvent> events;
  for (int i = 0; i < 1200; ++i) {
    const std::string id = fmt::format("t{:04}", i);
    *Received(id, At("2026-11-02T00:00:00Z")).mutable_first_response_time() = ToProtoTime(At("2026-11-02T01:00:00Z"));
    events.push_back(Event(id, At("2026-11-02T02:00:00Z")));
  }
  Apply(events);
  Apply(Hours("Asia/Seoul", 9, 18, 1, At("2026-11-01T00:00:00Z")));
  Settle();
  EXPECT_THAT(Days("first-response-work"), ElementsAre("2026-11-02 1200/1200"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemWorkTest, ComplaintsAreHeardByMakersByTheRolesThatTheseHaveNow) {
  MakeEngine();
  Settle();
  Received("a", At("2026-11-02T00:00:00Z"));
  Received("b", At("2026-11-02T00:00:00Z"));
  Received("c", At("2026-11-02T00:00:00Z"));
  Heard("a", "dev", "2026-11-03T00:00:00Z");
  Heard("b", "desk", "2026-11-03T00:00:00Z");
  EXPECT_THAT(Days("heard-by-makers"), ElementsAre("2026-11-03 0/2")) << "nobody knows them";
  MakeMember(metrics_, "dev", {Member::AGENT, Member::DEVELOPER});
  MakeMember(metrics_, "desk", {Member::AGENT, Member::LEAD});
  Settle();
  EXPECT_THAT(Days("heard-by-makers"), ElementsAre("2026-11-03 1/2"));
  Heard("c", "dev", "2026-11-04T00:00:00Z");
  EXPECT_THAT(Days("heard-by-makers"), ElementsAre("2026-11-03 1/2", "2026-11-04 1/1"));
  SetRoles(metrics_, "desk", {Member::OWNER});
  SetRoles(metrics_, "dev", {Member::AGENT});
  Settle();
  EXPECT_THAT(Days("heard-by-makers"), ElementsAre("2026-11-03 1/2", "2026-11-04 0/1"));
  EXPECT_THAT(WrongCounts(), IsEmpty());
}

TEST_F(SystemWorkTest, ManyThatOneMemberHeardAreCountedAnewPieceByPiece) {
  MakeEngine();
  Settle();
  std::vector<TicketEvent> events;
  for (int i = 0; i < 500; ++i) {
    const std::string id = fmt::format("t{:04}", i);
    Received(id, At("2026-11-02T00:00:00Z")).set_heard_by("members/dev");
    *Ticket(id).mutable_hear_time() = ToProtoTime(At("2026-11-02T01:00:00Z"));
    events.push_back(Event(id, At("2026-11-02T02:00:00Z")));
  }
  Apply(events);
  MakeMember(metrics_, "dev", {Member::DEVELOPER});
  Settle();
  EXPECT_THAT(Days("heard-by-makers"), ElementsAre("2026-11-02 500/500"));
}

// Invariant 14: policies, members and tickets become known in any order, and the same is counted.
TEST_F(SystemWorkTest, AreTheSameInWhateverOrderTheyBecomeKnown) {
  std::mt19937 random(11);
  std::vector<TicketEvent> of_tickets;
  for (int i = 0; i < 120; ++i) {
    const std::string id = fmt::format("t{}", random() % 30);
    const absl::Time now = At("2026-11-01T00:00:00Z") + absl::Hours(5 * i);
    if (!Ticket(id).has_receive_time()) Received(id, now - absl::Hours(random() % 40));
    TicketFacts& facts = Ticket(id);
    switch (random() % 5) {
      case 0:
        facts.set_state(random() % 2 == 0 ? Ticket::SPAM : Ticket::HEARD);
        facts.set_heard_by(fmt::format("members/m{}", random() % 3));
        if (!facts.has_hear_time()) *facts.mutable_hear_time() = ToProtoTime(now);
        break;
      case 1:
        if (!facts.has_first_response_time()) *facts.mutable_first_response_time() = ToProtoTime(now);
        break;
      case 2:
        facts.set_change(fmt::format("changes/c{}", random() % 3));
        facts.set_state(Ticket::ACCEPTED);
        if (!facts.has_decide_time()) facts.set_first_decision(tickets::v1::Decision::ACCEPTED);
        if (!facts.has_decide_time()) *facts.mutable_decide_time() = ToProtoTime(now);
        break;
      case 3:
        Answered(id, now);
        *facts.mutable_told_time() = ToProtoTime(now + absl::Hours(1));
        break;
      default:
        facts.set_stage(random() % 2 == 0 ? "engines/shop/stages/a" : "");
    }
    of_tickets.push_back(Event(id, now));
  }
  std::vector<ChangeEvent> of_changes;
  for (int i = 0; i < 3; ++i)
    of_changes.push_back(EventOfChange(fmt::format("c{}", i), fmt::format("2026-11-1{}T05:00:00Z", i)));
  const std::vector<TicketEvent> policies = {Hours("Asia/Seoul", 9, 18, 1, At("2026-11-03T00:00:00Z")),
                                             Hours("Asia/Seoul", 10, 16, 2, At("2026-11-12T00:00:00Z")),
                                             Hours("America/New_York", 8, 12, 3, At("2026-11-18T00:00:00Z"))};
  const auto counted = [](testing::SimulatedService& service) {
    return service.file().Column(
        "SELECT kpi_id || ' ' || day || ' ' || numerator || ' ' || denominator FROM observation "
        "WHERE kpi_id LIKE '%work' OR kpi_id = 'heard-by-makers' ORDER BY kpi_id, day");
  };
  std::vector<std::string> expected;
  for (int order = 0; order < 8; ++order) {
    testing::SimulatedService service{MetricsService()};
    // What happens, each time in another order; only the events of tickets keep theirs.
    std::vector<int> steps = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    if (order > 0) std::shuffle(steps.begin(), steps.end(), random);
    size_t ticket = 0;
    for (const int step : steps) {
      const size_t part = of_tickets.size() / 3;
      if (step < 3) {
        ApplyPage(service, std::vector<AnyEvent>(of_tickets.begin() + static_cast<std::ptrdiff_t>(ticket),
                                                 of_tickets.begin() + static_cast<std::ptrdiff_t>(ticket + part)));
        ticket += part;
      } else if (step == 3) {
        MakeEngine(service, "shop");
      } else if (step == 4) {
        MakeMember(service, "m0", {Member::AGENT});
        MakeMember(service, "m1", {Member::DEVELOPER});
      } else if (step == 5) {
        ApplyPage(service, std::vector<AnyEvent>(of_changes.begin(), of_changes.end()));
      } else {
        ApplyPage(service, {policies[static_cast<size_t>(step - 6)]});
      }
      if (random() % 2 == 0) service.runtime().RunReady();
    }
    SetRoles(service, "m0", {Member::OWNER});
    service.runtime().RunReady();
    if (expected.empty()) expected = counted(service);
    EXPECT_EQ(counted(service), expected) << order;
  }
  EXPECT_GT(expected.size(), 20u);
}

TEST_F(SystemWorkTest, FindsTicketsThatCountAsSomethingElse) {
  MakeEngine();
  Settle();
  Apply(Hours("Asia/Seoul", 9, 18, 1, At("2026-10-01T00:00:00Z")));
  Replied("a", "2026-11-02T00:00:00Z", "2026-11-02T01:00:00Z");
  Settle();
  ASSERT_THAT(WrongCounts(), IsEmpty());
  metrics_.file().Execute("UPDATE ticket_loop SET response_work = 5");
  EXPECT_THAT(WrongCounts(), Contains("kpi-copies loops/a: its working time, or by whom it was heard, is not what it "
                                      "counts as"));
  metrics_.file().Execute("UPDATE ticket_loop SET response_work = 3600, by_maker = 1");
  EXPECT_THAT(WrongCounts(), SizeIs(1));
}

}  // namespace
}  // namespace dangol::metrics

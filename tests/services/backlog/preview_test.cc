// Some who ask for a change see it before it ships.
#include "services/backlog/preview/preview_handlers.h"
#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

using ::testing::ElementsAre;

class PreviewTest : public BacklogTest {
 protected:
  void AcceptAsking(const std::string& ticket, const std::string& change) {
    TicketEvent event = Accepted(ticket, change, 1);
    event.mutable_facts()->set_may_ask(true);
    Apply(event);
  }
  absl::StatusOr<Change> Invite(const std::string& change, const std::vector<std::string>& tickets) {
    auto request = Named<v1::InviteToPreviewRequest>(change);
    for (const std::string& ticket : tickets) request.add_tickets("tickets/" + ticket);
    return Call<Change>("InviteToPreview", request);
  }
  // The ticket was corrected: its facts as of that version.
  static TicketEvent Updated(const std::string& ticket, const std::string& change, int64_t acceptance, int64_t version,
                             bool may_ask) {
    TicketEvent event;
    event.mutable_ticket_updated();
    event.mutable_facts()->set_ticket("tickets/" + ticket);
    event.mutable_facts()->set_change("changes/" + change);
    event.mutable_facts()->set_acceptance(acceptance);
    event.mutable_facts()->set_version(version);
    event.mutable_facts()->set_may_ask(may_ask);
    return event;
  }
  TicketEvent Answered(const std::string& ticket, const std::string& change,
                       tickets::v1::PreviewAnswered::Answer answer) {
    TicketEvent event;
    event.mutable_preview_answered()->set_change("changes/" + change);
    event.mutable_preview_answered()->set_answer(answer);
    event.mutable_facts()->set_ticket("tickets/" + ticket);
    return event;
  }
  std::string Counts(const std::string& change) {
    const v1::Evidence evidence = Get(change).evidence();
    return fmt::format("{} may be asked, {} invited, {} fixed, {} not", evidence.may_ask(), evidence.invited(),
                       evidence.fixed(), evidence.not_fixed());
  }
};

TEST_F(PreviewTest, CountsWhomItInvitesAndWhatTheySay) {
  CreateOne("a");
  for (const char* ticket : {"t1", "t2", "t3"}) AcceptAsking(ticket, "a");
  Accept(1, "a");
  const auto invited = Invite("a", {"t1", "t2"});
  ASSERT_TRUE(invited.ok()) << invited.status();
  EXPECT_EQ(invited->preview_rounds(), 1);
  EXPECT_EQ(Counts("a"), "3 may be asked, 2 invited, 0 fixed, 0 not");
  EXPECT_THAT(LastEvent().preview_invited().tickets(), ElementsAre("tickets/t1", "tickets/t2"));
  EXPECT_EQ(LastEvent().preview_invited().round(), 1);
  EXPECT_EQ(LastEvent().facts().version(), 2);
  Apply(Answered("t1", "a", tickets::v1::PreviewAnswered::FIXED));
  Apply(Answered("t2", "a", tickets::v1::PreviewAnswered::NOT_FIXED));
  Apply(Answered("t3", "a", tickets::v1::PreviewAnswered::FIXED));
  EXPECT_EQ(Counts("a"), "3 may be asked, 2 invited, 1 fixed, 1 not") << "t3 was not invited";
  EXPECT_EQ(LastEvent().demand_answered().answer(), v1::Demand::NOT_FIXED);
  const int64_t events = Rows("feed");
  Apply(Answered("t2", "a", tickets::v1::PreviewAnswered::NOT_FIXED));
  EXPECT_EQ(Rows("feed"), events) << "that was heard before";
  Ship("a");
  EXPECT_EQ(Counts("a"), "3 may be asked, 2 invited, 1 fixed, 1 not");
  Apply(Unlinked("t1", "a", 2));
  EXPECT_EQ(Counts("a"), "2 may be asked, 1 invited, 0 fixed, 1 not");
}

TEST_F(PreviewTest, AsksAnewInEachRound) {
  CreateOne("a");
  AcceptAsking("t1", "a");
  ASSERT_TRUE(Invite("a", {"t1"}).ok());
  Apply(Answered("t1", "a", tickets::v1::PreviewAnswered::NOT_FIXED));
  const auto again = Invite("a", {"t1"});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->preview_rounds(), 2);
  EXPECT_EQ(Counts("a"), "1 may be asked, 1 invited, 0 fixed, 0 not");
}

TEST_F(PreviewTest, HearsWhetherACustomerMayStillBeAsked) {
  CreateOne("a");
  AcceptAsking("t1", "a");
  const TicketEvent no = Updated("t1", "a", 1, 2, false);
  const TicketEvent yes = Updated("t1", "a", 1, 3, true);
  Apply(no);
  EXPECT_EQ(Counts("a"), "0 may be asked, 0 invited, 0 fixed, 0 not");
  EXPECT_EQ(LastResources(), "changes/a/demands/t1@2");
  EXPECT_EQ(testing::Summary(Invite("a", {"t1"}).status()), "FAILED_PRECONDITION MAY_NOT_ASK tickets[0]");
  Apply(yes);
  EXPECT_EQ(Counts("a"), "1 may be asked, 0 invited, 0 fixed, 0 not");
  const std::string before = backlog_.file().Dump();
  for (const TicketEvent& event : {no, yes, Updated("t1", "a", 0, 9, false), Updated("u", "a", 1, 9, false)})
    Apply(event);
  EXPECT_EQ(backlog_.file().Dump(), before) << "that was heard before, or is about another link";
  EXPECT_TRUE(Invite("a", {"t1"}).ok());
}

TEST_F(PreviewTest, HearsItWithWhateverElseHappens) {
  CreateOne("a");
  AcceptAsking("t1", "a");
  Ship("a", {"t1"});
  TicketEvent reopened = Reopened("t1", "a", 2);
  reopened.mutable_facts()->set_version(2);
  Apply(reopened);
  EXPECT_EQ(Counts("a"), "0 may be asked, 0 invited, 0 fixed, 0 not");
  EXPECT_EQ(ShownDemand("a", "t1"), "ACTIVE 2 recurrence");
}

TEST_F(PreviewTest, IsForgottenInAnotherChange) {
  CreateOne("a");
  CreateOne("b");
  AcceptAsking("t1", "a");
  ASSERT_TRUE(Invite("a", {"t1"}).ok());
  Apply(Answered("t1", "a", tickets::v1::PreviewAnswered::FIXED));
  ASSERT_TRUE(Call<v1::MoveDemandsResponse>("MoveDemands", MoveRequest("a", "b", {"t1"})).ok());
  EXPECT_EQ(Counts("b"), "1 may be asked, 0 invited, 0 fixed, 0 not") << "nobody saw that one";
  Apply(Answered("t1", "b", tickets::v1::PreviewAnswered::FIXED));
  EXPECT_EQ(Counts("b"), "1 may be asked, 0 invited, 0 fixed, 0 not") << "nobody was invited";
}

TEST_F(PreviewTest, TellsOfManyIn200s) {
  CreateOne("a");
  std::vector<std::string> tickets;
  for (int i = 0; i < 250; ++i) AcceptAsking(tickets.emplace_back(fmt::format("t{:03}", i)), "a");
  const int64_t events = Rows("feed");
  ASSERT_TRUE(Invite("a", tickets).ok());
  EXPECT_EQ(Rows("feed"), events + 2);
  EXPECT_EQ(LastEvent().preview_invited().tickets_size(), 50);
  EXPECT_FALSE(LastEvent().has_facts());
}

TEST_F(PreviewTest, IsForThoseWhoWaitAndMayBeAsked) {
  CreateOne("a");
  AcceptAsking("t1", "a");
  Accept(1, "a");
  const std::string before = backlog_.file().Dump();
  EXPECT_EQ(testing::Summary(Invite("a", {"t1", "t00000"}).status()), "FAILED_PRECONDITION MAY_NOT_ASK tickets[1]");
  EXPECT_EQ(testing::Summary(Invite("a", {"t1", "t1"}).status()), "INVALID_ARGUMENT INVALID_FIELD tickets[1]");
  EXPECT_EQ(testing::Summary(Invite("a", {"other"}).status()), "FAILED_PRECONDITION DEMAND_NOT_WAITING tickets[0]");
  EXPECT_EQ(backlog_.file().Dump(), before);
  Ship("a");
  EXPECT_EQ(testing::Summary(Invite("a", {"t1"}).status()), "FAILED_PRECONDITION WRONG_STATE");
}

}  // namespace
}  // namespace dangol::backlog

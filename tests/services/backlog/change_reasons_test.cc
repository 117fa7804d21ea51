// Contact reasons of changes follow the tree.
#include "services/backlog/reason/change_reasons.h"

#include "absl/strings/str_join.h"

#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

class ChangeReasonsTest : public BacklogTest {
 protected:
  void Make(const std::string& id, const std::vector<std::string>& reasons) {
    v1::CreateChangeRequest request = CreateRequest(id);
    request.mutable_change()->clear_contact_reasons();
    for (const std::string& reason : reasons) request.mutable_change()->add_contact_reasons(reason);
    ASSERT_TRUE(Call<Change>("CreateChange", request).ok());
  }
  TicketEvent Moved(const std::string& from, const std::string& into) {
    TicketEvent event;
    event.mutable_envelope()->set_sequence(++sequence_);
    event.mutable_contact_reason_moved()->set_from(from);
    event.mutable_contact_reason_moved()->set_into(into);
    return event;
  }
  std::string Reasons(const std::string& id) { return absl::StrJoin(Get(id).contact_reasons(), " "); }

 private:
  int64_t sequence_ = 0;
};

TEST_F(ChangeReasonsTest, MoveWithAllThatIsBelow) {
  Make("a", {"delivery/late", "delivery/late/holiday", "price"});
  Make("b", {"delivery/later"});
  Apply(Moved("delivery/late", "shipping/slow"));
  EXPECT_EQ(Reasons("a"), "shipping/slow shipping/slow/holiday price");
  EXPECT_EQ(Reasons("b"), "delivery/later");
  EXPECT_TRUE(LastEvent().has_change_updated());
  EXPECT_EQ(LastEvent().facts().contact_reasons(0), "shipping/slow");
}

TEST_F(ChangeReasonsTest, ThatAreMergedStandOnce) {
  Make("a", {"delivery/late", "delivery/slow"});
  Apply(Moved("delivery/slow", "delivery/late"));
  EXPECT_EQ(Reasons("a"), "delivery/late");
}

TEST_F(ChangeReasonsTest, LeadToWhereTheyAreNow) {
  Apply(Moved("delivery/late", "delivery/slow"));
  Apply(Moved("delivery", "shipping"));
  Make("a", {"delivery/late", "delivery/lost", "shipping/slow"});
  EXPECT_EQ(Reasons("a"), "shipping/slow shipping/lost");
  auto request = Named<v1::UpdateChangeRequest>("a");
  request.mutable_change()->add_contact_reasons("delivery/late");
  ASSERT_TRUE(Call<Change>("UpdateChange", request).ok());
  EXPECT_EQ(Reasons("a"), "shipping/slow");
}

TEST_F(ChangeReasonsTest, FollowWhatWasMovedAwayFromWhereTheyLand) {
  Apply(Moved("delivery/late", "late"));
  Make("a", {"shipping/late"});
  Apply(Moved("shipping", "delivery"));
  EXPECT_EQ(Reasons("a"), "late");
}

TEST_F(ChangeReasonsTest, StayWhereTheyLandWhereThatIsAliveAgain) {
  Apply(Moved("delivery/late", "late"));
  Make("a", {"shipping/late", "shipping/lost"});
  TicketEvent moved = Moved("shipping", "delivery");
  moved.mutable_contact_reason_moved()->add_revived("delivery/late");
  Apply(moved);
  EXPECT_EQ(Reasons("a"), "delivery/late delivery/lost");
  Make("b", {"delivery/late"});
  EXPECT_EQ(Reasons("b"), "delivery/late");
}

TEST_F(ChangeReasonsTest, OfWhatWasMovedToOneThatIsAliveAgainStayThere) {
  Apply(Moved("a", "b"));
  Apply(Moved("b", "c"));
  Make("before", {"a"});
  Apply(Moved("d", "b"));
  Make("after", {"a", "b"});
  EXPECT_EQ(Reasons("before"), "c");
  EXPECT_EQ(Reasons("after"), "b");
}

TEST_F(ChangeReasonsTest, AreAliveWhereSomethingLandsBelowThem) {
  Apply(Moved("delivery", "shipping"));
  Apply(Moved("shipping", "delivery/late"));
  Make("a", {"delivery/late", "delivery"});
  EXPECT_EQ(Reasons("a"), "delivery/late delivery");
}

TEST_F(ChangeReasonsTest, MoveBackAndAreNotMovedAgain) {
  Make("a", {"delivery/late"});
  const TicketEvent there = Moved("delivery/late", "late");
  const TicketEvent back = Moved("late", "delivery/late");
  Apply(there);
  Apply(back);
  EXPECT_EQ(Reasons("a"), "delivery/late");
  const std::string before = backlog_.file().Dump();
  Apply(there);
  Apply(back);
  EXPECT_EQ(backlog_.file().Dump(), before) << "both were heard before";
}

TEST_F(ChangeReasonsTest, AreThoseOfTheFirstTicketWhereNobodySays) {
  Make("a", {});
  Make("b", {"price"});
  for (const char* change : {"a", "b"}) {
    TicketEvent first = Accepted(fmt::format("{}1", change), change, 1);
    Apply(first);
    TicketEvent second = Accepted(fmt::format("{}2", change), change, 1);
    second.mutable_facts()->set_contact_reason("delivery/lost");
    Apply(second);
  }
  EXPECT_EQ(Reasons("a"), "delivery/late");
  EXPECT_EQ(Reasons("b"), "price");
}

}  // namespace
}  // namespace dangol::backlog

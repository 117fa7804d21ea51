// What the backlog makes of what tickets tell, in the order in which it comes and in others.
#include "services/backlog/reactions.h"

#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

using ::testing::ElementsAre;

class ReactionsTest : public BacklogTest {
 protected:
  // Applied again, alone and as a whole feed, nothing changes and nothing is told.
  void ApplyAll(const std::vector<TicketEvent>& events) {
    for (const TicketEvent& event : events) {
      Apply(event);
      ExpectNothingOf({event});
    }
    ExpectNothingOf(events);
  }
  void ExpectNothingOf(const std::vector<TicketEvent>& events) {
    const std::string before = backlog_.file().Dump();
    for (const TicketEvent& event : events) Apply(event);
    EXPECT_EQ(backlog_.file().Dump(), before);
  }
};

TEST_F(ReactionsTest, AnAcceptedTicketIsConfirmed) {
  CreateOne("a");
  ApplyAll({Accepted("t", "a", 1)});
  EXPECT_EQ(LastDecided(), "changes/a CONFIRMED t@1.1");
  EXPECT_EQ(LastResources(), "changes/a/demands/t@1");
  EXPECT_EQ(ShownDemand("a", "t"), "ACTIVE 1");
  EXPECT_EQ(Shown(Get("a").evidence()), "1 demands, 0 answered, 0 late, 0 recurrences");
}

TEST_F(ReactionsTest, ADraftIsMadeOnce) {
  ApplyAll({Accepted("t", "new", 1, "Parcels come on time"), Accepted("u", "new", 1, "Parcels come on time")});
  const Change change = Get("new");
  EXPECT_EQ(change.title(), "Parcels come on time");
  EXPECT_EQ(change.state(), Change::PROPOSED);
  EXPECT_THAT(change.contact_reasons(), ElementsAre("delivery/late"));
  EXPECT_EQ(change.stage(), "engines/main/stages/experience");
  EXPECT_EQ(change.evidence().demands(), 2);
  EXPECT_EQ(Events()[0].facts().title(), "Parcels come on time");
  EXPECT_EQ(Rows("change"), 1);
}

TEST_F(ReactionsTest, AChangeThatThereIsNotIsRefused) {
  ApplyAll({Accepted("t", "nothing", 1)});
  EXPECT_EQ(LastDecided(), "changes/nothing REFUSED CHANGE_NOT_FOUND t@1.1");
  EXPECT_EQ(LastResources(), "");
  EXPECT_EQ(Rows("demand"), 0);
}

TEST_F(ReactionsTest, ADroppedChangeIsRefused) {
  CreateOne("a");
  Drop("a");
  ApplyAll({Accepted("t", "a", 1), Accepted("u", "a", 1, "its draft comes after its drop")});
  EXPECT_EQ(LastDecided(), "changes/a REFUSED CHANGE_DROPPED u@1.1");
  EXPECT_EQ(Rows("demand"), 0);
}

TEST_F(ReactionsTest, WhatHappenedBeforeTheShipmentIsAnsweredAtOnce) {
  CreateOne("a");
  Ship("a");
  ApplyAll({Accepted("t", "a", 1)});
  EXPECT_EQ(LastDecided(), "changes/a LATE by changes/a/shipments/1 t@1.1");
  EXPECT_EQ(ShownDemand("a", "t"), "ACTIVE 1 late by 1");
  EXPECT_EQ(Shown(Get("a").evidence()), "1 demands, 1 answered, 1 late, 0 recurrences");
  EXPECT_EQ(Get("a").shipments(0).answered(), 1);
}

TEST_F(ReactionsTest, WhatHappensAfterTheShipmentIsARecurrence) {
  CreateOne("a");
  Ship("a");
  ApplyAll({AcceptedNow("t", "a", 1)});
  EXPECT_EQ(LastDecided(), "changes/a RECURRENCE t@1.1");
  EXPECT_EQ(ShownDemand("a", "t"), "ACTIVE 1 recurrence");
  EXPECT_EQ(Shown(Get("a").evidence()), "1 demands, 0 answered, 0 late, 1 recurrences");
}

// Somebody who tells late of what happened long ago says nothing against what has shipped.
TEST_F(ReactionsTest, APersonMaySayThatItHappenedBeforeTheShipmentOrAfter) {
  CreateOne("a");
  Ship("a");
  const auto said = [](TicketEvent event, tickets::v1::Happened happened) {
    event.mutable_ticket_accepted()->set_happened(happened);
    return event;
  };
  ApplyAll({said(AcceptedNow("t", "a", 1), tickets::v1::BEFORE_SHIP)});
  EXPECT_EQ(LastDecided(), "changes/a LATE by changes/a/shipments/1 t@1.1");
  EXPECT_EQ(ShownDemand("a", "t"), "ACTIVE 1 late by 1");
  ApplyAll({said(Accepted("u", "a", 1), tickets::v1::AFTER_SHIP)});
  EXPECT_EQ(LastDecided(), "changes/a RECURRENCE u@1.1");
  EXPECT_EQ(Shown(Get("a").evidence()), "2 demands, 1 answered, 1 late, 1 recurrences");
  // It came back from this shipment before: it did not mend it, whatever is said.
  ApplyAll({Reopened("t", "a", 2), Unlinked("t", "a", 3), said(Accepted("t", "a", 4), tickets::v1::BEFORE_SHIP)});
  EXPECT_EQ(LastDecided(), "changes/a RECURRENCE t@4.3");
}

TEST_F(ReactionsTest, APersonsWordHoldsForTheChangeThatTookTheOthersPlace) {
  CreateOne("a");
  CreateOne("b");
  Ship("b");
  ASSERT_TRUE(Call<v1::MergeChangesResponse>("MergeChanges", MergeRequest("a", "b")).ok());
  TicketEvent event = AcceptedNow("t", "a", 1);
  event.mutable_ticket_accepted()->set_happened(tickets::v1::BEFORE_SHIP);
  ApplyAll({event});
  EXPECT_EQ(ShownDemand("b", "t"), "ACTIVE 1 late by 1");
}

TEST_F(ReactionsTest, AnUnlinkedTicketIsWithdrawnAndMayComeBack) {
  CreateOne("a");
  ApplyAll({Accepted("t", "a", 1), Unlinked("t", "a", 2)});
  EXPECT_EQ(ShownDemand("a", "t"), "WITHDRAWN 1");
  EXPECT_EQ(LastEvent().demands_withdrawn().change(), "changes/a");
  EXPECT_THAT(LastEvent().demands_withdrawn().tickets(), ElementsAre("tickets/t"));
  EXPECT_EQ(LastResources(), "changes/a/demands/t@2");
  EXPECT_EQ(Get("a").evidence().demands(), 0);
  EXPECT_TRUE(Get("a").evidence().has_first_receive_time()) << "it was accepted once";
  ApplyAll({Accepted("t", "a", 3)});
  EXPECT_EQ(LastDecided(), "changes/a CONFIRMED t@3.2");
  EXPECT_EQ(LastResources(), "changes/a/demands/t@3");
  EXPECT_EQ(Rows("demand"), 1);
  EXPECT_EQ(backlog_.file().Integer("SELECT ordinal FROM demand"), 2);
}

TEST_F(ReactionsTest, TheTicketsNextChangeTakesItsPlace) {
  CreateOne("a");
  CreateOne("b");
  ApplyAll({Accepted("t", "a", 1), Unlinked("t", "a", 2), Accepted("t", "b", 3)});
  EXPECT_EQ(ShownDemand("a", "t"), "WITHDRAWN 1");
  EXPECT_EQ(ShownDemand("b", "t"), "ACTIVE 3");
  // What an operator retries too late.
  ExpectNothingOf({Unlinked("t", "a", 2), Accepted("t", "a", 1), Reopened("t", "a", 3)});
}

TEST_F(ReactionsTest, ALinkWhoseEndWasNeverToldEndsWithTheNext) {
  CreateOne("a");
  CreateOne("b");
  ApplyAll({Accepted("t", "a", 1), Accepted("t", "b", 3)});
  EXPECT_EQ(ShownDemand("a", "t"), "WITHDRAWN 1");
  EXPECT_EQ(ShownDemand("b", "t"), "ACTIVE 3");
}

TEST_F(ReactionsTest, AnUnlinkFindsTheDemandWhereAMoveHasBroughtIt) {
  CreateOne("a");
  CreateOne("b");
  Apply(Accepted("t", "a", 1));
  ASSERT_TRUE(Call<v1::MoveDemandsResponse>("MoveDemands", MoveRequest("a", "b", {"t"})).ok());
  ApplyAll({Unlinked("t", "a", 2)});
  EXPECT_EQ(ShownDemand("a", "t"), "MOVED 1");
  EXPECT_EQ(ShownDemand("b", "t"), "WITHDRAWN 1");
  EXPECT_EQ(Get("b").evidence().demands(), 0);
}

TEST_F(ReactionsTest, AnUnlinkThatCrossedAnAnswerTakesTheAnswerBack) {
  CreateOne("a");
  Apply(Accepted("t", "a", 1));
  Ship("a");
  EXPECT_EQ(ShownDemand("a", "t"), "ACTIVE 1 by 1");
  ApplyAll({Unlinked("t", "a", 2)});
  EXPECT_EQ(ShownDemand("a", "t"), "WITHDRAWN 1");
  EXPECT_EQ(Shown(Get("a").evidence()), "0 demands, 0 answered, 0 late, 0 recurrences");
  EXPECT_EQ(Get("a").shipments(0).answered(), 0);
}

TEST_F(ReactionsTest, AnUnlinkThatCrossedADropChangesNothing) {
  CreateOne("a");
  Apply(Accepted("t", "a", 1));
  Drop("a");
  EXPECT_EQ(ShownDemand("a", "t"), "WITHDRAWN 1");
  const int64_t head = Rows("feed");
  ApplyAll({Unlinked("t", "a", 2)});
  EXPECT_EQ(Rows("feed"), head);
}

TEST_F(ReactionsTest, ATicketThatComesBackWaitsForTheNextShipment) {
  CreateOne("a");
  Apply(Accepted("t", "a", 1));
  Ship("a", {"t"});
  Wait(absl::Hours(1));
  ApplyAll({Reopened("t", "a", 2)});
  EXPECT_EQ(LastDecided(), "changes/a RECURRENCE t@2.3");
  EXPECT_EQ(ShownDemand("a", "t"), "ACTIVE 2 recurrence");
  EXPECT_EQ(Shown(Get("a").evidence()), "1 demands, 0 answered, 0 late, 1 recurrences");
  EXPECT_EQ(Get("a").shipments(0).answered(), 1) << "it was answered, all the same";
  Ship("a");
  EXPECT_EQ(LastDecided(), "changes/a ANSWERED by changes/a/shipments/2 t@2.4 last");
  EXPECT_EQ(ShownDemand("a", "t"), "ACTIVE 2 recurrence by 2");
}

TEST_F(ReactionsTest, ATicketThatCameBackBeforeAShipmentIsAnsweredByIt) {
  CreateOne("a");
  Apply(Accepted("t", "a", 1));
  Ship("a", {"t"});
  Wait(absl::Hours(1));
  const TicketEvent reopened = Reopened("t", "a", 2);
  Wait(absl::Hours(1));
  Ship("a");
  ApplyAll({reopened});
  EXPECT_EQ(LastDecided(), "changes/a LATE by changes/a/shipments/2 t@2.3");
  EXPECT_EQ(ShownDemand("a", "t"), "ACTIVE 2 late recurrence by 2");
  EXPECT_EQ(Get("a").shipments(0).answered(), 1);
  EXPECT_EQ(Get("a").shipments(1).answered(), 1);
}

TEST_F(ReactionsTest, ATicketThatComesBackByAClockThatLagsIsARecurrence) {
  CreateOne("a");
  Apply(Accepted("t", "a", 1));
  Ship("a");
  TicketEvent reopened = Reopened("t", "a", 2);
  *reopened.mutable_envelope()->mutable_time() = ToProtoTime(Now() - absl::Seconds(1));
  ApplyAll({reopened});
  EXPECT_EQ(LastDecided(), "changes/a RECURRENCE t@2.3")
      << "the shipment that did not mend it does not answer it again";
}

TEST_F(ReactionsTest, ATicketThatComesBackToADroppedChangeIsRefused) {
  CreateOne("a");
  Apply(Accepted("t", "a", 1));
  Ship("a", {"t"});
  Drop("a");
  EXPECT_EQ(ShownDemand("a", "t"), "ACTIVE 1 by 1") << "what was answered stays";
  ApplyAll({Reopened("t", "a", 2)});
  EXPECT_EQ(LastDecided(), "changes/a REFUSED CHANGE_DROPPED t@2.3");
  EXPECT_EQ(LastResources(), "changes/a/demands/t@3");
  EXPECT_EQ(ShownDemand("a", "t"), "WITHDRAWN 2 recurrence");
  EXPECT_EQ(Get("a").shipments(0).answered(), 1);
}

TEST_F(ReactionsTest, ATicketThatComesBackFromNowhereIsRefused) {
  CreateOne("a");
  ApplyAll({Reopened("t", "a", 2)});
  EXPECT_EQ(LastDecided(), "changes/a REFUSED CHANGE_NOT_FOUND t@2.1");
}

TEST_F(ReactionsTest, WhatIsNotAboutALinkIsIgnored) {
  TicketEvent appeal;
  appeal.mutable_ticket_reopened()->set_cause(tickets::v1::ReopenTicketRequest::APPEAL);
  appeal.mutable_facts()->set_ticket("tickets/t");
  TicketEvent created;
  created.mutable_ticket_created();
  created.mutable_facts()->set_ticket("tickets/t");
  ExpectNothingOf({appeal, created, TicketEvent()});
}

// A ticket's whole life, each prefix of it given again from the beginning at each step.
TEST_F(ReactionsTest, AWholeFeedAgainChangesNothing) {
  CreateOne("a");
  CreateOne("b");
  std::vector<TicketEvent> events;
  const auto next = [&](const TicketEvent& event) {
    events.push_back(event);
    Apply(event);
    ExpectNothingOf(events);
  };
  next(Accepted("t", "a", 1));
  next(Accepted("u", "a", 1));
  Ship("a", {"t"});
  ExpectNothingOf(events);
  next(Reopened("t", "a", 2));
  next(Unlinked("u", "a", 2));
  ASSERT_TRUE(Call<v1::MoveDemandsResponse>("MoveDemands", MoveRequest("a", "b", {"t"})).ok());
  ExpectNothingOf(events);
  next(Accepted("u", "b", 3));
  Drop("b");
  ExpectNothingOf(events);
  next(Accepted("t", "a", 3));
  Ship("a");
  ExpectNothingOf(events);
}

}  // namespace
}  // namespace dangol::backlog

// Changes by RPC: made, read, listed, planned, begun, shipped, dropped.
#include "services/backlog/change/change_handlers.h"

#include "google/protobuf/util/message_differencer.h"

#include "tests/common/rpc/request_sites.h"
#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class CreateChangeTest : public BacklogTest {};

TEST_F(CreateChangeTest, ProposesIt) {
  const auto change = Call<Change>("CreateChange", CreateRequest());
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_THAT(change->name(), MatchesRegex("changes/[0-9a-hjkmnp-tv-z]{13}"));
  EXPECT_EQ(change->state(), Change::PROPOSED);
  EXPECT_EQ(change->etag(), "1");
  EXPECT_EQ(FromProtoTime(change->create_time()), Now());
  EXPECT_EQ(Shown(change->evidence()), "0 demands, 0 answered, 0 late, 0 recurrences");
}

TEST_F(CreateChangeTest, KeepsEveryFieldThatACallerMaySet) {
  v1::CreateChangeRequest request;
  testing::FillValid(request);
  request.set_change_id("a");
  const auto created = Call<Change>("CreateChange", request);
  ASSERT_TRUE(created.ok()) << created.status();
  backlog_.Restart();
  Change found = Get("a");
  EXPECT_TRUE(MessageDifferencer::Equals(*created, found)) << created->DebugString() << found.DebugString();
  for (int i = 0; i < Change::descriptor()->field_count(); ++i) {
    const auto* field = Change::descriptor()->field(i);
    if (field->options().GetExtension(api::v1::field).output_only()) found.GetReflection()->ClearField(&found, field);
  }
  EXPECT_TRUE(MessageDifferencer::Equals(found, request.change())) << found.DebugString();
}

TEST_F(CreateChangeTest, RefusesAnIdThatIsTaken) {
  CreateOne("a");
  const auto second = Call<Change>("CreateChange", CreateRequest("a"));
  EXPECT_EQ(testing::Summary(second.status()), "ALREADY_EXISTS ALREADY_EXISTS change_id");
  EXPECT_EQ(Rows("change"), 1);
  EXPECT_EQ(Rows("feed"), 1);
}

TEST_F(CreateChangeTest, TellsTheFeed) {
  v1::CreateChangeRequest request;
  testing::FillValid(request);
  const auto change = Call<Change>("CreateChange", request);
  ASSERT_TRUE(change.ok());
  ASSERT_TRUE(LastEvent().has_change_created());
  const v1::ChangeFacts created = LastEvent().facts();
  EXPECT_EQ(created.change(), change->name());
  EXPECT_EQ(created.title(), change->title());
  EXPECT_EQ(created.kind(), change->kind());
  EXPECT_EQ(created.stage(), change->stage());
  EXPECT_THAT(created.contact_reasons(), ElementsAre("first/second"));
  EXPECT_TRUE(MessageDifferencer::Equals(created.create_time(), change->create_time()));
}

class ChangeActionsTest : public BacklogTest {};

TEST_F(ChangeActionsTest, SayWhatThereIsNot) {
  const std::string before = backlog_.file().Dump();
  EXPECT_EQ(testing::Summary(Find("nothing").status()), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(testing::Summary(Call<Change>("PlanChange", Named<v1::PlanChangeRequest>("nothing")).status()),
            "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(testing::Summary(Call<Change>("ShipChange", ShipRequest("nothing")).status()), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(testing::Summary(Call<Change>("DropChange", DropRequest("nothing")).status()), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(backlog_.file().Dump(), before);
}

TEST_F(ChangeActionsTest, AreEachOneVersionAndOneEvent) {
  CreateOne("a");
  Wait(absl::Hours(1));
  auto plan = Named<v1::PlanChangeRequest>("a");
  plan.set_kind(Change::PROCESS);
  const auto planned = Call<Change>("PlanChange", plan);
  ASSERT_TRUE(planned.ok()) << planned.status();
  EXPECT_EQ(planned->etag(), "2");
  EXPECT_EQ(FromProtoTime(planned->plan_time()), Now());
  EXPECT_EQ(LastEvent().facts().decided_by(), "members/kim");
  EXPECT_EQ(LastEvent().facts().kind(), Change::PROCESS);
  EXPECT_TRUE(MessageDifferencer::Equals(*planned, Get("a")));
  auto start = Named<v1::StartChangeRequest>("a");
  *start.mutable_decision() = ADecision();
  start.mutable_decision()->set_decided_by("members/lee");
  const auto started = Call<Change>("StartChange", start);
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_EQ(started->etag(), "3");
  EXPECT_EQ(LastEvent().facts().decided_by(), "members/lee");
  EXPECT_TRUE(MessageDifferencer::Equals(*started, Get("a")));
  const auto dropped = Call<Change>("DropChange", DropRequest("a"));
  ASSERT_TRUE(dropped.ok()) << dropped.status();
  EXPECT_EQ(dropped->state(), Change::DROPPED);
  EXPECT_EQ(dropped->drop().reason(), "Nobody would pay for it.");
  EXPECT_EQ(FromProtoTime(dropped->drop().time()), Now());
  const auto events = Events();
  ASSERT_THAT(events, SizeIs(5));
  EXPECT_EQ(events[3].change_dropped().reason(), "Nobody would pay for it.");
  EXPECT_EQ(LastDecided(), "changes/a RETURNED last") << "nobody asked for it";
  EXPECT_EQ(Get("a").etag(), "4");
}

TEST_F(ChangeActionsTest, RefuseAnOldEtag) {
  CreateOne("a");
  const std::string before = backlog_.file().Dump();
  auto ship = ShipRequest("a");
  ship.set_etag("0");
  EXPECT_EQ(testing::Summary(Call<Change>("ShipChange", ship).status()), "ABORTED ETAG_MISMATCH");
  auto drop = DropRequest("a");
  drop.set_etag("0");
  EXPECT_EQ(testing::Summary(Call<Change>("DropChange", drop).status()), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(backlog_.file().Dump(), before);
}

TEST_F(ChangeActionsTest, LeaveNothingWhereTheyAreRefused) {
  const auto created = Call<Change>("CreateChange", CreateRequest("a"));
  const std::string before = backlog_.file().Dump();
  EXPECT_EQ(testing::Summary(Call<Change>("PlanChange", Named<v1::PlanChangeRequest>("a")).status()),
            "FAILED_PRECONDITION DECISION_MISSING");
  EXPECT_EQ(testing::Summary(Call<Change>("ShipChange", ShipRequest("a")).status()),
            "FAILED_PRECONDITION DECISION_MISSING");
  EXPECT_EQ(backlog_.file().Dump(), before);
}

TEST_F(ChangeActionsTest, HaveOneEffectHoweverOftenTheyAreSent) {
  CreateOne("a");
  Accept(3, "a");
  auto ship = ShipRequest("a");
  ship.set_request_id("r1");
  ASSERT_TRUE(Call<Change>("ShipChange", ship).ok());
  const int64_t head = Rows("feed");
  const auto again = Call<Change>("ShipChange", ship);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->shipments_size(), 1);
  Change change = Get("a");
  change.mutable_evidence()->clear_recent_anonymous();  // which GetChange alone fills
  EXPECT_TRUE(MessageDifferencer::Equals(*again, change));
  EXPECT_EQ(Rows("feed"), head);
  EXPECT_EQ(Rows("shipment"), 1);
}

TEST_F(ChangeActionsTest, CountEvidenceAsNoVersion) {
  CreateOne("a");
  Accept(3, "a");
  EXPECT_EQ(Get("a").etag(), "1");
  EXPECT_EQ(Shown(Get("a").evidence()), "3 demands, 0 answered, 0 late, 0 recurrences");
  EXPECT_EQ(FromProtoTime(Get("a").evidence().first_receive_time()), received_);
}

class ChangePagesTest : public BacklogTest {};

TEST_F(ChangePagesTest, ShowsTheNewestFirstInPages) {
  for (const char* id : {"a", "b", "c", "d"}) {
    CreateOne(id);
    Wait(absl::Seconds(1));
  }
  Drop("c");
  v1::ListChangesRequest request;
  request.set_page_size(2);
  std::vector<std::string> names;
  int pages = 0;
  do {
    const auto page = Call<v1::ListChangesResponse>("ListChanges", request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const Change& change : page->changes()) names.push_back(change.name());
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("changes/d", "changes/c", "changes/b", "changes/a"));
  EXPECT_EQ(pages, 2);
  request.add_states(Change::DROPPED);
  const auto dropped = Call<v1::ListChangesResponse>("ListChanges", request);
  ASSERT_THAT(dropped->changes(), SizeIs(1));
  EXPECT_EQ(dropped->changes(0).name(), "changes/c");
}

TEST_F(ChangePagesTest, ShowsTheNewestShipmentsOldestFirst) {
  CreateOne("a");
  for (int i = 0; i < 103; ++i) {
    Apply(Accepted(fmt::format("t{}", i), "a", 1));
    Ship("a", {fmt::format("t{}", i)});
  }
  const Change change = Get("a");
  ASSERT_EQ(change.shipments_size(), 100);
  EXPECT_EQ(change.shipments(0).name(), "changes/a/shipments/4");
  EXPECT_EQ(change.shipments(99).name(), "changes/a/shipments/103");
}

}  // namespace
}  // namespace dangol::backlog

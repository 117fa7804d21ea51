// Tickets accepted into changes, one by one and many at once, and taken out again.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;

class AcceptTicketTest : public TicketsTest {
 protected:
  static v1::AcceptTicketRequest DraftRequest(const std::string& name) {
    v1::AcceptTicketRequest request;
    request.set_name(name);
    request.mutable_draft()->set_title("Cakes travel in a cold box");
    return request;
  }
};

TEST_F(AcceptTicketTest, LinksItToTheChange) {
  CreateOne("a");
  Wait(absl::Hours(1));
  const auto accepted = Accept(AcceptRequest("tickets/a"));
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->state(), Ticket::ACCEPTED);
  EXPECT_EQ(accepted->change(), "changes/cold-box");
  EXPECT_EQ(accepted->acceptance(), 1);
  EXPECT_EQ(accepted->etag(), "2");
  EXPECT_FALSE(accepted->has_confirm_time()) << "the backlog has not said anything";
  EXPECT_TRUE(accepted->has_waiting_since_time()) << "nobody has said a word to the customer";
  for (const auto& time : {accepted->hear_time(), accepted->decide_time(), accepted->update_time()}) {
    EXPECT_EQ(FromProtoTime(time), Now());
  }
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *accepted));
  tickets_.Restart();
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *accepted));
}

TEST_F(AcceptTicketTest, TellsTheFeedAllThatTheBacklogNeeds) {
  v1::CreateTicketRequest create = CreateRequest("a");
  create.mutable_ticket()->set_kind(Ticket::REQUEST);
  create.mutable_ticket()->set_severity(Ticket::HIGH);
  create.mutable_ticket()->set_contact_reason("delivery/late");
  create.mutable_ticket()->set_stage("engines/shop/stages/experience");
  const auto ticket = Create(create);
  Wait(absl::Hours(1));
  ASSERT_TRUE(Accept(AcceptRequest("tickets/a")).ok());
  ASSERT_THAT(Events(), SizeIs(2));
  ASSERT_TRUE(Events()[1].has_ticket_accepted());
  EXPECT_EQ(Events()[1].ticket_accepted().draft_title(), "");
  const v1::TicketFacts event = Events()[1].facts();
  EXPECT_EQ(event.ticket(), "tickets/a");
  EXPECT_EQ(event.version(), 2);
  EXPECT_EQ(event.state(), Ticket::ACCEPTED);
  EXPECT_EQ(event.change(), "changes/cold-box");
  EXPECT_EQ(event.acceptance(), 1);
  EXPECT_EQ(event.kind(), Ticket::REQUEST);
  EXPECT_EQ(event.severity(), Ticket::HIGH);
  EXPECT_EQ(event.contact_reason(), "delivery/late");
  EXPECT_EQ(event.stage(), "engines/shop/stages/experience");
  EXPECT_TRUE(MessageDifferencer::Equals(event.occur_time(), ticket->occur_time()));
  EXPECT_TRUE(MessageDifferencer::Equals(event.receive_time(), ticket->receive_time()));
  EXPECT_EQ(tickets_.file().Column("SELECT resources FROM feed WHERE seq = 2")[0], "tickets/a@2");
}

TEST_F(AcceptTicketTest, TellsWhatThePersonSaysOfWhenItHappened) {
  for (const char* id : {"a", "b", "c"}) CreateOne(id);
  v1::AcceptTicketRequest one = AcceptRequest("tickets/a");
  one.set_happened(v1::BEFORE_SHIP);
  ASSERT_TRUE(Accept(one).ok());
  EXPECT_EQ(Events().back().ticket_accepted().happened(), v1::BEFORE_SHIP);
  v1::BatchAcceptTicketsRequest many;
  many.add_names("tickets/b");
  many.add_names("tickets/c");
  many.set_change("changes/cold-box");
  many.set_happened(v1::AFTER_SHIP);
  ASSERT_TRUE(Call<v1::BatchAcceptTicketsResponse>("BatchAcceptTickets", many).ok());
  for (size_t i = Events().size() - 2; i < Events().size(); ++i)
    EXPECT_EQ(Events()[i].ticket_accepted().happened(), v1::AFTER_SHIP);
}

TEST_F(AcceptTicketTest, ChoosesTheIdOfANewChange) {
  CreateOne("a");
  const auto accepted = Accept(DraftRequest("tickets/a"));
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_THAT(accepted->change(), MatchesRegex("changes/[0-9a-hjkmnp-tv-z]{13}"));
  EXPECT_EQ(Events()[1].facts().change(), accepted->change());
  EXPECT_EQ(Events()[1].ticket_accepted().draft_title(), "Cakes travel in a cold box");
}

TEST_F(AcceptTicketTest, WantsAChangeOrADraft) {
  CreateOne("a");
  const std::string before = tickets_.file().Dump();
  v1::AcceptTicketRequest request = DraftRequest("tickets/a");
  request.set_change("changes/c");
  EXPECT_EQ(testing::Summary(Accept(request).status()), "INVALID_ARGUMENT INVALID_FIELD change");
  request.clear_change();
  request.clear_draft();
  EXPECT_EQ(testing::Summary(Accept(request).status()), "INVALID_ARGUMENT INVALID_FIELD change");
  request.mutable_draft();
  EXPECT_EQ(testing::Summary(Accept(request).status()), "INVALID_ARGUMENT INVALID_FIELD draft.title");
  EXPECT_EQ(tickets_.file().Dump(), before);
}

TEST_F(AcceptTicketTest, LeavesNothingWhereItIsRefused) {
  CreateOne("a");
  ASSERT_TRUE(Accept(AcceptRequest("tickets/a")).ok());
  const std::string before = tickets_.file().Dump();
  const auto again = Accept(AcceptRequest("tickets/a", "changes/other"));
  EXPECT_EQ(testing::Summary(again.status()), "FAILED_PRECONDITION WRONG_STATE");
  v1::AcceptTicketRequest old = AcceptRequest("tickets/a");
  old.set_etag("1");
  EXPECT_EQ(testing::Summary(Accept(old).status()), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(testing::Summary(Accept(AcceptRequest("tickets/nobody")).status()), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(tickets_.file().Dump(), before);
}

TEST_F(AcceptTicketTest, UndoesADecline) {
  CreateOne("a");
  ASSERT_TRUE(Decline(DeclineRequest("tickets/a")).ok());
  const auto accepted = Accept(AcceptRequest("tickets/a"));
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_FALSE(accepted->has_decision());
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *accepted));
}

TEST_F(AcceptTicketTest, ARepeatedRequestMakesNoSecondChange) {
  CreateOne("a");
  v1::AcceptTicketRequest request = DraftRequest("tickets/a");
  request.set_request_id("r");
  const auto first = Accept(request);
  const std::string before = tickets_.file().Dump();
  const auto second = Accept(request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(MessageDifferencer::Equals(*first, *second));
  EXPECT_EQ(tickets_.file().Dump(), before);
}

class BatchAcceptTest : public TicketsTest {
 protected:
  static v1::BatchAcceptTicketsRequest Batch(const std::vector<std::string>& ids) {
    v1::BatchAcceptTicketsRequest request;
    request.set_change("changes/cold-box");
    for (const std::string& id : ids) request.add_names("tickets/" + id);
    return request;
  }
  absl::StatusOr<v1::BatchAcceptTicketsResponse> AcceptAll(const v1::BatchAcceptTicketsRequest& request) {
    return Call<v1::BatchAcceptTicketsResponse>("BatchAcceptTickets", request);
  }
  // `tickets/a ACCEPTED changes/c`, and the reason for which it was skipped.
  static std::vector<std::string> Told(const v1::BatchAcceptTicketsResponse& response) {
    std::vector<std::string> told;
    for (const v1::TicketResult& result : response.results()) {
      told.push_back(fmt::format("{} {} {} {}", result.name(), Ticket::State_Name(result.state()), result.change(),
                                 result.skip_reason()));
    }
    return told;
  }
};

TEST_F(BatchAcceptTest, SkipsWhatCannotBeAcceptedAndSaysWhy) {
  for (const char* id : {"a", "b", "c", "d"}) CreateOne(id);
  ASSERT_TRUE(Accept(AcceptRequest("tickets/b", "changes/other")).ok());
  ASSERT_TRUE(Decline(DeclineRequest("tickets/c")).ok());
  const int64_t events = Rows("feed");
  const auto response = AcceptAll(Batch({"a", "b", "nobody", "c", "d"}));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(Told(*response),
              ElementsAre("tickets/a ACCEPTED changes/cold-box ", "tickets/b ACCEPTED changes/other WRONG_STATE",
                          "tickets/nobody STATE_UNSPECIFIED  NOT_FOUND", "tickets/c ACCEPTED changes/cold-box ",
                          "tickets/d ACCEPTED changes/cold-box "));
  EXPECT_THAT(tickets_.file().Column(
                  fmt::format("SELECT kind || ' ' || resources FROM feed WHERE seq > {} ORDER BY seq", events)),
              ElementsAre("ticket_accepted tickets/a@2", "ticket_accepted tickets/c@3", "ticket_accepted tickets/d@2"));
}

TEST_F(BatchAcceptTest, LeavesEveryTextAsItWas) {
  v1::CreateTicketRequest create = CreateRequest("a");
  create.mutable_ticket()->set_body("Nobody told me.");
  create.mutable_ticket()->set_remedy_sought("Tell me.");
  (*create.mutable_ticket()->mutable_attributes())["k"] = "v";
  ASSERT_TRUE(Create(create).ok());
  ASSERT_TRUE(AcceptAll(Batch({"a"})).ok());
  const auto ticket = Get("tickets/a");
  EXPECT_EQ(ticket->body(), "Nobody told me.");
  EXPECT_EQ(ticket->subject(), "It came late");
  EXPECT_EQ(ticket->remedy_sought(), "Tell me.");
  EXPECT_EQ(ticket->attributes().at("k"), "v");
}

TEST_F(BatchAcceptTest, MakesOneChangeForAll) {
  for (const char* id : {"a", "b"}) CreateOne(id);
  v1::BatchAcceptTicketsRequest request = Batch({"a", "b"});
  request.clear_change();
  request.mutable_draft()->set_title("Cakes travel in a cold box");
  const auto response = AcceptAll(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->results(0).change(), response->results(1).change());
  for (int i : {2, 3}) {
    EXPECT_EQ(Events()[i].facts().change(), response->results(0).change());
    EXPECT_EQ(Events()[i].ticket_accepted().draft_title(), "Cakes travel in a cold box");
  }
}

TEST_F(BatchAcceptTest, RefusesANameThatIsThereTwice) {
  for (const char* id : {"a", "b"}) CreateOne(id);
  const std::string before = tickets_.file().Dump();
  EXPECT_EQ(testing::Summary(AcceptAll(Batch({"a", "b", "a"})).status()), "INVALID_ARGUMENT INVALID_FIELD names[2]");
  v1::BatchAcceptTicketsRequest request = Batch({"a"});
  request.mutable_draft()->set_title("x");
  EXPECT_EQ(testing::Summary(AcceptAll(request).status()), "INVALID_ARGUMENT INVALID_FIELD change");
  EXPECT_EQ(tickets_.file().Dump(), before);
}

TEST_F(BatchAcceptTest, ARepeatedRequestIsAnsweredWithTheSameNames) {
  for (const char* id : {"a", "b"}) CreateOne(id);
  v1::BatchAcceptTicketsRequest request = Batch({"a", "nobody", "b"});
  request.set_request_id("r");
  ASSERT_TRUE(AcceptAll(request).ok());
  ASSERT_TRUE(Unlink(UnlinkRequest("tickets/b")).ok());
  const std::string before = tickets_.file().Dump();
  const auto again = AcceptAll(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(Told(*again), ElementsAre("tickets/a ACCEPTED changes/cold-box ", "tickets/nobody STATE_UNSPECIFIED  ",
                                        "tickets/b HEARD  "));
  EXPECT_EQ(tickets_.file().Dump(), before);
}

TEST_F(BatchAcceptTest, TakesAThousand) {
  v1::BatchCreateTicketsRequest create;
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.push_back(fmt::format("t{}", i));
    *create.add_requests() = CreateRequest(ids.back());
  }
  ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", create).ok());
  const auto response = AcceptAll(Batch(ids));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(tickets_.file().Integer("SELECT COUNT(*) FROM ticket WHERE state = 3 AND change_id = 'cold-box'"), 1000);
  EXPECT_EQ(Rows("feed"), 2000);
}

class UnlinkTicketTest : public TicketsTest {};

TEST_F(UnlinkTicketTest, TakesItOutOfItsChange) {
  CreateOne("a");
  ASSERT_TRUE(Accept(AcceptRequest("tickets/a")).ok());
  Tell(backlog::v1::DemandsUpdated::CONFIRMED, "tickets/a", 1, 1);
  const auto unlinked = Unlink(UnlinkRequest("tickets/a"));
  ASSERT_TRUE(unlinked.ok()) << unlinked.status();
  EXPECT_EQ(unlinked->state(), Ticket::HEARD);
  EXPECT_EQ(unlinked->change(), "");
  EXPECT_EQ(unlinked->acceptance(), 2);
  EXPECT_FALSE(unlinked->has_confirm_time());
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *unlinked));
  ASSERT_THAT(Messages("tickets/a"), SizeIs(1));
  EXPECT_EQ(Messages("tickets/a")[0].kind(), Message::INTERNAL);
  EXPECT_EQ(Messages("tickets/a")[0].body(), "That was another cake.");
  EXPECT_THAT(Messages("tickets/a")[0].author(), Not(IsEmpty()));
  EXPECT_EQ(Events().back().ticket_unlinked().change(), "changes/cold-box");
  const v1::TicketFacts event = Events().back().facts();
  EXPECT_EQ(event.ticket(), "tickets/a");
  EXPECT_EQ(event.change(), "");
  EXPECT_EQ(event.acceptance(), 2);
}

TEST_F(UnlinkTicketTest, NeedsNoNote) {
  CreateOne("a");
  ASSERT_TRUE(Accept(AcceptRequest("tickets/a")).ok());
  v1::UnlinkTicketRequest request = UnlinkRequest("tickets/a");
  request.clear_note();
  ASSERT_TRUE(Unlink(request).ok());
  EXPECT_THAT(Messages("tickets/a"), IsEmpty());
  EXPECT_THAT(tickets_.file().Column("SELECT resources FROM feed ORDER BY seq"),
              ElementsAre(StartsWith("tickets/a@1 "), "tickets/a@2", "tickets/a@3"));
}

TEST_F(UnlinkTicketTest, LeavesNothingWhereItIsRefused) {
  CreateOne("a");
  const std::string before = tickets_.file().Dump();
  EXPECT_EQ(testing::Summary(Unlink(UnlinkRequest("tickets/a")).status()), "FAILED_PRECONDITION WRONG_STATE");
  v1::UnlinkTicketRequest old = UnlinkRequest("tickets/a");
  old.set_etag("7");
  EXPECT_EQ(testing::Summary(Unlink(old).status()), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(tickets_.file().Dump(), before);
}

}  // namespace
}  // namespace dangol::tickets

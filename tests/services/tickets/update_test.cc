// Tickets corrected, found by what they are, counted, dismissed and closed.
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

#include "common/rpc/authorization.h"
#include "common/rpc/paging.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using backlog::v1::DemandsUpdated;
using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class UpdateTicketTest : public TicketsTest {
 protected:
  static v1::UpdateTicketRequest UpdateRequest(const std::string& name) {
    v1::UpdateTicketRequest request;
    request.set_name(name);
    request.mutable_ticket()->set_kind(Ticket::QUESTION);
    request.mutable_ticket()->set_assignee("members/kim");
    return request;
  }
  absl::StatusOr<Ticket> Update(const v1::UpdateTicketRequest& request) {
    return Call<Ticket>("UpdateTicket", request);
  }
};

TEST_F(UpdateTicketTest, CorrectsWhatIsSetAndTellsOfIt) {
  CreateOne("a");
  Wait(absl::Hours(1));
  const auto updated = Update(UpdateRequest("tickets/a"));
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->kind(), Ticket::QUESTION);
  EXPECT_EQ(updated->assignee(), "members/kim");
  EXPECT_EQ(updated->subject(), "It came late");
  EXPECT_EQ(updated->state(), Ticket::RECEIVED);
  EXPECT_EQ(updated->etag(), "2");
  EXPECT_EQ(FromProtoTime(updated->update_time()), Now());
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *updated));
  ASSERT_TRUE(Events().back().has_ticket_updated());
  EXPECT_EQ(Events().back().facts().kind(), Ticket::QUESTION);
  EXPECT_EQ(Events().back().facts().assignee(), "members/kim");
}

TEST_F(UpdateTicketTest, EmptiesWhatTheMaskNames) {
  v1::CreateTicketRequest create = CreateRequest("a");
  create.mutable_ticket()->set_assignee("members/lee");
  create.mutable_ticket()->set_severity(Ticket::HIGH);
  create.mutable_ticket()->add_labels("vip");
  ASSERT_TRUE(Create(create).ok());
  v1::UpdateTicketRequest request;
  request.set_name("tickets/a");
  request.mutable_ticket()->add_labels("gift");
  for (const char* path : {"assignee", "severity", "labels"}) request.mutable_update_mask()->add_paths(path);
  const auto updated = Update(request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->assignee(), "");
  EXPECT_EQ(updated->severity(), Ticket::NORMAL) << "none is not a severity";
  EXPECT_THAT(updated->labels(), ElementsAre("gift"));
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *updated));
}

TEST_F(UpdateTicketTest, ThatChangesNothingTellsNothing) {
  CreateOne("a");
  ASSERT_TRUE(Update(UpdateRequest("tickets/a")).ok());
  const std::string before = tickets_.file().Dump();
  EXPECT_EQ(Update(UpdateRequest("tickets/a"))->etag(), "2");
  EXPECT_EQ(tickets_.file().Dump(), before);
}

TEST_F(UpdateTicketTest, RefusesWhatCameInAndWhatTheServiceSays) {
  CreateOne("a");
  const std::string before = tickets_.file().Dump();
  for (const char* path : {"subject", "body", "source", "occur_time", "receive_time", "file_links", "state", "name"}) {
    v1::UpdateTicketRequest request = UpdateRequest("tickets/a");
    request.mutable_ticket()->set_subject("other");
    request.mutable_ticket()->set_body("other");
    request.mutable_ticket()->mutable_source()->set_channel("web");
    request.mutable_ticket()->add_file_links()->set_file_name("x");
    request.mutable_ticket()->mutable_file_links(0)->set_url("x");
    request.mutable_update_mask()->add_paths(path);
    EXPECT_EQ(testing::Summary(Update(request).status()), "INVALID_ARGUMENT INVALID_FIELD update_mask") << path;
  }
  v1::UpdateTicketRequest old = UpdateRequest("tickets/a");
  old.set_etag("7");
  EXPECT_EQ(testing::Summary(Update(old).status()), "ABORTED ETAG_MISMATCH");
  EXPECT_EQ(testing::Summary(Update(UpdateRequest("tickets/nobody")).status()), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(tickets_.file().Dump(), before);
  v1::UpdateTicketRequest same = UpdateRequest("tickets/a");
  same.mutable_ticket()->set_subject("It came late");
  EXPECT_TRUE(Update(same).ok()) << "whoever sends back what they read is not refused";
}

class FindTicketsTest : public UpdateTicketTest {
 protected:
  std::vector<std::string> InView(v1::View view, const std::string& assignee = "") {
    v1::ListTicketsRequest request;
    request.set_view(view);
    request.set_assignee(assignee);
    request.set_page_size(2);
    return ListIds(request);
  }
  int64_t Counted(v1::View view, const std::string& assignee = "") {
    v1::CountTicketsRequest request;
    request.set_assignee(assignee);
    const auto counts = Call<v1::CountTicketsResponse>("CountTickets", request);
    EXPECT_TRUE(counts.ok()) << counts.status();
    for (const v1::ViewCount& count : counts->views()) {
      if (count.view() == view) return count.tickets();
    }
    ADD_FAILURE() << "there is no count of " << v1::View_Name(view);
    return -1;
  }
  void Make(const std::string& id, const std::string& reason = "", const std::string& assignee = "") {
    v1::CreateTicketRequest request = CreateRequest(id);
    request.mutable_ticket()->set_contact_reason(reason);
    request.mutable_ticket()->set_assignee(assignee);
    request.mutable_ticket()->set_stage(assignee.empty() ? "" : "engines/e/stages/s");
    ASSERT_TRUE(Create(request).ok());
    Wait(absl::Minutes(1));
  }
};

TEST_F(FindTicketsTest, ByWhatTheyAre) {
  Make("a", "delivery/late");
  Make("b", "delivery", "members/kim");
  Make("c", "deliveryman");
  Make("d", "delivery/late/holiday", "members/kim");
  ASSERT_TRUE(Accept(AcceptRequest("tickets/d")).ok());
  ASSERT_TRUE(Decline(DeclineRequest("tickets/c")).ok());
  const auto list = [&](const std::function<void(v1::ListTicketsRequest&)>& fill) {
    v1::ListTicketsRequest request;
    request.set_page_size(1);
    fill(request);
    return ListIds(request);
  };
  EXPECT_THAT(list([](auto& r) { r.set_contact_reason("delivery"); }), ElementsAre("d", "b", "a"));
  EXPECT_THAT(list([](auto& r) { r.set_contact_reason("delivery/late"); }), ElementsAre("d", "a"));
  EXPECT_THAT(list([](auto& r) { r.set_assignee("members/kim"); }), ElementsAre("d", "b"));
  EXPECT_THAT(list([](auto& r) { r.set_assignee("members/kim"), r.add_states(Ticket::ACCEPTED); }), ElementsAre("d"));
  EXPECT_THAT(list([](auto& r) { r.set_stage("engines/e/stages/s"); }), ElementsAre("d", "b"));
  EXPECT_THAT(list([](auto& r) { r.set_change("changes/cold-box"); }), ElementsAre("d"));
  EXPECT_THAT(list([](auto& r) { r.set_change("changes/cold-box"), r.add_states(Ticket::HEARD); }), IsEmpty());
  EXPECT_THAT(list([](auto& r) { r.set_capability_gap("cold-chain"); }), ElementsAre("c"));
  EXPECT_THAT(list([](auto& r) { r.add_kinds(Ticket::COMPLAINT), r.add_severities(Ticket::CRITICAL); }), IsEmpty());
  EXPECT_THAT(list([](auto& r) { r.add_kinds(Ticket::COMPLAINT); }), SizeIs(4));
  EXPECT_THAT(list([](auto& r) { r.set_channel("email"); }), IsEmpty());
  const auto time = Get("tickets/b")->receive_time();
  EXPECT_THAT(list([&](auto& r) { *r.mutable_receive_from_time() = time; }), ElementsAre("d", "c", "b"));
  EXPECT_THAT(list([&](auto& r) { *r.mutable_receive_before_time() = time; }), ElementsAre("a"));
}

TEST_F(FindTicketsTest, ByWhatIsToBeDone) {
  for (const char* id : {"received", "heard", "replied", "accepted", "asked", "answered", "returned", "spam"}) {
    Make(id, "", id[0] == 'a' ? "members/operator" : "");
  }
  for (const char* id : {"heard", "replied"}) {
    ASSERT_TRUE(Acknowledge(AcknowledgeRequest(fmt::format("tickets/{}", id))).ok());
  }
  ASSERT_TRUE(Say("tickets/replied", Message::PUBLIC).ok());
  for (const char* id : {"accepted", "returned"}) {
    ASSERT_TRUE(Say(fmt::format("tickets/{}", id), Message::PUBLIC).ok());
    ASSERT_TRUE(Accept(AcceptRequest(fmt::format("tickets/{}", id))).ok());
  }
  Tell(DemandsUpdated::RETURNED, "tickets/returned", 1, 1);
  for (const char* id : {"asked", "answered"}) ASSERT_TRUE(Resolve(ResolveRequest(fmt::format("tickets/{}", id))).ok());
  ASSERT_TRUE(Say("tickets/asked", Message::CUSTOMER).ok());
  EXPECT_THAT(InView(v1::INBOX), ElementsAre("spam", "returned", "asked", "replied", "heard", "received"));
  EXPECT_THAT(InView(v1::UNASSIGNED), ElementsAre("spam", "returned", "replied", "heard", "received"));
  EXPECT_THAT(InView(v1::MINE), ElementsAre("asked", "accepted"));
  EXPECT_THAT(InView(v1::MINE, "members/kim"), IsEmpty());
  EXPECT_THAT(InView(v1::INBOX, "members/operator"), ElementsAre("asked"));
  EXPECT_THAT(InView(v1::WAITING_FOR_CUSTOMER), ElementsAre("replied"));
  EXPECT_EQ(Counted(v1::INBOX), 6);
  EXPECT_EQ(Counted(v1::UNASSIGNED), 5);
  EXPECT_EQ(Counted(v1::MINE), 2);
  EXPECT_EQ(Counted(v1::INBOX, "members/operator"), 1);
  EXPECT_EQ(Counted(v1::WAITING_FOR_CUSTOMER), 1);
}

TEST_F(FindTicketsTest, WhatIsMineIsOfTheMemberWhoseTokenCalls) {
  Make("of-kim", "", "members/kim");
  Make("of-lee", "", "members/lee");
  Make("of-nobody");
  const auto token = [](const std::string& act_for) {
    return rpc::Principal{
        .name = "tokens/t", .roles = {"agent"}, .stages = {}, .permissions = {}, .act_for = {act_for}};
  };
  As(token("members/kim"), [&] {
    EXPECT_THAT(InView(v1::MINE), ElementsAre("of-kim"));
    EXPECT_EQ(Counted(v1::MINE), 1);
    EXPECT_THAT(InView(v1::MINE, "members/lee"), ElementsAre("of-lee"));
    return true;
  });
  As(token(std::string(rpc::kAnybody)), [&] {
    EXPECT_THAT(InView(v1::MINE), IsEmpty());
    EXPECT_EQ(Counted(v1::MINE), 0);
    EXPECT_THAT(InView(v1::INBOX), SizeIs(3));
    return true;
  });
}

TEST_F(FindTicketsTest, APageEndsWhereNoIndexKnowsWhatIsAskedFor) {
  for (int batch = 0; batch < 6; ++batch) {
    v1::BatchCreateTicketsRequest request;
    for (int i = 0; i < 1000; ++i) {
      *request.add_requests() = CreateRequest(fmt::format("t{}", batch * 1000 + i));
      request.mutable_requests(i)->mutable_ticket()->mutable_source()->set_channel(batch == 0 && i == 0 ? "letter"
                                                                                                        : "web");
    }
    ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", request).ok());
    Wait(absl::Minutes(1));
  }
  v1::ListTicketsRequest request;
  request.set_channel("letter");
  const auto page = Call<v1::ListTicketsResponse>("ListTickets", request);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->tickets(), IsEmpty());
  EXPECT_NE(page->next_page_token(), "");
  EXPECT_THAT(ListIds(request), ElementsAre("t0"));
}

TEST_F(FindTicketsTest, ByTheirNames) {
  v1::BatchGetTicketsRequest request;
  for (int i = 0; i < 20; ++i) {
    v1::CreateTicketRequest create = CreateRequest(fmt::format("t{}", i));
    create.mutable_ticket()->set_body(std::string(262'144, 'x'));
    ASSERT_TRUE(Create(create).ok());
    request.add_names(fmt::format("tickets/t{}", i));
  }
  const auto found = Call<v1::BatchGetTicketsResponse>("BatchGetTickets", request);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->tickets_size() + found->left_names_size(), 20);
  EXPECT_EQ(found->tickets(0).name(), "tickets/t0");
  EXPECT_THAT(found->ByteSizeLong(), ::testing::AllOf(::testing::Gt(rpc::kPageBytesMax), ::testing::Lt(4u << 20)));
  EXPECT_EQ(found->left_names(found->left_names_size() - 1), "tickets/t19");
  request.add_names("tickets/nobody");
  *request.mutable_names(0) = "tickets/nobody-else";
  EXPECT_EQ(testing::Summary(Call<v1::BatchGetTicketsResponse>("BatchGetTickets", request).status()),
            "NOT_FOUND NOT_FOUND");
}

class CloseTicketTest : public TicketsTest {
 protected:
  absl::StatusOr<Ticket> Close(const std::string& name) {
    v1::CloseTicketRequest request;
    request.set_name(name);
    return Call<Ticket>("CloseTicket", request);
  }
  absl::StatusOr<Ticket> Dismiss(const std::string& name) {
    v1::DismissWaitingRequest request;
    request.set_name(name);
    return Call<Ticket>("DismissWaiting", request);
  }
};

TEST_F(CloseTicketTest, BecauseTheCustomerConfirms) {
  CreateOne("a");
  ASSERT_TRUE(Resolve(ResolveRequest("tickets/a")).ok());
  Wait(absl::Hours(1));
  const auto closed = Close("tickets/a");
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->state(), Ticket::CLOSED);
  EXPECT_EQ(closed->disposition(), Ticket::RELIEF_GIVEN);
  EXPECT_EQ(FromProtoTime(closed->close_time()), Now());
  EXPECT_EQ(FromProtoTime(closed->told_time()), Now() - absl::Hours(1));
  EXPECT_FALSE(closed->has_close_due_time());
  EXPECT_TRUE(MessageDifferencer::Equals(*Get("tickets/a"), *closed));
  ASSERT_TRUE(Events().back().has_tickets_closed());
  EXPECT_TRUE(Events().back().tickets_closed().confirmed());
  EXPECT_EQ(Events().back().tickets_closed().tickets(0).version(), 3);
  EXPECT_EQ(Events().back().facts().state(), Ticket::CLOSED);
}

TEST_F(CloseTicketTest, SevenDaysAfterTheLastWordUnlessTheCustomerWaits) {
  for (const char* id : {"told", "waits", "untold", "later"}) {
    CreateOne(id);
    v1::ResolveTicketRequest request = ResolveRequest(fmt::format("tickets/{}", id));
    if (std::string(id) == "untold") request.clear_reply();
    ASSERT_TRUE(Resolve(request).ok());
  }
  EXPECT_EQ(FromProtoTime(Get("tickets/told")->close_due_time()), Now() + kCloseAfter);
  ASSERT_TRUE(Say("tickets/waits", Message::CUSTOMER).ok());
  EXPECT_FALSE(Get("tickets/waits")->has_close_due_time());
  Wait(absl::Hours(24));
  ASSERT_TRUE(Say("tickets/later", Message::PUBLIC).ok());
  const size_t events = Events().size();
  Pass(kCloseAfter - absl::Hours(24));
  EXPECT_EQ(Get("tickets/told")->state(), Ticket::CLOSED);
  for (const char* id : {"waits", "untold", "later"}) {
    EXPECT_EQ(Get(fmt::format("tickets/{}", id))->state(), Ticket::ANSWERED) << id;
  }
  ASSERT_THAT(Events(), SizeIs(events + 1));
  EXPECT_FALSE(Events().back().tickets_closed().confirmed());
  EXPECT_EQ(Events().back().tickets_closed().tickets(0).ticket(), "tickets/told");
  EXPECT_EQ(Events().back().tickets_closed().tickets(0).version(), 3);
  Pass(absl::Hours(24));
  EXPECT_EQ(Get("tickets/later")->state(), Ticket::CLOSED);
}

TEST_F(CloseTicketTest, ManyByOneEventOfTwoHundred) {
  v1::BatchCreateTicketsRequest create;
  for (int i = 0; i < 450; ++i) *create.add_requests() = CreateRequest(fmt::format("t{}", i));
  ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", create).ok());
  for (int i = 0; i < 450; ++i) ASSERT_TRUE(Resolve(ResolveRequest(fmt::format("tickets/t{}", i))).ok());
  const size_t events = Events().size();
  Pass(kCloseAfter);
  std::vector<int> sizes;
  for (size_t i = events; i < Events().size(); ++i) sizes.push_back(Events()[i].tickets_closed().tickets_size());
  EXPECT_THAT(sizes, ElementsAre(200, 200, 50));
}

TEST_F(CloseTicketTest, WantsThatNoWordIsOwed) {
  CreateOne("a");
  EXPECT_EQ(testing::Summary(Close("tickets/a").status()), "FAILED_PRECONDITION WRONG_STATE");
  ASSERT_TRUE(Resolve(ResolveRequest("tickets/a")).ok());
  ASSERT_TRUE(Say("tickets/a", Message::CUSTOMER).ok());
  EXPECT_EQ(testing::Summary(Close("tickets/a").status()), "FAILED_PRECONDITION REPLY_OWED");
  Wait(absl::Hours(1));
  const auto dismissed = Dismiss("tickets/a");
  ASSERT_TRUE(dismissed.ok()) << dismissed.status();
  EXPECT_FALSE(dismissed->has_waiting_since_time());
  EXPECT_EQ(FromProtoTime(dismissed->close_due_time()), Now() + kCloseAfter);
  EXPECT_TRUE(Events().back().has_ticket_updated());
  EXPECT_EQ(testing::Summary(Dismiss("tickets/a").status()), "FAILED_PRECONDITION NOTHING_OWED");
  EXPECT_TRUE(Close("tickets/a").ok());
}

TEST_F(CloseTicketTest, WhatIsClosedOrImportedCanBeAccepted) {
  CreateOne("a");
  ASSERT_TRUE(Resolve(ResolveRequest("tickets/a")).ok());
  const auto closed = Close("tickets/a");
  ASSERT_TRUE(closed.ok());
  v1::CreateTicketRequest history = CreateRequest("b");
  history.mutable_history();
  const auto imported = Create(history);
  for (const Ticket& before : {*closed, *imported}) {
    ASSERT_TRUE(Accept(AcceptRequest(before.name())).ok());
    EXPECT_FALSE(Get(before.name())->has_close_time());
    Tell(DemandsUpdated::REFUSED, before.name(), 1, 1);
    Ticket after = *Get(before.name());
    EXPECT_EQ(after.acceptance(), 1);
    after.clear_acceptance();
    after.clear_acceptance_refusal();
    after.set_etag(before.etag());
    *after.mutable_update_time() = before.update_time();
    EXPECT_TRUE(MessageDifferencer::Equals(after, before)) << after.DebugString() << before.DebugString();
  }
}

// Found by the simulation: the clock of whoever dismissed was ahead.
TEST_F(CloseTicketTest, AMessageBehindADismissalWaitsWhereTheClockStepsBack) {
  CreateOne("a");
  ASSERT_TRUE(Acknowledge(AcknowledgeRequest("tickets/a")).ok());
  ASSERT_TRUE(Dismiss("tickets/a").ok());
  for (const bool again : {false, true}) {
    Wait(-absl::Seconds(2));
    ASSERT_TRUE(Say("tickets/a", Message::CUSTOMER).ok());
    EXPECT_TRUE(Get("tickets/a")->has_waiting_since_time());
    const auto check = tickets_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                      api::v1::CheckIntegrityRequest());
    ASSERT_TRUE(check.ok()) << check.status();
    EXPECT_EQ(check->violation_count(), 0) << check->DebugString();
    if (again) break;
    ASSERT_TRUE(Dismiss("tickets/a").ok());
  }
}

class SaidElsewhereTest : public TicketsTest {
 protected:
  absl::StatusOr<Message> SayAt(absl::Time time, Message::Kind kind, bool automatic = false) {
    v1::CreateMessageRequest request = MessageRequest("tickets/a", kind);
    *request.mutable_message()->mutable_send_time() = ToProtoTime(time);
    request.mutable_message()->set_automatic(automatic);
    request.mutable_message()->set_delivered(kind == Message::PUBLIC);
    return Call<Message>("CreateMessage", request);
  }
};

TEST_F(SaidElsewhereTest, StandsWhereItWasSaid) {
  CreateOne("a");
  const absl::Time start = Now();
  Wait(absl::Hours(9));
  ASSERT_TRUE(SayAt(start + absl::Hours(4), Message::CUSTOMER).ok());
  EXPECT_EQ(FromProtoTime(Get("tickets/a")->waiting_since_time()), start);
  ASSERT_TRUE(SayAt(start + absl::Hours(2), Message::PUBLIC).ok());
  auto ticket = Get("tickets/a");
  EXPECT_EQ(FromProtoTime(ticket->first_response_time()), start + absl::Hours(2));
  EXPECT_EQ(FromProtoTime(ticket->waiting_since_time()), start + absl::Hours(4)) << "the question came behind it";
  ASSERT_TRUE(SayAt(start + absl::Hours(6), Message::PUBLIC, /*automatic=*/true).ok());
  EXPECT_TRUE(Get("tickets/a")->has_waiting_since_time()) << "a receipt is no reply";
  ASSERT_TRUE(SayAt(start + absl::Hours(5), Message::PUBLIC).ok());
  EXPECT_FALSE(Get("tickets/a")->has_waiting_since_time());
  ASSERT_TRUE(SayAt(start + absl::Hours(3), Message::CUSTOMER).ok());
  EXPECT_FALSE(Get("tickets/a")->has_waiting_since_time()) << "that was answered";
  std::vector<int> hours;
  for (const Message& message : Messages("tickets/a")) {
    hours.push_back(static_cast<int>(absl::ToInt64Hours(FromProtoTime(message.send_time()) - start)));
  }
  EXPECT_THAT(hours, ElementsAre(2, 3, 4, 5, 6));
  const v1::MessageCreated told = Events().back().message_created();
  EXPECT_EQ(FromProtoTime(told.send_time()), start + absl::Hours(3));
  EXPECT_TRUE(told.by_person());
}

TEST_F(SaidElsewhereTest, IsNeverAheadOfNow) {
  CreateOne("a");
  const auto said = SayAt(Now() + absl::Hours(20), Message::PUBLIC);
  ASSERT_TRUE(said.ok()) << said.status();
  EXPECT_EQ(FromProtoTime(said->send_time()), Now());
  EXPECT_TRUE(said->delivered());
}

}  // namespace
}  // namespace dangol::tickets

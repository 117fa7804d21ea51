// ListTickets and ListMessages: each row once, in order, whatever the pages.
#include <algorithm>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

constexpr size_t kPageBytes = 3 << 20;
constexpr size_t kClientBytes = 4 << 20;  // what a client takes unless it says otherwise

class ListTicketsTest : public TicketsTest {
 protected:
  // `count` tickets, some of them received at the same time.
  void CreateMany(int count) {
    v1::BatchCreateTicketsRequest request;
    for (int i = 0; i < count; ++i) {
      v1::CreateTicketRequest& one = *request.add_requests();
      one = CreateRequest(fmt::format("t{:03}", i * 37 % count));  // not in the order of the times
      *one.mutable_ticket()->mutable_receive_time() = ToProtoTime(Now() - absl::Hours(1) + absl::Seconds(i / 4));
      if (request.requests_size() < 1000 && i + 1 < count) continue;
      EXPECT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", request).ok());
      request.Clear();
    }
  }
  absl::StatusOr<v1::ListTicketsResponse> List(const v1::ListTicketsRequest& request) {
    return Call<v1::ListTicketsResponse>("ListTickets", request);
  }
  // Names of all tickets, page by page.
  std::vector<std::string> AllPages(v1::ListTicketsRequest request) {
    std::vector<std::string> names;
    do {
      const auto page = List(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return names;
      EXPECT_LE(page->tickets_size(), request.page_size() == 0 ? 50 : request.page_size());
      EXPECT_FALSE(page->tickets().empty() && !page->next_page_token().empty());
      for (const Ticket& ticket : page->tickets()) names.push_back(ticket.name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }
  // As they should be listed.
  std::vector<std::string> NamesInOrder(const std::string& condition = "TRUE") {
    return tickets_.file().Column(fmt::format(
        "SELECT 'tickets/' || ticket_id FROM ticket WHERE {} ORDER BY receive_time DESC, ticket_id DESC", condition));
  }
  static v1::ListTicketsRequest InStates(std::vector<Ticket::State> states) {
    v1::ListTicketsRequest request;
    for (Ticket::State state : states) request.add_states(state);
    return request;
  }
};

TEST_F(ListTicketsTest, IsEmptyWhereThereIsNone) {
  const auto page = List({});
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(page->tickets(), IsEmpty());
  EXPECT_EQ(page->next_page_token(), "");
}

TEST_F(ListTicketsTest, GivesEachTicketOnceAndNewestFirstInAnyPages) {
  CreateMany(250);
  const std::vector<std::string> expected = NamesInOrder();
  ASSERT_THAT(expected, SizeIs(250));
  for (int size : {1, 3, 7, 49, 50, 125, 249, 250, 251, 1000}) {
    v1::ListTicketsRequest request;
    request.set_page_size(size);
    EXPECT_EQ(AllPages(request), expected) << "pages of " << size;
  }
}

TEST_F(ListTicketsTest, TheLastPageHasNoToken) {
  CreateMany(10);
  v1::ListTicketsRequest request;
  request.set_page_size(10);
  EXPECT_EQ(List(request)->next_page_token(), "");
  request.set_page_size(9);
  EXPECT_NE(List(request)->next_page_token(), "");
}

TEST_F(ListTicketsTest, GivesFiftyByDefaultAndAThousandAtMost) {
  CreateMany(1001);
  v1::ListTicketsRequest request;
  EXPECT_EQ(List(request)->tickets_size(), 50);
  for (int size : {1000, 1001, 1'000'000, INT32_MAX}) {
    request.set_page_size(size);
    EXPECT_EQ(List(request)->tickets_size(), 1000) << size;
  }
  EXPECT_EQ(AllPages(request), NamesInOrder());
}

TEST_F(ListTicketsTest, FiltersByStates) {
  CreateMany(40);
  const std::vector<std::string> names = NamesInOrder();
  for (size_t i = 0; i < names.size(); ++i) {
    const absl::Status status = i % 3 == 1   ? Acknowledge(AcknowledgeRequest(names[i])).status()
                                : i % 3 == 2 ? Decline(DeclineRequest(names[i])).status()
                                             : absl::OkStatus();
    ASSERT_TRUE(status.ok()) << status;
  }
  for (int size : {1, 7, 100}) {
    const auto list = [&](std::vector<Ticket::State> states) {
      v1::ListTicketsRequest request = InStates(std::move(states));
      request.set_page_size(size);
      return AllPages(request);
    };
    EXPECT_EQ(list({Ticket::RECEIVED}), NamesInOrder("state = 1"));
    EXPECT_EQ(list({Ticket::HEARD}), NamesInOrder("state = 2"));
    EXPECT_EQ(list({Ticket::NOT_YET, Ticket::RECEIVED}), NamesInOrder("state IN (1, 4)"));
    EXPECT_EQ(list({Ticket::RECEIVED, Ticket::HEARD, Ticket::NOT_YET}), names);
    EXPECT_EQ(list({Ticket::HEARD, Ticket::HEARD}), NamesInOrder("state = 2"));
    EXPECT_THAT(list({Ticket::CLOSED, Ticket::SPAM}), IsEmpty());
    EXPECT_EQ(list({}), names);
  }
}

TEST_F(ListTicketsTest, WhatComesMeanwhileNeitherRepeatsNorHidesAnother) {
  CreateMany(20);
  const std::vector<std::string> before = NamesInOrder();
  v1::ListTicketsRequest request;
  request.set_page_size(5);
  std::vector<std::string> seen;
  for (int i = 0;; ++i) {
    const auto page = List(request);
    ASSERT_TRUE(page.ok());
    for (const Ticket& ticket : page->tickets()) seen.push_back(ticket.name());
    if (page->next_page_token().empty()) break;
    request.set_page_token(page->next_page_token());
    CreateOne(fmt::format("new{}", i));  // newer than all
  }
  EXPECT_EQ(seen, before);
}

TEST_F(ListTicketsTest, GoesOnBehindATicketThatHasLeftTheList) {
  CreateMany(10);
  const std::vector<std::string> names = NamesInOrder();
  v1::ListTicketsRequest request = InStates({Ticket::RECEIVED});
  request.set_page_size(4);
  const auto page = List(request);
  ASSERT_TRUE(Acknowledge(AcknowledgeRequest(names[3])).ok());  // the last of the page
  request.set_page_token(page->next_page_token());
  EXPECT_EQ(AllPages(request), std::vector(names.begin() + 4, names.end()));
}

TEST_F(ListTicketsTest, EndsAPageAtThreeMebibytes) {
  v1::BatchCreateTicketsRequest request;
  for (int i = 0; i < 30; ++i) {
    *request.add_requests() = CreateRequest(fmt::format("t{:02}", i));
    request.mutable_requests(i)->mutable_ticket()->set_body(std::string(262'144, 'x'));
  }
  ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", request).ok());
  v1::ListTicketsRequest list;
  list.set_page_size(1000);
  const auto page = List(list);
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(page->ByteSizeLong(), AllOf(Ge(kPageBytes), Le(kClientBytes)));
  EXPECT_EQ(AllPages(list), NamesInOrder());
}

TEST_F(ListTicketsTest, ListsTicketsFrom1970) {
  for (int i = 0; i < 5; ++i) {
    v1::CreateTicketRequest request = CreateRequest(fmt::format("t{}", i));
    request.mutable_ticket()->mutable_receive_time()->set_seconds(i);
    ASSERT_TRUE(Create(request).ok());
  }
  v1::ListTicketsRequest request;
  request.set_page_size(2);
  EXPECT_THAT(AllPages(request), ElementsAre("tickets/t4", "tickets/t3", "tickets/t2", "tickets/t1", "tickets/t0"));
}

class ListMessagesTest : public TicketsTest {
 protected:
  absl::StatusOr<v1::ListMessagesResponse> List(const v1::ListMessagesRequest& request) {
    return Call<v1::ListMessagesResponse>("ListMessages", request);
  }
  static v1::ListMessagesRequest ListRequest(const std::string& parent, int page_size) {
    v1::ListMessagesRequest request;
    request.set_parent(parent);
    request.set_page_size(page_size);
    return request;
  }
  // Bodies of all messages, page by page.
  std::vector<std::string> AllPages(v1::ListMessagesRequest request) {
    std::vector<std::string> bodies;
    do {
      const auto page = List(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return bodies;
      for (const Message& message : page->messages()) bodies.push_back(message.body());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return bodies;
  }
  void Say(const std::string& parent, const std::string& body, const std::string& id = "") {
    v1::CreateMessageRequest request = MessageRequest(parent, Message::INTERNAL);
    request.mutable_message()->set_body(body);
    request.set_message_id(id);
    const auto message = Call<Message>("CreateMessage", request);
    EXPECT_TRUE(message.ok()) << message.status();
  }
};

TEST_F(ListMessagesTest, GivesEachMessageOnceInTheOrderTheyWereMade) {
  CreateOne("a");
  CreateOne("b");
  std::vector<std::string> bodies;
  for (int i = 0; i < 60; ++i) {
    bodies.push_back(std::to_string(i));
    Say("tickets/a", bodies.back());
    Say("tickets/b", "of another ticket");
    if (i % 5 == 0) Wait(absl::Milliseconds(1));
  }
  for (int size : {1, 7, 59, 60, 61, 1000})
    EXPECT_EQ(AllPages(ListRequest("tickets/a", size)), bodies) << "pages of " << size;
  EXPECT_EQ(List(ListRequest("tickets/a", 0))->messages_size(), 50);
}

TEST_F(ListMessagesTest, KeepsTheOrderWhereTheClockStepsBack) {
  CreateOne("a");
  Say("tickets/a", "question");
  Wait(-absl::Seconds(2));
  Say("tickets/a", "answer");
  EXPECT_THAT(AllPages(ListRequest("tickets/a", 10)), ElementsAre("question", "answer"));
}

TEST_F(ListMessagesTest, IsEmptyWhereNobodySaidAnything) {
  CreateOne("a");
  EXPECT_THAT(AllPages(ListRequest("tickets/a", 10)), IsEmpty());
}

TEST_F(ListMessagesTest, SaysThatThereIsNoSuchTicket) {
  EXPECT_EQ(testing::Summary(List(ListRequest("tickets/nobody", 10)).status()), "NOT_FOUND NOT_FOUND");
}

TEST_F(ListMessagesTest, EndsAPageAtThreeMebibytes) {
  CreateOne("a");
  std::vector<std::string> bodies;
  for (int i = 0; i < 30; ++i) {
    bodies.push_back(std::string(262'144, static_cast<char>('a' + i % 26)));
    Say("tickets/a", bodies.back());
  }
  const auto page = List(ListRequest("tickets/a", 1000));
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(page->ByteSizeLong(), AllOf(Ge(kPageBytes), Le(kClientBytes)));
  EXPECT_TRUE(AllPages(ListRequest("tickets/a", 1000)) == bodies);
}

TEST_F(ListMessagesTest, RefusesATokenOfAnotherTicket) {
  CreateOne("a");
  CreateOne("b");
  for (int i = 0; i < 3; ++i) Say("tickets/a", "x");
  v1::ListMessagesRequest request = ListRequest("tickets/b", 1);
  request.set_page_token(List(ListRequest("tickets/a", 1))->next_page_token());
  EXPECT_EQ(testing::Summary(List(request).status()), "INVALID_ARGUMENT PAGE_TOKEN_OF_ANOTHER_QUERY page_token");
}

}  // namespace
}  // namespace dangol::tickets

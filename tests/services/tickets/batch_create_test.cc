// BatchCreateTickets: all or none.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class BatchCreateTest : public TicketsTest {
 protected:
  static v1::BatchCreateTicketsRequest Batch(int size) {
    v1::BatchCreateTicketsRequest request;
    for (int i = 0; i < size; ++i) *request.add_requests() = CreateRequest(fmt::format("t{}", i));
    return request;
  }
  absl::StatusOr<v1::BatchCreateTicketsResponse> CreateAll(const v1::BatchCreateTicketsRequest& request) {
    return Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", request);
  }
  // That the batch is refused and nothing of it is there.
  absl::Status Refused(const v1::BatchCreateTicketsRequest& request) {
    const std::string before = tickets_.file().Dump();
    const absl::Status status = CreateAll(request).status();
    EXPECT_EQ(tickets_.file().Dump(), before);
    return status;
  }
};

TEST_F(BatchCreateTest, MakesAllInTheirOrder) {
  const auto response = CreateAll(Batch(3));
  ASSERT_TRUE(response.ok()) << response.status();
  std::vector<std::string> names;
  for (const Ticket& ticket : response->tickets()) names.push_back(ticket.name());
  EXPECT_THAT(names, ElementsAre("tickets/t0", "tickets/t1", "tickets/t2"));
  EXPECT_EQ(Rows("ticket"), 3);
  EXPECT_EQ(Rows("feed"), 3);
  std::vector<std::string> resources;
  for (const Ticket& ticket : response->tickets()) {
    resources.push_back(fmt::format("{}@1 {}@1", ticket.name(), ticket.customer()));
  }
  EXPECT_EQ(tickets_.file().Column("SELECT resources FROM feed ORDER BY seq"), resources);
}

TEST_F(BatchCreateTest, TakesAThousandAndNotOneMore) {
  EXPECT_EQ(testing::Summary(Refused(Batch(1001))), "INVALID_ARGUMENT INVALID_FIELD requests");
  const auto response = CreateAll(Batch(1000));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->tickets_size(), 1000);
  EXPECT_EQ(Rows("feed"), 1000);
}

TEST_F(BatchCreateTest, RefusesAnEmptyOne) {
  EXPECT_EQ(testing::Summary(Refused(Batch(0))), "INVALID_ARGUMENT INVALID_FIELD requests");
}

TEST_F(BatchCreateTest, MakesNoneWhereOneIsWrong) {
  v1::BatchCreateTicketsRequest request = Batch(5);
  request.mutable_requests(3)->mutable_ticket()->clear_subject();
  EXPECT_EQ(testing::Summary(Refused(request)), "INVALID_ARGUMENT INVALID_FIELD requests[3].ticket.subject");
  request = Batch(5);
  request.mutable_requests(4)->mutable_ticket()->set_contact_reason("Not A Label");
  EXPECT_EQ(testing::Summary(Refused(request)), "INVALID_ARGUMENT INVALID_FIELD requests[4].ticket.contact_reason");
  request = Batch(5);
  request.mutable_requests(2)->mutable_ticket()->mutable_occur_time()->set_seconds(absl::ToUnixSeconds(Now()) + 90'000);
  EXPECT_EQ(testing::Summary(Refused(request)), "INVALID_ARGUMENT INVALID_FIELD requests[2].ticket.occur_time");
  request = Batch(5);
  request.mutable_requests(1)->set_request_id("r");
  EXPECT_EQ(testing::Summary(Refused(request)), "INVALID_ARGUMENT INVALID_FIELD requests[1].request_id");
  request = Batch(5);
  request.mutable_requests(0)->clear_ticket();
  EXPECT_EQ(testing::Summary(Refused(request)), "INVALID_ARGUMENT INVALID_FIELD requests[0].ticket");
}

TEST_F(BatchCreateTest, NamesTheElementWhoseIdIsTaken) {
  CreateOne("t3");
  const absl::Status taken = Refused(Batch(5));
  EXPECT_EQ(taken.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(taken.message()), HasSubstr("tickets/t3"));
  EXPECT_THAT(testing::ViolatedFields(taken), ElementsAre("requests[3].ticket_id"));
}

TEST_F(BatchCreateTest, NamesTheElementWhoseIdIsThereTwice) {
  v1::BatchCreateTicketsRequest request = Batch(5);
  request.mutable_requests(4)->set_ticket_id("t1");
  const absl::Status taken = Refused(request);
  EXPECT_EQ(taken.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(testing::ViolatedFields(taken), ElementsAre("requests[4].ticket_id"));
}

TEST_F(BatchCreateTest, SkipsAnIdThatIsThereTwiceOnlyWhereBothSayTheSame) {
  v1::BatchCreateTicketsRequest request = Batch(4);
  request.set_skip_existing(true);
  *request.mutable_requests(3) = request.requests(1);
  request.mutable_requests(3)->mutable_ticket()->set_body("Something else.");
  absl::Status refused = Refused(request);
  EXPECT_EQ(testing::Summary(refused), "INVALID_ARGUMENT TICKET_ID_REPEATED requests[3].ticket_id");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("requests[1]"));
  CreateOne("t1");  // that it exists already makes them no more alike
  EXPECT_EQ(ErrorReason(Refused(request)), "TICKET_ID_REPEATED");
  *request.mutable_requests(3) = request.requests(1);
  const auto response = CreateAll(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->tickets_size(), 2);
}

TEST_F(BatchCreateTest, SkipsAnIdOnlyWhereItStandsForTheSame) {
  v1::BatchCreateTicketsRequest request = Batch(25);
  request.set_skip_existing(true);
  ASSERT_TRUE(CreateAll(request).ok());
  for (int i = 1; i < 25; ++i) {
    v1::Source& source = *request.mutable_requests(i)->mutable_ticket()->mutable_source();
    i % 2 == 0 ? source.set_connection("other") : source.set_external_id("other");
  }
  const absl::Status refused = Refused(request);
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  const std::vector<std::string> fields = testing::ViolatedFields(refused);
  ASSERT_EQ(fields.size(), 20u);
  EXPECT_EQ(fields.front(), "requests[1].ticket_id");
}

TEST_F(BatchCreateTest, NamesEveryElementThatBreaksARule) {
  v1::BatchCreateTicketsRequest request = Batch(5);
  request.mutable_requests(1)->set_ticket_id("A");
  request.mutable_requests(3)->mutable_ticket()->set_language(std::string(36, 'x'));
  EXPECT_EQ(testing::Summary(Refused(request)),
            "INVALID_ARGUMENT INVALID_FIELD requests[1].ticket_id requests[3].ticket.language");
}

TEST_F(BatchCreateTest, TakesFiveMegabytes) {
  v1::BatchCreateTicketsRequest request;
  for (int i = 0; i < 20; ++i) request.add_requests()->mutable_ticket()->set_body(std::string(262'144, 'x'));
  ASSERT_GT(request.ByteSizeLong(), 5'000'000u);
  const auto response = CreateAll(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->tickets_size(), 20);
}

TEST_F(BatchCreateTest, OthersInTheSameCommitAreNotHarmed) {
  v1::BatchCreateTicketsRequest wrong = Batch(5);
  wrong.mutable_requests(4)->mutable_ticket()->clear_subject();
  auto before = testing::MakeCall<testing::FakeUnaryCall>("/dangol.tickets.v1.TicketService/CreateTicket",
                                                          CreateRequest("before").SerializeAsString());
  auto refused = testing::MakeCall<testing::FakeUnaryCall>("/dangol.tickets.v1.TicketService/BatchCreateTickets",
                                                           wrong.SerializeAsString());
  auto after = testing::MakeCall<testing::FakeUnaryCall>("/dangol.tickets.v1.TicketService/CreateTicket",
                                                         CreateRequest("after").SerializeAsString());
  for (const auto& call : {before, refused, after}) tickets_.methods().Start(call);
  tickets_.runtime().RunReady();
  EXPECT_TRUE(before->reply().status.ok());
  EXPECT_FALSE(refused->reply().status.ok());
  EXPECT_TRUE(after->reply().status.ok());
  EXPECT_THAT(tickets_.file().Column("SELECT ticket_id FROM ticket ORDER BY ticket_id"),
              ElementsAre("after", "before"));
  EXPECT_THAT(tickets_.file().Column("SELECT seq || ' ' || resources FROM feed ORDER BY seq"),
              ElementsAre(StartsWith("1 tickets/before@1 "), StartsWith("2 tickets/after@1 ")));
}

}  // namespace
}  // namespace dangol::tickets

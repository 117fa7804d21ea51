// AdminService: what an operator learns of one service, and what the checks of its invariants find.
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <sqlite3.h>

#include "common/base/error.h"
#include "common/service/service.h"
#include "common/storage/core_schema.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::service {
namespace {

using api::v1::CheckIntegrityRequest;
using api::v1::CheckIntegrityResponse;
using api::v1::GetStatusResponse;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string kAdmin = "/dangol.api.v1.AdminService/";         // NOLINT: a test's constant
const std::string kTickets = "/dangol.tickets.v1.TicketService/";  // NOLINT: a test's constant

class AdminTest : public ::testing::Test {
 protected:
  void CreateTickets(int count, const std::string& prefix = "t") {
    tickets::v1::BatchCreateTicketsRequest request;
    for (int i = 0; i < count; ++i) {
      request.add_requests()->set_ticket_id(fmt::format("{}{:04}", prefix, i));
      request.mutable_requests(i)->mutable_ticket()->set_subject("x");
    }
    const rpc::Reply reply = tickets_.CallBytes(kTickets + "BatchCreateTickets", request.SerializeAsString());
    ASSERT_TRUE(reply.status.ok()) << reply.status;
  }
  void Say(const std::string& id, tickets::v1::Message::Kind kind) {
    tickets::v1::CreateMessageRequest request;
    request.set_parent("tickets/" + id);
    request.mutable_message()->set_kind(kind);
    request.mutable_message()->set_body("x");
    ASSERT_TRUE(tickets_.CallBytes(kTickets + "CreateMessage", request.SerializeAsString()).status.ok());
  }
  void Acknowledge(const std::string& id) {
    tickets::v1::AcknowledgeTicketRequest request;
    request.set_name("tickets/" + id);
    ASSERT_TRUE(tickets_.CallBytes(kTickets + "AcknowledgeTicket", request.SerializeAsString()).status.ok());
  }
  void Decline(const std::string& id) {
    tickets::v1::DeclineTicketRequest request;
    request.set_name("tickets/" + id);
    request.set_reason(tickets::v1::Decision::UNSUSTAINABLE);
    request.set_reply("x");
    request.set_decided_by("members/kim");
    ASSERT_TRUE(tickets_.CallBytes(kTickets + "DeclineTicket", request.SerializeAsString()).status.ok());
  }
  GetStatusResponse Status() {
    auto status = tickets_.Call<GetStatusResponse>(kAdmin + "GetStatus", api::v1::GetStatusRequest());
    EXPECT_TRUE(status.ok()) << status.status();
    return status.value_or(GetStatusResponse());
  }
  CheckIntegrityResponse Check(bool pages = false) {
    CheckIntegrityRequest request;
    request.set_check_pages(pages);
    auto response = tickets_.Call<CheckIntegrityResponse>(kAdmin + "CheckIntegrity", request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(CheckIntegrityResponse());
  }
  // What the checks find, as `check resource`.
  std::vector<std::string> Violations() {
    std::vector<std::string> found;
    const CheckIntegrityResponse response = Check();
    EXPECT_EQ(response.violation_count(), response.violations_size());
    for (const auto& violation : response.violations()) {
      EXPECT_THAT(violation.description(), Not(IsEmpty()));
      found.push_back(violation.check() + " " + violation.resource());
    }
    return found;
  }
  void Damage(const std::string& sql) { tickets_.file().Execute(sql); }

  testing::SimulatedService tickets_{tickets::TicketsService()};
};

TEST_F(AdminTest, TellsWhatRunsAndHowItIs) {
  CreateTickets(3);
  const GetStatusResponse status = Status();
  EXPECT_EQ(status.service(), "tickets");
  EXPECT_THAT(status.version(), Not(IsEmpty()));
  EXPECT_EQ(status.state(), GetStatusResponse::SERVING);
  EXPECT_EQ(status.reason(), "");
  EXPECT_EQ(status.start_time().seconds(), absl::ToUnixSeconds(tickets_.service().start_time()));
  EXPECT_EQ(status.schema_versions().at("core"), storage::CoreSchema().migrations.size());
  EXPECT_EQ(status.schema_versions().at("tickets"), 1);
  EXPECT_EQ(status.incarnation(), tickets_.file().Column("SELECT incarnation FROM feed_head").at(0));
  EXPECT_EQ(status.feed_sequence(), 3);
  EXPECT_EQ(status.feed_cursor(),
            storage::FormatCursor(
                {status.incarnation(), {3, tickets_.file().Integer("SELECT commit_id FROM feed WHERE seq = 3")}}));
  EXPECT_EQ(status.commits(), 1);
  EXPECT_GE(status.writes(), 1);
  EXPECT_EQ(status.write_queue_calls(), 0);
  EXPECT_EQ(status.write_queue_bytes(), 0);
  EXPECT_EQ(status.open_streams(), 0);
  EXPECT_EQ(status.pending_timers(), 1);                      // the one that forgets old request_ids
  EXPECT_EQ(status.wal_bytes() > 0, !testing::OnPostgres());  // a server minds its own
  tickets_.runtime().RunFor(absl::Seconds(2));
  EXPECT_EQ(Status().wal_bytes(), 0);
  EXPECT_GT(Status().database_bytes(), 4096);
}

TEST_F(AdminTest, CountsOpenStreams) {
  auto stream = testing::MakeCall<testing::FakeStreamCall>("/dangol.tickets.v1.TicketFeed/StreamEvents", "");
  tickets_.methods().Start(stream);
  tickets_.runtime().RunReady();
  EXPECT_EQ(Status().open_streams(), 1);
  stream->Cancel();
  tickets_.runtime().RunReady();
  EXPECT_EQ(Status().open_streams(), 0);
}

TEST_F(AdminTest, SaysThatItDrainsRefusesWritesAndReadsOn) {
  CreateTickets(1);
  tickets_.service().Drain();
  EXPECT_EQ(Status().state(), GetStatusResponse::DRAINING);
  tickets::v1::CreateTicketRequest create;
  create.mutable_ticket()->set_subject("x");
  EXPECT_EQ(testing::Summary(tickets_.CallBytes(kTickets + "CreateTicket", create.SerializeAsString()).status),
            "UNAVAILABLE DRAINING");
  tickets::v1::GetTicketRequest get;
  get.set_name("tickets/t0000");
  EXPECT_TRUE(tickets_.CallBytes(kTickets + "GetTicket", get.SerializeAsString()).status.ok());
}

TEST_F(AdminTest, FindsNothingInAHealthyDatabase) {
  CreateTickets(1000, "a");
  CreateTickets(700, "b");
  for (const char* id : {"a0001", "a0002", "a0003"}) Acknowledge(id);
  for (const char* id : {"a0003", "a0004"}) Decline(id);
  Say("a0005", tickets::v1::Message::PUBLIC);
  tickets_.runtime().Move(absl::Seconds(1));
  Say("a0005", tickets::v1::Message::CUSTOMER);
  Say("a0006", tickets::v1::Message::INTERNAL);
  const CheckIntegrityResponse response = Check(/*pages=*/true);
  EXPECT_THAT(response.violations(), IsEmpty());
  EXPECT_EQ(response.violation_count(), 0);
  std::vector<std::string> names;
  for (const auto& check : response.checks()) names.push_back(check.name());
  EXPECT_THAT(names, ElementsAre("feed-dense", "subscriptions", "parked-events", "audit-log", "ticket-states",
                                 "ticket-waiting", "ticket-due-times", "ticket-counts", "reason-counts", "ticket-lists",
                                 "ticket-events", "ticket-customers", "customer-identities", "pages"));
  EXPECT_EQ(response.checks(0).examined(), 1700 + 3 + 4 + 3);
  EXPECT_EQ(response.checks(4).examined(), 1700);
  EXPECT_EQ(response.checks(5).examined(), 1700);
  EXPECT_EQ(response.checks(10).examined(), 1700 + 3 + 4 + 3);
  // Without the extension amcheck no page can be looked at, and the answer says so.
  if (testing::OnPostgres()) {
    EXPECT_EQ(response.checks(13).examined(), 0);
  } else {
    EXPECT_GT(response.checks(13).examined(), 10);
  }
}

TEST_F(AdminTest, FindsNothingInAnEmptyDatabase) { EXPECT_THAT(Check(/*pages=*/true).violations(), IsEmpty()); }

TEST_F(AdminTest, FindsNothingWrongWhereTheClockSteppedBack) {
  CreateTickets(1);
  Say("t0000", tickets::v1::Message::PUBLIC);
  tickets_.runtime().Move(absl::Seconds(10));
  Say("t0000", tickets::v1::Message::CUSTOMER);
  tickets_.runtime().Move(-absl::Seconds(5));
  Say("t0000", tickets::v1::Message::PUBLIC);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(AdminTest, FindsAnEventThatIsGone) {
  CreateTickets(5);
  Damage("DELETE FROM feed WHERE seq = 3");
  EXPECT_THAT(Violations(), ElementsAre("feed-dense feed 3"));
  EXPECT_THAT(Check().violations(0).description(), HasSubstr("the feed goes on at 4 instead of 3"));
}

TEST_F(AdminTest, FindsThatTheFirstOrTheLastEventIsGone) {
  CreateTickets(5);
  Damage("DELETE FROM feed WHERE seq = 1");
  EXPECT_THAT(Violations(), ElementsAre("feed-dense feed 1"));
  Damage("DELETE FROM feed WHERE seq = 5");
  EXPECT_THAT(Violations(), ElementsAre("feed-dense feed 1", "feed-dense feed"));
}

TEST_F(AdminTest, FindsAGapBetweenTwoSlices) {
  CreateTickets(1000, "a");
  CreateTickets(1000, "b");
  Damage("DELETE FROM feed WHERE seq = 1001");
  EXPECT_THAT(Violations(), ElementsAre("feed-dense feed 1001"));
}

TEST_F(AdminTest, FindsAHeadThatIsAheadOrBehind) {
  CreateTickets(5);
  Damage("UPDATE feed_head SET last_seq = 7");
  EXPECT_THAT(Violations(), ElementsAre("feed-dense feed"));
  Damage("UPDATE feed_head SET last_seq = 4");
  EXPECT_THAT(Violations(), ElementsAre("feed-dense feed 5", "feed-dense feed"));
}

TEST_F(AdminTest, FindsDamageOfTheAuditLog) {
  // More than a slice.
  for (int i = 0; i < 600; ++i) CreateTickets(1, fmt::format("t{:03}-", i));
  ASSERT_THAT(Violations(), IsEmpty());
  const auto damage = [&](const std::string& sql, const std::string& mended) {
    Damage(sql);
    std::vector<std::string> found = Violations();
    Damage(mended);
    EXPECT_THAT(Violations(), IsEmpty()) << mended;
    return found;
  };
  EXPECT_THAT(
      damage("UPDATE audit SET number = 9001 WHERE number = 300", "UPDATE audit SET number = 300 WHERE number = 9001"),
      ElementsAre("audit-log audit 301", "audit-log audit 9001", "audit-log audit"));
  EXPECT_THAT(
      damage("UPDATE audit SET number = -600 WHERE number = 600", "UPDATE audit SET number = 600 WHERE number = -600"),
      Contains("audit-log audit"));
  // Two rows change places, and change back.
  Damage("UPDATE audit SET number = -number WHERE number IN (10, 11)");
  Damage("UPDATE audit SET number = number + 21 WHERE number IN (-10, -11)");
  EXPECT_THAT(Violations(), ElementsAre("audit-log audit 10", "audit-log audit 11", "audit-log audit 12"));
  Damage("UPDATE audit SET number = -number WHERE number IN (10, 11)");
  Damage("UPDATE audit SET number = number + 21 WHERE number IN (-10, -11)");
  EXPECT_THAT(Violations(), IsEmpty());
  Damage("UPDATE feed_head SET audit_number = 599");
  EXPECT_THAT(Violations(), ElementsAre("audit-log audit"));
  Damage("UPDATE feed_head SET audit_number = 600");
  Damage("UPDATE audit SET hash = content WHERE number = 251");
  EXPECT_THAT(Violations(), ElementsAre("audit-log audit 251", "audit-log audit 252"));
}

TEST_F(AdminTest, FindsATicketWithoutTheTimesOfItsState) {
  CreateTickets(6);
  for (const char* id : {"t0001", "t0002"}) Acknowledge(id);
  for (const char* id : {"t0003", "t0004"}) Decline(id);
  Damage("UPDATE ticket SET hear_time = NULL WHERE ticket_id = 't0001'");
  EXPECT_THAT(Violations(), ElementsAre("ticket-states tickets/t0001"));
  EXPECT_THAT(Check().violations(0).description(), HasSubstr("is HEARD and has never been heard"));
  Damage("UPDATE ticket SET hear_time = 1 WHERE ticket_id IN ('t0000', 't0001')");
  EXPECT_THAT(Violations(), ElementsAre("ticket-states tickets/t0000"));
  Damage("UPDATE ticket SET hear_time = NULL WHERE ticket_id = 't0000'");
  Damage("UPDATE ticket SET decide_time = NULL, first_decision = 0 WHERE ticket_id = 't0003'");
  EXPECT_THAT(Violations(), ElementsAre("ticket-states tickets/t0003"));
  Damage("UPDATE ticket SET decide_time = 1 WHERE ticket_id = 't0003'");
  EXPECT_THAT(Violations(), ElementsAre("ticket-states tickets/t0003")) << "nothing says what was decided";
  Damage("UPDATE ticket SET first_decision = 3 WHERE ticket_id = 't0003'");
  Damage("UPDATE ticket SET decline_reason = NULL WHERE ticket_id = 't0004'");
  EXPECT_THAT(Violations(), ElementsAre("ticket-states tickets/t0004"));
}

TEST_F(AdminTest, FindsAStateThatIsNone) {
  CreateTickets(2);
  Damage("UPDATE ticket SET state = 99 WHERE ticket_id = 't0001'");
  EXPECT_THAT(Violations(), Contains("ticket-states tickets/t0001"));
  Damage("UPDATE ticket SET state = 0 WHERE ticket_id = 't0001'");
  EXPECT_THAT(Violations(), Contains("ticket-states tickets/t0001"));
}

TEST_F(AdminTest, FindsATicketThatWaitsWrongly) {
  CreateTickets(3);
  Say("t0001", tickets::v1::Message::PUBLIC);
  Say("t0002", tickets::v1::Message::PUBLIC);
  tickets_.runtime().Move(absl::Seconds(1));
  Say("t0002", tickets::v1::Message::CUSTOMER);
  ASSERT_THAT(Violations(), IsEmpty());
  Damage("UPDATE ticket SET waiting_since_time = NULL WHERE ticket_id = 't0000'");
  EXPECT_THAT(Violations(), Contains("ticket-waiting tickets/t0000"));
  Damage("UPDATE ticket SET waiting_since_time = receive_time WHERE ticket_id = 't0000'");
  Damage("UPDATE ticket SET first_response_time = first_response_time + 1 WHERE ticket_id = 't0001'");
  EXPECT_THAT(Violations(), ElementsAre("ticket-waiting tickets/t0001"));
  Damage("UPDATE ticket SET first_response_time = first_response_time - 1 WHERE ticket_id = 't0001'");
  Damage("UPDATE ticket SET waiting_since_time = NULL WHERE ticket_id = 't0002'");
  EXPECT_THAT(Violations(), Contains("ticket-waiting tickets/t0002"));
}

TEST_F(AdminTest, FindsAnEventOfATicketThatIsNotThere) {
  CreateTickets(1000, "a");
  CreateTickets(1000, "b");
  Damage("DELETE FROM ticket WHERE ticket_id IN ('a0007', 'b0999')");
  EXPECT_THAT(Violations(),
              ::testing::AllOf(Contains("ticket-events tickets/a0007@1"), Contains("ticket-events tickets/b0999@1")));
}

TEST_F(AdminTest, FindsARowThatRefersToNone) {
  if (testing::OnPostgres()) GTEST_SKIP() << "only who has switched the server's constraints off can make one";
  CreateTickets(1);
  Say("t0000", tickets::v1::Message::INTERNAL);
  Damage("UPDATE message SET ticket_id = 'nobody'");
  const CheckIntegrityResponse response = Check(/*pages=*/true);
  ASSERT_THAT(response.violations(), SizeIs(2));
  EXPECT_EQ(response.violations(0).check(), "ticket-events");
  EXPECT_THAT(response.violations(0).description(), HasSubstr("tells of a message that is not there"));
  EXPECT_EQ(response.violations(1).check(), "pages");
  EXPECT_THAT(response.violations(1).description(), HasSubstr("of message refers to a missing row of ticket"));
}

TEST_F(AdminTest, KeepsWhatItFoundWhereAPageCannotBeRead) {
  if (testing::OnPostgres()) GTEST_SKIP() << "the driver's tests damage its pages";
  CreateTickets(1000);
  Damage("UPDATE ticket SET state = 99 WHERE ticket_id = 't0001'");
  const int64_t size = tickets_.file().Integer("PRAGMA page_size");
  const int64_t page =
      tickets_.file().Integer("SELECT MAX(pageno) FROM dbstat WHERE name = 'feed' AND pagetype = 'leaf'");
  tickets_.Restart();  // which moves the log into the file
  tickets_.Stop();
  {
    std::fstream file(testing::PathOf(tickets_.url()), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((page - 1) * size);
    file << std::string(static_cast<size_t>(size), 'x');
  }
  tickets_.Restart();
  const CheckIntegrityResponse response = Check(/*pages=*/true);
  std::vector<std::string> found;
  for (const auto& violation : response.violations())
    found.push_back(violation.check() + ": " + violation.description());
  EXPECT_THAT(found, Contains(HasSubstr("ticket-states: ")));
  EXPECT_THAT(found, Contains(HasSubstr(fmt::format("age {}: btreeInitPage()", page))));
  EXPECT_THAT(found, Contains(HasSubstr("pages: PRAGMA integrity_check(100) ended early: The database is damaged")));
}

TEST_F(AdminTest, KeepsWhatItFoundWhereNoPageCanBeRead) {
  if (testing::OnPostgres()) GTEST_SKIP() << "the driver's tests damage its pages";
  CreateTickets(3);
  Damage("DELETE FROM feed WHERE seq = 2");
  tickets_.Restart();  // which moves the log into the file
  Status();            // opens a connection, by which is still read
  {
    std::fstream file(testing::PathOf(tickets_.url()), std::ios::in | std::ios::out | std::ios::binary);
    file << std::string(100, 'x');
  }
  const CheckIntegrityResponse response = Check(/*pages=*/true);
  std::vector<std::string> found;
  for (const auto& violation : response.violations())
    found.push_back(violation.check() + ": " + violation.description());
  EXPECT_THAT(found, Contains(HasSubstr("feed-dense: ")));
  EXPECT_THAT(found, Contains(HasSubstr("pages: the check ended: ")));
}

TEST_F(AdminTest, ListsAHundredViolationsAndCountsAll) {
  CreateTickets(500);
  Damage("DELETE FROM feed WHERE seq % 2 = 0");
  const CheckIntegrityResponse response = Check();
  EXPECT_THAT(response.violations(), SizeIs(100));
  EXPECT_EQ(response.violation_count(), 250);
}

TEST_F(AdminTest, RunsOneCheckAtATime) {
  CreateTickets(10);
  auto first = testing::MakeCall<testing::FakeUnaryCall>(kAdmin + "CheckIntegrity", "");
  auto second = testing::MakeCall<testing::FakeUnaryCall>(kAdmin + "CheckIntegrity", "");
  tickets_.methods().Start(first);
  tickets_.methods().Start(second);
  EXPECT_EQ(testing::Summary(second->reply().status), "RESOURCE_EXHAUSTED CHECK_RUNS");
  tickets_.runtime().RunReady();
  EXPECT_TRUE(first->reply().status.ok());
  EXPECT_THAT(Check().violations(), IsEmpty());
}

TEST_F(AdminTest, ACheckWhoseClientGoesMakesRoomForTheNext) {
  CreateTickets(1000);
  auto call = testing::MakeCall<testing::FakeUnaryCall>(kAdmin + "CheckIntegrity", "");
  tickets_.methods().Start(call);
  call->Cancel();
  tickets_.runtime().RunReady();
  EXPECT_EQ(call->times_finished(), 1u);
  EXPECT_FALSE(call->reply().status.ok());
  EXPECT_THAT(Check().violations(), IsEmpty());
}

TEST_F(AdminTest, WritesGoOnDuringACheck) {
  CreateTickets(1000, "a");
  auto check = testing::MakeCall<testing::FakeUnaryCall>(kAdmin + "CheckIntegrity", "");
  tickets_.methods().Start(check);
  for (int i = 0; !check->finished(); ++i) {
    tickets::v1::CreateTicketRequest create;
    create.mutable_ticket()->set_subject("x");
    tickets_.methods().Start(
        testing::MakeCall<testing::FakeUnaryCall>(kTickets + "CreateTicket", create.SerializeAsString()));
    ASSERT_TRUE(tickets_.runtime().RunOne());
  }
  CheckIntegrityResponse response;
  ASSERT_TRUE(response.ParseFromString(check->reply().message));
  EXPECT_THAT(response.violations(), IsEmpty());
}

TEST(CheckIntegrity, GoesOnBehindACheckThatCannotReadARow) {
  Definition definition = tickets::TicketsService();
  definition.integrity_checks.insert(
      definition.integrity_checks.begin(),
      {"unreadable", [](storage::Snapshot&, const std::string& position, Findings&) -> absl::StatusOr<std::string> {
         if (position.empty()) return "t0250";
         return absl::InternalError("details of ticket t0251 do not parse");
       }});
  testing::SimulatedService service(definition);
  const auto response = service.Call<CheckIntegrityResponse>(kAdmin + "CheckIntegrity", CheckIntegrityRequest());
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_THAT(response->violations(), SizeIs(1));
  EXPECT_EQ(response->violations(0).check(), "unreadable");
  EXPECT_EQ(response->violations(0).description(),
            "the check ended behind 't0250': details of ticket t0251 do not parse");
  EXPECT_EQ(static_cast<size_t>(response->checks_size()),
            CoreIntegrityChecks().size() + definition.integrity_checks.size());
}

TEST(CheckIntegrity, LeavesOutWhatIsTooSlowAgainAndAgain) {
  Definition definition = tickets::TicketsService();
  int slices = 0;
  definition.integrity_checks.insert(
      definition.integrity_checks.begin(),
      {"slow", [&](storage::Snapshot&, const std::string& position, Findings& findings) -> absl::StatusOr<std::string> {
         findings.Examined(1);
         if (position.empty()) return "a";
         ++slices;
         return Error(absl::StatusCode::kResourceExhausted, "READ_TOO_LONG", "Long.");
       }});
  testing::SimulatedService service(definition);
  const auto response = service.Call<CheckIntegrityResponse>(kAdmin + "CheckIntegrity", CheckIntegrityRequest());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_GT(slices, 1);
  const auto& slow = *std::ranges::find(response->checks(), "slow", &CheckIntegrityResponse::Check::name);
  EXPECT_EQ(slow.examined(), 1);
  EXPECT_EQ(slow.left_out(), 1);
  EXPECT_THAT(response->violations(), IsEmpty());
  EXPECT_EQ(static_cast<size_t>(response->checks_size()),
            CoreIntegrityChecks().size() + definition.integrity_checks.size());
}

// A count is kept under a lock that all connections would wait for.
TEST(ServiceOpen, LeavesMemoryOfTheEngineUncounted) {
  testing::SimulatedService service(tickets::TicketsService(), {}, /*on_postgres=*/false);
  EXPECT_EQ(sqlite3_memory_used(), 0);
}

TEST(ServiceOpen, RefusesADatabaseThatIsInUse) {
  testing::SimulatedService first(tickets::TicketsService());
  Options options;
  options.database_url = first.url();
  options.database.runtime = &first.runtime();
  const absl::Status status = Service::Open(tickets::TicketsService(), options).status();
  if (testing::OnPostgres()) {
    EXPECT_TRUE(status.ok()) << "replicas share it: " << status;
  } else {
    EXPECT_EQ(testing::Summary(status), "FAILED_PRECONDITION DATABASE_PATH");
  }
}

TEST(ServiceOpen, RefusesADatabaseOfANewerProgram) {
  testing::SimulatedService service(tickets::TicketsService());
  service.Stop();
  service.file().Execute("INSERT INTO schema_migration VALUES ('tickets', 99, 'later', 'x', 0)");
  Options options;
  options.database_url = service.url();
  options.database.runtime = &service.runtime();
  EXPECT_EQ(testing::Summary(Service::Open(tickets::TicketsService(), options).status()),
            "FAILED_PRECONDITION SCHEMA_NEWER");
}

}  // namespace
}  // namespace dangol::service

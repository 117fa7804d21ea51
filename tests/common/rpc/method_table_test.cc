// From bytes to handlers: what is checked before one runs, in which order, and what a registration must be.
#include "common/rpc/method_table.h"

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/fake_authorizer.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/rpc/rules_test.pb.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::rpc {
namespace {

using dangol_test::EveryRule;
using dangol_test::Thing;
using dangol_test::WriteThingRequest;
using ::testing::ElementsAre;
using testing::FakeStreamCall;
using testing::FakeUnaryCall;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kCreateTicket[] = "/dangol.tickets.v1.TicketService/CreateTicket";
constexpr char kGetTicket[] = "/dangol.tickets.v1.TicketService/GetTicket";
constexpr char kStreamEvents[] = "/dangol.tickets.v1.TicketFeed/StreamEvents";

absl::StatusOr<Thing> Read(storage::Snapshot&, const Call&, const EveryRule& request) {
  Thing thing;
  thing.set_name("things/" + request.id());
  return thing;
}
absl::StatusOr<Thing> Write(storage::Transaction&, const Call& call, const WriteThingRequest& request) {
  Thing thing = request.thing();
  thing.set_name("things/" + call.principal().name);
  return thing;
}
absl::StatusOr<Thing> WriteEveryRule(storage::Transaction&, const Call&, const EveryRule&) { return Thing(); }
absl::StatusOr<Thing> ReadThing(storage::Snapshot&, std::string_view name) {
  Thing thing;
  thing.set_name(std::string(name));
  return thing;
}

// A table of its own, on the storage of a tickets service.
class MethodTableTest : public ::testing::Test {
 protected:
  MethodTableTest() {
    tickets::TicketsService().add_methods(table_, tickets_.service().streams());
    table_.AddResource<Thing>(ReadThing);
    ServiceMethods(table_, "dangol_test.TestService")
        .Add("ReadWithPermission", Read)
        .Add("ReadWithoutPermission", Read)
        .Add("WriteThing", Write);
  }

  Reply Call(std::string_view method, std::string request, Metadata metadata = {}) {
    auto call = testing::MakeCall<FakeUnaryCall>(method, std::move(request), std::move(metadata));
    table_.Start(call);
    tickets_.runtime().RunReady();
    EXPECT_EQ(call->times_finished(), 1u);
    return call->reply();
  }
  std::string Outcome(std::string_view method, std::string request) {
    return testing::Summary(Call(method, std::move(request)).status);
  }
  static std::string ValidRead() {
    EveryRule request;
    request.set_required("x");
    request.set_required_color(dangol_test::RED);
    request.add_required_texts("x");
    request.mutable_required_part()->set_required("x");
    return request.SerializeAsString();
  }

  testing::SimulatedService tickets_{tickets::TicketsService()};
  testing::FakeAuthorizer authorizer_;
  MethodTable table_{tickets_.methods().backend(), authorizer_};
};

TEST_F(MethodTableTest, AnswersWhatTheHandlerAnswers) {
  const Reply reply = Call("/dangol_test.TestService/ReadWithPermission", ValidRead());
  ASSERT_TRUE(reply.status.ok()) << reply.status;
  Thing thing;
  ASSERT_TRUE(thing.ParseFromString(reply.message));
  EXPECT_EQ(thing.name(), "things/");
}

TEST_F(MethodTableTest, LogsEachCallAtLevelDebugWithoutWhatIsInIt) {
  const auto level = Log()->level();
  Log()->set_level(spdlog::level::debug);
  ::testing::internal::CaptureStderr();
  Call("/dangol_test.TestService/ReadWithPermission", ValidRead());
  Call(kGetTicket, "secret");
  Log()->set_level(level);
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log,
              ::testing::AllOf(
                  ::testing::ContainsRegex(
                      "call /dangol_test.TestService/ReadWithPermission by [a-z]+: OK after [0-9.]+ ms, request of"),
                  HasSubstr("INVALID_ARGUMENT MALFORMED_MESSAGE"), ::testing::Not(HasSubstr("secret"))));
}

TEST_F(MethodTableTest, DoesNotKnowEveryMethod) {
  for (const char* method : {"", "/", "GetTicket", "/dangol.tickets.v1.TicketService/NoSuchMethod",
                             "/dangol.tickets.v1.TicketService/", "/dangol.tickets.v2.TicketService/GetTicket",
                             "dangol.tickets.v1.TicketService/GetTicket", "/dangol.tickets.v1.TicketService/getTicket",
                             "/dangol_test.TestService/WriteWithoutRequestId" /* has no handler */}) {
    const Reply reply = Call(method, "");
    EXPECT_EQ(testing::Summary(reply.status), "UNIMPLEMENTED UNIMPLEMENTED") << method;
    EXPECT_THAT(std::string(reply.status.message()), HasSubstr(method));
  }
  EXPECT_THAT(authorizer_.permissions, IsEmpty());
}

TEST_F(MethodTableTest, DoesNotMixStreamsWithUnaryCalls) {
  EXPECT_EQ(Outcome(kStreamEvents, ""), "UNIMPLEMENTED UNIMPLEMENTED");
  auto stream = testing::MakeCall<FakeStreamCall>(kGetTicket, "");
  table_.Start(stream);
  EXPECT_EQ(testing::Summary(stream->status()), "UNIMPLEMENTED UNIMPLEMENTED");
  EXPECT_EQ(stream->times_finished(), 1);
}

TEST_F(MethodTableTest, RefusesARequestAboveTheMethodsLimit) {
  EXPECT_EQ(Outcome("/dangol_test.TestService/ReadWithPermission", std::string(2001, 'x')),
            "INVALID_ARGUMENT REQUEST_TOO_LARGE (request)");
  EXPECT_EQ(Outcome("/dangol_test.TestService/ReadWithPermission",
                    ValidRead() + std::string(2000 - ValidRead().size(), '\xff')),
            "INVALID_ARGUMENT MALFORMED_MESSAGE (request)");  // just within it
}

TEST_F(MethodTableTest, RefusesWhoIsNotKnown) {
  authorizer_.principal = Error(absl::StatusCode::kUnauthenticated, "NO_CREDENTIAL", "Who are you?");
  EXPECT_EQ(Outcome(kCreateTicket, ""), "UNAUTHENTICATED NO_CREDENTIAL");
  EXPECT_THAT(authorizer_.permissions, IsEmpty());
}

TEST_F(MethodTableTest, RefusesWhoLacksThePermissionBeforeTheRequestIsLookedAt) {
  authorizer_.decision = Error(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED", "No.");
  const std::string before = tickets_.file().Dump();
  tickets::v1::CreateTicketRequest create;
  create.mutable_ticket()->set_subject("x");
  EXPECT_EQ(Outcome(kCreateTicket, create.SerializeAsString()), "PERMISSION_DENIED PERMISSION_DENIED");
  EXPECT_EQ(Outcome(kCreateTicket, "not a message"), "PERMISSION_DENIED PERMISSION_DENIED");
  EXPECT_EQ(Outcome(kGetTicket, ""), "PERMISSION_DENIED PERMISSION_DENIED");
  EXPECT_THAT(authorizer_.permissions, ElementsAre("tickets.write", "tickets.write", "tickets.read"));
  EXPECT_EQ(tickets_.file().Dump(), before);
  auto stream = testing::MakeCall<FakeStreamCall>(kStreamEvents, "");
  table_.Start(stream);
  tickets_.runtime().RunReady();
  EXPECT_EQ(testing::Summary(stream->status()), "PERMISSION_DENIED PERMISSION_DENIED");
}

TEST_F(MethodTableTest, ShowsTheAuthorizerTheCallsMetadata) {
  Call(kGetTicket, "", {{"authorization", "Bearer x"}});
  EXPECT_THAT(authorizer_.credentials, ElementsAre("Bearer x"));
}

TEST_F(MethodTableTest, TellsTheHandlerWhoCalls) {
  const Reply reply = Call("/dangol_test.TestService/WriteThing", "");
  ASSERT_TRUE(reply.status.ok()) << reply.status;
  Thing thing;
  ASSERT_TRUE(thing.ParseFromString(reply.message));
  EXPECT_EQ(thing.name(), "things/somebody");
}

// Even where an Authorizer says yes to everything.
TEST_F(MethodTableTest, AMethodThatStatesNoPermissionIsClosed) {
  EXPECT_EQ(Outcome("/dangol_test.TestService/ReadWithoutPermission", ValidRead()),
            "PERMISSION_DENIED PERMISSION_DENIED");
}

TEST_F(MethodTableTest, AMethodThatStatesNoPermissionIsClosedToTheOperator) {
  TrustedNetworkAuthorizer authorizer;
  MethodTable table(tickets_.methods().backend(), authorizer);
  ServiceMethods(table, "dangol_test.TestService").Add("ReadWithoutPermission", Read);
  auto call = testing::MakeCall<FakeUnaryCall>("/dangol_test.TestService/ReadWithoutPermission", ValidRead());
  table.Start(call);
  tickets_.runtime().RunReady();
  EXPECT_EQ(testing::Summary(call->reply().status), "PERMISSION_DENIED PERMISSION_DENIED");
}

TEST_F(MethodTableTest, EnforcesTheRulesOfFields) {
  EXPECT_EQ(Outcome("/dangol_test.TestService/ReadWithPermission", ""),
            "INVALID_ARGUMENT INVALID_FIELD required required_color required_texts required_part");
}

TEST_F(MethodTableTest, DropsACallWhoseClientHasGone) {
  const std::string before = tickets_.file().Dump();
  tickets::v1::CreateTicketRequest create;
  create.mutable_ticket()->set_subject("x");
  for (const auto& [method, request] : {std::pair(kCreateTicket, create.SerializeAsString()),
                                        std::pair("/dangol_test.TestService/ReadWithPermission", ValidRead())}) {
    auto call = testing::MakeCall<FakeUnaryCall>(method, request);
    table_.Start(call);
    call->Cancel();
    tickets_.runtime().RunReady();
    EXPECT_EQ(call->times_finished(), 1u);
    EXPECT_EQ(call->reply().status.code(), absl::StatusCode::kCancelled);
  }
  EXPECT_EQ(tickets_.file().Dump(), before);
}

TEST_F(MethodTableTest, DropsACallWhoseDeadlineHasPassed) {
  const std::string before = tickets_.file().Dump();
  tickets::v1::CreateTicketRequest create;
  create.mutable_ticket()->set_subject("x");
  for (const auto& [method, request] : {std::pair(kCreateTicket, create.SerializeAsString()),
                                        std::pair("/dangol_test.TestService/ReadWithPermission", ValidRead())}) {
    auto call = testing::MakeCall<FakeUnaryCall>(method, request, {}, tickets_.runtime().Now() + absl::Seconds(1));
    table_.Start(call);
    tickets_.runtime().Move(absl::Seconds(1));
    tickets_.runtime().RunReady();
    EXPECT_EQ(testing::Summary(call->reply().status), "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  }
  EXPECT_EQ(tickets_.file().Dump(), before);
}

using MethodTableDeathTest = MethodTableTest;

TEST_F(MethodTableDeathTest, EndsTheProgramOnAWrongRegistration) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  ServiceMethods methods(table_, "dangol_test.TestService");
  EXPECT_DEATH(ServiceMethods(table_, "dangol_test.NoService"), "no proto has the service dangol_test.NoService");
  EXPECT_DEATH(methods.Add("NoMethod", Read), "no proto has the method /dangol_test.TestService/NoMethod");
  EXPECT_DEATH(methods.Add("WriteThing", Read), "has other types in the proto");
  EXPECT_DEATH(methods.Add("WriteWithoutRequestId", Read), "reads, and only reads, are marked NO_SIDE_EFFECTS");
  EXPECT_DEATH(methods.Add("ReadWithPermission", WriteEveryRule), "reads, and only reads, are marked NO_SIDE_EFFECTS");
  EXPECT_DEATH(methods.Add("WriteWithoutRequestId", WriteEveryRule), "a write takes a request_id");
}

}  // namespace
}  // namespace dangol::rpc

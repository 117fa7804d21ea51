// The audit log of a service: what a call leaves in it, by its descriptors alone, and who may read that.
#include "common/service/audit.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/rpc/audit_entry.h"
#include "common/rpc/denied_calls.h"
#include "dangol/api/v1/audit.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/fake_authorizer.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::service {
namespace {

using api::v1::AuditEntry;
using api::v1::ListAuditEntriesRequest;
using api::v1::ListAuditEntriesResponse;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string kTickets = "/dangol.tickets.v1.TicketService/";  // NOLINT: a test's constant
constexpr char kList[] = "/dangol.api.v1.AdminService/ListAuditEntries";
constexpr char kRequestId[] = "01890a5d-ac96-774b-bcce-b302099a8057";

class AuditTest : public ::testing::Test {
 protected:
  AuditTest() {
    Options options;
    options.authorizer = authorizer_;
    tickets_ = std::make_unique<testing::SimulatedService>(tickets::TicketsService(), options);
    Be("kim", {"lead"});
  }

  void Be(const std::string& name, std::vector<std::string> roles) {
    authorizer_->principal = rpc::Principal{.name = name, .roles = std::move(roles), .stages = {}};
  }
  absl::Status Call(const std::string& method, const google::protobuf::Message& request, rpc::Metadata metadata = {}) {
    return tickets_->CallBytes(kTickets + method, request.SerializeAsString(), std::move(metadata)).status;
  }
  absl::Status Create(const std::string& id, const std::string& request_id = "") {
    tickets::v1::CreateTicketRequest request;
    request.set_ticket_id(id);
    request.mutable_ticket()->set_subject("The parcel came late");
    request.set_request_id(request_id);
    return Call("CreateTicket", request);
  }
  absl::Status CreateMany(int count, const std::string& request_id = "") {
    tickets::v1::BatchCreateTicketsRequest request;
    for (int i = 0; i < count; ++i) {
      request.add_requests()->set_ticket_id(fmt::format("t{:04}", i));
      request.mutable_requests(i)->mutable_ticket()->set_subject("x");
    }
    request.set_request_id(request_id);
    return Call("BatchCreateTickets", request);
  }
  absl::Status Acknowledge(const std::string& id) {
    tickets::v1::AcknowledgeTicketRequest request;
    request.set_name("tickets/" + id);
    return Call("AcknowledgeTicket", request);
  }
  absl::StatusOr<ListAuditEntriesResponse> List(const ListAuditEntriesRequest& request) {
    return tickets_->Call<ListAuditEntriesResponse>(kList, request);
  }
  // Of all pages, as an administrator.
  std::vector<AuditEntry> Entries(ListAuditEntriesRequest request = {}) {
    const auto before = authorizer_->principal;
    Be("root", {"admin"});
    std::vector<AuditEntry> entries;
    do {
      const auto page = List(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      entries.insert(entries.end(), page->audit_entries().begin(), page->audit_entries().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    authorizer_->principal = before;
    return entries;
  }
  std::vector<AuditEntry> About(const std::string& resource) {
    ListAuditEntriesRequest request;
    request.set_resource(resource);
    return Entries(request);
  }
  static std::vector<std::string> Methods(const std::vector<AuditEntry>& entries) {
    std::vector<std::string> methods;
    for (const AuditEntry& entry : entries) methods.push_back(entry.method().substr(entry.method().rfind('/') + 1));
    return methods;
  }

  const std::shared_ptr<testing::FakeAuthorizer> authorizer_ = std::make_shared<testing::FakeAuthorizer>();
  std::unique_ptr<testing::SimulatedService> tickets_;
};

TEST_F(AuditTest, SaysWhoDidWhatToWhichResourceAndNothingOfTheValues) {
  tickets::v1::CreateTicketRequest request;
  request.set_ticket_id("a");
  request.mutable_ticket()->set_subject("The parcel came late");
  request.mutable_ticket()->mutable_receive_time()->set_seconds(1'749'000'000);
  (*request.mutable_ticket()->mutable_attributes())["order"] = "4712";
  request.mutable_ticket()->add_file_links()->set_file_name("a.jpg");
  request.mutable_ticket()->mutable_file_links(0)->set_url("https://files.example/1");
  request.mutable_ticket()->add_file_links()->set_file_name("b.jpg");
  request.mutable_ticket()->mutable_file_links(1)->set_url("https://files.example/2");
  request.set_request_id(kRequestId);
  ASSERT_EQ(Call("CreateTicket", request, {{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}),
            absl::OkStatus());
  const std::vector<AuditEntry> entries = Entries();
  ASSERT_THAT(entries, SizeIs(1));
  const AuditEntry& entry = entries[0];
  EXPECT_EQ(entry.number(), 1);
  EXPECT_EQ(FromProtoTime(entry.time()), tickets_->runtime().Now());
  EXPECT_EQ(entry.principal(), "kim");
  EXPECT_EQ(entry.method(), "dangol.tickets.v1.TicketService/CreateTicket");
  EXPECT_THAT(entry.resources(), ElementsAre("tickets/a"));
  EXPECT_THAT(entry.fields(), ElementsAre("ticket.subject", "ticket.attributes", "ticket.file_links.file_name",
                                          "ticket.file_links.url", "ticket.receive_time", "ticket_id"));
  EXPECT_THAT(entry.request_hash(), SizeIs(32));
  EXPECT_THAT(entry.denial(), IsEmpty());
  EXPECT_EQ(entry.trace_id(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(entry.request_id(), kRequestId);
  EXPECT_THAT(entry.hash(), SizeIs(32));
  for (const char* value : {"parcel", "4712", "jpg", "example"}) {
    EXPECT_THAT(tickets_->file().DumpTable("audit"), Not(HasSubstr(value)));
  }
}

// A text that is no UUID may be a telephone number.
TEST_F(AuditTest, KeepsARequestIdThatIsAUuidAlone) {
  ASSERT_EQ(Create("a", "010-1234-5678"), absl::OkStatus());
  EXPECT_THAT(Entries().at(0).request_id(), IsEmpty());
  EXPECT_THAT(tickets_->file().DumpTable("audit"), Not(HasSubstr("1234")));
}

TEST_F(AuditTest, HasNothingOfWhatWasRefusedOrRepeatedOrChangedNothing) {
  ASSERT_EQ(Create("a", kRequestId), absl::OkStatus());
  tickets::v1::UpdateTicketRequest update;
  update.set_name("tickets/a");
  update.mutable_ticket();
  update.mutable_update_mask()->add_paths("labels");
  ASSERT_EQ(Call("UpdateTicket", update), absl::OkStatus());
  ASSERT_EQ(Create("a", kRequestId), absl::OkStatus());
  EXPECT_FALSE(Create("a").ok());
  EXPECT_FALSE(Acknowledge("b").ok());
  EXPECT_THAT(Methods(Entries()), ElementsAre("CreateTicket"));
}

TEST_F(AuditTest, HasOneEntryForABatch) {
  ASSERT_EQ(CreateMany(1000), absl::OkStatus());
  const std::vector<AuditEntry> entries = Entries();
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].resources_size(), rpc::kAnsweredResourcesMost);
  EXPECT_EQ(entries[0].resource_count(), 1000);
  EXPECT_THAT(entries[0].fields(), ElementsAre("requests.ticket.subject", "requests.ticket_id"));
  EXPECT_EQ(tickets_->file().Integer("SELECT COUNT(*) FROM audit_resource"), rpc::kAnsweredResourcesMost);
}

// What a batch names itself is what somebody decided about: all of it is found.
TEST_F(AuditTest, HasAllResourcesThatARequestNames) {
  ASSERT_EQ(CreateMany(100), absl::OkStatus());
  tickets::v1::BatchResolveTicketsRequest request;
  for (int i = 0; i < 100; ++i) request.add_names(fmt::format("tickets/t{:04}", i));
  request.set_disposition(tickets::v1::Ticket::INFORMED);
  request.set_reply("It is mended.");
  request.set_decided_by("members/kim");
  ASSERT_EQ(Call("BatchResolveTickets", request), absl::OkStatus());
  EXPECT_THAT(Methods(About("tickets/t0099")), ElementsAre("BatchResolveTickets"));
  EXPECT_THAT(Methods(About("tickets/t0000")), ElementsAre("BatchResolveTickets", "BatchCreateTickets"));
}

TEST_F(AuditTest, IsFoundByResourceAndByWhatIsInIt) {
  ASSERT_EQ(Create("a"), absl::OkStatus());
  ASSERT_EQ(Create("b"), absl::OkStatus());
  ASSERT_EQ(Acknowledge("a"), absl::OkStatus());
  tickets::v1::CreateMessageRequest message;
  message.set_parent("tickets/a");
  message.mutable_message()->set_kind(tickets::v1::Message::INTERNAL);
  message.mutable_message()->set_body("x");
  ASSERT_EQ(Call("CreateMessage", message), absl::OkStatus());
  const std::vector<AuditEntry> entries = About("tickets/a");
  EXPECT_THAT(Methods(entries), ElementsAre("CreateMessage", "AcknowledgeTicket", "CreateTicket"));
  ASSERT_THAT(entries[0].resources(), SizeIs(2));
  const std::string& name = entries[0].resources(1);
  EXPECT_THAT(name, ::testing::StartsWith("tickets/a/messages/"));
  EXPECT_THAT(Methods(About(name)), ElementsAre("CreateMessage"));

  tickets::v1::RedactMessageRequest redact;
  redact.set_name(name);
  ASSERT_EQ(Call("RedactMessage", redact), absl::OkStatus());
  EXPECT_THAT(Methods(About("tickets/a")).at(0), "RedactMessage");
  EXPECT_THAT(Methods(About("tickets/c")), IsEmpty());
}

TEST_F(AuditTest, IsFoundByPrincipalAndTime) {
  const absl::Time start = tickets_->runtime().Now();
  for (int i = 0; i < 6; ++i) {
    Be(i % 2 == 0 ? "kim" : "lee", {"lead"});
    ASSERT_EQ(Create(fmt::format("t{}", i)), absl::OkStatus());
    tickets_->runtime().Move(absl::Hours(30));
  }
  ListAuditEntriesRequest request;
  request.set_principal("lee");
  *request.mutable_start_time() = ToProtoTime(start + absl::Hours(30));
  *request.mutable_end_time() = ToProtoTime(start + absl::Hours(5 * 30));
  for (const bool oldest_first : {false, true}) {
    request.set_oldest_first(oldest_first);
    std::vector<std::string> found;
    for (const AuditEntry& entry : Entries(request)) found.push_back(entry.resources(0));
    if (!oldest_first) std::ranges::reverse(found);
    EXPECT_THAT(found, ElementsAre("tickets/t1", "tickets/t3"));
  }
  // As the member is called elsewhere.
  request.set_principal("members/lee");
  EXPECT_EQ(Entries(request).size(), 2U);
  request.set_principal("tokens/lee");
  EXPECT_THAT(Entries(request), IsEmpty());
}

TEST_F(AuditTest, ComesInPages) {
  for (int i = 0; i < 7; ++i) ASSERT_EQ(Create(fmt::format("t{}", i)), absl::OkStatus());
  ListAuditEntriesRequest request;
  request.set_page_size(3);
  for (const bool oldest_first : {false, true}) {
    request.set_oldest_first(oldest_first);
    std::vector<int64_t> numbers;
    for (const AuditEntry& entry : Entries(request)) numbers.push_back(entry.number());
    EXPECT_THAT(numbers, SizeIs(7));
    EXPECT_TRUE(oldest_first ? std::ranges::is_sorted(numbers) : std::ranges::is_sorted(numbers, std::greater<>()));
  }
  request.set_page_token("x");
  Be("root", {"admin"});
  EXPECT_EQ(List(request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AuditTest, ShowsOnlyWhatOneMayRead) {
  ASSERT_EQ(Create("a"), absl::OkStatus());
  ListAuditEntriesRequest all;
  ListAuditEntriesRequest ticket;
  ticket.set_resource("tickets/a");
  ListAuditEntriesRequest message;
  message.set_resource("tickets/a/messages/b");
  ListAuditEntriesRequest customer;
  customer.set_resource("customers/c");
  ListAuditEntriesRequest unknown;
  unknown.set_resource("tickets");
  Be("viewer", {"viewer"});
  EXPECT_TRUE(List(ticket).ok());
  EXPECT_TRUE(List(message).ok());
  for (const auto& request : {all, customer, unknown}) {
    EXPECT_EQ(testing::Summary(List(request).status()), "PERMISSION_DENIED PERMISSION_DENIED");
  }
  Be("agent", {"agent"});
  EXPECT_TRUE(List(customer).ok());
  EXPECT_FALSE(List(all).ok());
  Be("admin", {"admin"});
  for (const auto& request : {all, ticket, customer, unknown}) EXPECT_TRUE(List(request).ok());
}

// What is the only one of its kind, and what is read in lists alone.
TEST_F(AuditTest, ShowsWhatIsReadWithoutItsName) {
  const auto list = [&](const std::string& resource) {
    ListAuditEntriesRequest request;
    request.set_resource(resource);
    return List(request).status();
  };
  Be("lee", {"lead"});
  for (const char* resource : {"triagePolicy", "contactReasons/delivery", "contactReasons/delivery/late",
                               "contactReasons/delivery/late/cold"}) {
    EXPECT_EQ(list(resource), absl::OkStatus()) << resource;
  }
  for (const char* resource : {"contactReasons", "status", "parkedEvents/a", "auditEntries", ""}) {
    EXPECT_EQ(testing::Summary(list(resource)), "PERMISSION_DENIED PERMISSION_DENIED") << resource;
  }
}

TEST_F(AuditTest, CountsDeniedCallsByWhoAndWhatAndWhy) {
  authorizer_->decision = Error(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED", "No.");
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Create("a").ok());
  Be("lee", {"viewer"});
  EXPECT_FALSE(Create("a").ok());
  authorizer_->principal = Error(absl::StatusCode::kUnauthenticated, "CREDENTIAL_INVALID", "No.");
  EXPECT_FALSE(Create("a").ok());
  EXPECT_FALSE(Create("a").ok());
  authorizer_->decision = absl::OkStatus();
  const absl::Time first = tickets_->runtime().Now();
  tickets_->runtime().RunFor(rpc::kDenialsTime);
  const std::vector<AuditEntry> entries = Entries();
  std::vector<std::string> found;
  for (const AuditEntry& entry : entries) {
    EXPECT_EQ(FromProtoTime(entry.time()), first);
    EXPECT_EQ(entry.method(), "dangol.tickets.v1.TicketService/CreateTicket");
    EXPECT_THAT(entry.resources(), IsEmpty());
    found.push_back(fmt::format("{} {} {}", entry.principal(), entry.denial(), entry.denied_calls()));
  }
  EXPECT_THAT(found, ElementsAre("lee PERMISSION_DENIED 1", "kim PERMISSION_DENIED 5", " CREDENTIAL_INVALID 2"));
}

// By the handler, for a single object.
TEST_F(AuditTest, CountsWhatAHandlerDenies) {
  ASSERT_EQ(Create("a"), absl::OkStatus());
  Be("mia", {"owner"});
  tickets::v1::DeclineTicketRequest decline;
  decline.set_name("tickets/a");
  decline.set_reason(tickets::v1::Decision::UNSUSTAINABLE);
  decline.set_reply("We cannot.");
  decline.set_decided_by("members/mia");
  EXPECT_EQ(Call("DeclineTicket", decline).code(), absl::StatusCode::kPermissionDenied);
  tickets_->runtime().RunFor(rpc::kDenialsTime);
  EXPECT_EQ(Entries().at(0).principal(), "mia");
  EXPECT_EQ(Entries().at(0).denial(), "PERMISSION_DENIED");
}

TEST_F(AuditTest, IsNotFilledByAFlood) {
  authorizer_->decision = Error(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED", "No.");
  for (int i = 0; i < 3000; ++i) {
    Be(fmt::format("caller{}", i % 300), {});
    EXPECT_FALSE(Create("a").ok());
  }
  authorizer_->decision = absl::OkStatus();
  tickets_->runtime().RunFor(rpc::kDenialsTime);
  const std::vector<AuditEntry> entries = Entries();
  EXPECT_THAT(entries, SizeIs(rpc::kDenialsMost + 1));
  int64_t calls = 0;
  for (const AuditEntry& entry : entries) calls += entry.denied_calls();
  EXPECT_EQ(calls, 3000);
}

TEST_F(AuditTest, StoresDeniedCallsBeforeItStops) {
  authorizer_->decision = Error(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED", "No.");
  EXPECT_FALSE(Create("a").ok());
  authorizer_->decision = absl::OkStatus();
  tickets_->service().Drain();
  tickets_->runtime().RunReady();
  EXPECT_THAT(Entries(), SizeIs(1));
}

// Until the last call has ended.
TEST_F(AuditTest, StoresCallsThatWereDeniedWhileItDrained) {
  tickets_->service().Drain();
  authorizer_->decision = Error(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED", "No.");
  EXPECT_FALSE(Create("a").ok());
  authorizer_->decision = absl::OkStatus();
  int64_t stored = 0;
  tickets_->service().StoreDenied([&] { stored = tickets_->file().Integer("SELECT COUNT(*) FROM audit"); });
  tickets_->runtime().RunReady();
  EXPECT_EQ(stored, 1) << "it says so once they are there";
}

// Who keeps what was told can check it: the hashes are of what is told.
TEST_F(AuditTest, IsAChainForWhoReadsIt) {
  for (int i = 0; i < 5; ++i) ASSERT_EQ(Create(fmt::format("t{}", i)), absl::OkStatus());
  ListAuditEntriesRequest request;
  request.set_oldest_first(true);
  storage::AuditChain chain;
  for (const AuditEntry& entry : Entries(request)) EXPECT_THAT(chain.Next(rpc::ToRow(entry)), IsEmpty());
  EXPECT_EQ(chain.previous().number, 5);
}

}  // namespace
}  // namespace dangol::service

#include "tests/database_faults/server_fixture.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"

#include "dangol/tickets/v1/ticket.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/support/eventually.h"

namespace dangol::testing {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kPassword[] = "sesame";

void ServerFixture::SetUp() {
  Run(fmt::format("CREATE ROLE service LOGIN PASSWORD '{}'", kPassword));
  Run("CREATE DATABASE tickets OWNER service");
}

std::string ServerFixture::Url(const std::string& options) const {
  return fmt::format("postgresql://service:{}@127.0.0.1:{}/tickets{}", kPassword, own_.server().port, options);
}

std::string ServerFixture::Look(const std::string& sql) const {
  std::string value;
  PostgresSession(own_.server().UrlOf("tickets")).ForEachRow(sql, [&](const auto& row) { value = row[0]; });
  return value;
}

void ServerFixture::ExpectRefusal(const std::string& url, const std::string& says) const {
  const Ended ended = RunToEnd(DANGOL_TICKETS_BINARY, {"--database", url, "--listen", service_.address()});
  EXPECT_EQ(ended.code, 1) << url;
  EXPECT_THAT(ended.errors, StartsWith("dangol-tickets: Cannot open postgresql://")) << url;
  EXPECT_THAT(ended.errors, HasSubstr(says)) << url;
  EXPECT_EQ(std::ranges::count(ended.errors, '\n'), 1) << ended.errors;
  EXPECT_THAT(ended.errors + ended.output, Not(HasSubstr(kPassword)));
}

void ServerFixture::StartService(const std::string& url) {
  service_.UseDatabase(url);
  service_.Start();
  ASSERT_TRUE(service_.WaitUntilReady()) << service_.process().errors();
}

absl::Status ServerFixture::Create(const std::string& subject, absl::Duration deadline) const {
  tickets::v1::CreateTicketRequest request;
  request.mutable_ticket()->set_subject(subject);
  const auto channel = service_.NewChannel();
  const absl::Time start = absl::Now();
  const absl::Status status =
      Ask<tickets::v1::Ticket>(*channel, "/dangol.tickets.v1.TicketService/CreateTicket", request, deadline).status();
  EXPECT_LT(absl::Now() - start, deadline + absl::Seconds(1)) << status;
  return status;
}

void ServerFixture::ExpectRecovery() {
  absl::Status status;
  const auto creates = [&] { return (status = Create("again")).ok(); };
  EXPECT_TRUE(Eventually(creates, kPatience)) << status << service_.process().errors();
  WaitForState(api::v1::GetStatusResponse::SERVING);
  EXPECT_TRUE(service_.Running());
  EXPECT_THAT(service_.process().errors(), Not(HasSubstr(kPassword)));
}

api::v1::GetStatusResponse ServerFixture::WaitForState(api::v1::GetStatusResponse::State state) {
  absl::StatusOr<api::v1::GetStatusResponse> status;
  const auto is_there = [&] {
    status = service_.Status();
    return status.ok() && status->state() == state;
  };
  EXPECT_TRUE(Eventually(is_there, kPatience)) << status.status();
  return status.value_or(api::v1::GetStatusResponse());
}

}  // namespace dangol::testing

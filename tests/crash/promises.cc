#include "tests/crash/promises.h"

#include <iterator>
#include <set>

#include "fmt/format.h"
#include "gtest/gtest.h"

#include "dangol/api/v1/admin_service.pb.h"
#include "tests/support/service_process.h"

namespace dangol::testing {
namespace {

constexpr absl::Duration kCheckTimeMax = absl::Minutes(1);
constexpr char kMarkers[] =
    "SELECT subject FROM ticket UNION ALL SELECT revisit_condition FROM ticket WHERE revisit_condition IS NOT NULL "
    "UNION ALL SELECT body FROM message";

// The client's file, as the simulation's checks want it.
simulation::Ledger ToLedger(const std::vector<LedgerLine>& lines) {
  simulation::Ledger ledger;
  for (const LedgerLine& line : lines) {
    simulation::Operation& operation = ledger.operations.emplace_back();
    operation.number = static_cast<int64_t>(ledger.operations.size());
    operation.request_id = line.request_id;
    operation.markers = line.markers;
    operation.names = line.names;
    operation.outcome = simulation::Outcome::kAcknowledged;
  }
  return ledger;
}

}  // namespace

void ExpectReplays(rpc::Channel& channel, const std::vector<LoadRequest>& requests) {
  for (const LoadRequest& request : requests) {
    const rpc::Reply reply = CallAndWait(channel, request.method, request.request);
    ASSERT_TRUE(reply.status.ok()) << request.method << ": " << reply.status.ToString();
    EXPECT_EQ(NamesInAnswer(request.method, reply.message), request.names);
  }
}

void ExpectIntegrity(rpc::Channel& channel) {
  api::v1::CheckIntegrityRequest request;
  request.set_check_pages(true);
  const auto response = Ask<api::v1::CheckIntegrityResponse>(channel, "/dangol.api.v1.AdminService/CheckIntegrity",
                                                             request, kCheckTimeMax);
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(response->violation_count(), 0) << response->DebugString();
}

std::vector<std::string> BrokenPromises(const simulation::QueryDatabase& query, const std::string& ledger_path,
                                        const std::vector<std::vector<simulation::SeenEvent>>& followers) {
  const std::vector<LedgerLine> lines = ReadLedger(ledger_path);
  simulation::Ledger ledger = ToLedger(lines);
  std::set<std::string> promised;
  for (const LedgerLine& line : lines) promised.insert(line.markers.begin(), line.markers.end());
  const std::string error = query(kMarkers, [&](const simulation::DatabaseRow& row) {
    if (!promised.contains(row[0])) ledger.Violation(fmt::format("{} is there and was never acknowledged", row[0]));
  });
  if (!error.empty()) ledger.Violation(error);
  simulation::CheckDatabase(query, ledger, followers);
  return ledger.violations;
}

}  // namespace dangol::testing

// How fast tickets are taken in and told, next to other writes; DANGOL_DEMANDS=100000 on the release build gives the
// figures of the README.
#include <atomic>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gtest/gtest.h"

#include "common/base/proto_time.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/backlog/service.h"
#include "tests/common/storage/database_file.h"
#include "tests/support/local_service.h"

namespace dangol::backlog {
namespace {

constexpr int kPage = 100;  // events a write

// What a subscription does with a page.
class PageWrite : public storage::Write {
 public:
  PageWrite(int first, int count, std::promise<absl::Status>& done) : first_(first), count_(count), done_(done) {}
  absl::Status Apply(storage::Transaction& transaction) override {
    const rpc::Principal principal{.name = "subscription/tickets", .roles = {"service"}, .stages = {}};
    absl::Status status;
    for (int i = first_; i < first_ + count_ && status.ok(); ++i) {
      tickets::v1::TicketEvent event;
      event.mutable_ticket_accepted();
      auto& facts = *event.mutable_facts();
      facts.set_ticket(fmt::format("tickets/ticket-{:06}", i));
      facts.set_change("changes/a");
      facts.set_acceptance(1);
      *facts.mutable_occur_time() = ToProtoTime(absl::Now());
      *facts.mutable_receive_time() = ToProtoTime(absl::Now());
      status = BacklogService().sources[0].react(transaction, rpc::Call(absl::Now(), principal, ids_, ""), event);
    }
    return status;
  }
  void Done(const absl::Status& status, const storage::Position&) override { done_.set_value(status); }

 private:
  const int first_;
  const int count_;
  std::promise<absl::Status>& done_;
  IdMaker ids_{1000};
};

void Accept(service::Service& service, int demands) {
  for (int first = 0; first < demands; first += kPage) {
    std::promise<absl::Status> done;
    auto result = done.get_future();
    service.write_queue().Submit(storage::Lane::kReaction,
                                 std::make_unique<PageWrite>(first, std::min(kPage, demands - first), done));
    const absl::Status status = result.get();
    ASSERT_TRUE(status.ok()) << status;
  }
}

TEST(BacklogSpeed, OfAcceptancesAndOfAShipmentNextToOtherWrites) {
  const char* said = std::getenv("DANGOL_DEMANDS");
  const int demands = said != nullptr ? std::atoi(said) : 2'000;
  testing::LocalService backlog(BacklogService());
  const std::string api = "/dangol.backlog.v1.ChangeService/";
  v1::CreateChangeRequest create;
  create.set_change_id("a");
  create.mutable_change()->set_title("Parcels come on the day that was promised");
  ASSERT_TRUE(backlog.Call<v1::Change>(api + "CreateChange", create).ok());
  absl::Time start = absl::Now();
  Accept(backlog.service(), demands);
  const absl::Duration accepted = absl::Now() - start;

  v1::ShipChangeRequest ship;
  ship.set_name("changes/a");
  ship.set_kind(v1::Change::PROCESS);
  ship.mutable_decision()->set_can_keep(v1::Decision::YES);
  ship.mutable_decision()->set_for_everyone(v1::Decision::YES);
  ship.mutable_decision()->set_within_capability(v1::Decision::YES);
  ship.mutable_decision()->set_rationale("why");
  ship.mutable_decision()->set_decided_by("members/kim");
  start = absl::Now();
  ASSERT_TRUE(backlog.Call<v1::Change>(api + "ShipChange", ship).ok());
  const absl::Duration answered = absl::Now() - start;
  std::atomic<bool> stop = false;
  int others = 0;
  absl::Duration slowest;
  std::thread other([&] {
    while (!stop) {
      v1::CreateChangeRequest one;
      one.mutable_change()->set_title("another");
      const absl::Time sent = absl::Now();
      EXPECT_TRUE(backlog.Call<v1::Change>(api + "CreateChange", one).ok());
      slowest = std::max(slowest, absl::Now() - sent);
      ++others;
    }
  });
  v1::GetChangeRequest get;
  get.set_name("changes/a");
  v1::Change change;
  do {
    absl::SleepFor(absl::Milliseconds(5));
    const auto found = backlog.Call<v1::Change>(api + "GetChange", get);
    ASSERT_TRUE(found.ok()) << found.status();
    change = *found;
  } while (!change.shipments(0).has_finish_time());
  const absl::Duration told = absl::Now() - start;
  stop = true;
  other.join();
  EXPECT_EQ(change.shipments(0).answered(), demands);
  EXPECT_EQ(change.evidence().answered(), demands);
  const testing::DatabaseFile file(backlog.database_path());
  EXPECT_EQ(file.Integer("SELECT COUNT(*) FROM feed WHERE kind = 'demands_updated'"), demands + (demands + 199) / 200);

  v1::ListDemandsRequest list;
  list.set_parent("changes/a");
  list.set_page_size(50);
  start = absl::Now();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(backlog.Call<v1::ListDemandsResponse>(api + "ListDemands", list).ok());
  const absl::Duration listed = (absl::Now() - start) / 100;
  start = absl::Now();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(backlog.Call<v1::Change>(api + "GetChange", get).ok());
  const absl::Duration got = (absl::Now() - start) / 100;
  start = absl::Now();
  const auto checked = backlog.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                     api::v1::CheckIntegrityRequest());
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->violation_count(), 0) << checked->DebugString();
  const absl::Duration check = absl::Now() - start;
  fmt::print(
      "{} demands: accepted in {} ({} each); ShipChange answered in {}, all told in {} ({} each) next to {} other "
      "writes, the slowest {}; "
      "ListDemands of 50 {}, GetChange {}, CheckIntegrity {}\n",
      demands, absl::FormatDuration(accepted), absl::FormatDuration(accepted / demands), absl::FormatDuration(answered),
      absl::FormatDuration(told), absl::FormatDuration(told / demands), others, absl::FormatDuration(slowest),
      absl::FormatDuration(listed), absl::FormatDuration(got), absl::FormatDuration(check));
}

}  // namespace
}  // namespace dangol::backlog

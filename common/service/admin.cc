#include "common/service/admin.h"

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/feed/parked_events.h"
#include "common/service/audit.h"
#include "common/service/integrity.h"
#include "common/service/service.h"

namespace dangol::service {
namespace {

using dangol::api::v1::CheckIntegrityRequest;
using dangol::api::v1::CheckIntegrityResponse;
using dangol::api::v1::DropParkedEventRequest;
using dangol::api::v1::GetStatusRequest;
using dangol::api::v1::GetStatusResponse;
using dangol::api::v1::ListAuditEntriesRequest;
using dangol::api::v1::ListAuditEntriesResponse;
using dangol::api::v1::ParkedEvent;
using dangol::api::v1::RetryParkedEventRequest;
using dangol::api::v1::SubscriptionStatus;

constexpr int kSlowSlicesMost = 20;  // of a check
constexpr int kOverdueTimersMost = 100;

// What is stored cannot be read: that is what a check looks for, and the other checks go on.
bool IsFinding(const absl::Status& status) { return absl::IsInternal(status) || absl::IsDataLoss(status); }

}  // namespace

// Counters of the process, and what only the database knows.
class Admin::StatusRead : public storage::Read {
 public:
  StatusRead(Service& service, std::shared_ptr<rpc::ServerUnaryCall> call) : service_(service), call_(std::move(call)) {
    deadline = call_->deadline;
  }

  void Run(storage::Snapshot& snapshot) override {
    GetStatusResponse response;
    absl::Status status = Fill(snapshot, response);
    call_->Finish({status, status.ok() ? response.SerializeAsString() : "", {}});
  }

  void Fail(const absl::Status& status) override { call_->Finish({status, "", {}}); }

 private:
  absl::Status Fill(storage::Snapshot& snapshot, GetStatusResponse& response) const {
    ASSIGN_OR_RETURN(const auto versions, storage::ReadSchemaVersions(snapshot));
    ASSIGN_OR_RETURN(const int64_t timers, snapshot.QueryInteger("SELECT COUNT(*) FROM timer", {}));
    ASSIGN_OR_RETURN(const storage::Position head, storage::ReadFeedHead(snapshot));
    const storage::WriteQueue::Counters counters = service_.write_queue().counters();
    response.set_service(std::string(service_.definition().name));
    response.set_version(DANGOL_VERSION);
    response.set_state(service_.draining()  ? GetStatusResponse::DRAINING
                       : counters.read_only ? GetStatusResponse::READ_ONLY
                                            : GetStatusResponse::SERVING);
    response.set_reason(counters.reason);
    response.mutable_start_time()->set_seconds(absl::ToUnixSeconds(service_.start_time()));
    for (const auto& [component, version] : versions) (*response.mutable_schema_versions())[component] = version;
    response.set_incarnation(service_.feed_head().incarnation());
    response.set_feed_sequence(head.sequence);
    response.set_feed_cursor(storage::FormatCursor({service_.feed_head().incarnation(), head}));
    response.set_write_queue_calls(counters.calls);
    response.set_write_queue_bytes(counters.bytes);
    response.set_read_queue_calls(service_.reader_pool().waiting());
    response.set_open_streams(service_.streams().open());
    response.set_wal_bytes(counters.wal_bytes);
    response.set_database_bytes(service_.database().SizeBytes());
    response.set_commits(counters.commits);
    response.set_writes(counters.writes);
    response.set_pending_timers(timers);
    response.set_process(service_.process());
    RETURN_IF_ERROR(FillOverdueTimers(snapshot, response));
    for (const auto& subscription : service_.subscriptions()) {
      RETURN_IF_ERROR(FillSubscription(snapshot, *subscription, *response.add_subscriptions()));
    }
    return absl::OkStatus();
  }

  absl::Status FillOverdueTimers(storage::Snapshot& snapshot, GetStatusResponse& response) const {
    ASSIGN_OR_RETURN(const auto overdue, storage::ListOverdueTimers(snapshot, service_.runtime().Now()));
    for (const storage::OverdueTimer& one : overdue) {
      if (response.overdue_timers_size() == kOverdueTimersMost) break;
      api::v1::OverdueTimer& timer = *response.add_overdue_timers();
      timer.set_kind(one.timer.kind);
      timer.set_resource(one.timer.resource);
      timer.set_overdue_seconds(absl::ToInt64Seconds(one.overdue));
      timer.set_failed_attempts(one.timer.attempt);
    }
    return absl::OkStatus();
  }

  // What the process knows, and where the row stands, which another process may move.
  static absl::Status FillSubscription(storage::Snapshot& snapshot, const feed::Subscription& subscription,
                                       SubscriptionStatus& status) {
    status = subscription.status();
    ASSIGN_OR_RETURN(const int64_t parked,
                     snapshot.QueryInteger("SELECT COUNT(*) FROM parked_event WHERE state = 1 AND feed = $1",
                                           {subscription.feed()}));
    status.set_parked_events(parked);
    return snapshot.Query("SELECT epoch FROM subscription WHERE feed = $1", {subscription.feed()},
                          [&](const storage::Row& row) { status.set_epoch(row.Integer(0)); });
  }

  Service& service_;
  const std::shared_ptr<rpc::ServerUnaryCall> call_;
};

// Runs one check after another, a slice a read, so that no snapshot is held long and other reads come between.
class Admin::IntegrityRun : public std::enable_shared_from_this<IntegrityRun> {
 public:
  IntegrityRun(Admin& admin, std::shared_ptr<rpc::ServerUnaryCall> call, bool check_pages)
      : admin_(admin), call_(std::move(call)), check_pages_(check_pages), checks_(CoreIntegrityChecks()) {
    for (const IntegrityCheck& check : admin.service_.definition().integrity_checks) checks_.push_back(check);
  }

  void SubmitSlice() { admin_.service_.reader_pool().Submit(std::make_unique<Slice>(shared_from_this())); }

 private:
  class Slice : public storage::Read {
   public:
    explicit Slice(std::shared_ptr<IntegrityRun> run) : run_(std::move(run)) { deadline = run_->call_->deadline; }
    bool Abandoned() const override { return run_->call_->cancelled(); }
    void Run(storage::Snapshot& snapshot) override { run_->RunSlice(snapshot); }
    void Fail(const absl::Status& status) override { run_->End(status); }

   private:
    const std::shared_ptr<IntegrityRun> run_;
  };

  void RunSlice(storage::Snapshot& snapshot) {
    if (next_check_ == checks_.size()) {
      if (!check_pages_) return End(absl::OkStatus());
      return admin_.executor_->Post([self = shared_from_this()] { self->End(self->CheckPages()); });
    }
    const IntegrityCheck& check = checks_[next_check_];
    if (findings_ == nullptr) findings_ = std::make_unique<Findings>(AddCheck(check.name), response_);
    const CheckIntegrityResponse before = response_;
    absl::StatusOr<std::string> next = check.slice(snapshot, position_, *findings_);
    if (ErrorReason(next.status()) == "READ_TOO_LONG") {
      // On a busy machine the time is used up by others. What the slice found so far is found again.
      response_ = before;
      findings_ = std::make_unique<Findings>(*response_.mutable_checks()->rbegin(), response_);
      if (++slow_slices_ < kSlowSlicesMost) return SubmitSlice();
      findings_->LeftOut();
      next = std::string();
    }
    if (IsFinding(next.status())) {
      findings_->Violation(
          "", fmt::format("the check ended behind '{}': {}", position_, std::string(next.status().message())));
      next = std::string();
    }
    if (!next.ok()) return End(next.status());
    position_ = *std::move(next);
    if (position_.empty()) {
      ++next_check_;
      slow_slices_ = 0;
      findings_ = nullptr;
    }
    SubmitSlice();
  }

  CheckIntegrityResponse::Check& AddCheck(std::string_view name) {
    CheckIntegrityResponse::Check& check = *response_.add_checks();
    check.set_name(std::string(name));
    return check;
  }

  absl::Status CheckPages() {
    Findings findings(AddCheck("pages"), response_);
    const absl::StatusOr<storage::PageReport> report = admin_.service_.database().CheckPages();
    if (IsFinding(report.status())) {
      findings.Violation("", fmt::format("the check ended: {}", std::string(report.status().message())));
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(report.status());
    for (const std::string& problem : report->problems) findings.Violation("", problem);
    findings.Examined(report->pages);
    return absl::OkStatus();
  }

  void End(const absl::Status& status) {
    admin_.checking_ = false;
    call_->Finish({status, status.ok() ? response_.SerializeAsString() : "", {}});
  }

  Admin& admin_;
  const std::shared_ptr<rpc::ServerUnaryCall> call_;
  const bool check_pages_;
  std::vector<IntegrityCheck> checks_;
  size_t next_check_ = 0;
  std::string position_;
  int slow_slices_ = 0;
  std::unique_ptr<Findings> findings_;
  CheckIntegrityResponse response_;
};

Admin::Admin(Service& service) : service_(service), executor_(service.runtime().NewExecutor("check", 1)) {}

void Admin::AddMethods(rpc::MethodTable& table) {
  table.AddResource<ParkedEvent>(feed::ReadParkedEvent);
  rpc::ServiceMethods(table, "dangol.api.v1.AdminService")
      .AddAsync<GetStatusRequest, GetStatusResponse>(
          "GetStatus",
          [this](std::shared_ptr<rpc::ServerUnaryCall> call, const GetStatusRequest&) {
            service_.reader_pool().Submit(std::make_unique<StatusRead>(service_, std::move(call)));
          })
      .AddAsync<CheckIntegrityRequest, CheckIntegrityResponse>(
          "CheckIntegrity",
          [this](std::shared_ptr<rpc::ServerUnaryCall> call, const CheckIntegrityRequest& request) {
            if (checking_.exchange(true)) {
              return call->Finish({WithRetry(Error(absl::StatusCode::kResourceExhausted, "CHECK_RUNS",
                                                   "A check runs already. Wait until it has ended."),
                                             absl::Seconds(1)),
                                   "",
                                   {}});
            }
            std::make_shared<IntegrityRun>(*this, std::move(call), request.check_pages())->SubmitSlice();
          })
      .AddRead<ListAuditEntriesRequest, ListAuditEntriesResponse>(
          "ListAuditEntries",
          [permissions = ReadPermissionsOf(table)](storage::Snapshot& snapshot, const rpc::Call& call,
                                                   const ListAuditEntriesRequest& request) {
            return ListAuditEntries(permissions, snapshot, call, request);
          })
      .Add("ListParkedEvents", feed::ListParkedEvents)
      .AddWrite<RetryParkedEventRequest, ParkedEvent>(
          "RetryParkedEvent",
          [this](storage::Transaction& transaction, const rpc::Call& call, const RetryParkedEventRequest& request) {
            return feed::RetryParkedEvent(service_.definition().sources, service_.ids(), transaction, call, request);
          })
      .Add("DropParkedEvent", feed::DropParkedEvent);
}

}  // namespace dangol::service

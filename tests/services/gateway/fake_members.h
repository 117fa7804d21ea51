// A metrics service of which nothing but its members is there.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/rpc/transport.h"
#include "dangol/api/v1/audit.pb.h"
#include "dangol/metrics/v1/audit_service.pb.h"
#include "dangol/metrics/v1/member_service.pb.h"

namespace dangol::gateway {

// Two members a page. Thread-safe.
class FakeMembers : public rpc::Channel {
 public:
  using Member = metrics::v1::Member;

  // One who works here, as whom no other was known before.
  void Set(const std::string& id, const std::vector<Member::Role>& roles) {
    Member member;
    member.set_name("members/" + id);
    member.set_state(Member::ACTIVE);
    for (const Member::Role role : roles) member.add_roles(role);
    std::lock_guard lock(mutex_);
    std::erase_if(members_, [&](const Member& other) { return other.name() == member.name(); });
    members_.push_back(std::move(member));
  }
  void Change(const std::string& id, const std::function<void(Member&)>& change) {
    std::lock_guard lock(mutex_);
    for (Member& member : members_) {
      if (member.name() == "members/" + id) change(member);
    }
  }
  void Leave(const std::string& id, absl::Time when) {
    Change(id, [when](Member& member) {
      member.set_state(Member::LEFT);
      *member.mutable_leave_time() = ToProtoTime(when);
    });
  }
  void SetAway(bool away) {
    std::lock_guard lock(mutex_);
    away_ = away;
  }

  // What the gateway handed over for the audit log, in its order; each once.
  std::vector<api::v1::AuditEntry> entries() {
    std::lock_guard lock(mutex_);
    return entries_;
  }
  // From now on an entry is answered with this; what was handed over before stays.
  void SetRecording(const absl::Status& status) {
    std::lock_guard lock(mutex_);
    recording_ = status;
  }

  void Unary(std::string method, std::string bytes, rpc::CallOptions,
             absl::AnyInvocable<void(rpc::Reply) &&> done) override {
    std::move(done)(Answer(method, bytes));
  }
  std::unique_ptr<rpc::ClientStream> Stream(std::string, std::string, rpc::CallOptions) override {
    class Ended : public rpc::ClientStream {
      void Read(absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&> done) override {
        std::move(done)(std::nullopt, absl::UnavailableError("no streams"));
      }
    };
    return std::make_unique<Ended>();
  }

 private:
  rpc::Reply Answer(const std::string& method, const std::string& bytes) {
    std::lock_guard lock(mutex_);
    if (away_) return {absl::UnavailableError("nobody listens"), "", {}};
    if (method == "/dangol.metrics.v1.AuditService/RecordAuditEntry") return Record(bytes);
    if (method != "/dangol.metrics.v1.MemberService/ListMembers") return {absl::UnimplementedError(method), "", {}};
    metrics::v1::ListMembersRequest request;
    request.ParseFromString(bytes);
    metrics::v1::ListMembersResponse response;
    size_t next = request.page_token().empty() ? 0 : std::stoul(request.page_token());
    for (; next < members_.size() && response.members_size() < 2; ++next) *response.add_members() = members_[next];
    if (next < members_.size()) response.set_next_page_token(std::to_string(next));
    return {absl::OkStatus(), response.SerializeAsString(), {}};
  }

  rpc::Reply Record(const std::string& bytes) {
    if (!recording_.ok()) return {recording_, "", {}};
    metrics::v1::RecordAuditEntryRequest request;
    request.ParseFromString(bytes);
    if (recorded_.insert(request.request_id()).second) entries_.emplace_back().ParseFromString(request.audit_entry());
    return {absl::OkStatus(), metrics::v1::RecordedAuditEntry().SerializeAsString(), {}};
  }

  std::mutex mutex_;
  std::vector<Member> members_;
  bool away_ = false;
  absl::Status recording_;
  std::set<std::string> recorded_;  // ids of requests
  std::vector<api::v1::AuditEntry> entries_;
};

}  // namespace dangol::gateway

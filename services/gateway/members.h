// The members, as the metrics service has them: whom a sign-in is about, and what a session allows now.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/identity/keys.h"
#include "common/rpc/call.h"
#include "common/rpc/transport.h"
#include "dangol/metrics/v1/member.pb.h"

namespace dangol::gateway {

// How often the members are read.
inline constexpr absl::Duration kMembersInterval = absl::Seconds(5);

// What each who has not left may do at this time, by id: roles, stages, and for whom he stands, of whom he has the
// stages as well.
using Principals = std::map<std::string, rpc::Principal, std::less<>>;
Principals PrincipalsOf(const std::vector<metrics::v1::Member>& members, absl::Time now);

// Reads them at a sign-in, and every few seconds, where there are keys by which somebody may be signed in. Whoever has
// left loses the sessions and tokens, in the folder of keys, so that it holds for every program. Thread-safe. Always in
// a shared_ptr: calls under way may outlive their owner.
class Members : public std::enable_shared_from_this<Members> {
 public:
  // `metrics`: as the gateway itself calls it; null: there is nobody to ask.
  Members(std::shared_ptr<rpc::Channel> metrics, std::shared_ptr<identity::Keys> keys, Runtime& runtime);
  // Stops.
  ~Members();

  // Begins to read.
  void Start();
  // Waits for what runs; nothing is read any more. Its owner calls it.
  void Stop() { executor_->Stop(); }

  // Who the member of this id or e-mail address is, by what the service says now. `done` may run on any thread.
  // NOT_FOUND; FAILED_PRECONDITION, reason MEMBER_LEFT or EMAIL_AMBIGUOUS; UNAVAILABLE, reason SERVICE_AWAY.
  using Done = absl::AnyInvocable<void(absl::StatusOr<rpc::Principal>) &&>;
  void Find(std::string who, Done done);
  // The same, as the service has the member.
  using MemberDone = absl::AnyInvocable<void(absl::StatusOr<metrics::v1::Member>) &&>;
  void FindMember(std::string who, MemberDone done);

  // What the principal of a session may do now, by what was read last; until that has been, and for who signed in after
  // it and was not known then, the roles that he had at the sign-in. UNAUTHENTICATED, reason MEMBER_LEFT.
  absl::StatusOr<rpc::Principal> Current(const identity::Session& session);

 private:
  struct Known {
    std::vector<metrics::v1::Member> members;
    Principals principals;
    absl::Time read;  // when it began to be
  };
  using KnownPointer = std::shared_ptr<const Known>;
  using ReadDone = absl::AnyInvocable<void(absl::StatusOr<KnownPointer>) &&>;
  struct Reading;

  void Read(ReadDone done);
  void ReadPage(std::shared_ptr<Reading> reading);
  void Keep(uint64_t number, KnownPointer known);
  static absl::StatusOr<const metrics::v1::Member*> FindIn(const Known& known, std::string_view who);
  // Every few seconds, on the executor.
  void Poll();
  void EndWhoLeft(const std::vector<metrics::v1::Member>& members);

  const std::shared_ptr<rpc::Channel> metrics_;
  const std::shared_ptr<identity::Keys> keys_;
  Runtime& runtime_;

  std::mutex mutex_;
  KnownPointer known_;         // null: they were not read yet
  uint64_t next_number_ = 1;   // of a reading
  uint64_t kept_number_ = 0;   // of the one that `known_` is of
  identity::LeaveTimes left_;  // of whom the folder, in this version, knows it. On the executor alone
  std::string folder_version_;
  absl::Time complained_ = absl::InfinitePast();  // by the steady clock; on the executor alone

  const std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::gateway

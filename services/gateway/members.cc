#include "services/gateway/members.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/time/civil_time.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/proto_time.h"
#include "common/rpc/authorization.h"
#include "common/rpc/paging.h"
#include "dangol/metrics/v1/member_service.pb.h"

namespace dangol::gateway {
namespace {

using metrics::v1::Member;

constexpr char kListMembers[] = "/dangol.metrics.v1.MemberService/ListMembers";
constexpr absl::Duration kReadTimeMax = absl::Seconds(5);
constexpr std::string_view kCollection = "members/";
// It is tried again at each reading, and said so often.
constexpr absl::Duration kComplaintInterval = absl::Minutes(1);
// How far the clocks of two gateways may be apart; a cookie has its times to the second.
constexpr absl::Duration kClockLeeway = absl::Seconds(2);

// The time zones of the earth are so far from UTC.
constexpr absl::Duration kZoneLatest = absl::Hours(12);
constexpr absl::Duration kZoneEarliest = absl::Hours(14);

absl::Status Away() {
  return Error(absl::StatusCode::kUnavailable, "SERVICE_AWAY",
               "The metrics service, which knows the members, does not answer. Try again.", {{"service", "metrics"}});
}

absl::Status Left(std::string_view name, absl::StatusCode code) {
  return Error(code, "MEMBER_LEFT", fmt::format("{} has left, and cannot sign in. Ask a lead.", name),
               {{"resource", std::string(name)}});
}

// Whether somebody stands in now: somewhere on earth it is one of the days.
bool IsAway(const Member& member, absl::Time now) {
  absl::CivilDay first;
  absl::CivilDay last;
  if (!absl::ParseCivilTime(member.deputy().first_day(), &first)) return false;
  if (!absl::ParseCivilTime(member.deputy().last_day(), &last)) return false;
  return first <= absl::ToCivilDay(now + kZoneEarliest, absl::UTCTimeZone()) &&
         absl::ToCivilDay(now - kZoneLatest, absl::UTCTimeZone()) <= last;
}

}  // namespace

Principals PrincipalsOf(const std::vector<Member>& members, absl::Time now) {
  Principals principals;
  for (const Member& member : members) {
    if (member.state() == Member::LEFT) continue;
    const std::string id = member.name().substr(kCollection.size());
    rpc::Principal& principal = principals[id];
    principal.name = id;
    principal.stages.assign(member.stages().begin(), member.stages().end());
    for (const int role : member.roles())
      principal.roles.push_back(absl::AsciiStrToLower(Member::Role_Name(static_cast<Member::Role>(role))));
  }
  for (const Member& member : members) {
    if (!member.has_deputy() || !IsAway(member, now)) continue;
    const auto deputy = principals.find(member.deputy().member().substr(kCollection.size()));
    if (deputy == principals.end()) continue;
    deputy->second.act_for.push_back(member.name());
    deputy->second.stages.insert(deputy->second.stages.end(), member.stages().begin(), member.stages().end());
  }
  return principals;
}

// A walk through the pages.
struct Members::Reading {
  uint64_t number;
  absl::Time begin;
  ReadDone done;
  metrics::v1::ListMembersRequest request;
  std::vector<Member> members;
};

Members::Members(std::shared_ptr<rpc::Channel> metrics, std::shared_ptr<identity::Keys> keys, Runtime& runtime)
    : metrics_(std::move(metrics)),
      keys_(std::move(keys)),
      runtime_(runtime),
      executor_(runtime.NewExecutor("members", 1)) {}

Members::~Members() { Stop(); }

void Members::Start() {
  if (metrics_ == nullptr || keys_->folder().path().empty()) return;
  executor_->Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Poll();
  });
}

void Members::Poll() {
  Read([weak = weak_from_this()](absl::StatusOr<KnownPointer> known) {
    const auto self = weak.lock();
    if (self == nullptr) return;
    if (!known.ok()) Log()->debug("cannot read the members: {}", std::string(known.status().message()));
    self->executor_->Post([weak, known = std::move(known)] {
      const auto still = weak.lock();
      if (still == nullptr) return;
      if (known.ok()) still->EndWhoLeft((*known)->members);
      still->executor_->PostAt(still->runtime_.Now() + kMembersInterval, [weak] {
        if (const auto then = weak.lock()) then->Poll();
      });
    });
  });
}

void Members::EndWhoLeft(const std::vector<Member>& members) {
  identity::LeaveTimes left;
  for (const Member& member : members) {
    if (member.state() == Member::LEFT) left[member.name()] = FromProtoTime(member.leave_time());
  }
  std::string version = keys_->folder().Version();
  if (left == left_ && version == folder_version_) return;
  if (const absl::Status ended = keys_->folder().EndMembers(left, runtime_.Now()); !ended.ok()) {
    const absl::Time now = runtime_.SteadyNow();
    if (now - complained_ < kComplaintInterval) return;
    complained_ = now;
    Log()->error("Cannot end the sessions of who left: {}", std::string(ended.message()));
    return;
  }
  left_ = std::move(left);
  folder_version_ = std::move(version);
}

absl::StatusOr<const Member*> Members::FindIn(const Known& known, std::string_view who) {
  const bool by_email = who.find('@') != std::string_view::npos;
  const Member* found = nullptr;
  for (const Member& member : known.members) {
    const bool is_it = by_email ? absl::EqualsIgnoreCase(member.email(), {who.data(), who.size()})
                                : member.name().substr(kCollection.size()) == who;
    if (!is_it) continue;
    // An address goes from who left to who comes after.
    if (found != nullptr && found->state() != Member::LEFT && member.state() != Member::LEFT) {
      return Error(absl::StatusCode::kFailedPrecondition, "EMAIL_AMBIGUOUS",
                   fmt::format("{} and {} have this e-mail address. Ask a lead to correct one of them.", found->name(),
                               member.name()));
    }
    if (found == nullptr || found->state() == Member::LEFT) found = &member;
  }
  if (found == nullptr) {
    return Error(absl::StatusCode::kNotFound, "MEMBER_UNKNOWN",
                 fmt::format("{} is no member here. A lead adds members, under Settings.", ShownValue(who)));
  }
  if (found->state() == Member::LEFT) return Left(found->name(), absl::StatusCode::kFailedPrecondition);
  return found;
}

void Members::Find(std::string who, Done done) {
  if (metrics_ == nullptr) return std::move(done)(Away());
  Read([who = std::move(who), done = std::move(done)](absl::StatusOr<KnownPointer> known) mutable {
    if (!known.ok()) return std::move(done)(known.status());
    const absl::StatusOr<const Member*> member = FindIn(**known, who);
    if (!member.ok()) return std::move(done)(member.status());
    std::move(done)((*known)->principals.at((*member)->name().substr(kCollection.size())));
  });
}

void Members::FindMember(std::string who, MemberDone done) {
  if (metrics_ == nullptr) return std::move(done)(Away());
  Read([who = std::move(who), done = std::move(done)](absl::StatusOr<KnownPointer> known) mutable {
    if (!known.ok()) return std::move(done)(known.status());
    const absl::StatusOr<const Member*> member = FindIn(**known, who);
    if (!member.ok()) return std::move(done)(member.status());
    std::move(done)(**member);
  });
}

absl::StatusOr<rpc::Principal> Members::Current(const identity::Session& session) {
  const rpc::Principal& principal = session.principal;
  if (std::ranges::find(principal.act_for, rpc::kAnybody) != principal.act_for.end()) return principal;
  KnownPointer known;
  {
    std::lock_guard lock(mutex_);
    known = known_;
  }
  if (known == nullptr) return principal;
  const auto found = known->principals.find(principal.name);
  if (found != known->principals.end()) return found->second;
  // Another gateway has signed in somebody who is new.
  if (known->read < session.begin + kClockLeeway) return principal;
  return Left(fmt::format("{}{}", kCollection, principal.name), absl::StatusCode::kUnauthenticated);
}

void Members::Read(ReadDone done) {
  auto reading = std::make_shared<Reading>();
  {
    std::lock_guard lock(mutex_);
    reading->number = next_number_++;
  }
  reading->begin = runtime_.Now();
  reading->done = std::move(done);
  reading->request.set_page_size(rpc::kPageSizeMax);
  ReadPage(std::move(reading));
}

void Members::ReadPage(std::shared_ptr<Reading> reading) {
  rpc::CallOptions options;
  options.deadline = runtime_.Now() + kReadTimeMax;
  std::string request = reading->request.SerializeAsString();
  metrics_->Unary(kListMembers, std::move(request), std::move(options),
                  [self = shared_from_this(), reading = std::move(reading)](rpc::Reply reply) mutable {
                    metrics::v1::ListMembersResponse page;
                    if (!reply.status.ok() || !page.ParseFromString(reply.message))
                      return std::move(reading->done)(Away());
                    for (Member& member : *page.mutable_members()) reading->members.push_back(std::move(member));
                    if (!page.next_page_token().empty()) {
                      reading->request.set_page_token(page.next_page_token());
                      return self->ReadPage(std::move(reading));
                    }
                    Principals principals = PrincipalsOf(reading->members, self->runtime_.Now());
                    const auto known = std::make_shared<const Known>(
                        Known{std::move(reading->members), std::move(principals), reading->begin});
                    self->Keep(reading->number, known);
                    std::move(reading->done)(known);
                  });
}

void Members::Keep(uint64_t number, KnownPointer known) {
  std::lock_guard lock(mutex_);
  if (number < kept_number_) return;  // another one began after it
  kept_number_ = number;
  known_ = std::move(known);
}

}  // namespace dangol::gateway

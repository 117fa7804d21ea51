// Nobody gets past the door of a service: whatever is called, by whom and with what, the answer comes before anything
// of the request is read.
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/simulated_runtime.h"
#include "common/identity/keys_authorizer.h"
#include "common/identity/tokens.h"
#include "common/rpc/authorization.h"
#include "services/backlog/service.h"
#include "services/metrics/service.h"
#include "services/tickets/service.h"
#include "tests/common/service/simulated_service.h"
#include "tests/support/temporary_folder.h"

namespace dangol {
namespace {

using identity::KeySet;
using identity::Tokens;
using ::testing::AnyOf;

// No message: whoever is asked to read it says INVALID_ARGUMENT.
constexpr char kNoMessage[] = "\xFF\xFF\xFF";

class Door : public ::testing::TestWithParam<const service::Definition*> {
 protected:
  Door() : keys_(std::make_shared<identity::Keys>(folder_.File("keys"), clock_)) {
    EXPECT_EQ(keys_->folder().Create(clock_), absl::OkStatus());
    for (const std::string_view role : rpc::kRoles) {
      tokens_.emplace_back(role, Create({.id = std::string(role),
                                         .roles = {std::string(role)},
                                         .stages = {},
                                         .permissions = {},
                                         .expire_time = std::nullopt,
                                         .request_key = ""}));
    }
    service::Options options;
    options.authorizer = std::make_shared<identity::KeysAuthorizer>(keys_, /*local=*/false);
    service_ = std::make_unique<testing::SimulatedService>(*GetParam(), options);
  }

  std::string Create(const identity::NewToken& wanted) { return Create(wanted, keys_->folder()); }
  std::string Create(const identity::NewToken& wanted, const identity::KeyFolder& folder) {
    std::string secret;
    EXPECT_EQ(folder.ChangeTokens([&](const KeySet& keys, Tokens& tokens) {
      auto made = identity::CreateToken(tokens, keys.pepper, wanted, clock_);
      if (made.ok()) secret = "Bearer " + made->secret;
      return made.status();
    }),
              absl::OkStatus());
    return secret;
  }

  // A whole call of any method.
  absl::Status Call(const rpc::Method& method, rpc::Metadata metadata, std::string request = kNoMessage) {
    if (!method.stream) return service_->CallBytes(method.path, std::move(request), std::move(metadata)).status;
    auto call = testing::MakeCall<testing::FakeStreamCall>(method.path, std::move(request), std::move(metadata));
    service_->methods().Start(call);
    service_->runtime().RunReady();
    return call->finished() ? call->status() : absl::OkStatus();
  }

  testing::TemporaryFolder folder_;
  SimulatedRuntime clock_{1};
  std::shared_ptr<identity::Keys> keys_;
  std::vector<std::pair<std::string_view, std::string>> tokens_;  // by role
  std::unique_ptr<testing::SimulatedService> service_;
};

TEST_P(Door, IsClosedToWhoSaysNothingOrSomethingFalse) {
  const std::string good = tokens_.front().second;
  // A whole token of the same name, as another suite has made it: nothing but its secret is false.
  const identity::Keys elsewhere(folder_.File("elsewhere"), clock_);
  ASSERT_EQ(elsewhere.folder().Create(clock_), absl::OkStatus());
  const std::string role(tokens_.front().first);
  const std::string twin = Create(
      {.id = role, .roles = {role}, .stages = {}, .permissions = {}, .expire_time = std::nullopt, .request_key = ""},
      elsewhere.folder());
  std::vector<rpc::Metadata> credentials = {{},
                                            {{"authorization", ""}},
                                            {{"authorization", "Bearer"}},
                                            {{"authorization", "Bearer e30.e30."}},
                                            {{"authorization", good.substr(7)}},
                                            {{"authorization", good + "a"}},
                                            {{"authorization", twin}},
                                            {{"authorization", good}, {"authorization", good}},
                                            {{"x-user", "admin"}, {"cookie", "session=" + good}},
                                            {{"authorization-bin", good}},
                                            {{"proxy-authorization", good}}};
  for (const auto& [path, method] : service_->methods().methods()) {
    for (const rpc::Metadata& credential : credentials) {
      const absl::Status status = Call(method, credential);
      EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << path << " " << status;
      EXPECT_THAT(ErrorReason(status), AnyOf("CREDENTIAL_MISSING", "CREDENTIAL_INVALID")) << path;
    }
  }
}

// The table of roles and methods is in roles.golden; here it is seen that the door keeps it.
TEST_P(Door, IsOpenToEachRoleForItsMethodsAlone) {
  int open = 0;
  int closed = 0;
  for (const auto& [path, method] : service_->methods().methods()) {
    for (const auto& [role, token] : tokens_) {
      const absl::Status status = Call(method, {{"authorization", token}});
      const rpc::Principal somebody{.name = "x", .roles = {std::string(role)}, .stages = {}};
      if (rpc::CheckPermission(somebody, method.permission).ok()) {
        EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << path << " " << role << " " << status;
        ++open;
      } else {
        EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << path << " " << role << " " << status;
        ++closed;
      }
    }
  }
  EXPECT_GT(open, 0);
  EXPECT_GT(closed, 0);
}

TEST_P(Door, StaysClosedToNoise) {
  std::mt19937 random(3);  // NOLINT(cert-msc51-cpp)
  const std::string letters = "Bearer dgl_eyJ.abz019-_= \t\x01\x7F\xC3\xA9";
  std::vector<const rpc::Method*> methods;
  for (const auto& [path, method] : service_->methods().methods()) methods.push_back(&method);
  for (int round = 0; round < 3'000; ++round) {
    // Sometimes most of it is true.
    std::string credential = random() % 2 == 0 ? tokens_[random() % tokens_.size()].second : "Bearer ";
    for (int change = static_cast<int>(random() % 4) + 1; change > 0; --change)
      credential.insert(random() % (credential.size() + 1), 1, letters[random() % letters.size()]);
    std::string request;
    for (size_t size = random() % 40; size > 0; --size) request += static_cast<char>(random());
    const absl::Status status =
        Call(*methods[random() % methods.size()], {{"authorization", credential}}, std::move(request));
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << credential << " " << status;
  }
}

TEST_P(Door, ClosesWithinFiveSecondsToATokenThatWasRevoked) {
  const rpc::Method& status = service_->methods().methods().find("/dangol.api.v1.AdminService/GetStatus")->second;
  const std::string token = Create({.id = "operator",
                                    .roles = {"admin"},
                                    .stages = {},
                                    .permissions = {},
                                    .expire_time = std::nullopt,
                                    .request_key = ""});
  EXPECT_EQ(Call(status, {{"authorization", token}}, ""), absl::OkStatus());
  ASSERT_EQ(keys_->folder().ChangeTokens([&](const KeySet&, Tokens& tokens) {
    return identity::RevokeToken(tokens, "operator", "", "", clock_.Now()).status();
  }),
            absl::OkStatus());
  clock_.RunFor(absl::Seconds(5));
  EXPECT_EQ(Call(status, {{"authorization", token}}, "").code(), absl::StatusCode::kUnauthenticated);
}

TEST_P(Door, EndsAStreamWhoseTokenWasRevoked) {
  const rpc::Method* feed = nullptr;
  for (const auto& [path, method] : service_->methods().methods()) {
    if (method.stream) feed = &method;
  }
  ASSERT_NE(feed, nullptr);
  const std::string token = Create({.id = "reader",
                                    .roles = {"viewer"},
                                    .stages = {},
                                    .permissions = {},
                                    .expire_time = std::nullopt,
                                    .request_key = ""});
  auto call = testing::MakeCall<testing::FakeStreamCall>(feed->path, "", rpc::Metadata{{"authorization", token}});
  service_->methods().Start(call);
  service_->runtime().RunReady();
  ASSERT_FALSE(call->finished());
  ASSERT_EQ(keys_->folder().ChangeTokens([&](const KeySet&, Tokens& tokens) {
    return identity::RevokeToken(tokens, "reader", "", "", clock_.Now()).status();
  }),
            absl::OkStatus());
  clock_.RunFor(absl::Seconds(5));
  call->Read();
  service_->runtime().RunFor(absl::Seconds(20));
  ASSERT_TRUE(call->finished());
  EXPECT_EQ(call->status().code(), absl::StatusCode::kUnauthenticated);
}

INSTANTIATE_TEST_SUITE_P(Services, Door,
                         ::testing::Values(&tickets::TicketsService(), &backlog::BacklogService(),
                                           &metrics::MetricsService()),
                         [](const auto& parameter) { return std::string(parameter.param->name); });

}  // namespace
}  // namespace dangol

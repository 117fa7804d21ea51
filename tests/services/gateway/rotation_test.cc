// A whole suite under load, over TLS everywhere, while what its programs know each other and their callers by is
// exchanged: no call fails. And a token that is revoked lets nobody in any more, whichever door he takes.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/identity/certificate.h"
#include "common/identity/file.h"
#include "common/identity/keys_authorizer.h"
#include "common/identity/tls_folder.h"
#include "common/identity/tokens.h"
#include "common/rpc/authorization.h"
#include "services/backlog/service.h"
#include "services/metrics/service.h"
#include "services/tickets/service.h"
#include "tests/services/gateway/gateway_fixture.h"
#include "tests/services/gateway/tls_client.h"
#include "tests/support/temporary_folder.h"

namespace dangol::gateway {
namespace {

using identity::KeySet;
using identity::Tokens;
using ::testing::Each;
using ::testing::Ne;

// A service in a program of its own, as far as keys and connections go.
class Program {
 public:
  Program(const service::Definition& definition, const std::string& keys, const rpc::TlsFiles& tls)
      : name_(definition.name), service_(definition, OptionsOf(keys)) {
    rpc::GrpcServerOptions options;
    options.tls = tls;
    auto server = rpc::GrpcServer::Start(rpc::Endpoints(service_.methods()), options);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  const std::string& name() const { return name_; }
  int port() const { return server_->port(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }

 private:
  static service::Options OptionsOf(const std::string& keys) {
    service::Options options;
    options.authorizer = std::make_shared<identity::KeysAuthorizer>(
        std::make_shared<identity::Keys>(keys, RealRuntime()), /*local=*/false);
    return options;
  }

  const std::string name_;
  testing::LocalService service_;
  std::unique_ptr<rpc::GrpcServer> server_;
};

class RotationTest : public ::testing::Test {
 protected:
  RotationTest()
      : keys_(folder_.File("keys"), RealRuntime()),
        suite_tls_(folder_.File("tls")),
        authority_(identity::NewAuthority(absl::Now() - absl::Hours(48), absl::Now() + absl::Hours(48))),
        site_{folder_.File("site.crt"), folder_.File("site.key")} {
    EXPECT_EQ(keys_.folder().Create(RealRuntime()), absl::OkStatus());
    EXPECT_EQ(suite_tls_.Create(absl::Now()), absl::OkStatus());
    tls_ = suite_tls_.Files(absl::Now()).value_or(rpc::TlsFiles());
    // It is some time old, as it would be: gRPC tells by the second when a file was written.
    const auto written = std::filesystem::last_write_time(tls_.identity);
    std::filesystem::last_write_time(tls_.identity, written - std::chrono::hours(1));
    Write(folder_.File("ca.crt"), authority_.certificate);
    RenewSite();

    GatewayOptions options;
    for (const service::Definition* one :
         {&tickets::TicketsService(), &backlog::BacklogService(), &metrics::MetricsService()}) {
      programs_.push_back(std::make_unique<Program>(*one, folder_.File("keys"), tls_));
      const std::string address = programs_.back()->address();
      options.backends.push_back({programs_.back()->name(), address, rpc::NewGrpcChannel(address, {.tls = tls_})});
    }
    options.keys = std::make_shared<identity::Keys>(folder_.File("keys"), RealRuntime());
    options.local = false;
    options.calls_per_second = 0;
    options.http.tls = site_;
    options.public_url = std::string("https://") + kTlsClientHost;
    gateway_ = StartGateway(std::move(options));
  }

  static void Write(const std::string& path, const std::string& content) {
    ASSERT_EQ(identity::WriteSmallFile(path, content, 0600), absl::OkStatus());
  }
  // As a company's own authority would.
  void RenewSite() const {
    const auto made = identity::NewCertificate(authority_, kTlsClientHost, absl::Now() - absl::Hours(24),
                                               absl::Now() + absl::Hours(24));
    ASSERT_TRUE(made.ok()) << made.status();
    Write(site_.key, made->key.ToPem());
    Write(site_.certificate, made->certificate);
  }

  using Change = std::function<absl::StatusOr<identity::ChangedToken>(const KeySet& keys, Tokens& tokens)>;
  std::string ChangeToken(const Change& change) const {
    std::string secret;
    EXPECT_EQ(keys_.folder().ChangeTokens([&](const KeySet& keys, Tokens& tokens) {
      auto changed = change(keys, tokens);
      if (changed.ok()) secret = changed->secret;
      return changed.status();
    }),
              absl::OkStatus());
    return secret;
  }
  std::string CreateToken(const std::string& id) const {
    return ChangeToken([&](const KeySet& keys, Tokens& tokens) {
      return identity::CreateToken(tokens, keys.pepper,
                                   {.id = id,
                                    .roles = {"viewer", "admin"},
                                    .stages = {},
                                    .permissions = {},
                                    .expire_time = std::nullopt,
                                    .request_key = ""},
                                   RealRuntime());
    });
  }

  // Over a connection of its own; the status line where it is not taken.
  absl::Status AskGateway(const std::string& path, const std::string& credential) const {
    const std::string answer = TlsClient(gateway_->port(), folder_.File("ca.crt"))
                                   .Ask(fmt::format("GET {} HTTP/1.1\r\nhost: {}\r\n{}\r\nconnection: close\r\n\r\n",
                                                    path, kTlsClientHost, credential));
    if (answer.starts_with("HTTP/1.1 200")) return absl::OkStatus();
    if (answer.starts_with("HTTP/1.1 401")) return absl::UnauthenticatedError(answer);
    return absl::UnknownError(answer.empty() ? "no answer" : answer);
  }
  absl::Status AskProgram(const Program& program, const std::string& secret) const {
    const auto channel = rpc::NewGrpcChannel(program.address(), {.tls = tls_});
    return rpc::Ask(*channel, "/dangol.api.v1.AdminService/GetStatus", "",
                    {.metadata = {{"authorization", "Bearer " + secret}}, .deadline = absl::Now() + absl::Minutes(1)})
        .status;
  }

  const testing::TemporaryFolder folder_;
  identity::Keys keys_;  // of who administers
  const identity::TlsFolder suite_tls_;
  const identity::CertifiedKey authority_;
  const HttpTlsFiles site_;
  rpc::TlsFiles tls_;
  std::vector<std::unique_ptr<Program>> programs_;
  std::unique_ptr<Gateway> gateway_;
};

std::string Bearer(const std::string& secret) { return "authorization: Bearer " + secret; }

TEST_F(RotationTest, OfTokensKeysAndCertificatesFailsNoCall) {
  constexpr int kCallsMax = 20'000;
  constexpr int kCallsAfter = 60;  // with everything new
  const std::string before = CreateToken("caller");
  const std::string cookie =
      "cookie: __Host-dangol=" + *keys_.SealSession(identity::NewSession(rpc::LocalPrincipal(), RealRuntime()));
  std::mutex mutex;
  std::string secret = before;
  const auto current = [&] {
    std::lock_guard lock(mutex);
    return secret;
  };

  std::atomic<bool> done = false;
  std::atomic<int> calls = 0;
  std::atomic<int> failed = 0;
  const auto expect = [&](const std::string& what, const absl::Status& status) {
    ++calls;
    if (status.ok()) return;
    ++failed;
    ADD_FAILURE() << what << ": " << status;
  };
  const auto goes_on = [&] { return !done && failed == 0 && calls < kCallsMax; };
  std::vector<std::thread> callers;
  // Who has the newest secret, who goes on with the one before, and a browser.
  const std::vector<std::function<std::string()>> credentials = {
      [&] { return Bearer(current()); }, [&] { return Bearer(before); }, [&] { return cookie; }};
  for (const auto& credential : credentials) {
    callers.emplace_back([&, credential] {
      for (int i = 0; goes_on(); ++i) {
        const char* path = i % 3 == 0 ? "/v1/tickets" : i % 3 == 1 ? "/v1/changes" : "/v1/members";
        expect(path, AskGateway(path, credential()));
      }
    });
  }
  for (const auto& program : programs_) {
    callers.emplace_back([&] {
      for (int i = 0; goes_on(); ++i) expect(program->name(), AskProgram(*program, i % 2 == 0 ? current() : before));
    });
  }

  const auto wait_for_calls = [&](int more) {
    const int enough = calls + more;
    while (goes_on() && calls < enough) absl::SleepFor(absl::Milliseconds(1));
  };
  // What the gateway and each service show to who connects.
  const auto certificates = [&] {
    std::vector<unsigned long> hashes = {TlsClient(gateway_->port(), folder_.File("ca.crt")).CertificateHash()};
    for (const auto& program : programs_)
      hashes.push_back(TlsClient(program->port(), tls_.authorities, TLS1_3_VERSION, rpc::kTlsName).CertificateHash());
    return hashes;
  };
  wait_for_calls(20);
  const std::vector<unsigned long> before_renewal = certificates();
  EXPECT_THAT(before_renewal, Each(Ne(0UL)));
  const auto all_are_new = [&] {
    const std::vector<unsigned long> now = certificates();
    return std::ranges::equal(now, before_renewal, std::ranges::not_equal_to());
  };
  {
    std::string next = ChangeToken([](const KeySet& keys, Tokens& tokens) {
      return identity::RotateToken(tokens, keys.pepper, "caller", "", "", absl::Hours(1), RealRuntime());
    });
    std::lock_guard lock(mutex);
    secret = std::move(next);
  }
  wait_for_calls(20);
  EXPECT_TRUE(keys_.folder().AddSigningKey(RealRuntime()).ok());
  EXPECT_TRUE(keys_.folder().AddSessionKey(RealRuntime()).ok());
  wait_for_calls(20);
  EXPECT_EQ(suite_tls_.Rotate(absl::Now()), absl::OkStatus());
  RenewSite();
  while (goes_on() && !all_are_new()) absl::SleepFor(absl::Milliseconds(50));
  EXPECT_TRUE(all_are_new()) << "after " << calls << " calls";
  wait_for_calls(kCallsAfter);
  done = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 0) << "of " << calls;
  RecordProperty("calls", calls);
}

// Each door with what it knows itself, and whatever was asked there before.
TEST_F(RotationTest, ARevokedTokenIsRefusedWithinTenSecondsEverywhere) {
  const std::string secret = CreateToken("caller");
  std::vector<std::pair<std::string, std::function<absl::Status()>>> doors;
  for (const auto& program : programs_) {
    doors.emplace_back(program->name(), [&] { return AskProgram(*program, secret); });
    // And through the gateway to each of them, which is shown a JWT in its stead.
    const std::string path = program->name() == "tickets"   ? "/v1/tickets"
                             : program->name() == "backlog" ? "/v1/changes"
                                                            : "/v1/members";
    doors.emplace_back("gateway to " + program->name(), [&, path] { return AskGateway(path, Bearer(secret)); });
  }
  for (const auto& [name, ask] : doors) EXPECT_EQ(ask(), absl::OkStatus()) << name;
  ChangeToken(
      [](const KeySet&, Tokens& tokens) { return identity::RevokeToken(tokens, "caller", "", "", absl::Now()); });
  const absl::Time revoked = absl::Now();
  for (const auto& [name, ask] : doors) {
    absl::Time begun;
    absl::Status status;
    do {
      begun = absl::Now();
      status = ask();
    } while (status.ok() && begun < revoked + absl::Seconds(10));
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << name << ": " << status;
  }
}

}  // namespace
}  // namespace dangol::gateway

// HTTPS, as clients meet it.
#include "services/gateway/http_tls.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "openssl/ssl.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/simulated_runtime.h"
#include "common/identity/certificate.h"
#include "common/identity/file.h"
#include "common/identity/login.h"
#include "common/rpc/authorization.h"
#include "services/gateway/gateway.h"
#include "services/gateway/http_server.h"
#include "services/gateway/settings.h"
#include "tests/common/rpc/refusal.h"
#include "tests/services/gateway/tls_client.h"
#include "tests/support/http_client.h"
#include "tests/support/no_descriptors.h"
#include "tests/support/temporary_folder.h"

namespace dangol::gateway {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kGet[] = "GET /page HTTP/1.1\r\nhost: dangol.example.org\r\n\r\n";
constexpr char kLastGet[] = "GET /last HTTP/1.1\r\nhost: dangol.example.org\r\nconnection: close\r\n\r\n";

class HttpTlsTest : public ::testing::Test {
 protected:
  HttpTlsTest()
      : authority_(identity::NewAuthority(absl::Now() - absl::Hours(48), absl::Now() + absl::Hours(48))),
        ca_(folder_.File("ca.crt")),
        files_{folder_.File("site.crt"), folder_.File("site.key")} {
    Write(ca_, authority_.certificate);
    WriteCertificate();
  }

  static void Write(const std::string& path, const std::string& content) {
    ASSERT_EQ(identity::WriteSmallFile(path, content, 0600), absl::OkStatus());
  }
  void WriteCertificate(absl::Time end = absl::Now() + absl::Hours(24)) {
    const auto made = identity::NewCertificate(authority_, kTlsClientHost, absl::Now() - absl::Hours(24), end);
    ASSERT_TRUE(made.ok()) << made.status();
    Write(files_.key, made->key.ToPem());
    Write(files_.certificate, made->certificate);
  }
  // Answers with the path and the body; `/stream` with the body in pieces.
  absl::StatusOr<std::unique_ptr<HttpServer>> Start(absl::Duration head_time_max = absl::Seconds(10)) const {
    HttpServerOptions options;
    options.tls = files_;
    options.head_time_max = head_time_max;
    return HttpServer::Start(RealRuntime(), options, [](const std::shared_ptr<HttpExchange>& exchange) {
      const HttpRequest& request = exchange->request;
      if (request.path != "/stream") return exchange->Respond({200, {}, request.path + " " + request.body});
      exchange->StartStream({200, {}, ""});
      exchange->Write(request.body,
                      [exchange](bool) { exchange->Write("the end", [exchange](bool) { exchange->EndStream(); }); });
    });
  }

  const testing::TemporaryFolder folder_;
  const identity::CertifiedKey authority_;
  const std::string ca_;
  const HttpTlsFiles files_;
};

TEST_F(HttpTlsTest, AnswersRequestsOnAConnectionAndEndsItInGoodOrder) {
  const auto server = Start();
  ASSERT_TRUE(server.ok()) << server.status();
  TlsClient client((*server)->port(), ca_);
  EXPECT_THAT(client.Ask(std::string(kGet) + kLastGet), AllOf(HasSubstr("/page"), EndsWith("/last ")));
  EXPECT_TRUE(client.EndedInGoodOrder());
}

TEST_F(HttpTlsTest, TakesAndGivesLargeBodies) {
  const auto server = Start();
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string body(3 << 20, 'x');
  const std::string head =
      "connection: close\r\nhost: a\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n";
  const std::string answer = TlsClient((*server)->port(), ca_).Ask("POST /body HTTP/1.1\r\n" + head + body);
  EXPECT_TRUE(answer.ends_with("/body " + body)) << answer.size();
  const std::string stream = TlsClient((*server)->port(), ca_).Ask("POST /stream HTTP/1.1\r\n" + head + body);
  EXPECT_TRUE(stream.find(body) != std::string::npos) << stream.size();
  EXPECT_THAT(stream.substr(stream.size() - 20), EndsWith("7\r\nthe end\r\n0\r\n\r\n"));
}

TEST_F(HttpTlsTest, SpeaksNeitherPlainHttpNorOldVersions) {
  const auto server = Start();
  ASSERT_TRUE(server.ok()) << server.status();
  testing::HttpClient plain((*server)->port());
  plain.Send(kLastGet);
  EXPECT_TRUE(plain.ReadEnd());
  EXPECT_FALSE(TlsClient((*server)->port(), ca_, TLS1_1_VERSION).connected());
  EXPECT_TRUE(TlsClient((*server)->port(), ca_, TLS1_2_VERSION).connected());
}

// Whatever OpenSSL's settings on the machine allow.
TEST_F(HttpTlsTest, OldVersionsAndRenegotiationAreSwitchedOff) {
  const auto tls = HttpTls::Open(files_, RealRuntime());
  ASSERT_TRUE(tls.ok()) << tls.status();
  const uint64_t options = SSL_CTX_get_options((*tls)->Context()->native_handle());
  for (const uint64_t option : {SSL_OP_NO_TLSv1, SSL_OP_NO_TLSv1_1, SSL_OP_NO_RENEGOTIATION}) {
    EXPECT_NE(options & option, 0u) << option;
  }
}

TEST_F(HttpTlsTest, ClosesAConnectionThatNeverShakesHands) {
  const auto server = Start(absl::Milliseconds(50));
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_TRUE(testing::HttpClient((*server)->port()).ReadEnd());
}

// Each request comes on a connection of its own, until the server shows the new certificate.
TEST_F(HttpTlsTest, TakesANewCertificateWithoutARequestThatFails) {
  constexpr int kRequestsMax = 20'000;
  const auto server = Start();
  ASSERT_TRUE(server.ok()) << server.status();
  const unsigned long before = TlsClient((*server)->port(), ca_).CertificateHash();
  WriteCertificate();
  unsigned long now = before;
  for (int i = 0; i < kRequestsMax && now == before; ++i) {
    TlsClient client((*server)->port(), ca_);
    now = client.CertificateHash();
    ASSERT_THAT(client.Ask(kLastGet), EndsWith("/last ")) << "request " << i;
  }
  EXPECT_NE(now, before);
}

TEST_F(HttpTlsTest, TakesANewCertificateAfterAReadThatFailed) {
  SimulatedRuntime runtime(1, absl::Now());
  const auto tls = HttpTls::Open(files_, runtime);
  ASSERT_TRUE(tls.ok()) << tls.status();
  const auto before = (*tls)->Context();
  WriteCertificate();
  runtime.RunFor(absl::Seconds(5));
  {
    const testing::NoDescriptors none;
    EXPECT_EQ((*tls)->Context(), before);
  }
  runtime.RunFor(absl::Seconds(5));
  EXPECT_NE((*tls)->Context(), before);
}

TEST_F(HttpTlsTest, TakesANewCertificateAfterTheClockWasSetBack) {
  SimulatedRuntime runtime(1, absl::Now());
  const auto tls = HttpTls::Open(files_, runtime);
  ASSERT_TRUE(tls.ok()) << tls.status();
  const auto before = (*tls)->Context();
  WriteCertificate();
  runtime.StepWall(-absl::Hours(1));
  runtime.RunFor(absl::Seconds(5));
  EXPECT_NE((*tls)->Context(), before);
}

TEST_F(HttpTlsTest, RefusesFilesThatCannotBeUsed) {
  const auto refusal = [&] { return testing::Summary(Start().status()); };
  WriteCertificate(absl::Now() - absl::Hours(1));
  EXPECT_EQ(refusal(), "FAILED_PRECONDITION TLS_EXPIRED");
  WriteCertificate();
  Write(files_.key, identity::PrivateKey::Generate().ToPem());
  EXPECT_EQ(refusal(), "FAILED_PRECONDITION TLS_INVALID") << "a key of another certificate";
  Write(files_.certificate, "nothing");
  EXPECT_EQ(refusal(), "FAILED_PRECONDITION TLS_INVALID");
  ASSERT_EQ(identity::WriteSmallFile(files_.key, "everybody may read it", 0644), absl::OkStatus());
  EXPECT_EQ(refusal(), "FAILED_PRECONDITION KEYS_INVALID");
  std::filesystem::remove(files_.certificate);
  EXPECT_EQ(refusal(), "FAILED_PRECONDITION TLS_MISSING");
}

TEST_F(HttpTlsTest, AndCredentialsLetTheGatewayListenForOtherMachines) {
  service::Settings process;
  process.data = folder_.path();
  process.listen = "0.0.0.0:0";
  GatewaySettings settings;
  const service::OpenDoor open = GatewayDoor(process, settings);
  const absl::Status refused = open().status();
  EXPECT_EQ(testing::Summary(refused), "FAILED_PRECONDITION NETWORK_NOT_TRUSTED");
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("without TLS and credentials:"), HasSubstr("(--tls-certificate, --tls-key)"),
                    HasSubstr("`dangol token create NAME --role ROLE`")));
  settings.tls = files_;
  EXPECT_THAT(std::string(open().status().message()), HasSubstr("without credentials:"));
  process.require_credentials = true;
  EXPECT_EQ(open().status(), absl::OkStatus());
  settings.tls = {};
  EXPECT_THAT(std::string(open().status().message()), HasSubstr("without TLS:"));
}

TEST_F(HttpTlsTest, MetricsSayWhenCertificatesEnd) {
  GatewayOptions options;
  options.http.tls = files_;
  options.certificates = {{"gateway", files_.certificate}, {"suite", folder_.File("missing")}};
  const auto gateway = Gateway::Start(RealRuntime(), std::move(options));
  ASSERT_TRUE(gateway.ok()) << gateway.status();
  WriteCertificate(absl::FromUnixSeconds(4'000'000'000));
  const std::string metrics =
      TlsClient((*gateway)->port(), ca_).Ask("GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  EXPECT_THAT(metrics, HasSubstr("dangol_tls_not_after_seconds{certificate=\"gateway\"} 4000000000\n"));
  EXPECT_THAT(metrics, Not(HasSubstr("certificate=\"suite\"")));
}

TEST_F(HttpTlsTest, SetsTheCookieForTlsAlone) {
  GatewayOptions options;
  options.keys = std::make_shared<identity::Keys>(folder_.File("keys"), RealRuntime());
  ASSERT_EQ(options.keys->folder().Create(RealRuntime()), absl::OkStatus());
  const auto code =
      identity::AddLogin(options.keys->folder(), rpc::LocalPrincipal(), identity::kLoginLifetime, RealRuntime());
  ASSERT_TRUE(code.ok()) << code.status();
  options.http.tls = files_;
  options.public_url = std::string("https://") + kTlsClientHost;
  const auto gateway = Gateway::Start(RealRuntime(), std::move(options));
  ASSERT_TRUE(gateway.ok()) << gateway.status();
  EXPECT_THAT((*gateway)->Description(), HasSubstr("https://127.0.0.1:"));
  const std::string body = R"({"code":")" + *code + R"("})";
  const std::string answer = TlsClient((*gateway)->port(), ca_)
                                 .Ask(
                                     "POST /auth/login HTTP/1.1\r\nhost: dangol.example.org\r\norigin: "
                                     "https://dangol.example.org\r\ncontent-type: application/json\r\nconnection: "
                                     "close\r\ncontent-length: " +
                                     std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_THAT(answer,
              AllOf(StartsWith("HTTP/1.1 204"), HasSubstr("set-cookie: __Host-dangol="), HasSubstr("; Secure")));
}

}  // namespace
}  // namespace dangol::gateway

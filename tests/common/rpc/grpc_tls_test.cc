// TLS between programs: who belongs to the suite is let in and nobody else, and certificates are exchanged without a
// call that fails.
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "openssl/ssl.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/identity/certificate.h"
#include "common/identity/file.h"
#include "common/identity/tls_folder.h"
#include "tests/common/rpc/grpc_fixture.h"
#include "tests/common/rpc/refusal.h"
#include "tests/support/temporary_folder.h"

namespace dangol::rpc {
namespace {

using identity::CertifiedKey;
using identity::PrivateKey;
using identity::ReadSmallFile;
using identity::TlsFolder;

// What the server shows to whoever connects, in DER.
std::string ServedCertificate(int port) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> connection(BIO_new_ssl_connect(context.get()), BIO_free_all);
  BIO_set_conn_hostname(connection.get(), ("127.0.0.1:" + std::to_string(port)).c_str());
  if (BIO_do_connect(connection.get()) != 1) return "";
  SSL* ssl = nullptr;
  BIO_get_ssl(connection.get(), &ssl);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl), X509_free);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

// Whether a client with the certificate and key of a file, or with none, comes in. By TLS 1.2, where it is told at
// once.
bool ComesIn(int port, const std::string& identity) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  if (!identity.empty()) {
    EXPECT_EQ(SSL_CTX_use_certificate_file(context.get(), identity.c_str(), SSL_FILETYPE_PEM), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context.get(), identity.c_str(), SSL_FILETYPE_PEM), 1);
  }
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> connection(BIO_new_ssl_connect(context.get()), BIO_free_all);
  BIO_set_conn_hostname(connection.get(), ("127.0.0.1:" + std::to_string(port)).c_str());
  return BIO_do_connect(connection.get()) == 1;
}

// Two suites, and servers that belong to one of them.
class Tls : public ::testing::Test {
 protected:
  static TlsFiles FilesIn(const TlsFolder& folder) {
    const auto files = folder.Files(absl::Now());
    EXPECT_TRUE(files.ok()) << files.status();
    return files.value_or(TlsFiles());
  }
  static TlsFiles NewSuite(const TlsFolder& folder) {
    EXPECT_EQ(folder.Create(absl::Now()), absl::OkStatus());
    return FilesIn(folder);
  }
  static std::unique_ptr<FakeService> Serve(const TlsFiles& files) {
    GrpcServerOptions options;
    options.tls = files;
    auto service = std::make_unique<FakeService>(options);
    service->echo = true;
    return service;
  }
  // Over a connection of its own.
  static absl::Status Call(const FakeService& service, const TlsFiles& files) {
    GrpcChannelOptions options;
    options.tls = files;
    const auto channel = NewGrpcChannel("127.0.0.1:" + std::to_string(service.server->port()), options);
    return Ask(*channel, kUnary, "x").status;
  }
  // A certificate of the suite.
  TlsFiles Identity(const char* name, std::string_view subject, absl::Time begin, absl::Time end) const {
    const TlsFiles files = FilesIn(suite_);
    const CertifiedKey authority{*PrivateKey::FromPem(*ReadSmallFile(suite_.path() + "/ca.key", true)),
                                 *ReadSmallFile(files.authorities, false)};
    const auto made = identity::NewCertificate(authority, subject, begin, end);
    EXPECT_TRUE(made.ok()) << made.status();
    const std::string path = folder_.File(name);
    EXPECT_EQ(identity::WriteSmallFile(path, made->key.ToPem() + made->certificate, 0400), absl::OkStatus());
    return {files.authorities, path};
  }

  const testing::TemporaryFolder folder_;
  const TlsFolder suite_{folder_.File("suite")};
  const TlsFolder other_{folder_.File("other")};
};

TEST_F(Tls, LetsInWhoBelongsToTheSuite) {
  const TlsFiles files = NewSuite(suite_);
  const auto service = Serve(files);
  EXPECT_EQ(Call(*service, files), absl::OkStatus());
  EXPECT_EQ(service->echoed, 1);
}

TEST_F(Tls, RefusesAClientWithoutACertificate) {
  const TlsFiles files = NewSuite(suite_);
  const auto service = Serve(files);
  EXPECT_EQ(Call(*service, {}).code(), absl::StatusCode::kUnavailable) << "without TLS";
  EXPECT_TRUE(ComesIn(service->server->port(), files.identity));
  EXPECT_FALSE(ComesIn(service->server->port(), ""));
  EXPECT_EQ(service->echoed, 0);
}

TEST_F(Tls, RefusesAClientOfAnotherSuite) {
  const TlsFiles files = NewSuite(suite_);
  const TlsFiles others = NewSuite(other_);
  const auto service = Serve(files);
  EXPECT_EQ(Call(*service, others).code(), absl::StatusCode::kUnavailable);
  // It knows our authority, and is not of it.
  EXPECT_EQ(Call(*service, {files.authorities, others.identity}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(service->echoed, 0);
}

TEST_F(Tls, CallsNoServerOfAnotherSuite) {
  const TlsFiles files = NewSuite(suite_);
  const TlsFiles others = NewSuite(other_);
  // This one would let us in.
  const auto impostor = Serve({files.authorities, others.identity});
  EXPECT_EQ(Call(*impostor, files).code(), absl::StatusCode::kUnavailable);
  const auto plain = Serve({});
  EXPECT_EQ(Call(*plain, files).code(), absl::StatusCode::kUnavailable);
  const absl::Time now = absl::Now();
  const auto misnamed = Serve(Identity("misnamed", "other.example", now - absl::Hours(1), now + absl::Hours(1)));
  EXPECT_EQ(Call(*misnamed, files).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(impostor->echoed + plain->echoed + misnamed->echoed, 0);
}

TEST_F(Tls, RefusesACertificateThatHasExpiredOrHasNotBegun) {
  const TlsFiles files = NewSuite(suite_);
  const auto service = Serve(files);
  const absl::Time now = absl::Now();
  const TlsFiles expired = Identity("expired", kTlsName, now - absl::Hours(2), now - absl::Hours(1));
  const TlsFiles early = Identity("early", kTlsName, now + absl::Hours(1), now + absl::Hours(2));
  const TlsFiles valid = Identity("valid", kTlsName, now - absl::Hours(1), now + absl::Hours(1));
  EXPECT_EQ(Call(*service, expired).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Call(*service, early).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Call(*service, valid), absl::OkStatus());
  const auto server = Serve(expired);
  EXPECT_EQ(Call(*server, files).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(service->echoed, 1);
  EXPECT_EQ(server->echoed, 0);
}

// Callers who connect anew for each call go on while the certificate is exchanged, until the server shows the new one.
TEST_F(Tls, TakesANewCertificateWithoutACallThatFails) {
  constexpr int kCallsMax = 20'000;
  const TlsFiles files = NewSuite(suite_);
  // It is some time old, as it would be: gRPC tells by the second when a file was written.
  const auto written = std::filesystem::last_write_time(files.identity);
  std::filesystem::last_write_time(files.identity, written - std::chrono::hours(1));
  const auto service = Serve(files);
  const std::string before = ServedCertificate(service->server->port());
  ASSERT_NE(before, "");

  std::atomic<bool> exchanged = false;
  std::atomic<int> calls = 0;
  std::atomic<int> failed = 0;
  const auto call = [&] {
    const absl::Status status = Call(*service, files);
    ++calls;
    if (status.ok()) return;
    ++failed;
    ADD_FAILURE() << status;
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&] {
      while (!exchanged && calls < kCallsMax && failed == 0) call();
    });
  }
  while (calls < 10 && failed == 0) std::this_thread::yield();
  ASSERT_EQ(suite_.Rotate(absl::Now()), absl::OkStatus());
  while (calls < kCallsMax && failed == 0 && !exchanged) {
    call();
    exchanged = ServedCertificate(service->server->port()) != before;
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_TRUE(exchanged) << "after " << calls << " calls";
  RecordProperty("calls", calls);
  EXPECT_EQ(Call(*service, files), absl::OkStatus());
}

TEST_F(Tls, KeepsPrivateKeysToItsUser) {
  NewSuite(suite_);
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(suite_.path()).permissions(), perms::owner_all);
  for (const char* secret : {"/ca.key", "/suite.pem"}) {
    EXPECT_EQ(std::filesystem::status(suite_.path() + secret).permissions(), perms::owner_read) << secret;
  }
  std::filesystem::permissions(suite_.path() + "/suite.pem", perms::owner_read | perms::others_read);
  EXPECT_EQ(testing::Summary(suite_.Files(absl::Now()).status()), "FAILED_PRECONDITION KEYS_INVALID");
}

TEST_F(Tls, CertificatesLastFor90DaysAndNoLongerThanTheirAuthority) {
  const absl::Time now = absl::FromUnixSeconds(1'796'000'000);
  ASSERT_EQ(suite_.Create(now), absl::OkStatus());
  auto validity = suite_.Read();
  ASSERT_TRUE(validity.ok()) << validity.status();
  EXPECT_EQ(validity->authority_end, now + identity::kAuthorityLifetime);
  EXPECT_EQ(validity->certificate_end, now + absl::Hours(24 * 90));
  const absl::Time late = validity->authority_end - absl::Hours(24);
  ASSERT_EQ(suite_.Rotate(late), absl::OkStatus());
  EXPECT_EQ(suite_.Read()->certificate_end, validity->authority_end);
  EXPECT_EQ(testing::Summary(suite_.Rotate(validity->authority_end)), "FAILED_PRECONDITION TLS_EXPIRED");
}

TEST_F(Tls, AFolderSaysWhatIsWrongWithIt) {
  EXPECT_EQ(testing::Summary(suite_.Files(absl::Now()).status()), "FAILED_PRECONDITION TLS_MISSING");
  EXPECT_EQ(testing::Summary(suite_.Rotate(absl::Now())), "FAILED_PRECONDITION TLS_MISSING");
  const TlsFiles files = NewSuite(suite_);
  EXPECT_EQ(testing::Summary(suite_.Create(absl::Now())), "FAILED_PRECONDITION TLS_EXISTS");
  EXPECT_EQ(testing::Summary(suite_.Files(absl::Now() + identity::kCertificateLifetime).status()),
            "FAILED_PRECONDITION TLS_EXPIRED");
  const std::string key = PrivateKey::Generate().ToPem();
  for (const std::string& wrong : {std::string("nothing"), key, key + *ReadSmallFile(files.authorities, false)}) {
    ASSERT_EQ(identity::WriteSmallFile(files.identity, wrong, 0400), absl::OkStatus());
    EXPECT_EQ(testing::Summary(suite_.Files(absl::Now()).status()), "FAILED_PRECONDITION TLS_INVALID") << wrong;
    ASSERT_EQ(identity::WriteSmallFile(suite_.path() + "/ca.key", wrong, 0400), absl::OkStatus());
    EXPECT_EQ(testing::Summary(suite_.Rotate(absl::Now())), "FAILED_PRECONDITION TLS_INVALID") << wrong;
  }
}

}  // namespace
}  // namespace dangol::rpc

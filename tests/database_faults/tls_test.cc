// TLS to the server, with a certificate authority of the test's own.
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/database_faults/server_fixture.h"
#include "tests/support/eventually.h"

namespace dangol::testing {
namespace {

class TlsTest : public ServerFixture {
 protected:
  void SetUp() override {
    ServerFixture::SetUp();
    MakeAuthority("ca");
    MakeAuthority("stranger");
    OpenSsl({"req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", File("server.key"), "-out", File("server.csr")});
    OpenSsl({"x509", "-req", "-in", File("server.csr"), "-CA", File("ca.crt"), "-CAkey", File("ca.key"), "-days", "2",
             "-copy_extensions", "copyall", "-out", File("server.crt")});
    struct stat owner {};
    ASSERT_EQ(stat(File("data").c_str(), &owner), 0);
    for (const char* name : {"server.key", "server.crt"}) {
      ASSERT_EQ(chmod(File(name).c_str(), 0600), 0);
      ASSERT_EQ(chown(File(name).c_str(), owner.st_uid, owner.st_gid), 0);
    }
    Run(fmt::format("ALTER SYSTEM SET ssl_cert_file = '{}'", File("server.crt")));
    Run(fmt::format("ALTER SYSTEM SET ssl_key_file = '{}'", File("server.key")));
    Run("ALTER SYSTEM SET ssl = on");
    Run("SELECT pg_reload_conf()");
    EXPECT_TRUE(Eventually([this] { return Look("SHOW ssl") == "on"; }, kPatience));
  }

  // In the server's folder, which is private.
  std::string File(const std::string& name) const { return own_.server().folder + "/" + name; }

  static void OpenSsl(const std::vector<std::string>& arguments) {
    const Ended ended = RunToEnd("/usr/bin/openssl", arguments);
    ASSERT_EQ(ended.code, 0) << ended.errors;
  }

  void MakeAuthority(const std::string& name) const {
    OpenSsl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout",
             File(name + ".key"), "-out", File(name + ".crt")});
  }
};

TEST_F(TlsTest, VerifiesTheServerWhereItIsTold) {
  ExpectRefusal(Url("?sslmode=verify-full&sslrootcert=" + File("stranger.crt")), "TLS was not agreed on");
  ExpectRefusal(Url("?sslmode=verify-full&sslrootcert=/nowhere/ca.crt"), "TLS was not agreed on");
  StartService(Url("?sslmode=verify-full&sslrootcert=" + File("ca.crt")));
  ASSERT_TRUE(Create("secret").ok());
  EXPECT_EQ(Look("SELECT COUNT(*) > 0 AND BOOL_AND(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE "
                 "usename = 'service'"),
            "t");
}

// Longer than what libpq and OpenSSL keep in their buffers.
TEST_F(TlsTest, CarriesLongResults) {
  StartService(Url("?sslmode=verify-full&sslrootcert=" + File("ca.crt")));
  tickets::v1::BatchCreateTicketsRequest create;
  for (int i = 0; i < 100; ++i) {
    tickets::v1::Ticket& ticket = *create.add_requests()->mutable_ticket();
    ticket.set_subject("long");
    ticket.set_body(std::string(8000, 'b'));
  }
  const auto channel = service_.NewChannel();
  const auto created = Ask<tickets::v1::BatchCreateTicketsResponse>(
      *channel, "/dangol.tickets.v1.TicketService/BatchCreateTickets", create);
  ASSERT_TRUE(created.ok()) << created.status();
  tickets::v1::ListTicketsRequest list;
  list.set_page_size(100);
  const auto listed = Ask<tickets::v1::ListTicketsResponse>(*channel, "/dangol.tickets.v1.TicketService/ListTickets",
                                                            list, absl::Seconds(5));
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_GT(listed->ByteSizeLong(), 100U * 8000);
}

}  // namespace
}  // namespace dangol::testing

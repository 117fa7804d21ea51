// `dangol tls`, and a suite whose programs talk with TLS.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/cli_fixture.h"
#include "tests/support/http_client.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::ChildProcess;
using testing::Dangol;
using testing::Ended;
using ::testing::HasSubstr;
using testing::kPatience;
using testing::kTickets;
using ::testing::Not;
using testing::RunningSuite;
using testing::TemporaryFolder;

TEST(Tls, IsUsedByAllProgramsOfASuite) {
  TemporaryFolder folder;
  const std::string data = folder.File("data");
  const std::string certificates = data + "/tls";
  ASSERT_EQ(Dangol({"tls", "init", "--data", data}).code, 0);
  RunningSuite suite(data);
  EXPECT_EQ(testing::Post(suite.port_base(), "/v1/tickets?ticket_id=t1", R"({"subject":"Late"})").status, 200);
  // The services follow each other, too.
  testing::WaitFor(suite, {"--tls", certificates, "status", "-o", "json"}, "FOLLOWING");
  testing::ExpectDone(suite.Run({"--tls", certificates, "ticket", "show", "t1"}));
  const std::string other = folder.File("other");
  testing::ExpectDone(Dangol({"tls", "init", "--tls", other}));
  for (const std::vector<std::string>& stranger : {std::vector<std::string>{}, {"--tls", other}}) {
    std::vector<std::string> show = stranger;
    show.insert(show.end(), {"ticket", "show", "t1"});
    const Ended refused = suite.Run(show);
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.errors, HasSubstr("(--tls)"));
  }

  testing::ExpectDone(Dangol({"tls", "rotate", "--data", data}));
  testing::ExpectDone(suite.Run({"--tls", certificates, "ticket", "show", "t1"}));
}

TEST(Tls, CommandsMakeRotateAndShowCertificates) {
  TemporaryFolder folder;
  const std::string path = folder.File("tls");
  const Ended missing = Dangol({"tls", "status", "--tls", path});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.errors, HasSubstr("`dangol tls init` makes it"));
  // What commands call with may be what is to be made.
  const Ended made = Dangol({"--tls", path, "tls", "init", "--tls", path});
  EXPECT_EQ(made.code, 0) << made.errors;
  EXPECT_THAT(made.output, HasSubstr("--tls " + path));
  EXPECT_EQ(Dangol({"tls", "init", "--tls", path}).code, 1);
  const Ended status = Dangol({"tls", "status", "--tls", path});
  EXPECT_EQ(status.code, 0) << status.errors;
  EXPECT_THAT(status.output, HasSubstr("certificate: valid until "));
  const std::string before = testing::ReadFile(path + "/suite.pem");
  EXPECT_EQ(Dangol({"tls", "rotate", "--tls", path}).code, 0);
  EXPECT_NE(testing::ReadFile(path + "/suite.pem"), before);
}

TEST(Tls, AndCredentialsLetAServerListenForOtherMachines) {
  TemporaryFolder folder;
  const auto listen = [&](std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--data", folder.path(), "--listen", "0.0.0.0:0"});
    return more;
  };
  // The refusal names what is missing, and the two commands that make it.
  const auto refused_without = [&](const std::string& what, const std::vector<std::string>& arguments) {
    const Ended refused = testing::RunToEnd(kTickets, arguments);
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.errors, AllOf(HasSubstr("without " + what + ":"), HasSubstr("`dangol tls init`"),
                                      HasSubstr("`dangol token create NAME --role ROLE`")));
  };
  refused_without("TLS and credentials", listen());
  refused_without("TLS", listen({"--require-credentials"}));
  ASSERT_EQ(Dangol({"tls", "init", "--data", folder.path()}).code, 0);
  refused_without("credentials", listen());
  ASSERT_EQ(Dangol({"token", "create", "ci", "--role", "viewer", "--data", folder.path()}).code, 0);
  ChildProcess server(kTickets, listen({"--require-credentials"}));
  EXPECT_TRUE(server.WaitForText("serving tickets on 0.0.0.0:", kPatience)) << server.errors();
  EXPECT_THAT(server.errors(), Not(HasSubstr("PRIVATE KEY")));
}

}  // namespace
}  // namespace dangol

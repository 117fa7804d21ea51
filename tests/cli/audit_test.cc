// `dangol audit`
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/tickets/v1/ticket.pb.h"
#include "tests/cli/cli_fixture.h"
#include "tests/support/eventually.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::Ended;
using testing::Execute;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RunningSuite;
using testing::TemporaryFolder;

TEST(Audit, IsListedExportedAndVerified) {
  TemporaryFolder folder;
  const std::string kept = folder.File("kept.jsonl");
  {
    RunningSuite suite(folder.File("data"));
    testing::FillSuite(suite);
    const Ended list = suite.Run({"audit", "list"});
    EXPECT_EQ(list.code, 0) << list.errors;
    EXPECT_THAT(list.output, AllOf(HasSubstr("operator  ShipChange"), HasSubstr("changes/done")));
    const Ended about = suite.Run({"audit", "list", "--resource", "tickets/t10", "-o", "json"});
    EXPECT_THAT(about.output, AllOf(HasSubstr("/BatchCreateTickets\""), HasSubstr("\"requests.ticket.subject\"")));
    EXPECT_THAT(about.output, Not(HasSubstr("ShipChange")));
    EXPECT_THAT(suite.Run({"audit", "list", "--principal", "tokens/ci", "-o", "json"}).output, IsEmpty());

    const Ended exported = suite.Run({"audit", "export", "tickets"});
    EXPECT_EQ(exported.code, 0) << exported.errors;
    testing::WriteFile(kept, exported.output);
    const Ended verified = suite.Run({"audit", "verify"});
    EXPECT_EQ(verified.code, 0) << verified.errors;
    EXPECT_THAT(verified.output,
                AllOf(HasSubstr("tickets: "), HasSubstr("backlog: "), HasSubstr("metrics: 0 entries hold\n")));
    EXPECT_EQ(suite.Run({"audit", "verify", "--file", kept, "--service", "tickets"}).code, 0);
    suite.StopInTime();
  }
  // Somebody makes it undone, and mends the chain behind it by taking the end away as well.
  Execute(folder.File("data/tickets.db"), "DELETE FROM audit WHERE number = (SELECT MAX(number) FROM audit)");
  RunningSuite suite(folder.File("data"));
  const Ended cut = suite.Run({"audit", "verify", "--file", kept, "--service", "tickets"});
  EXPECT_EQ(cut.code, 1);
  EXPECT_THAT(cut.errors, HasSubstr("of the file is not there, or is another one"));
  EXPECT_THAT(suite.Run({"doctor"}).output, HasSubstr("audit-log"));
  EXPECT_EQ(suite.Run({"doctor"}).code, 1);
}

// What has no database of its own: the operator's commands, with the suite and before it, and the gateway.
TEST(Audit, HasWhatWasDoneToTokensAndToTheWayToSignIn) {
  TemporaryFolder folder;
  const std::vector<std::string> data = {"--data", folder.File("data")};
  const auto dangol = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), data.begin(), data.end());
    const Ended ended = testing::Dangol(arguments);
    EXPECT_EQ(ended.code, 0) << ended.errors;
  };
  dangol({"token", "create", "ci", "--role", "viewer"});
  RunningSuite suite(folder.File("data"));
  dangol({"login", "set", "--issuer", "https://login.example.org", "--client-id", "dangol"});
  dangol({"login", "--member", "kim@example.org"});
  dangol({"token", "revoke", "ci"});
  dangol({"keys", "rotate", "jwt"});
  std::string listed;
  EXPECT_TRUE(testing::Eventually(
      [&] {
        listed = suite.Run({"audit", "export", "metrics"}).output;
        return listed.find("RotateJwt") != std::string::npos;
      },
      absl::Seconds(60)));
  size_t at = 0;
  for (const char* method : {"/CreateToken", "Provider/Set", "/CreateSignInLink", "/RevokeToken", "Keys/RotateJwt"}) {
    at = listed.find(method, at);
    ASSERT_NE(at, std::string::npos) << method << " in " << listed;
  }
  EXPECT_THAT(listed, AllOf(HasSubstr("\"tokens/ci\""), HasSubstr("\"operator\""), Not(HasSubstr("example.org"))));
  EXPECT_EQ(suite.Run({"audit", "verify"}).code, 0);
}

// The folder of which others have got a copy, such as a cluster.
TEST(Audit, GetsWhatWasDoneWithAFolderThatNoGatewayHas) {
  TemporaryFolder folder;
  RunningSuite suite(folder.File("data"));
  std::filesystem::create_directories(folder.File("original"));
  std::filesystem::copy(folder.File("data/keys"), folder.File("original/keys"),
                        std::filesystem::copy_options::recursive);
  const auto original = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data", folder.File("original")});
    return suite.Run(arguments);
  };
  const auto waiting = [](const std::string& keys) {
    return std::distance(std::filesystem::directory_iterator(keys + "/audit"), {});
  };
  ASSERT_EQ(original({"token", "create", "ci", "--role", "viewer"}).code, 0);
  ASSERT_EQ(original({"token", "revoke", "ci"}).code, 0);
  ASSERT_EQ(original({"keys", "rotate", "session"}).code, 0);
  EXPECT_EQ(waiting(folder.File("original/keys")), 3);
  const Ended sent = original({"audit", "send"});
  EXPECT_EQ(sent.code, 0) << sent.errors;
  EXPECT_EQ(sent.output, "3 entries are handed over to the audit log of metrics.\n");
  EXPECT_EQ(waiting(folder.File("original/keys")), 0);
  const std::string listed = suite.Run({"audit", "export", "metrics"}).output;
  EXPECT_THAT(listed, AllOf(HasSubstr("/CreateToken"), HasSubstr("/RevokeToken"), HasSubstr("Keys/RotateSession"),
                            HasSubstr("\"operator\"")));
  EXPECT_EQ(original({"audit", "send"}).output, "0 entries are handed over to the audit log of metrics.\n");

  // Of a folder that has not the keys of this suite nothing is taken, and nothing is lost.
  const std::vector<std::string> strange = {"--data", folder.File("strange")};
  ASSERT_EQ(testing::Dangol({"token", "create", "ci", "--role", "viewer", strange[0], strange[1]}).code, 0);
  const Ended refused = suite.Run({"audit", "send", strange[0], strange[1]});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("CREDENTIAL_INVALID"));
  EXPECT_EQ(waiting(folder.File("strange/keys")), 1);
  EXPECT_THAT(suite.Run({"audit", "send", "--data", folder.File("nothing")}).errors, HasSubstr("KEYS_MISSING"));
}

TEST(Audit, HoldsAfterACustomerWasErasedAndNamesNothingOfHim) {
  TemporaryFolder folder;
  RunningSuite suite(folder.File("data"));
  const Ended created = suite.Run({"ticket", "create", "--ticket-id", "late", "--subject", "Late", "--sender-email",
                                   "kim@example.com", "-o", "json"});
  ASSERT_EQ(created.code, 0) << created.errors;
  EXPECT_EQ(suite.Run({"audit", "verify", "--service", "tickets"}).output.find("tickets: 1 entry holds, the last"), 0U);
  const std::string customer = testing::Parsed<tickets::v1::Ticket>(created.output).customer();
  const Ended erased = suite.Run({"customer", "erase", customer});
  EXPECT_EQ(erased.code, 0) << erased.errors;
  const Ended verified = suite.Run({"audit", "verify", "--service", "tickets"});
  EXPECT_EQ(verified.code, 0) << verified.errors;
  const std::string entries = suite.Run({"audit", "export", "tickets"}).output;
  EXPECT_THAT(entries, AllOf(HasSubstr("/CreateTicket\""), HasSubstr("/EraseCustomer\""), HasSubstr(customer)));
  EXPECT_THAT(entries, AllOf(Not(HasSubstr("kim@")), Not(HasSubstr("Late"))));
}

TEST(Audit, FindsWhatWasChangedInAFile) {
  TemporaryFolder folder;
  RunningSuite suite(folder.File("data"));
  testing::FillSuite(suite);
  const std::string exported = suite.Run({"audit", "export", "tickets"}).output;
  const auto verify = [&](std::string content, const std::string& wanted, const std::string& other) {
    content.replace(content.find(wanted), wanted.size(), other);
    testing::WriteFile(folder.File("kept"), content);
    return suite.Run({"audit", "verify", "--file", folder.File("kept")});
  };
  EXPECT_EQ(verify(exported, "operator", "operator").code, 0);
  const Ended changed = verify(exported, "operator", "somebody");
  EXPECT_EQ(changed.code, 1);
  EXPECT_THAT(changed.errors, HasSubstr("the hash of entry 1 does not fit"));
  EXPECT_THAT(changed.output, HasSubstr("do not hold"));
  EXPECT_THAT(verify(exported, exported.substr(0, exported.find('\n') + 1), "").errors,
              HasSubstr("entries are missing"));
  EXPECT_THAT(verify(exported, "{", "[").errors, HasSubstr("line 1"));
  EXPECT_EQ(suite.Run({"audit", "export", "gateway"}).code, 1);
}

// Such as `dangol audit export tickets > kept` leaves while the service is away.
TEST(Audit, IsNotVerifiedByAFileWithoutEntries) {
  TemporaryFolder folder;
  RunningSuite suite(folder.File("data"));
  testing::FillSuite(suite);
  testing::WriteFile(folder.File("kept"), "");
  for (std::vector<std::string> command :
       {std::vector<std::string>{"audit", "verify", "--file", folder.File("kept")},
        std::vector<std::string>{"audit", "verify", "--file", folder.File("kept"), "--service", "tickets"}}) {
    const Ended empty = suite.Run(command);
    EXPECT_EQ(empty.code, 1);
    EXPECT_THAT(empty.errors, HasSubstr("has no entry of an audit log"));
    EXPECT_THAT(empty.output, IsEmpty());
  }
}

}  // namespace
}  // namespace dangol

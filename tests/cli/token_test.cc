// `dangol token`, and a suite whose callers need one.
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/cli_fixture.h"
#include "tests/support/eventually.h"
#include "tests/support/http_client.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::ChildProcess;
using testing::Dangol;
using testing::Ended;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kDangol;
using testing::kPatience;
using ::testing::Not;
using ::testing::StartsWith;
using testing::TemporaryFolder;

// A suite whose callers need a token.
class ClosedSuite {
 public:
  ClosedSuite() : port_base_(testing::FreePorts()) {
    process_ = std::make_unique<ChildProcess>(
        kDangol, std::vector<std::string>{"up", "--data", folder_.File("data"), "--port-base",
                                          std::to_string(port_base_), "--require-credentials"});
    EXPECT_TRUE(process_->WaitForText("serving the gateway", kPatience)) << process_->errors();
  }

  int port_base() const { return port_base_; }
  ChildProcess& process() { return *process_; }

  Ended Token(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "token");
    arguments.insert(arguments.end(), {"--data", folder_.File("data")});
    return Dangol(std::move(arguments));
  }
  // The path of a file with the secret.
  std::string Create(const std::string& name, std::vector<std::string> rights) {
    std::vector<std::string> arguments = {"create", name};
    arguments.insert(arguments.end(), rights.begin(), rights.end());
    const Ended made = Token(std::move(arguments));
    EXPECT_EQ(made.code, 0) << made.errors;
    return Keep(name, made.output);
  }
  std::string Keep(const std::string& name, const std::string& secret) {
    const std::string path = folder_.File(name);
    testing::WriteFile(path, secret);
    chmod(path.c_str(), 0400);
    return path;
  }
  Ended Run(std::vector<std::string> arguments, const std::string& token_file) const {
    return Dangol(
        std::move(arguments),
        {"", {fmt::format("DANGOL_PORT_BASE={}", port_base_), fmt::format("DANGOL_TOKEN_FILE={}", token_file)}, ""});
  }

  std::string File(std::string_view name) const { return folder_.File(name); }

 private:
  const int port_base_;
  TemporaryFolder folder_;
  std::unique_ptr<ChildProcess> process_;
};

TEST(Token, LetsAProgramInWithJustItsRights) {
  ClosedSuite suite;
  const Ended nobody = Dangol({"ticket", "list"}, {"", {fmt::format("DANGOL_PORT_BASE={}", suite.port_base())}, ""});
  EXPECT_EQ(nobody.code, 1);
  EXPECT_THAT(nobody.errors, HasSubstr("CREDENTIAL_MISSING"));

  const std::string import = suite.Create("import", {"--allow", "tickets.write", "--allow", "tickets.read"});
  const Ended created = suite.Run({"ticket", "create", "--subject", "Late", "--ticket-id", "t1"}, import);
  EXPECT_EQ(created.code, 0) << created.errors;
  const Ended declined = suite.Run({"ticket", "ack", "t1"}, import);
  EXPECT_EQ(declined.code, 1);
  EXPECT_THAT(declined.errors, AllOf(HasSubstr("PERMISSION_DENIED"), HasSubstr("agent, developer, owner, lead.")));

  const std::string lead = suite.Create("lead", {"--role", "lead"});
  EXPECT_EQ(suite.Run({"ticket", "ack", "t1"}, lead).code, 0);
  // The same over HTTP.
  const std::string header =
      "authorization: Bearer " + testing::ReadFile(lead).substr(0, testing::ReadFile(lead).find('\n'));
  EXPECT_EQ(testing::Ask(suite.port_base(), "GET", "/v1/tickets/t1", {header}).status, 200);
  EXPECT_EQ(testing::Ask(suite.port_base(), "GET", "/v1/tickets/t1").status, 401);
}

// Each service follows the others with a token of its own.
TEST(Token, IsNotNeededBetweenTheServices) {
  ClosedSuite suite;
  const std::string lead = suite.Create("lead", {"--role", "lead", "--role", "admin"});
  EXPECT_EQ(suite.Run({"ticket", "create", "--subject", "Late", "--ticket-id", "t1"}, lead).code, 0);
  EXPECT_TRUE(testing::Eventually([&] { return suite.Run({"loop", "t1"}, lead).code == 0; }, kPatience));
  const Ended status = suite.Run({"status"}, lead);
  EXPECT_EQ(status.code, 0) << status.errors;
}

TEST(Token, ThatIsRevokedIsRefusedWithinFiveSeconds) {
  ClosedSuite suite;
  const std::string reader = suite.Create("reader", {"--role", "viewer"});
  EXPECT_EQ(suite.Run({"ticket", "list"}, reader).code, 0);
  EXPECT_EQ(suite.Token({"revoke", "reader"}).code, 0);
  absl::SleepFor(absl::Seconds(5));
  const Ended refused = suite.Run({"ticket", "list"}, reader);
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("CREDENTIAL_INVALID"));
  EXPECT_THAT(suite.Token({"list"}).output, HasSubstr("REVOKED"));
}

TEST(Token, ThatIsRotatedFailsNoCall) {
  ClosedSuite suite;
  const std::string first = suite.Create("reader", {"--role", "viewer"});
  const Ended rotated = suite.Token({"rotate", "reader", "--overlap", "1h"});
  EXPECT_EQ(rotated.code, 0) << rotated.errors;
  const std::string second = suite.Keep("second", rotated.output);
  for (const std::string& file : {first, second}) EXPECT_EQ(suite.Run({"ticket", "list"}, file).code, 0) << file;
}

// The others know nothing of the resource, and refuse whoever may not see all.
TEST(Token, ShowsTheHistoryOfWhatItMayRead) {
  ClosedSuite suite;
  const std::string agent = suite.Create("agent", {"--role", "agent"});
  EXPECT_EQ(suite.Run({"ticket", "create", "--subject", "Late", "--ticket-id", "t1"}, agent).code, 0);
  const Ended listed = suite.Run({"audit", "list", "--resource", "tickets/t1"}, agent);
  EXPECT_EQ(listed.code, 0);
  EXPECT_THAT(listed.output, AllOf(HasSubstr("CreateTicket"), HasSubstr("tickets/t1")));
  EXPECT_EQ(listed.errors, "");
  for (const std::vector<std::string>& refused :
       std::vector<std::vector<std::string>>{{"audit", "list"},
                                             {"audit", "list", "--resource", "tokens/agent"},
                                             {"audit", "list", "--resource", "tickets/t1", "--service", "backlog"}}) {
    const Ended ended = suite.Run(refused, agent);
    EXPECT_EQ(ended.code, 1) << ended.output;
    EXPECT_THAT(ended.errors, HasSubstr("PERMISSION_DENIED"));
  }
}

// One that no file of tokens can hold would keep everybody out.
TEST(Token, EndsInATimeThatTheirFileCanSay) {
  const TemporaryFolder folder;
  const auto token = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "token");
    arguments.insert(arguments.end(), {"--data", folder.File("data")});
    return Dangol(std::move(arguments));
  };
  EXPECT_EQ(token({"create", "reader", "--role", "viewer", "--expires", "90d"}).code, 0);
  for (const char* time : {"9999999d", "99999999h", "inf"}) {
    const Ended created = token({"create", "late", "--role", "viewer", "--expires", time});
    EXPECT_EQ(created.code, 2) << time;
    EXPECT_THAT(created.errors, HasSubstr("ends after the year 9999"));
    const Ended rotated = token({"rotate", "reader", "--overlap", time});
    EXPECT_EQ(rotated.code, 2) << time;
    EXPECT_THAT(rotated.errors, HasSubstr("ends after the year 9999"));
  }
  const Ended listed = token({"list"});
  EXPECT_EQ(listed.code, 0) << listed.errors;
  EXPECT_THAT(listed.output, AllOf(HasSubstr("tokens/reader"), Not(HasSubstr("late"))));
}

TEST(Token, IsShownOnceAndLeavesNoTrace) {
  ClosedSuite suite;
  const Ended made = suite.Token({"create", "import", "--role", "service", "--expires", "90d"});
  EXPECT_THAT(made.output, StartsWith("dgl_import_"));
  const std::string secret = made.output.substr(0, made.output.find('\n')).substr(11);
  const std::string file = suite.Keep("import", made.output);
  suite.Run({"ticket", "list"}, file);
  testing::Ask(suite.port_base(), "GET", "/v1/tickets", {"authorization: Bearer dgl_import_" + secret});
  for (const std::string& text :
       {made.errors, suite.Token({"list"}).output, suite.Token({"list", "-o", "json"}).output,
        testing::ReadFile(suite.File("data/keys/tokens")), suite.process().errors(), suite.process().output()}) {
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  }
}

// The gateway has no audit log of its own: that of metrics says who changed what, and what was refused to whom.
TEST(Token, ThatSomebodyChangesIsInTheAuditLog) {
  ClosedSuite suite;
  const std::string viewer = suite.Create("viewer", {"--role", "viewer"});
  const std::string admin = suite.Create("admin", {"--role", "admin"});
  const auto create = [&](const std::string& file) {
    const std::string secret = testing::ReadFile(file);
    return testing::Ask(
        suite.port_base(), "POST", "/v1/tokens?token_id=made",
        {"authorization: Bearer " + secret.substr(0, secret.find('\n')), "content-type: application/json"},
        R"({"roles":["viewer"]})");
  };
  EXPECT_EQ(create(viewer).status, 403);
  EXPECT_EQ(create(admin).status, 200);
  std::string log;
  // Whether one entry says all of them.
  const auto says = [&](const std::vector<std::string>& texts) {
    const std::vector<std::string> entries = absl::StrSplit(log, '\n');
    return std::ranges::any_of(entries, [&](const std::string& entry) {
      return std::ranges::all_of(texts, [&](const std::string& text) { return entry.find(text) != std::string::npos; });
    });
  };
  EXPECT_TRUE(testing::Eventually(
      [&] {
        log = suite.Run({"audit", "export", "metrics"}, admin).output;
        return says({"TokenService/CreateToken", "tokens/admin", "tokens/made"}) &&
               says({"TokenService/CreateToken", "tokens/viewer", "PERMISSION_DENIED"});
      },
      kPatience))
      << log;
}

TEST(Token, IsRefusedWhereItWouldBeToo) {
  TemporaryFolder folder;
  const auto create = [&](std::vector<std::string> rights) {
    std::vector<std::string> arguments = {"token", "create", "x", "--data", folder.path()};
    arguments.insert(arguments.end(), rights.begin(), rights.end());
    return Dangol(std::move(arguments));
  };
  EXPECT_THAT(create({}).errors, HasSubstr("--role"));
  EXPECT_THAT(create({"--allow", "tickets.decide"}).errors, HasSubstr("--allow"));
  EXPECT_THAT(create({"--allow", "nonsense"}).errors, HasSubstr("no permission"));
  // The help has what the error sends there for.
  const std::string help = Dangol({"token", "create", "--help"}).output;
  for (const char* right : {"viewer", "service", "tickets.words", "attachments.write", "digests.send"})
    EXPECT_THAT(help, HasSubstr(right));
  for (const char* of_people : {"tickets.decide", "tokens.write"}) EXPECT_THAT(help, Not(HasSubstr(of_people)));
  EXPECT_EQ(create({"--role", "boss"}).code, 2);
  EXPECT_EQ(create({"--role", "viewer", "--expires", "soon"}).code, 2);
  EXPECT_EQ(create({"--role", "viewer"}).code, 0);
  EXPECT_THAT(create({"--role", "viewer"}).errors, HasSubstr("ALREADY_EXISTS"));
  EXPECT_THAT(Dangol({"token", "revoke", "y", "--data", folder.path()}).errors, HasSubstr("NOT_FOUND"));
}

TEST(Token, FileIsForItsOwnerAlone) {
  TemporaryFolder folder;
  testing::WriteFile(folder.File("token"), "dgl_x\n");
  chmod(folder.File("token").c_str(), 0644);
  const Ended refused = Dangol({"--token-file", folder.File("token"), "ticket", "list"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.errors, AllOf(HasSubstr("--token-file"), HasSubstr("chmod 0400")));
  const Ended missing = Dangol({"ticket", "list"}, {"", {"DANGOL_TOKEN_FILE=" + folder.File("none")}, ""});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.errors, AllOf(HasSubstr("DANGOL_TOKEN_FILE"), HasSubstr(folder.File("none"))));
}

// Such as the command that makes the file.
TEST(Token, FileIsNotNeededByACommandThatCallsNobody) {
  TemporaryFolder folder;
  const std::vector<std::string> without = {"DANGOL_TOKEN_FILE=" + folder.File("none")};
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"tls", "init", "--data", folder.path()},
                                             {"tls", "status", "--data", folder.path()},
                                             {"token", "create", "x", "--role", "viewer", "--data", folder.path()},
                                             {"token", "rotate", "x", "--data", folder.path()},
                                             {"token", "list", "--data", folder.path()},
                                             {"login", "--data", folder.path()},
                                             {"completion", "bash"}}) {
    const Ended ended = Dangol(arguments, {"", without, ""});
    EXPECT_EQ(ended.code, 0) << arguments[0] << ": " << ended.errors;
  }
}

TEST(Login, PrintsALinkThatSignsInOnce) {
  ClosedSuite suite;
  const std::string token = suite.Create("setup", {"--role", "lead"});
  const Ended member =
      suite.Run({"member", "create", "--member-id", "kim", "--display-name", "Kim", "--roles", "AGENT"}, token);
  EXPECT_EQ(member.code, 0) << member.errors;
  const Ended made = Dangol(
      {"login", "--member", "kim", "--data", suite.File("data"), "--port-base", std::to_string(suite.port_base())});
  EXPECT_EQ(made.code, 0) << made.errors;
  const std::string address = "http://127.0.0.1:" + std::to_string(suite.port_base());
  EXPECT_THAT(made.output, StartsWith(address + "/#login="));
  const std::string code = made.output.substr(made.output.find('=') + 1, 43);
  const std::vector<std::string> headers = {"content-type: application/json", "origin: " + address,
                                            "host: " + address.substr(7)};
  const auto signed_in =
      testing::Ask(suite.port_base(), "POST", "/auth/login", headers, R"({"code":")" + code + R"("})");
  EXPECT_EQ(signed_in.status, 204) << signed_in.body;
  const std::string cookie = signed_in.Header("set-cookie");
  EXPECT_EQ(
      testing::Ask(suite.port_base(), "GET", "/v1/tickets", {"cookie: " + cookie.substr(0, cookie.find(';'))}).status,
      200);
  const auto session =
      testing::Ask(suite.port_base(), "GET", "/auth/session", {"cookie: " + cookie.substr(0, cookie.find(';'))});
  EXPECT_THAT(session.body, HasSubstr(R"("roles":["agent"])"));
  EXPECT_EQ(testing::Ask(suite.port_base(), "POST", "/auth/login", headers, R"({"code":")" + code + R"("})").status,
            401);
  EXPECT_THAT(suite.process().errors(), Not(HasSubstr(code)));
}

TEST(Login, TakesAMemberByIdOrEmailAddress) {
  TemporaryFolder folder;
  EXPECT_EQ(Dangol({"login", "--member", "Kim Lee", "--data", folder.path()}).code, 2);
  EXPECT_EQ(Dangol({"login", "--member", "kim@example.org", "--data", folder.path()}).code, 1);
  const Ended none = Dangol({"login", "--data", folder.path()});
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.errors, AllOf(HasSubstr("KEYS_MISSING"), HasSubstr("name it with --data")));
}

// As the gateway itself says it to the identity provider.
TEST(Login, NamesTheAddressThatAnIdentityProviderComesBackTo) {
  TemporaryFolder folder;
  const auto set = [&](std::vector<std::string> flags) {
    std::vector<std::string> arguments = {"login",       "set",    "--issuer", "https://login.example.org",
                                          "--client-id", "dangol", "--data",   folder.path(),
                                          "--port-base", "8600"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const Ended ended = Dangol(std::move(arguments));
    EXPECT_EQ(ended.code, 0) << ended.errors;
    return ended.output;
  };
  EXPECT_THAT(set({}), EndsWith("exactly: http://127.0.0.1:8600/auth/callback\n"));
  EXPECT_THAT(set({"--path-prefix", "/dangol"}), EndsWith(": http://127.0.0.1:8600/dangol/auth/callback\n"));
  EXPECT_THAT(set({"--public-url", "https://a.example.org"}), EndsWith(": https://a.example.org/auth/callback\n"));
  EXPECT_THAT(set({"--public-url", "https://a.example.org", "--path-prefix", "/dangol"}),
              EndsWith(": https://a.example.org/dangol/auth/callback\n"));
}

TEST(Keys, AreRotatedWithoutACallThatFails) {
  ClosedSuite suite;
  const std::string token = suite.Create("lead", {"--role", "lead", "--role", "admin"});
  for (const char* kind : {"jwt", "session", "jwt"}) {
    const Ended rotated = Dangol({"keys", "rotate", kind, "--data", suite.File("data")});
    EXPECT_EQ(rotated.code, 0) << rotated.errors;
    EXPECT_EQ(testing::Ask(
                  suite.port_base(), "GET", "/v1/tickets",
                  {"authorization: Bearer " + testing::ReadFile(token).substr(0, testing::ReadFile(token).find('\n'))})
                  .status,
              200)
        << kind;
  }
}

}  // namespace
}  // namespace dangol

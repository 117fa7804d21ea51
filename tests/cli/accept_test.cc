// `dangol ticket accept` and the verbs of changes: the loop from intake to told, on published complaints.
#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/backlog/v1/change.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using backlog::v1::Change;
using ::testing::AllOf;
using testing::Ended;
using ::testing::HasSubstr;
using testing::kPatience;
using ::testing::MatchesRegex;
using ::testing::Not;
using testing::Parsed;
using testing::RunningSuite;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using tickets::v1::Ticket;

int64_t Lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

class Accept : public ::testing::Test {
 protected:
  void Create(int count, const std::string& contact_reason) {
    std::string requests;
    for (int i = 0; i < count; ++i) {
      requests += fmt::format(R"({}{{"ticketId":"{}-{}","ticket":{{"subject":"Late","contactReason":"{}"}}}})",
                              i == 0 ? "" : ",", contact_reason, i, contact_reason);
    }
    EXPECT_EQ(suite_
                  .Run({"call", "dangol.tickets.v1.TicketService/BatchCreateTickets", "-"},
                       "{\"requests\":[" + requests + "]}")
                  .code,
              0);
  }
  // When the accepted tickets were decided about.
  std::set<int64_t> AcceptTimes() {
    std::set<int64_t> times;
    const Ended tickets = suite_.Run({"ticket", "list", "--state", "accepted", "--all", "-o", "json"});
    for (const auto& line : absl::StrSplit(tickets.output, '\n', absl::SkipEmpty())) {
      const auto ticket = Parsed<Ticket>(std::string(line));
      times.insert(ticket.decide_time().seconds() * 1'000'000'000 + ticket.decide_time().nanos());
    }
    return times;
  }
  std::string ChangeOf(const std::string& ticket) {
    return Parsed<Ticket>(suite_.Run({"ticket", "get", ticket, "-o", "json"}).output).change();
  }

  TemporaryFolder folder_;
  RunningSuite suite_{folder_.path()};
};

TEST_F(Accept, GoesFromOneCauseOfComplaintsToTheirAnswers) {
  EXPECT_EQ(suite_.Run({"import", "cfpb", DANGOL_CLI_FIXTURES "/cfpb.csv"}).code, 0);
  const Ended accepted = suite_.Run({"ticket", "accept", "--contact-reason", "incorrect-information-on-your-report",
                                     "--draft", "Names are compared before a report is filed"});
  EXPECT_EQ(accepted.code, 0) << accepted.errors;
  EXPECT_THAT(accepted.output, MatchesRegex("2 accepted into changes/[0-9a-z]+, 0 skipped\n"));
  const std::string change = ChangeOf("cfpb-7523056");
  const Ended got = suite_.Run({"change", "get", change, "-o", "json"});  // at once: accept has waited for it
  ASSERT_EQ(got.code, 0) << got.errors;
  EXPECT_EQ(Parsed<Change>(got.output).title(), "Names are compared before a report is filed");
  EXPECT_EQ(Parsed<Change>(got.output).evidence().demands(), 2);
  EXPECT_EQ(suite_
                .Run({"change", "plan", change, "--kind", "process", "--can-keep", "yes", "--for-everyone", "yes",
                      "--within-capability", "with-effort", "--rationale", "Two more clerks", "--decided-by", "kim"})
                .code,
            0);
  EXPECT_EQ(suite_.Run({"change", "start", change}).code, 0);
  const Ended shipped = suite_.Run({"change", "ship", change, "--customer-notes", "en=Names are compared now."});
  EXPECT_EQ(shipped.code, 0) << shipped.errors;
  EXPECT_THAT(shipped.output, AllOf(StartsWith("CHANGE  "), HasSubstr("  SHIPPED  ")));
  const absl::Time end = absl::Now() + kPatience;
  std::string answered;
  while (Lines(answered) < 2 && absl::Now() < end)
    answered = suite_.Run({"ticket", "list", "--state", "answered", "-o", "json"}).output;
  EXPECT_EQ(Lines(answered), 2);
  const Ended demands = suite_.Run({"change", "demands", change});
  EXPECT_THAT(demands.output,
              AllOf(StartsWith("TICKET        STATE   FLAGS"), HasSubstr("cfpb-7442745  ACTIVE  -      1 ")));
}

// What comes of it everywhere: at the change, in the loop of the ticket, in the sums of the loop.
TEST_F(Accept, TakesThePersonsWordForWhenItHappened) {
  Create(4, "late");
  EXPECT_EQ(suite_.Run({"change", "create", "--title", "Faster", "--change-id", "faster"}).code, 0);
  EXPECT_EQ(suite_.Run({"ticket", "accept", "late-0", "--change", "faster"}).code, 0);
  EXPECT_EQ(suite_
                .Run({"change", "ship", "faster", "--kind", "PROCESS", "--can-keep", "YES", "--for-everyone", "YES",
                      "--within-capability", "YES", "--rationale", "We can.", "--decided-by", "members/kim"})
                .code,
            0);
  // Its times say that it happened before; of the others somebody knows better.
  EXPECT_EQ(suite_.Run({"ticket", "accept", "late-1", "--change", "faster"}).code, 0);
  EXPECT_EQ(suite_.Run({"ticket", "accept", "late-2", "--change", "faster", "--happened", "after_ship"}).code, 0);
  const Ended created = suite_.Run({"ticket", "create", "--ticket-id", "told-late", "--subject", "Last year"});
  EXPECT_EQ(created.code, 0) << created.errors;
  const Ended many =
      suite_.Run({"ticket", "accept", "late-3", "told-late", "--change", "faster", "--happened", "BEFORE_SHIP"});
  EXPECT_EQ(many.code, 0) << many.errors;
  const absl::Time end = absl::Now() + kPatience;
  std::string loop;
  while (loop.find("came back       1\n") == std::string::npos && absl::Now() < end)
    loop = suite_.Run({"loop", "--change", "faster"}).output;
  EXPECT_THAT(loop, AllOf(HasSubstr("answered        4, 3 of them late\n"), HasSubstr("came back       1\n")));
  const auto change = Parsed<Change>(suite_.Run({"change", "get", "faster", "-o", "json"}).output);
  EXPECT_EQ(change.evidence().late(), 3);
  EXPECT_EQ(change.evidence().recurrences(), 1);
  EXPECT_THAT(suite_.Run({"doctor"}).output, HasSubstr("✓ loops: 5 examined"));
  const Ended wrong = suite_.Run({"ticket", "accept", "late-3", "--change", "faster", "--happened", "LATER"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("\"LATER\" is none of BEFORE_SHIP, AFTER_SHIP"));
}

TEST_F(Accept, TakesOneTicketOrManyByName) {
  Create(4, "late");
  EXPECT_EQ(suite_.Run({"change", "create", "--title", "Faster", "--change-id", "faster"}).code, 0);
  const Ended one = suite_.Run({"ticket", "accept", "late-0", "--change", "faster", "--etag", "1", "-o", "json"});
  EXPECT_EQ(Parsed<Ticket>(one.output).change(), "changes/faster");
  EXPECT_THAT(suite_.Run({"ticket", "accept", "late-1", "--change", "faster", "--etag", "9"}).errors,
              StartsWith("dangol ticket accept: ABORTED"));
  const Ended many =
      suite_.Run({"ticket", "accept", "late-0", "tickets/late-1", "late-2", "gone", "--change", "changes/faster"});
  EXPECT_EQ(many.code, 1);
  EXPECT_EQ(many.output, "2 accepted into changes/faster, 2 skipped\n");
  EXPECT_EQ(many.errors,
            "dangol ticket accept: tickets/late-0 was skipped: WRONG_STATE, it is ACCEPTED\n"
            "dangol ticket accept: tickets/gone was skipped: NOT_FOUND\n");
  EXPECT_THAT(suite_.Run({"ticket", "accept", "--contact-reason", "bill", "--change", "faster"}).errors,
              HasSubstr("NO_TICKETS"));
}

TEST_F(Accept, SaysThatTheBacklogRefused) {
  Create(2, "late");
  const Ended many = suite_.Run({"ticket", "accept", "late-0", "late-1", "--change", "nowhere"});
  EXPECT_EQ(many.code, 1);
  EXPECT_EQ(many.output, "0 accepted into changes/nowhere, 0 skipped, 2 refused\n");
  EXPECT_THAT(many.errors, HasSubstr("tickets/late-1 was refused by the backlog: CHANGE_NOT_FOUND, it is "));
  const Ended json = suite_.Run({"ticket", "accept", "--contact-reason", "late", "--change", "nowhere", "-o", "json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.output, AllOf(HasSubstr("\"skipReason\":\"CHANGE_NOT_FOUND\""), Not(HasSubstr("ACCEPTED"))));
  const Ended one = suite_.Run({"ticket", "accept", "late-0", "--change", "nowhere"});
  EXPECT_EQ(one.code, 1);
  EXPECT_EQ(one.output, "0 accepted into changes/nowhere, 0 skipped, 1 refused\n");
}

TEST(AcceptWithoutABacklog, SaysThatTheOutcomeIsNotKnown) {
  TemporaryFolder folder;
  const int port_base = testing::FreePorts();
  const std::string port = std::to_string(port_base);
  testing::ChildProcess tickets(testing::kTickets, {"--data", folder.path(), "--port-base", port});
  EXPECT_TRUE(tickets.WaitForText("serving", kPatience)) << tickets.errors();
  testing::ExpectDone(
      testing::Dangol({"ticket", "create", "--subject", "Late", "--ticket-id", "t1", "--port-base", port}));
  const Ended accepted =
      testing::Dangol({"ticket", "accept", "t1", "--change", "c", "--timeout", "300ms", "--port-base", port});
  EXPECT_EQ(accepted.code, 1);
  EXPECT_EQ(accepted.output, "0 accepted into changes/c, 0 skipped, 1 not confirmed yet\n");
  EXPECT_THAT(accepted.errors, HasSubstr("whether changes/c takes 1 of them is not known yet"));
}

TEST_F(Accept, TakesAllOfACauseByOneCall) {
  Create(489, "mixed-up");
  EXPECT_THAT(suite_.Run({"ticket", "accept", "--contact-reason", "mixed-up", "--draft", "No mix-ups"}).output,
              MatchesRegex("489 accepted into changes/[0-9a-z]+, 0 skipped\n"));
  EXPECT_EQ(AcceptTimes().size(), 1U);  // a call has one time
}

TEST_F(Accept, TakesMoreThanAThousandIntoOneChange) {
  Create(1000, "late");
  Create(1, "later");
  EXPECT_EQ(suite_.Run({"ticket", "create", "--subject", "Late", "--contact-reason", "late"}).code, 0);
  const Ended accepted =
      suite_.Run({"ticket", "accept", "--contact-reason", "late", "--draft", "In time", "-o", "json"});
  EXPECT_EQ(accepted.code, 0) << accepted.errors;
  EXPECT_EQ(Lines(accepted.output), 1001);
  EXPECT_EQ(AcceptTimes().size(), 2U);
  EXPECT_EQ(Lines(suite_.Run({"change", "list", "--all", "-o", "json"}).output), 1);
}

}  // namespace
}  // namespace dangol

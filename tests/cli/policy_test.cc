// `dangol policy`, `dangol inbox` and the filters of `dangol ticket list`.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/tickets/v1/policy.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::Ended;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Parsed;
using testing::RunningSuite;
using testing::TemporaryFolder;

class PolicyVerbs : public ::testing::Test {
 protected:
  // A command that must succeed.
  std::string Done(std::vector<std::string> arguments, const std::string& input = "") {
    const Ended ended = suite_.Run(std::move(arguments), input);
    EXPECT_EQ(ended.code, 0) << ended.errors;
    return ended.output;
  }

  TemporaryFolder folder_;
  RunningSuite suite_{folder_.path()};
};

TEST_F(PolicyVerbs, AgreeOnAPolicyThatTicketsFollow) {
  EXPECT_THAT(Done({"policy", "show"}),
              AllOf(HasSubstr("open       mon-fri 09:00-18:00\n"), HasSubstr("closed     7 d after the last word\n")));
  const std::string set = Done({"policy", "set", "--time-zone", "Asia/Seoul", "--holiday-calendars", "KR", "--open",
                                "mon-sat=09:00-12:00,13:00-18:00", "--respond", "critical=30/240",
                                "--quiet-hours-begin-time", "21:00", "--quiet-hours-end-time", "08:00", "--assign",
                                "contact-reason=delivery,severity=high,assignee=kim", "--etag", "0"});
  EXPECT_THAT(set, AllOf(HasSubstr("time zone  Asia/Seoul\n"), HasSubstr("KR, known until 2028-12-31"),
                         HasSubstr("open       mon-sat 09:00-12:00 and 13:00-18:00\n"),
                         HasSubstr("CRITICAL   reply within 30 min, decision within 4 h of work\n"),
                         HasSubstr("quiet      21:00 to 08:00\n"),
                         HasSubstr("rule 1     about delivery, of HIGH → members/kim\n")));
  const auto policy = Parsed<tickets::v1::TriagePolicy>(Done({"policy", "show", "-o", "json"}));
  EXPECT_EQ(policy.etag(), "1");
  EXPECT_EQ(policy.opening_hours_size(), 12);
  Done({"ticket", "create", "--ticket-id", "t1", "--subject", "Late", "--contact-reason", "delivery/late", "--severity",
        "high"});
  EXPECT_THAT(Done({"ticket", "list", "--assignee", "kim"}), HasSubstr("t1"));
  EXPECT_THAT(
      Done({"policy", "set", "--assign", "channel=email,assignees=kim,assignees=lee,give-severity=high,give-label=vip",
            "--remedy-limit", "KRW=50000"}),
      AllOf(HasSubstr("by email → members/kim or members/lee in turn, HIGH, label vip\n"),
            HasSubstr("remedies   up to KRW 50000\n")));
  for (const char* id : {"m1", "m2"})
    Done({"ticket", "create", "--ticket-id", id, "--subject", "Late", "--source-channel", "email"});
  EXPECT_THAT(Done({"ticket", "list", "--assignee", "lee"}), AllOf(HasSubstr("m2"), Not(HasSubstr("m1"))));
  EXPECT_THAT(Done({"policy", "set", "--clear", "assignment_rules", "--clear", "quiet_hours"}),
              AllOf(HasSubstr("quiet      never\n"), Not(HasSubstr("rule 1"))));
  const Ended wrong = suite_.Run({"policy", "set", "--open", "mon-fri=25:00-26:00"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.errors, HasSubstr("25:00"));
  for (const std::vector<std::string>& flags : std::vector<std::vector<std::string>>{
           {"--open", "fri-mon=09:00-18:00"}, {"--respond", "critical=30"}, {"--assign", "colour=red,assignee=kim"}}) {
    EXPECT_EQ(suite_.Run({"policy", "set", flags[0], flags[1]}).code, 2) << flags[1];
  }
}

TEST_F(PolicyVerbs, WorkThroughWhatIsToBeDone) {
  EXPECT_THAT(suite_.Run({"inbox"}).errors, HasSubstr("there is nothing to do"));
  Done({"ticket", "create", "--ticket-id", "late", "--subject", "It came late", "--assignee", "kim", "--receive-time",
        "2026-01-05", "--labels", "vip"});
  Done({"ticket", "create", "--ticket-id", "new", "--subject", "It is broken"});
  const std::string table = Done({"inbox"});
  EXPECT_THAT(table, AllOf(HasSubstr("OVERDUE  late"), HasSubstr("new")));
  EXPECT_LT(table.find("late"), table.find("new"));
  EXPECT_THAT(Done({"inbox", "kim"}), AllOf(HasSubstr("late"), Not(HasSubstr("new"))));
  EXPECT_THAT(Done({"ticket", "list", "--label", "vip", "--view", "overdue", "--order", "due"}), HasSubstr("late"));
  const std::string worked = Done({"inbox", "kim", "--work"}, "h\nr It comes today.\n?\nq\n");
  EXPECT_THAT(worked, AllOf(HasSubstr("It came late"), HasSubstr("Done."), HasSubstr("Enter alone")));
  const auto ticket = Parsed<tickets::v1::Ticket>(Done({"ticket", "get", "late", "-o", "json"}));
  EXPECT_EQ(ticket.state(), tickets::v1::Ticket::HEARD);
  EXPECT_EQ(ticket.heard_by(), "members/kim");
  EXPECT_FALSE(ticket.has_due_time()) << "it waits for the customer";
  EXPECT_THAT(suite_.Run({"inbox", "kim"}).output, Not(HasSubstr("OVERDUE")));
  EXPECT_THAT(Done({"inbox", "--work"}, "c missing\nq\n"),
              AllOf(HasSubstr("0 accepted into changes/missing, 0 skipped, 1 refused"), Not(HasSubstr("Done."))));
}

TEST_F(PolicyVerbs, KeepATreeOfContactReasons) {
  Done({"reason", "create", "--path", "delivery", "--display-names", "en=Delivery", "--owner", "kim"});
  Done({"ticket", "create", "--ticket-id", "t1", "--subject", "Late", "--contact-reason", "late"});
  EXPECT_THAT(Done({"reason", "list"}), AllOf(HasSubstr("delivery        0        0"), HasSubstr("(unmanaged)")));
  Done({"reason", "move", "--from", "late", "--into", "delivery/late"});
  testing::WaitFor(suite_, {"ticket", "get", "t1"}, "delivery/late");
  EXPECT_THAT(suite_.Run({"reason", "delete", "--path", "delivery"}).errors, HasSubstr("REASON_IN_USE"));
  Done({"reason", "update", "--path", "delivery", "--display-names", "en=Shipping"});
  EXPECT_THAT(Done({"reason", "list", "-o", "json"}), HasSubstr("Shipping"));
}

}  // namespace
}  // namespace dangol

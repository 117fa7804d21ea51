// `dangol change show`: why a change exists, and what came of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::ExpectDone;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RunningSuite;
using testing::TemporaryFolder;
using testing::WaitFor;

TEST(ChangeShow, TellsWhoAsksWhatTheyHopeForAndWhatItDid) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  for (const char* id : {"t1", "t2"}) {
    ExpectDone(suite.Run({"ticket", "create", "--ticket-id", id, "--body", "Nobody was at home.", "--contact-reason",
                          "delivery/late", "--may-ask"}));
    ExpectDone(suite.Run({"ticket", "update", id, "--underlying-need", "To plan the day"}));
  }
  ExpectDone(
      suite.Run({"change", "create", "--title", "We say when we come", "--change-id", "say", "--kind", "service"}));
  ExpectDone(suite.Run({"ticket", "accept", "t1", "t2", "--change", "say"}));
  WaitFor(suite, {"change", "show", "say"}, "Tickets: 2 (customers 0, anonymous 2");
  ExpectDone(suite.Run({"change", "invite", "say", "--tickets", "t1"}));
  ExpectDone(suite.Run({"ticket", "answer-preview", "t1", "--change", "say", "--answer", "fixed"}));
  WaitFor(suite, {"change", "show", "say"}, "Invited to try it: 1 (mended for 1, not mended for 0)");
  ExpectDone(suite.Run({"change", "ship", "say", "--can-keep", "yes", "--for-everyone", "yes", "--within-capability",
                        "yes", "--rationale", "It is easy", "--decided-by", "kim"}));
  WaitFor(suite, {"change", "show", "say"}, "Told: t1, t2\n");
  const std::string shown = suite.Run({"change", "show", "say"}).output;
  EXPECT_THAT(
      shown, AllOf(HasSubstr("In the last 90 days: customers 0, anonymous 2"),
                   HasSubstr("\"Nobody was at home.\" (t1)"), HasSubstr("What they hope for: To plan the day\n"),
                   HasSubstr("  Answers: delivery/late\n"), HasSubstr("Expected: complaints lower by 50 %, looked at "),
                   HasSubstr("Checks so far: 0; the next"), HasSubstr("Can we keep this? Asked")));
  EXPECT_EQ(shown.find("To plan the day"), shown.rfind("To plan the day")) << "each need once";
}

TEST(ChangeShow, TellsWhyItWasDroppedAndThoughtAboutAgain) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  ExpectDone(suite.Run({"change", "create", "--title", "Fish comes by post", "--change-id", "fish", "--closes-gaps",
                        "cold-chain", "--strategy", "bind-them-to-us", "--tracker-links",
                        R"({"tracker": "github", "issue": "shop/web#4712"})"}));
  ExpectDone(
      suite.Run({"change", "drop", "fish", "--decline-reason", "beyond-capability", "--capability-gap", "cold-chain",
                 "--reason", "Nobody cools it", "--decided-by", "kim", "--revisit-condition", "somebody does"}));
  EXPECT_THAT(suite.Run({"change", "show", "fish"}).output,
              AllOf(HasSubstr("  Closes the gap: cold-chain\n  Strategy: bind them to us\n"),
                    HasSubstr("  Followed at: github shop/web#4712\n"), HasSubstr("\nDropped by kim, "),
                    HasSubstr(": beyond capability (cold-chain)\n  Nobody cools it\n  Look again: somebody does\n")));
  ExpectDone(suite.Run({"change", "update", "fish", "--tracker-links", "", "--expected-effects",
                        R"({"direction": "LOWER", "sizePercent": 30})"}));
  EXPECT_THAT(suite.Run({"change", "show", "fish"}).output,
              AllOf(Not(HasSubstr("Followed at")), HasSubstr("Expected: complaints lower by 30 %\n")));
  EXPECT_THAT(suite.Run({"change", "update", "fish", "--tracker-links", "{"}).errors, HasSubstr("--tracker-links"));
  ExpectDone(suite.Run({"change", "reconsider", "fish", "--reason", "Somebody does now", "--decided-by", "lee"}));
  EXPECT_THAT(
      suite.Run({"change", "show", "fish"}).output,
      AllOf(HasSubstr("\nDropped by kim, and thought about again by lee, "), HasSubstr("\n  Somebody does now\n")));
}

TEST(ChangeShow, TellsInPublicWhatWasSaidAndDone) {
  TemporaryFolder folder;
  RunningSuite suite(folder.File("data"));
  ExpectDone(suite.Run({"change", "create", "--change-id", "say", "--title", "The driver calls before", "--published",
                        "--kind", "process"}));
  ExpectDone(suite.Run({"change", "create", "--change-id", "quiet", "--title", "New shelves", "--kind", "process"}));
  for (const char* id : {"say", "quiet"}) {
    ExpectDone(suite.Run({"change", "ship", id, "--can-keep", "yes", "--for-everyone", "yes", "--within-capability",
                          "yes", "--rationale", "It is cheap.", "--decided-by", "kim", "--customer-notes",
                          "ko=미리 전화드려요.", "--customer-notes", "en=We call you before."}));
  }
  const std::string published = suite.Run({"change", "published"}).output;
  EXPECT_THAT(published,
              AllOf(HasSubstr("The driver calls before"), HasSubstr("en: We call you before.  ko: 미리 전화드려요."),
                    Not(HasSubstr("New shelves"))));
}

}  // namespace
}  // namespace dangol

// `dangol doctor` between the services: each class of what may be wrong is found, by breaking the databases behind
// their backs.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::Ended;
using testing::Execute;
using testing::FillSuite;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RunningSuite;
using testing::TemporaryFolder;

TEST(DoctorBetween, FindsEverythingInOrder) {
  TemporaryFolder folder;
  RunningSuite suite(folder.path());
  FillSuite(suite);
  const Ended text = suite.Run({"doctor"});
  EXPECT_EQ(text.code, 0) << text.output << text.errors;
  EXPECT_THAT(text.output, AllOf(HasSubstr("between the services\n"), HasSubstr("✓ subscriptions: 5 examined\n"),
                                 HasSubstr("✓ linked-tickets: 9 examined\n"), HasSubstr("✓ evidence: 2 examined\n"),
                                 HasSubstr("✓ shipments: 1 examined\n"), HasSubstr("✓ demands: 9 examined\n"),
                                 HasSubstr("✓ loops: 9 examined\n"), Not(HasSubstr("✗"))));
  EXPECT_THAT(suite.Run({"doctor", "-o", "json"}).output,
              HasSubstr(R"({"between":"services","healthy":true,"integrity":{)"));
}

TEST(DoctorBetween, IsNotStoppedByATimeThatCannotBe) {
  TemporaryFolder folder;
  RunningSuite suite(folder.File("data"));
  ExpectDone(suite.Run({"ticket", "create", "--ticket-id", "t1", "--subject", "Late"}));
  suite.StopInTime();
  // In the year 999, as a version without limits stored it.
  Execute(folder.File("data/tickets.db"), "UPDATE ticket SET receive_time = -30620000000000000");
  RunningSuite again(folder.File("data"));
  const Ended doctor = again.Run({"doctor"});
  EXPECT_THAT(doctor.output, AllOf(HasSubstr("✓ loops"), Not(HasSubstr("not checked")))) << doctor.errors;
}

TEST(DoctorBetween, NamesWhatIsWrongAndWhere) {
  TemporaryFolder folder;
  {
    RunningSuite suite(folder.path());
    FillSuite(suite);
    suite.StopInTime();
  }
  Execute(folder.File("tickets.db"),
          "UPDATE ticket SET state = 2 WHERE ticket_id = 't5';"  // HEARD
          "UPDATE ticket SET acceptance = 7 WHERE ticket_id = 't6';"
          "UPDATE ticket SET change_id = 'done' WHERE ticket_id = 't7';"
          "UPDATE ticket SET shipment = 'changes/done/shipments/9' WHERE ticket_id = 't2';"
          "DELETE FROM ticket WHERE ticket_id = 't9';"
          "UPDATE ticket SET state = 3 WHERE ticket_id = 't1'");  // ACCEPTED
  Execute(
      folder.File("backlog.db"),
      "DELETE FROM demand WHERE ticket_id = 't8';"
      "UPDATE shipment SET answered = 2;"
      "DROP INDEX demand_active;"
      "INSERT INTO demand SELECT 'next', 1000, ticket_id, version, state, acceptance, late, recurrence, NULL, "
      "NULL, occur_time, receive_time, create_time, update_time, customer_id, may_ask, preview_round, preview_answer, "
      "ticket_version FROM demand WHERE ticket_id = 't3';"
      "UPDATE change SET state = 7 WHERE change_id = 'next'");  // DROPPED
  Execute(folder.File("metrics.db"),
          "UPDATE ticket_loop SET state = 4 WHERE ticket_id = 't4';"
          "UPDATE ticket_step SET kind = 12, shipment = 'changes/done/shipments/1' WHERE ticket_id = 't4';"
          "UPDATE state_count SET entered_tickets = entered_tickets + 5 WHERE state = 1");
  RunningSuite suite(folder.path());
  const Ended text = suite.Run({"doctor"});
  EXPECT_EQ(text.code, 1);
  for (const char* line : {
           "tickets/t5: is HEARD, and has an ACTIVE demand on changes/next\n",
           "tickets/t6: is ACCEPTED, by link 7, and its demand is for link 1\n",
           "tickets/t7: is ACCEPTED, linked to changes/done, and its ACTIVE demand is on changes/next\n",
           "tickets/t2: is ANSWERED, by shipment changes/done/shipments/9, and its demand names "
           "changes/done/shipments/1\n",
           "tickets/t9: does not exist, and there is a demand of it on changes/next\n",
           "tickets/t1: is ACCEPTED, and changes/done/shipments/1 has answered its demand\n",
           "tickets/t8: is ACCEPTED, linked to changes/next, and has no ACTIVE demand\n",
           "changes/done/shipments/1: says 2 answered, and 4 demands name it\n",
           "tickets/t3 has another ACTIVE demand on changes/",
           "changes/next/demands/t6: is ACTIVE, and its change is DROPPED\n",
           "loops/t4: says state NOT_YET, and the ticket ANSWERED\n",
           "changes/done/shipments/1: answered tickets/t4 more than once\n",
           "RECEIVED: metrics counts 6 tickets in this state, and there are 1\n",
       }) {
    EXPECT_THAT(text.output, HasSubstr(line));
  }
}

TEST(DoctorBetween, FindsEvidenceThatDoesNotCount) {
  TemporaryFolder folder;
  {
    RunningSuite suite(folder.path());
    FillSuite(suite);
    suite.StopInTime();
  }
  Execute(folder.File("backlog.db"),
          "UPDATE evidence SET demands = demands + 1, answered = answered + 2 WHERE change_id = 'next'");
  Execute(folder.File("metrics.db"), "UPDATE subscription SET seq = 1000 WHERE feed = 'tickets'");
  Execute(folder.File("tickets.db"),
          "INSERT INTO parked_event SELECT 1, 'p1', 'backlog', incarnation, 1, 'change_created', '', x'00', 1, 'told "
          "to', 0, NULL, "
          "NULL FROM subscription WHERE feed = 'backlog'");
  RunningSuite suite(folder.path());
  const Ended text = suite.Run({"doctor"});
  EXPECT_EQ(text.code, 1);
  EXPECT_THAT(text.output, AllOf(HasSubstr("changes/next: says 6 demands, and has 5\n"),
                                 HasSubstr("changes/next: says 2 answered, and has 0\n"),
                                 HasSubstr("metrics follows tickets: it is at 1000, and the feed ends at"),
                                 HasSubstr("tickets follows backlog: 1 events are parked and wait for an operator\n")));
}

TEST(DoctorBetween, FindsEffectsThatAreMissingOrOfAnotherShipment) {
  TemporaryFolder folder;
  const auto ship = [](const RunningSuite& suite, const std::string& id) {
    ExpectDone(suite.Run({"change", "create", "--title", "Say it", "--change-id", id, "--kind", "service",
                          "--contact-reasons", "delivery/late"}));
    ExpectDone(suite.Run({"change", "ship", id, "--can-keep", "yes", "--for-everyone", "yes", "--within-capability",
                          "yes", "--rationale", "It is easy", "--decided-by", "kim"}));
    WaitFor(suite, {"effect", "list"}, id);
  };
  {
    RunningSuite suite(folder.path());
    for (const char* id : {"gone", "moved", "unheard", "well"}) ship(suite, id);
    EXPECT_THAT(suite.Run({"doctor"}).output, HasSubstr("✓ effects: 4 examined\n"));
    suite.StopInTime();
  }
  Execute(folder.File("metrics.db"),
          "DELETE FROM effect WHERE effect_id = 'gone';"
          "UPDATE effect SET ship_time = ship_time + 1 WHERE effect_id = 'moved';"
          "UPDATE effect SET verdict = 2 WHERE effect_id = 'unheard'");  // IMPROVED
  RunningSuite suite(folder.path());
  const Ended text = suite.Run({"doctor"});
  EXPECT_EQ(text.code, 1);
  EXPECT_THAT(text.output, AllOf(HasSubstr("changes/gone: has shipped, and metrics keeps no effect of it\n"),
                                 HasSubstr("changes/moved: has shipped at another time than metrics says\n"),
                                 HasSubstr("changes/unheard: says EFFECT_VERDICT_UNSPECIFIED, and metrics IMPROVED\n"),
                                 Not(HasSubstr("changes/well"))));
}

TEST(DoctorBetween, SaysThatAServiceDoesNotAnswer) {
  const Ended text = testing::Dangol({"doctor", "--port-base", std::to_string(testing::FreePorts())});
  EXPECT_EQ(text.code, 1);
  EXPECT_THAT(text.output, HasSubstr("between the services\n  ✗ not checked: UNAVAILABLE (UNREACHABLE)"));
}

}  // namespace
}  // namespace dangol

// A database that an older version made is brought up to date with all that is in it.
#include "services/tickets/schema.h"

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/storage/core_schema.h"
#include "common/storage/database.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TicketsSchema, KeepsWhatTheFirstStepHeld) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.File("tickets.db");
  {
    auto database = storage::OpenDatabase("sqlite:" + path);
    ASSERT_TRUE(database.ok()) << database.status();
    auto writer = (*database)->Recover();
    ASSERT_TRUE(writer.ok()) << writer.status();
    const storage::Schema first[] = {storage::CoreSchema(), {"tickets", TicketsSchema().migrations.first(1)}};
    ASSERT_TRUE(storage::Migrate(**writer, first, absl::UnixEpoch()).ok());
    ASSERT_TRUE((*writer)->Begin().ok());
    ASSERT_TRUE(
        (*writer)
            ->RunScript(
                "INSERT INTO ticket VALUES ('a', 3, 4, 1, 2, 'web', 'shop', 'x17', 'delivery/late', "
                "'engines/e/stages/s', "
                "'members/lee', 2, 'cold-chain', 'next year', 'members/kim', 11, 12, 13, 14, 15, 16, 1, 17, 18, "
                "'subject', x'', 'body');"
                "INSERT INTO ticket VALUES ('b', 1, 1, 1, 2, '', '', '', '', '', '', NULL, NULL, NULL, NULL, 21, 22, "
                "NULL, "
                "NULL, NULL, 22, 0, 23, 23, 'other', x'', '');"
                "INSERT INTO message VALUES ('a', 'm', 1, 'members/kim', 'reply', 14);")
            .ok());
    ASSERT_TRUE((*writer)->Commit().ok());
    ASSERT_TRUE(storage::Migrate(**writer, std::vector<storage::Schema>{storage::CoreSchema(), TicketsSchema()},
                                 absl::UnixEpoch())
                    .ok());
    ASSERT_TRUE(storage::Migrate(**writer, std::vector<storage::Schema>{storage::CoreSchema(), TicketsSchema()},
                                 absl::UnixEpoch())
                    .ok())
        << "and once";
  }
  const testing::DatabaseFile file(path);
  EXPECT_THAT(
      file.Column("SELECT ticket_id || version || state || disposition || kind || severity || channel || connection || "
                  "external_id || "
                  "contact_reason || stage || assignee || acceptance || decline_reason || capability_gap || decided_by "
                  "|| occur_time || "
                  "receive_time || hear_time || first_response_time || decide_time || waiting_since_time || owes_reply "
                  "|| create_time "
                  "|| update_time || revisit_condition || subject || body FROM ticket WHERE change_id IS NULL ORDER BY "
                  "ticket_id"),
      ElementsAre(
          "a34012webshopx17delivery/lateengines/e/stages/smembers/lee02cold-chainmembers/kim11121314151611718next "
          "yearsubjectbody",
          ""));
  EXPECT_THAT(file.Column("SELECT ticket_id || kind || author || create_time || body FROM message"),
              ElementsAre("a1members/kim14reply"));
  EXPECT_THAT(file.Column("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN "
                          "('ticket', 'message') "
                          "ORDER BY name"),
              ElementsAre("message_by_time", "ticket_by_state"));
  EXPECT_THAT(file.Column("SELECT \"table\" FROM pragma_foreign_key_list('message')"), ElementsAre("ticket"));
  EXPECT_THAT(file.Column("SELECT * FROM pragma_foreign_key_check()"), IsEmpty());
}

// To read what stands behind a long text, all of the text is read.
TEST(TicketsSchema, WhatCanBeLongStandsLast) {
  testing::SimulatedService tickets(TicketsService(), {}, /*on_postgres=*/false);
  std::vector<std::string> columns = tickets.file().Column("SELECT name FROM pragma_table_info('ticket') ORDER BY cid");
  EXPECT_THAT(std::vector<std::string>(columns.end() - 4, columns.end()),
              ElementsAre("revisit_condition", "subject", "details", "body"));
  EXPECT_EQ(tickets.file().Column("SELECT name FROM pragma_table_info('message') ORDER BY cid DESC LIMIT 1")[0],
            "body");
}

}  // namespace
}  // namespace dangol::tickets

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

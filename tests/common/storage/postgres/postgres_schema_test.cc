// What the schema scripts become for PostgreSQL.
#include "common/storage/postgres/postgres_schema.h"

#include "gtest/gtest.h"

namespace dangol::storage {
namespace {

TEST(PostgresScript, TranslatesTypesOfColumns) {
  EXPECT_EQ(
      PostgresScript("CREATE TABLE a (i INTEGER PRIMARY KEY, b BLOB NOT NULL, r REAL, t TEXT NOT NULL);"),
      "CREATE TABLE a (i BIGINT PRIMARY KEY, b BYTEA NOT NULL, r DOUBLE PRECISION, t TEXT COLLATE \"C\" NOT NULL);");
  EXPECT_EQ(PostgresScript("ALTER TABLE a ADD COLUMN t TEXT NOT NULL DEFAULT '';"),
            "ALTER TABLE a ADD COLUMN t TEXT COLLATE \"C\" NOT NULL DEFAULT '';");
}

TEST(PostgresScript, DropsTheOptionsOfTables) {
  EXPECT_EQ(PostgresScript("CREATE TABLE a (i INTEGER) STRICT;"), "CREATE TABLE a (i BIGINT);");
  EXPECT_EQ(PostgresScript("CREATE TABLE a (i INTEGER, PRIMARY KEY (i)) STRICT, WITHOUT ROWID;\nCREATE TABLE b (i "
                           "INTEGER)\nWITHOUT ROWID;"),
            "CREATE TABLE a (i BIGINT, PRIMARY KEY (i));\nCREATE TABLE b (i BIGINT);");
}

TEST(PostgresScript, LeavesTheRestAlone) {
  for (const char* same : {
           "",
           "CREATE UNIQUE INDEX x ON a (b, c) WHERE state = 1;",
           "INSERT INTO a (t) VALUES ('INTEGER; STRICT'), ('it''s TEXT'); UPDATE a SET i = 1, b = CAST(i AS TEXT);",
           "-- TEXT (STRICT;\nDELETE FROM a;",
           "ALTER TABLE a ADD COLUMN \"TEXT\" BIGINT CHECK (\"TEXT\" IN (1, 2));",
       }) {
    EXPECT_EQ(PostgresScript(same), same);
  }
}

TEST(PostgresScript, KeepsParenthesesWithinColumns) {
  EXPECT_EQ(PostgresScript("CREATE TABLE a (\n  i INTEGER CHECK (i IN (1, 2)), -- one, or (two\n  j INTEGER REFERENCES "
                           "b (i)\n) STRICT;"),
            "CREATE TABLE a (\n  i BIGINT CHECK (i IN (1, 2)), -- one, or (two\n  j BIGINT REFERENCES b (i)\n);");
}

}  // namespace
}  // namespace dangol::storage

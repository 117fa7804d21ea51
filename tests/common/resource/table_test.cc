// A declared table: the SQL that comes of it, and that every field survives the way into the database and back.
#include "common/resource/table.h"

#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"

#include "common/resource/names.h"
#include "common/resource/page.h"
#include "common/resource/transition.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::resource {
namespace {

using tickets::v1::Ticket;

struct Row {
  Ticket ticket;
  int64_t hidden = 0;
};

constexpr Pattern kPattern("tickets/*");
constexpr Pattern kChanges("changes/*");

#define TICKET(field) MEMBER_OF(Row, ticket) / FIELD_OF(Ticket, field)

// clang-format off
constexpr auto kTable = Table<Row>(
    "thing", std::tuple(
        KeyColumn(kPattern, 0, TICKET(name), "thing_id"),
        VersionColumn(TICKET(etag)),
        Column<kUpdate | kIndexed>(TICKET(state)),
        Column<kUpdate | kLater>(MEMBER_OF(Row, hidden)),
        Column(TICKET(source) / FIELD_OF(tickets::v1::Source, channel)),
        ReferenceColumn<kUpdate>(kChanges, TICKET(change), "change_id"),
        NullableColumn<kUpdate>(TICKET(decision) / FIELD_OF(tickets::v1::Decision, decline_reason)),
        Column(TICKET(create_time)),
        NullableColumn<kUpdate>(TICKET(hear_time)),
        Column<kUpdate>(TICKET(update_time)),
        Column<kLong>(TICKET(subject)),
        Rest(MEMBER_OF(Row, ticket), FIELD_OF(Ticket, language), FIELD_OF(Ticket, labels))));
// clang-format on

// Keeps the statements, and answers each query with no row.
class Recorder : public storage::Transaction {
 public:
  absl::Status Query(storage::Sql sql, storage::Params params,
                     absl::FunctionRef<void(const storage::Row&)> /*each*/) override {
    return Execute(sql, params);
  }
  absl::StatusOr<int64_t> Change(storage::Sql sql, storage::Params params) override {
    const absl::Status status = Execute(sql, params);
    if (!status.ok()) return status;
    return 1;
  }
  absl::Status Execute(storage::Sql sql, storage::Params params) override {
    statements << sql.text() << "\n";
    last.assign(params.begin(), params.end());
    EXPECT_EQ(std::string(sql.text()).size(), sql.size());
    return absl::OkStatus();
  }

  std::stringstream statements;
  std::vector<storage::Param> last;
};

Row ARow() {
  Row row;
  row.ticket.set_name("tickets/a");
  row.ticket.set_etag("3");
  row.ticket.set_state(Ticket::HEARD);
  row.ticket.mutable_create_time()->set_seconds(5);
  row.ticket.mutable_update_time()->set_seconds(6);
  return row;
}

TEST(Table, TheStatementsAreThoseOfTheGoldenFile) {
  Recorder recorder;
  const Row row = ARow();
  ASSERT_TRUE(Find<kTable>(recorder, {"a"}).ok());
  ASSERT_TRUE(FindHead<kTable>(recorder, {"a"}).ok());
  ASSERT_TRUE((List<kTable, Tail(" WHERE state = $1 ORDER BY thing_id")>(recorder, {1})).ok());
  ASSERT_TRUE(Insert<kTable>(recorder, row).ok());
  ASSERT_TRUE(InsertIfFree<kTable>(recorder, row).ok());
  ASSERT_TRUE(InsertUnlessThere<kTable>(recorder, row).ok());
  ASSERT_TRUE(Replace<kTable>(recorder, row).ok());
  Loaded<Row> loaded{row, internal::IndexedOf<kTable>(row), std::string()};
  ASSERT_TRUE(Update<kTable>(recorder, loaded).ok());
  loaded.row.ticket.set_state(Ticket::ACCEPTED);
  ASSERT_TRUE(Update<kTable>(recorder, loaded).ok());
  loaded.row.ticket.add_labels("late");
  ASSERT_TRUE(Update<kTable>(recorder, loaded).ok());
  loaded.row.ticket.set_state(Ticket::HEARD);
  ASSERT_TRUE(Update<kTable>(recorder, loaded).ok());
  std::ifstream file(DANGOL_SQL_GOLDEN);
  std::stringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(recorder.statements.str(), golden.str()) << "read the difference, and put it into " << DANGOL_SQL_GOLDEN;
}

TEST(Table, AbsentIsNull) {
  Recorder recorder;
  Row row = ARow();
  ASSERT_TRUE(Insert<kTable>(recorder, row).ok());
  const auto type = [&](size_t i) { return recorder.last[i].type(); };
  using Type = storage::Param::Type;
  ASSERT_EQ(recorder.last.size(), 11u);
  EXPECT_EQ(type(3), Type::kText) << "what is never NULL is empty";
  EXPECT_EQ(type(4), Type::kNull) << "no change";
  EXPECT_EQ(type(5), Type::kNull) << "no decision";
  EXPECT_EQ(type(7), Type::kNull) << "not heard";
  row.ticket.mutable_decision();
  row.ticket.set_change("changes/c");
  row.ticket.mutable_hear_time();
  ASSERT_TRUE(Insert<kTable>(recorder, row).ok());
  EXPECT_EQ(recorder.last[4].bytes(), "c");
  EXPECT_EQ(recorder.last[5].integer(), 0) << "a decision that declined nothing";
  EXPECT_EQ(recorder.last[7].integer(), 0) << "1970 is a time";
}

TEST(Table, ATimeThatMustBeThereIsNot1970) {
  Recorder recorder;
  Row row = ARow();
  row.ticket.clear_create_time();
  const absl::Status status = Insert<kTable>(recorder, row);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(recorder.statements.str(), "");
}

TEST(Pattern, MakesNamesAndFindsIds) {
  constexpr Pattern kShipments("changes/*/shipments/*");
  EXPECT_EQ(kShipments.Name("a", 12), "changes/a/shipments/12");
  EXPECT_EQ(kShipments.Id("changes/a/shipments/12"), "a");
  EXPECT_EQ(kShipments.Id("changes/a/shipments/12", 1), "12");
  EXPECT_EQ(kPattern.Id("tickets/a/messages/m"), "a");
  for (const char* strange : {"", "tickets", "changes/a", "ticketsa"}) EXPECT_EQ(kPattern.Id(strange), "") << strange;
  EXPECT_EQ(kShipments.Id("changes/a", 1), "");
  EXPECT_EQ(kShipments.Id("changes/a/demands/t", 1), "");
}

TEST(PageKey, ComesBackAsItWas) {
  for (const int64_t number : {int64_t{0}, int64_t{-1}, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(NumberKey::Decode(NumberKey{number}.Encode())->number, number);
    EXPECT_EQ(PairKey::Decode(PairKey{7, number}.Encode())->second, number);
  }
  const TimeKey key{absl::FromUnixMicros(-62'135'596'800'000'000), "0f3kq9x2m1abc"};
  EXPECT_EQ(TimeKey::Decode(key.Encode())->time, key.time);
  EXPECT_EQ(TimeKey::Decode(key.Encode())->id, key.id);
}

TEST(PageKey, IsRefusedWhereItIsNone) {
  const std::string bytes = TimeKey{absl::UnixEpoch(), "a1"}.Encode();
  for (const std::string& wrong :
       {std::string(), bytes.substr(0, 8), bytes + "A", bytes + std::string(1, '\0'), bytes + std::string(64, 'a')}) {
    EXPECT_FALSE(TimeKey::Decode(wrong)) << wrong;
  }
  EXPECT_FALSE(NumberKey::Decode("1234567"));
  EXPECT_FALSE(NumberKey::Decode("123456789"));
  EXPECT_FALSE(PairKey::Decode("12345678"));
}

}  // namespace
}  // namespace dangol::resource

// Cursors as text, and whether a feed has what they name.
#include "common/storage/cursor.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "tests/common/storage/queue_fixture.h"

namespace dangol::storage {
namespace {

using ::testing::HasSubstr;

constexpr char kIncarnation[] = "01234567-89ab-4cde-8f01-23456789abcd";

TEST(Cursor, ComesBackAsItWas) {
  for (int64_t sequence : {int64_t{0}, int64_t{1}, int64_t{12'345'678'901}, INT64_MAX}) {
    for (int64_t commit_id : {int64_t{0}, int64_t{0xab}, int64_t{0xffffffff}}) {
      const auto cursor = ParseCursor(FormatCursor({kIncarnation, {sequence, commit_id}}), "after_cursor");
      ASSERT_TRUE(cursor.ok()) << cursor.status();
      EXPECT_EQ(cursor->incarnation, kIncarnation);
      EXPECT_EQ(cursor->sequence, sequence);
      EXPECT_EQ(cursor->commit_id, commit_id);
    }
  }
}

TEST(Cursor, RefusesWhatIsNone) {
  const std::string incarnation = kIncarnation;
  const std::string id = ".0123abcd";
  for (const std::string& text : {std::string(),
                                  std::string("1"),
                                  incarnation,
                                  incarnation + ".",
                                  incarnation + "1",
                                  incarnation + ".1",
                                  incarnation + id,
                                  incarnation + "." + id,
                                  incarnation + ".-1" + id,
                                  incarnation + ".1 " + id,
                                  incarnation + ". 1" + id,
                                  incarnation + ".0x1" + id,
                                  incarnation + ".1.1",
                                  incarnation + ".1.1" + id,
                                  incarnation + ".1" + id + "0",
                                  incarnation + ".1.-123abcd",
                                  incarnation + ".1.0123abcx",
                                  incarnation + ".9223372036854775808" + id,
                                  incarnation.substr(1) + ".1" + id,
                                  "x" + incarnation + ".1" + id,
                                  incarnation + ".1" + id + std::string("\0", 1)}) {
    const absl::Status status = ParseCursor(text, "after_cursor").status();
    EXPECT_EQ(testing::Summary(status), "INVALID_ARGUMENT CURSOR_MALFORMED after_cursor") << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(ShownValue(text)));
  }
}

class PositionTest : public QueueTest {
 protected:
  void Append(const std::string& label) {
    Submit({label});
    Run();
  }
  Position Head() {
    Position head;
    Look([&](Snapshot& snapshot) { head = ReadFeedHead(snapshot).value(); });
    return head;
  }
  std::string Check(const Position& position) {
    std::string summary;
    Look([&](Snapshot& snapshot) { summary = testing::Summary(CheckPosition(snapshot, position, "path")); });
    return summary;
  }
  void Look(const std::function<void(Snapshot&)>& look) {
    auto reader = database_->OpenReader();
    look(**(*reader)->Begin(absl::InfiniteDuration()));
    (*reader)->End();
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, PositionTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

TEST_P(PositionTest, IsThatOfTheEventAndOfTheCommitThatWroteIt) {
  Open();
  EXPECT_EQ(Head(), Position());
  EXPECT_EQ(Check({}), "OK");
  Append("a");
  const Position a = Head();
  Submit({"b"});
  Submit({"c"});
  Run();
  const Position c = Head();
  EXPECT_EQ(a.sequence, 1);
  EXPECT_EQ(c.sequence, 3);
  EXPECT_NE(a.commit_id, c.commit_id);
  EXPECT_EQ(Check(a), "OK");
  EXPECT_EQ(Check({2, c.commit_id}), "OK");
  EXPECT_EQ(Check(c), "OK");
  EXPECT_EQ(Check({2, a.commit_id}), "DATA_LOSS HISTORY_CHANGED");
  EXPECT_EQ(Check({4, c.commit_id}), "DATA_LOSS CURSOR_AHEAD");
}

// Its events are undone, and what follows has the numbers that it had taken.
TEST_P(PositionTest, StaysThatOfTheNewestEventWhereAWriteIsUndone) {
  Open();
  Append("a");
  const Position a = Head();
  Submit({"fails", [](Transaction& transaction) -> absl::Status {
            EXPECT_TRUE(AppendEvent(transaction, "undone").ok());
            return Error(absl::StatusCode::kFailedPrecondition, "WRONG_STATE", "No.");
          }});
  Submit({"tries", [&](Transaction& transaction) -> absl::Status {
            EXPECT_FALSE(transaction
                             .Try([&] {
                               EXPECT_TRUE(AppendEvent(transaction, "undone").ok());
                               return absl::AbortedError("no");
                             })
                             .ok());
            EXPECT_EQ(transaction.feed_position(), a);
            return InsertItem(transaction, "without an event");
          }});
  Run();
  EXPECT_EQ(Head(), a);
  Append("b");
  EXPECT_EQ(Head().sequence, 2);
  EXPECT_EQ(Check(Head()), "OK");
}

}  // namespace
}  // namespace dangol::storage

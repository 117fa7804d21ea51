// Slots of loop times, percentiles, days, and what the integrity checks find.
#include "services/metrics/loop/counts.h"

#include "services/metrics/day.h"
#include "tests/services/metrics/metrics_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(LoopTimeSlot, IsExactBelow512SecondsAndToOne256thAbove) {
  int64_t before = -1;
  for (int64_t seconds = 0; seconds < int64_t{1} << 34; seconds += 1 + seconds / 1000) {
    const int64_t slot = LoopTimeSlot(seconds);
    ASSERT_GE(slot, before) << seconds;
    before = slot;
    const int64_t most = LoopTimeMost(slot);
    ASSERT_GE(most, seconds);
    ASSERT_LE((most - seconds) * 256, seconds < 512 ? 0 : seconds) << seconds;
    ASSERT_EQ(LoopTimeSlot(most), slot) << seconds;
    ASSERT_EQ(LoopTimeSlot(most + 1), slot + 1) << seconds;
  }
  EXPECT_EQ(LoopTimeSlot(-5), 0) << "another clock was ahead";
}

TEST(LoopTimePercentile, IsTheSmallestThatTheShareDoesNotExceed) {
  Tally tally;
  EXPECT_EQ(LoopTimePercentile(tally, 50), -1);
  tally[{Measure::kLoopTime, 7}] = 1;
  EXPECT_EQ(LoopTimePercentile(tally, 50), 7);
  EXPECT_EQ(LoopTimePercentile(tally, 90), 7);
  tally[{Measure::kLoopTime, 9}] = 1;
  EXPECT_EQ(LoopTimePercentile(tally, 50), 7);
  EXPECT_EQ(LoopTimePercentile(tally, 90), 9);
  tally[{Measure::kLoopTime, 7}] = 9;
  EXPECT_EQ(LoopTimePercentile(tally, 90), 7);
  tally[{Measure::kLoopTime, 8}] = 0;
  EXPECT_EQ(LoopTimePercentile(tally, 91), 9);
}

TEST(LoopTimePercentile, CountsNoOtherMeasure) {
  Tally tally;
  tally[{Measure::kRecurred, 0}] = 100;
  tally[{Measure::kLoopTime, 7}] = 1;
  tally[{Measure::kLoopTime, 9}] = 1;
  tally[{Measure::kMayAsk, 0}] = 100;
  EXPECT_EQ(LoopTimePercentile(tally, 50), 7);
  EXPECT_EQ(LoopTimePercentile(tally, 90), 9);
  EXPECT_EQ(LoopTimePercentile({{{Measure::kMayAsk, 0}, 100}}, 90), -1);
}

TEST(Day, IsOneOfTheCalendarInUtc) {
  EXPECT_EQ(DayOf(At("1970-01-01T00:00:00Z")), 0);
  EXPECT_EQ(DayOf(At("1969-12-31T23:59:59Z")), -1);
  EXPECT_EQ(DayOf(At("2026-11-24T23:30:00-05:00")), DayOf(At("2026-11-25T00:00:00Z")));
  EXPECT_EQ(ShownDay(DayOf(At("2026-11-24T12:00:00Z"))), "2026-11-24");
  EXPECT_EQ(ParseDay("2024-02-29"), DayOf(At("2024-02-29T12:00:00Z")));
  EXPECT_EQ(ParseDay("2026-02-29"), std::nullopt);
  // Of years long past, too: one such row must not make a page of counts unreadable.
  EXPECT_EQ(ShownDay(DayOf(At("0026-06-22T12:00:00Z"))), "0026-06-22");
  EXPECT_EQ(ParseDay("0026-06-22"), DayOf(At("0026-06-22T12:00:00Z")));
  EXPECT_EQ(ParseDay("26-06-22"), std::nullopt);
}

TEST_F(MetricsTest, ChecksFindWhatIsWrong) {
  TicketsScript tickets;
  tickets.Created("tickets/a", At("2026-11-23T09:00:00Z"));
  tickets.Accepted("tickets/a", "changes/c", At("2026-11-23T10:00:00Z"));
  tickets.Created("tickets/b", At("2026-11-24T09:00:00Z"));
  Apply(tickets.events());
  ASSERT_THAT(Violations(), IsEmpty());

  metrics_.file().Execute("UPDATE ticket_loop SET state = 2 WHERE ticket_id = 'b'");
  EXPECT_THAT(Violations(), ElementsAre(HasSubstr("loop-steps loops/b: its state is not the one of its newest step")));
  metrics_.file().Execute("UPDATE ticket_loop SET state = 1 WHERE ticket_id = 'b'");
  metrics_.file().Execute("UPDATE state_count SET entered_tickets = 2 WHERE state = 3");
  EXPECT_THAT(
      Violations(),
      ElementsAre(HasSubstr("2026-11-23 ACCEPTED: 2 entered and 0 left are counted, and the steps say 1 and 0")));
  metrics_.file().Execute("DELETE FROM state_count WHERE state = 3");
  EXPECT_THAT(Violations(),
              ElementsAre(HasSubstr("2026-11-23 ACCEPTED: 1 entered and 0 left, and nothing is counted")));
  metrics_.file().Execute("INSERT INTO state_count VALUES (20780, 3, 1, 0)");
  EXPECT_THAT(Violations(), IsEmpty());
  metrics_.file().Execute("DELETE FROM change_tally");
  EXPECT_THAT(Violations(),
              ElementsAre(HasSubstr("loop-change-tallies changes/c: its counts are not those of its tickets")));
}

TEST_F(MetricsTest, OfAVeryLargeChangeTheNumberOfTicketsIsChecked) {
  TicketsScript tickets;
  for (int i = 0; i < 20'001; ++i) {
    tickets.Accepted(fmt::format("tickets/t{}", i), "changes/c", At("2026-11-23T10:00:00Z"));
  }
  Apply(tickets.events());
  EXPECT_THAT(Violations(), IsEmpty());
  metrics_.file().Execute("UPDATE change_tally SET tickets = 20000 WHERE measure = 1");
  EXPECT_THAT(Violations(),
              ElementsAre(HasSubstr("loop-change-tallies changes/c: its counts are not those of its tickets")));
}

}  // namespace
}  // namespace dangol::metrics

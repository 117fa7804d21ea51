// The chain of one ticket, from events to GetLoop.
#include "google/protobuf/text_format.h"

#include "tests/services/metrics/metrics_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kMonday = At("2026-11-23T09:00:00Z");

absl::Time Hour(int hours) { return kMonday + absl::Hours(hours); }

TEST_F(MetricsTest, ALoopBeginsWithItsTicket) {
  TicketsScript tickets;
  tickets.Created("tickets/late", Hour(0));
  Apply(tickets.events());
  const auto loop = GetLoop("loops/late");
  ASSERT_TRUE(loop.ok()) << loop.status();
  EXPECT_EQ(loop->ticket(), "tickets/late");
  EXPECT_EQ(loop->state(), Ticket::RECEIVED);
  EXPECT_THAT(StepsOf(*loop), ElementsAre("RECEIVED"));
  EXPECT_THAT(Violations(), IsEmpty());
}

}  // namespace
}  // namespace dangol::metrics

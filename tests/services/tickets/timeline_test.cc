// ListCustomerTimeline and ExportCustomer.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/services/tickets/customers_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using v1::TimelineEntry;

class TimelineTest : public CustomersTest {
 protected:
  // `STEP ticket`, the newest first.
  std::vector<std::string> Timeline(const std::string& customer, int page_size) {
    v1::ListCustomerTimelineRequest request;
    request.set_parent(customer);
    request.set_page_size(page_size);
    std::vector<std::string> lines;
    do {
      const auto page = CallCustomers<v1::ListCustomerTimelineResponse>("ListCustomerTimeline", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const TimelineEntry& entry : page->entries()) {
        lines.push_back(fmt::format("{} {}", TimelineEntry::Step_Name(entry.step()), entry.ticket().substr(8)));
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return lines;
  }
  // Two tickets of two names of one person.
  std::string MakeStory() {
    v1::CreateTicketRequest request = FromPhone("010-1234-5678");
    request.set_ticket_id("a");
    const Ticket first = MustTake(request);
    Wait(absl::Seconds(1));
    request = FromEmail("minji@example.com");
    request.set_ticket_id("b");
    const Ticket second = MustTake(request);
    Wait(absl::Seconds(1));
    EXPECT_TRUE(Say("tickets/a", Message::CUSTOMER).ok());
    Wait(absl::Seconds(1));
    EXPECT_TRUE(Resolve(ResolveRequest("tickets/a")).ok());
    EXPECT_TRUE(Merge(first.customer(), second.customer()).ok());
    return second.customer();
  }
};

TEST_F(TimelineTest, TellsWhatHappenedNewestFirst) {
  const std::string customer = MakeStory();
  // The reply, and what it was part of, are of one moment.
  const auto expected =
      ElementsAre("MESSAGE a", "ANSWERED a", "DECIDED a", "HEARD a", "MESSAGE a", "RECEIVED b", "RECEIVED a");
  EXPECT_THAT(Timeline(customer, 1000), expected);
  EXPECT_THAT(Timeline(customer, 1), expected);
  EXPECT_THAT(Timeline(customer, 3), expected);
}

TEST_F(TimelineTest, ExportGivesAllWords) {
  v1::ExportCustomerRequest request;
  request.set_name(MakeStory());
  const auto all = CallCustomers<v1::ExportCustomerResponse>("ExportCustomer", request);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->customer().contact_points_size(), 2);
  ASSERT_EQ(all->entries_size(), 7);
  EXPECT_EQ(all->entries(0).message().body(), "We are sorry. The money is on its way.");
  EXPECT_EQ(all->entries(6).received().subject(), "It came late");
}

}  // namespace
}  // namespace dangol::tickets

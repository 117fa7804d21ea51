// The order WAITING: who has waited longest for a word comes first.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/services/tickets/customers_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WaitingListTest : public CustomersTest {
 protected:
  // Ids of all pages, of two tickets each.
  std::vector<std::string> List(v1::ListTicketsRequest request = {}) {
    request.set_order(v1::WAITING);
    request.set_page_size(2);
    return ListIds(std::move(request));
  }
  void Make(const std::string& id) {
    CreateOne(id);
    Wait(absl::Hours(1));
  }
};

TEST_F(WaitingListTest, HasWhoWaitsAndNobodyElse) {
  for (const char* id : {"a", "b", "c", "d", "e", "f"}) Make(id);
  EXPECT_THAT(List(), ElementsAre("a", "b", "c", "d", "e", "f"));
  ASSERT_TRUE(Acknowledge(AcknowledgeRequest("tickets/b")).ok());
  EXPECT_THAT(List(), ElementsAre("a", "b", "c", "d", "e", "f")) << "to be read is no word";
  ASSERT_TRUE(Say("tickets/a", Message::PUBLIC).ok());
  ASSERT_TRUE(Acknowledge(AcknowledgeRequest("tickets/c")).ok());
  ASSERT_TRUE(Say("tickets/c", Message::PUBLIC).ok());
  Wait(absl::Hours(1));
  ASSERT_TRUE(Say("tickets/c", Message::CUSTOMER).ok());
  v1::MarkTicketSpamRequest spam;
  spam.set_name("tickets/d");
  ASSERT_TRUE(Call<Ticket>("MarkTicketSpam", spam).ok());
  ASSERT_TRUE(Resolve(ResolveRequest("tickets/e")).ok());
  EXPECT_THAT(List(), ElementsAre("b", "f", "c")) << "c has another question since then";
  Wait(absl::Hours(1));
  ASSERT_TRUE(Say("tickets/e", Message::CUSTOMER).ok());
  EXPECT_THAT(List(), ElementsAre("b", "f", "c", "e")) << "it waits although it was answered";
  v1::DismissWaitingRequest dismiss;
  dismiss.set_name("tickets/b");
  ASSERT_TRUE(Call<Ticket>("DismissWaiting", dismiss).ok());
  EXPECT_THAT(List(), ElementsAre("f", "c", "e"));
  ASSERT_TRUE(Erase(Get("tickets/c")->customer()).ok());
  EXPECT_THAT(List(), ElementsAre("f", "c", "e")) << "its state and times stay";
}

TEST_F(WaitingListTest, IsNarrowedByFilters) {
  for (const char* id : {"a", "b", "c"}) Make(id);
  ASSERT_TRUE(Accept(AcceptRequest("tickets/b")).ok());
  v1::ListTicketsRequest request;
  request.add_states(Ticket::ACCEPTED);
  EXPECT_THAT(List(request), ElementsAre("b"));
  request.Clear();
  request.set_view(v1::WAITING_FOR_CUSTOMER);
  EXPECT_THAT(List(request), IsEmpty());
  request.Clear();
  request.set_customer(Get("tickets/c")->customer());
  EXPECT_THAT(List(request), ElementsAre("c"));
}

TEST_F(WaitingListTest, IntegrityFindsWhatIsMissingInIt) {
  CreateOne("a");
  ASSERT_TRUE(Acknowledge(AcknowledgeRequest("tickets/a")).ok());
  tickets_.file().Execute("DELETE FROM ticket_wait");
  EXPECT_THAT(Violations(), ElementsAre("ticket-lists tickets/a: waits, and is not in the list of who waits"));
  tickets_is_whole_ = false;
}

}  // namespace
}  // namespace dangol::tickets

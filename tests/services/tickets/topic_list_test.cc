// Lists by contact reason and by stage: the same tickets that all rows say, whatever was done to them.
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dangol/tickets/v1/policy_service.pb.h"
#include "tests/services/tickets/customers_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr const char* kInbox = "(state <= 2 OR recalled = 1)";
static_assert(Ticket::HEARD == 2);

class TopicListTest : public CustomersTest {
 protected:
  static std::string Stage(int n) { return fmt::format("engines/main/stages/s{}", n); }
  void Make(const std::string& id, const std::string& reason, const std::string& stage = "") {
    v1::CreateTicketRequest request = CreateRequest(id);
    request.mutable_ticket()->set_contact_reason(reason);
    request.mutable_ticket()->set_stage(stage);
    MustTake(request);
  }
  void Correct(const std::string& id, const std::string& reason, const std::string& stage) {
    v1::UpdateTicketRequest update;
    update.set_name("tickets/" + id);
    update.mutable_ticket()->set_contact_reason(reason);
    update.mutable_ticket()->set_stage(stage);
    update.mutable_update_mask()->add_paths("contact_reason");
    update.mutable_update_mask()->add_paths("stage");
    const auto updated = Call<Ticket>("UpdateTicket", update);
    ASSERT_TRUE(updated.ok()) << updated.status();
  }
  // Page by page; some of them are empty.
  std::vector<std::string> Listed(v1::ListTicketsRequest request) {
    std::vector<std::string> ids;
    request.set_page_size(3);
    do {
      const auto page = Call<v1::ListTicketsResponse>("ListTickets", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return ids;
      for (const Ticket& ticket : page->tickets()) ids.push_back(ticket.name().substr(8));
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }
  std::vector<std::string> Rows(const std::string& condition) {
    return tickets_.file().Column(
        fmt::format("SELECT ticket_id FROM ticket WHERE {} ORDER BY receive_time DESC, ticket_id DESC", condition));
  }
  static v1::ListTicketsRequest About(const std::string& reason, v1::View view = v1::VIEW_UNSPECIFIED) {
    v1::ListTicketsRequest request;
    request.set_contact_reason(reason);
    request.set_view(view);
    return request;
  }
  static v1::ListTicketsRequest OfStage(const std::string& stage, v1::View view = v1::VIEW_UNSPECIFIED) {
    v1::ListTicketsRequest request;
    request.set_stage(stage);
    request.set_view(view);
    return request;
  }
};

TEST_F(TopicListTest, ListsWhatAllRowsSayInAnyView) {
  constexpr const char* kReasons[] = {"delivery", "delivery/late", "delivery/late/abroad", "delivery-box", "price", ""};
  for (int i = 0; i < 90; ++i) {
    const std::string id = fmt::format("t{:02}", i);
    Make(id, kReasons[i % 6], i % 4 == 3 ? "" : Stage(i % 4));
    if (i % 3 == 0) {
      ASSERT_TRUE(Decline(DeclineRequest("tickets/" + id)).ok());
    }
    if (i % 7 == 0) Correct(id, kReasons[(i + 2) % 6], Stage(i % 3));
    if (i % 5 == 0) Wait(absl::Seconds(1));
  }
  for (const char* reason : {"delivery", "delivery/late", "delivery-box", "price", "nothing"}) {
    const std::string is = fmt::format("(contact_reason = '{0}' OR contact_reason LIKE '{0}/%')", reason);
    EXPECT_EQ(Listed(About(reason)), Rows(is)) << reason;
    EXPECT_EQ(Listed(About(reason, v1::INBOX)), Rows(fmt::format("{} AND {}", is, kInbox))) << reason;
    v1::ListTicketsRequest declined = About(reason);
    declined.add_states(Ticket::NOT_YET);
    declined.set_stage(Stage(1));
    EXPECT_EQ(Listed(declined),
              Rows(fmt::format("{} AND state = {} AND stage = '{}'", is, static_cast<int>(Ticket::NOT_YET), Stage(1))))
        << reason;
  }
  for (int n = 0; n < 4; ++n) {
    const std::string is = fmt::format("stage = '{}'", Stage(n));
    EXPECT_EQ(Listed(OfStage(Stage(n))), Rows(is)) << n;
    EXPECT_EQ(Listed(OfStage(Stage(n), v1::INBOX)), Rows(fmt::format("{} AND {}", is, kInbox))) << n;
  }
  const absl::Time middle = FromProtoTime(Get("tickets/t40")->receive_time());
  v1::ListTicketsRequest since = About("delivery");
  *since.mutable_receive_from_time() = ToProtoTime(middle);
  EXPECT_EQ(Listed(since), Rows(fmt::format("(contact_reason = 'delivery' OR contact_reason LIKE 'delivery/%') AND "
                                            "receive_time >= {}",
                                            absl::ToUnixMicros(middle))));
}

TEST_F(TopicListTest, FindsFewOpenOnesAmongManyThatAreDecided) {
  for (int i = 0; i < 60; ++i) {
    Make(fmt::format("t{:02}", i), "price", Stage(1));
    if (i == 7) continue;
    ASSERT_TRUE(Decline(DeclineRequest(fmt::format("tickets/t{:02}", i))).ok());
  }
  EXPECT_THAT(Listed(About("price", v1::INBOX)), ElementsAre("t07"));
  EXPECT_THAT(Listed(OfStage(Stage(1), v1::INBOX)), ElementsAre("t07"));
  EXPECT_THAT(Listed(About("price")), SizeIs(60));
}

TEST_F(TopicListTest, AReasonMayHaveMoreBelowItThanAreReadOneByOne) {
  for (int i = 0; i < 40; ++i) {
    Make(fmt::format("t{:02}", i), fmt::format("delivery/r{}", i));
    Make(fmt::format("u{:02}", i), "price");
  }
  EXPECT_THAT(Listed(About("delivery")), SizeIs(40));
  EXPECT_EQ(Listed(About("delivery")), Rows("contact_reason LIKE 'delivery/%'"));
  EXPECT_THAT(Listed(About("delivery/r7")), ElementsAre("t07"));
}

TEST_F(TopicListTest, FollowsAReasonThatMoves) {
  Make("a", "delivery/late");
  Make("b", "price");
  v1::MoveContactReasonRequest request;
  request.set_from("delivery/late");
  request.set_into("late");
  const auto moved = tickets_.Call<v1::ContactReason>("/dangol.tickets.v1.PolicyService/MoveContactReason", request);
  ASSERT_TRUE(moved.ok()) << moved.status();
  tickets_.runtime().RunFor(absl::Minutes(1));
  EXPECT_THAT(Listed(About("late")), ElementsAre("a"));
  EXPECT_THAT(Listed(About("delivery")), ElementsAre());
}

TEST_F(TopicListTest, IntegrityFindsWhatIsMissingOrTooMuchInIt) {
  Make("a", "delivery/late", Stage(1));
  Make("b", "price");
  tickets_.file().Execute("DELETE FROM ticket_topic WHERE topic = 'delivery late'");
  tickets_.file().Execute("UPDATE ticket_topic SET topic = 'delivery' WHERE topic = 'price'");
  EXPECT_THAT(Violations(),
              UnorderedElementsAre("ticket-lists tickets/a: is not in the list of what is about 'delivery late'",
                                   "ticket-lists tickets/b: is not in the list of what is about 'price'",
                                   "ticket-lists tickets/b: is wrongly in the list of what is about 'delivery'"));
  tickets_is_whole_ = false;
}

}  // namespace
}  // namespace dangol::tickets

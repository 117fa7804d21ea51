// Contact reasons: a tree with counts, and what becomes of tickets when a part of it is moved.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/tickets/v1/policy_service.pb.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::ContactReason;

constexpr char kStage[] = "engines/shop/stages/experience";

class ReasonTest : public TicketsTest {
 protected:
  template <typename Response>
  absl::StatusOr<Response> CallPolicy(const std::string& method, const google::protobuf::Message& request) {
    return tickets_.Call<Response>("/dangol.tickets.v1.PolicyService/" + method, request);
  }
  absl::StatusOr<ContactReason> Make(const std::string& path, const std::string& stage = "") {
    v1::CreateContactReasonRequest request;
    request.mutable_contact_reason()->set_path(path);
    request.mutable_contact_reason()->set_stage(stage);
    (*request.mutable_contact_reason()->mutable_display_names())["ko"] = "늦은 배송";
    return CallPolicy<ContactReason>("CreateContactReason", request);
  }
  absl::StatusOr<ContactReason> Move(const std::string& from, const std::string& into, const std::string& etag = "") {
    v1::MoveContactReasonRequest request;
    request.set_from(from);
    request.set_into(into);
    request.set_etag(etag);
    return CallPolicy<ContactReason>("MoveContactReason", request);
  }
  absl::StatusOr<ContactReason> Delete(const std::string& path, const std::string& etag = "") {
    v1::DeleteContactReasonRequest request;
    request.set_path(path);
    request.set_etag(etag);
    return CallPolicy<ContactReason>("DeleteContactReason", request);
  }
  // Each as `delivery/late 2/1 managed`: its tickets, those that are open.
  std::vector<std::string> List() {
    v1::ListContactReasonsRequest request;
    request.set_page_size(2);
    std::vector<std::string> lines;
    do {
      const auto page = CallPolicy<v1::ListContactReasonsResponse>("ListContactReasons", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return lines;
      for (const ContactReason& reason : page->contact_reasons()) {
        lines.push_back(fmt::format("{} {}/{}{}", reason.path(), reason.tickets(), reason.open_tickets(),
                                    reason.managed() ? " managed" : ""));
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return lines;
  }
  Ticket CreateAbout(const std::string& id, const std::string& reason) {
    v1::CreateTicketRequest request = CreateRequest(id);
    request.mutable_ticket()->set_contact_reason(reason);
    const auto ticket = Create(request);
    EXPECT_TRUE(ticket.ok()) << ticket.status();
    return ticket.value_or(Ticket());
  }
  std::string ReasonOf(const std::string& id) { return Get("tickets/" + id)->contact_reason(); }
  void RunTimers() { tickets_.runtime().RunFor(absl::Seconds(10)); }
  void ExpectIntegrity() {
    const auto check = tickets_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                      api::v1::CheckIntegrityRequest());
    ASSERT_TRUE(check.ok()) << check.status();
    EXPECT_EQ(check->violation_count(), 0) << check->DebugString();
  }
};

TEST_F(ReasonTest, AreATreeWithCountsAndWithWhatNobodyMade) {
  ASSERT_TRUE(Make("delivery").ok());
  ASSERT_TRUE(Make("delivery/late").ok());
  CreateAbout("a", "delivery/late");
  CreateAbout("b", "delivery/late");
  CreateAbout("c", "refund/slow");
  ASSERT_TRUE(Resolve(ResolveRequest("tickets/a")).ok());
  EXPECT_THAT(List(), ElementsAre("delivery 0/0 managed", "delivery/late 2/1 managed", "refund/slow 1/1"));
  v1::UpdateTicketRequest update;
  update.set_name("tickets/c");
  update.mutable_ticket()->set_contact_reason("delivery");
  ASSERT_TRUE(Call<Ticket>("UpdateTicket", update).ok());
  EXPECT_THAT(List(), ElementsAre("delivery 1/1 managed", "delivery/late 2/1 managed"));
  ExpectIntegrity();
}

TEST_F(ReasonTest, AreMadeBelowOnesThatAreThere) {
  EXPECT_EQ(Make("delivery/late").status().code(), absl::StatusCode::kNotFound);
  const auto made = Make("delivery");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->name(), "contactReasons/delivery");
  EXPECT_EQ(made->display_names().at("ko"), "늦은 배송");
  EXPECT_EQ(Make("delivery").status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Make("a/b/c/d/e").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ReasonTest, AreUpdatedAndDeletedUnlessInUse) {
  ASSERT_TRUE(Make("delivery").ok());
  ASSERT_TRUE(Make("delivery/late").ok());
  v1::UpdateContactReasonRequest update;
  update.set_path("delivery");
  update.set_etag("1");
  update.mutable_contact_reason()->set_owner("members/kim");
  const auto updated = CallPolicy<ContactReason>("UpdateContactReason", update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->owner(), "members/kim");
  EXPECT_EQ(updated->etag(), "2");
  EXPECT_EQ(CallPolicy<ContactReason>("UpdateContactReason", update).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ErrorReason(Delete("delivery").status()), "REASON_IN_USE") << "there is one below it";
  CreateAbout("a", "delivery/late");
  EXPECT_EQ(ErrorReason(Delete("delivery/late").status()), "REASON_IN_USE");
  ASSERT_TRUE(Move("delivery/late", "delivery").ok());
  RunTimers();
  EXPECT_EQ(ErrorReason(Delete("delivery").status()), "REASON_IN_USE");
  ASSERT_TRUE(Make("other").ok());
  ASSERT_TRUE(Delete("other", "1").ok());
  EXPECT_EQ(Delete("other").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(List(), ElementsAre("delivery 1/1 managed"));
  ExpectIntegrity();
}

TEST_F(ReasonTest, GiveNewTicketsTheirStage) {
  ASSERT_TRUE(Make("delivery", kStage).ok());
  ASSERT_TRUE(Make("delivery/late").ok());
  EXPECT_EQ(CreateAbout("a", "delivery/late/again").stage(), kStage) << "the nearest that has one";
  v1::CreateTicketRequest other = CreateRequest("b");
  other.mutable_ticket()->set_contact_reason("delivery");
  other.mutable_ticket()->set_stage("engines/shop/stages/decision");
  EXPECT_EQ(Create(other)->stage(), "engines/shop/stages/decision");
  EXPECT_EQ(CreateAbout("c", "deliveries").stage(), "");
}

TEST_F(ReasonTest, MoveWithTheirTicketsAndWithWhatComesLater) {
  ASSERT_TRUE(Make("delivery", kStage).ok());
  ASSERT_TRUE(Make("delivery/late").ok());
  v1::BatchCreateTicketsRequest batch;
  for (int i = 0; i < 450; ++i) {
    *batch.add_requests() = CreateRequest(fmt::format("t{:03}", i));
    batch.mutable_requests(i)->mutable_ticket()->set_contact_reason(i % 2 == 0 ? "delivery/late/again" : "delivery");
  }
  ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch).ok());
  const auto moved = Move("delivery", "shipping", "1");
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->path(), "shipping");
  EXPECT_EQ(moved->stage(), kStage);
  const std::vector<v1::TicketEvent> events = Events();
  EXPECT_TRUE(std::ranges::any_of(events, [](const v1::TicketEvent& event) {
    return event.contact_reason_moved().from() == "delivery" && event.contact_reason_moved().into() == "shipping";
  }));
  // At once for what comes.
  EXPECT_EQ(CreateAbout("new", "delivery/late").contact_reason(), "shipping/late");
  RunTimers();
  EXPECT_THAT(List(),
              ElementsAre("shipping 225/225 managed", "shipping/late 1/1 managed", "shipping/late/again 225/225"));
  EXPECT_EQ(ReasonOf("t000"), "shipping/late/again");
  const std::vector<v1::TicketEvent> after = Events();
  EXPECT_EQ(std::ranges::count_if(after,
                                  [](const v1::TicketEvent& event) {
                                    return event.has_ticket_updated() &&
                                           event.facts().contact_reason().starts_with("shipping");
                                  }),
            450)
      << "followers hear of each";
  EXPECT_EQ(ErrorReason(Make("delivery").status()), "REASON_MOVED");
  EXPECT_EQ(Move("delivery", "other").status().code(), absl::StatusCode::kNotFound);
  v1::UpdateTicketRequest update;
  update.set_name("tickets/new");
  update.mutable_ticket()->set_contact_reason("delivery");
  EXPECT_EQ(Call<Ticket>("UpdateTicket", update)->contact_reason(), "shipping");
  ExpectIntegrity();
}

TEST_F(ReasonTest, MergeIntoOneThatIsThere) {
  ASSERT_TRUE(Make("late").ok());
  ASSERT_TRUE(Make("delay", kStage).ok());
  CreateAbout("a", "late");
  CreateAbout("b", "delay");
  const auto merged = Move("late", "delay");
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->stage(), kStage) << "what is there stays as it is";
  RunTimers();
  EXPECT_THAT(List(), ElementsAre("delay 2/2 managed"));
  ExpectIntegrity();
}

TEST_F(ReasonTest, MoveBackAndOnward) {
  ASSERT_TRUE(Make("a").ok());
  CreateAbout("t", "a");
  ASSERT_TRUE(Move("a", "b").ok());
  ASSERT_TRUE(Move("b", "c").ok());  // before a's tickets have moved
  RunTimers();
  EXPECT_EQ(ReasonOf("t"), "c");
  EXPECT_EQ(CreateAbout("late", "a").contact_reason(), "c");
  ASSERT_TRUE(Move("c", "a").ok());
  RunTimers();
  EXPECT_EQ(ReasonOf("t"), "a");
  EXPECT_EQ(CreateAbout("later", "b").contact_reason(), "a");
  EXPECT_THAT(List(), ElementsAre("a 3/3 managed"));
  ExpectIntegrity();
}

TEST_F(ReasonTest, AreAliveAgainWhereManagedOnesLand) {
  for (const char* path : {"delivery", "delivery/late", "parcels", "parcels/late", "bill"})
    ASSERT_TRUE(Make(path).ok());
  ASSERT_TRUE(Move("delivery/late", "bill/late").ok());
  EXPECT_EQ(CreateAbout("a", "delivery/late").contact_reason(), "bill/late");
  ASSERT_TRUE(Move("parcels", "delivery").ok());
  EXPECT_EQ(CreateAbout("b", "delivery/late").contact_reason(), "delivery/late");
  EXPECT_EQ(CreateAbout("c", "parcels/late").contact_reason(), "delivery/late");
  std::vector<std::string> moves;
  for (const v1::TicketEvent& event : Events()) {
    const v1::ContactReasonMoved& moved = event.contact_reason_moved();
    if (event.has_contact_reason_moved())
      moves.push_back(fmt::format("{} {}: {}", moved.from(), moved.into(), absl::StrJoin(moved.revived(), " ")));
  }
  EXPECT_THAT(moves, ElementsAre("delivery/late bill/late: ", "parcels delivery: delivery/late"));
}

TEST_F(ReasonTest, RefuseMovesThatMakeNoTree) {
  ASSERT_TRUE(Make("a").ok());
  ASSERT_TRUE(Make("a/b").ok());
  ASSERT_TRUE(Make("a/b/c").ok());
  ASSERT_TRUE(Make("x").ok());
  ASSERT_TRUE(Make("x/y").ok());
  EXPECT_EQ(Move("a", "a").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Move("a", "a/b/d").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Move("a", "x/y/z").status().code(), absl::StatusCode::kInvalidArgument) << "c would be the fifth level";
  EXPECT_EQ(Move("a", "none/a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Move("none", "x").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Move("a", "z", "7").status().code(), absl::StatusCode::kAborted);
  EXPECT_THAT(List(),
              ElementsAre("a 0/0 managed", "a/b 0/0 managed", "a/b/c 0/0 managed", "x 0/0 managed", "x/y 0/0 managed"));
  // Of a path that was moved, what is below it leads on.
  ASSERT_TRUE(Move("x", "w").ok());
  EXPECT_EQ(Move("w", "x/y/new").status().code(), absl::StatusCode::kInvalidArgument) << "that is below w by now";
}

TEST_F(ReasonTest, MoveTheRulesOfThePolicy) {
  v1::UpdateTriagePolicyRequest update;
  v1::AssignmentRule& rule = *update.mutable_triage_policy()->add_assignment_rules();
  rule.set_contact_reason("late/again");
  rule.set_assignee("members/kim");
  ASSERT_TRUE(CallPolicy<v1::TriagePolicy>("UpdateTriagePolicy", update).ok());
  CreateAbout("a", "late");
  ASSERT_TRUE(Make("delivery").ok());
  ASSERT_TRUE(Move("late", "delivery/late").ok()) << "one that tickets came with";
  EXPECT_EQ(CreateAbout("b", "late/again").assignee(), "members/kim");
  RunTimers();
  EXPECT_EQ(ReasonOf("a"), "delivery/late");
  ExpectIntegrity();
}

TEST_F(ReasonTest, ARepeatedDeletionIsAnsweredAsTheFirst) {
  ASSERT_TRUE(Make("delivery").ok());
  v1::DeleteContactReasonRequest request;
  request.set_path("delivery");
  request.set_request_id("once");
  for (int i = 0; i < 2; ++i) {
    const auto deleted = CallPolicy<ContactReason>("DeleteContactReason", request);
    ASSERT_TRUE(deleted.ok()) << deleted.status();
    EXPECT_EQ(deleted->path(), "delivery");
    EXPECT_FALSE(deleted->managed());
  }
  EXPECT_THAT(List(), IsEmpty());
}

TEST_F(ReasonTest, IntegrityFindsCountsThatAreWrong) {
  CreateAbout("a", "delivery");
  tickets_.file().Execute("UPDATE reason_count SET open_tickets = 3");
  const auto check = tickets_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                    api::v1::CheckIntegrityRequest());
  ASSERT_TRUE(check.ok());
  ASSERT_EQ(check->violation_count(), 1);
  EXPECT_EQ(check->violations(0).check(), "reason-counts");
  EXPECT_EQ(check->violations(0).resource(), "contactReasons/delivery");
}

}  // namespace
}  // namespace dangol::tickets

// What is given beyond the limit of the policy, only who may decline the ticket gives.
#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "common/rpc/authorization.h"
#include "dangol/tickets/v1/policy_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/fake_authorizer.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::tickets {
namespace {

using v1::Remedy;
using v1::Ticket;

constexpr char kStage[] = "engines/e/stages/s";
constexpr char kRefused[] = "PERMISSION_DENIED REMEDY_LIMIT";
const rpc::Principal kAgent{.name = "agent", .roles = {"agent"}, .stages = {}};
const rpc::Principal kLead{.name = "lead", .roles = {"lead"}, .stages = {}};
const rpc::Principal kOwner{.name = "owner", .roles = {"owner"}, .stages = {kStage}};
const rpc::Principal kNewcomer{.name = "newcomer", .roles = {"owner"}, .stages = {}};

// Without asking, 1,000 won may be given.
class RemedyLimit : public ::testing::Test {
 protected:
  RemedyLimit() {
    service::Options options;
    options.authorizer = authorizer_;
    tickets_ = std::make_unique<testing::SimulatedService>(TicketsService(), options);
    authorizer_->principal = kLead;
    v1::UpdateTriagePolicyRequest request;
    request.mutable_update_mask()->add_paths("remedy_limits");
    v1::RemedyLimit& limit = *request.mutable_triage_policy()->add_remedy_limits();
    limit.set_currency_code("KRW");
    limit.set_amount(1000);
    EXPECT_EQ(tickets_->Call<v1::TriagePolicy>("/dangol.tickets.v1.PolicyService/UpdateTriagePolicy", request).status(),
              absl::OkStatus());
  }

  static Remedy Refund(int64_t amount, const std::string& currency = "KRW") {
    Remedy remedy;
    remedy.set_kind(Remedy::REFUND);
    remedy.set_amount(amount);
    remedy.set_currency_code(currency);
    return remedy;
  }
  // Code and reason of a refusal; empty: it was done.
  std::string Call(const rpc::Principal& who, const std::string& method, const google::protobuf::Message& request) {
    authorizer_->principal = who;
    const absl::Status status = tickets_->Call<Ticket>("/dangol.tickets.v1.TicketService/" + method, request).status();
    return status.ok() ? "" : testing::Summary(status);
  }
  static v1::CreateTicketRequest CreateRequest(const std::string& id, const std::string& stage) {
    v1::CreateTicketRequest request;
    request.set_ticket_id(id);
    request.mutable_ticket()->set_subject("Late");
    request.mutable_ticket()->set_stage(stage);
    return request;
  }
  std::string Create(const rpc::Principal& who, const std::string& id, const Remedy& remedy,
                     const std::string& stage = kStage) {
    v1::CreateTicketRequest request = CreateRequest(id, stage);
    *request.mutable_ticket()->mutable_remedy() = remedy;
    return Call(who, "CreateTicket", request);
  }
  std::string Update(const rpc::Principal& who, const std::string& id, const Remedy& remedy,
                     const std::string& stage = "") {
    v1::UpdateTicketRequest request;
    request.set_name("tickets/" + id);
    request.mutable_update_mask()->add_paths("remedy");
    *request.mutable_ticket()->mutable_remedy() = remedy;
    if (!stage.empty()) request.mutable_update_mask()->add_paths("stage");
    request.mutable_ticket()->set_stage(stage);
    return Call(who, "UpdateTicket", request);
  }
  std::string Resolve(const rpc::Principal& who, const std::string& id, const Remedy& remedy) {
    v1::ResolveTicketRequest request;
    request.set_name("tickets/" + id);
    request.set_disposition(Ticket::RELIEF_GIVEN);
    request.set_reply("We are sorry.");
    request.set_decided_by("members/" + who.name);
    *request.mutable_remedy() = remedy;
    return Call(who, "ResolveTicket", request);
  }

  const std::shared_ptr<testing::FakeAuthorizer> authorizer_ = std::make_shared<testing::FakeAuthorizer>();
  std::unique_ptr<testing::SimulatedService> tickets_;
};

TEST_F(RemedyLimit, HoldsForACorrectionOfAnyPartOfIt) {
  ASSERT_EQ(Create(kAgent, "a", Refund(1000)), "");
  EXPECT_EQ(Update(kAgent, "a", Refund(1000, "USD")), kRefused) << "a currency that is not named";
  EXPECT_EQ(Update(kAgent, "a", Refund(1001)), kRefused);
  EXPECT_EQ(Update(kAgent, "a", Refund(999)), "");
  EXPECT_EQ(Update(kLead, "a", Refund(1000, "USD")), "");
  EXPECT_EQ(Update(kAgent, "a", Refund(1000, "USD")), "") << "nothing is different";
}

TEST_F(RemedyLimit, HoldsForATicketThatComesWithIt) {
  EXPECT_EQ(Create(kAgent, "a", Refund(9'999'999, "USD")), kRefused);
  EXPECT_EQ(Create(kAgent, "a", Refund(1001)), kRefused);
  EXPECT_EQ(Create(kAgent, "a", Refund(1000)), "");
  EXPECT_EQ(Create(kLead, "b", Refund(1001)), "");
  EXPECT_EQ(Create(kOwner, "c", Refund(1001)), "");
  EXPECT_EQ(Create(kOwner, "d", Refund(1001), "engines/e/stages/t"), kRefused);
}

TEST_F(RemedyLimit, DoesNotHoldForWhatWasGivenBefore) {
  v1::CreateTicketRequest request = CreateRequest("a", "");
  *request.mutable_ticket()->mutable_remedy() = Refund(5000);
  request.mutable_ticket()->mutable_receive_time()->set_seconds(1'600'000'000);
  request.mutable_history()->mutable_close_time()->set_seconds(1'600'086'400);
  EXPECT_EQ(Call(kAgent, "CreateTicket", request), "");
}

TEST_F(RemedyLimit, IsPassedByWhoOwnsTheStageOfTheTicket) {
  ASSERT_EQ(Create(kLead, "a", Refund(1), kStage), "");
  EXPECT_EQ(Update(kNewcomer, "a", Refund(1001)), kRefused);
  EXPECT_EQ(Resolve(kNewcomer, "a", Refund(1001)), kRefused);
  EXPECT_EQ(Update(kOwner, "a", Refund(1001)), "");
  EXPECT_NE(Resolve(kOwner, "a", Refund(1002)), kRefused) << "nobody has heard it, of which the rules speak";
  ASSERT_EQ(Create(kLead, "b", Refund(1), "engines/e/stages/t"), "");
  EXPECT_EQ(Update(kOwner, "b", Refund(1001)), kRefused);
  EXPECT_EQ(Update(kOwner, "b", Refund(1001), kStage), kRefused) << "it was not his before";
}

}  // namespace
}  // namespace dangol::tickets

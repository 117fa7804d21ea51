// What takes more than the permission of the method: whose stage it is, and what kind of change.
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/rpc/authorization.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/backlog/service.h"
#include "services/tickets/service.h"
#include "tests/common/rpc/fake_authorizer.h"
#include "tests/common/service/simulated_service.h"

namespace dangol {
namespace {

constexpr char kStage[] = "engines/e/stages/s";
constexpr char kOtherStage[] = "engines/e/stages/t";
const rpc::Principal kLead{.name = "lead", .roles = {"lead"}, .stages = {}};
const rpc::Principal kOwner{.name = "owner", .roles = {"owner"}, .stages = {kStage}};
const rpc::Principal kDeveloper{.name = "developer", .roles = {"developer"}, .stages = {}};

class RightsTest : public ::testing::Test {
 protected:
  explicit RightsTest(const service::Definition& definition) {
    service::Options options;
    options.authorizer = authorizer_;
    service_ = std::make_unique<testing::SimulatedService>(definition, options);
  }

  template <typename Response>
  absl::StatusOr<Response> Call(const rpc::Principal& who, std::string_view method,
                                const google::protobuf::Message& request) {
    authorizer_->principal = who;
    return service_->Call<Response>(method, request);
  }

  const std::shared_ptr<testing::FakeAuthorizer> authorizer_ = std::make_shared<testing::FakeAuthorizer>();
  std::unique_ptr<testing::SimulatedService> service_;
};

class TicketRights : public RightsTest {
 protected:
  TicketRights() : RightsTest(tickets::TicketsService()) {}

  absl::Status Decline(const rpc::Principal& who, const std::string& id, const std::string& stage,
                       const std::string& decided_by = "") {
    tickets::v1::CreateTicketRequest create;
    create.set_ticket_id(id);
    create.mutable_ticket()->set_subject("Late");
    create.mutable_ticket()->set_stage(stage);
    EXPECT_TRUE(Call<tickets::v1::Ticket>(kLead, "/dangol.tickets.v1.TicketService/CreateTicket", create).ok());
    tickets::v1::DeclineTicketRequest decline;
    decline.set_name("tickets/" + id);
    decline.set_reason(tickets::v1::Decision::UNSUSTAINABLE);
    decline.set_reply("We cannot.");
    decline.set_decided_by(decided_by.empty() ? "members/" + who.name : decided_by);
    return Call<tickets::v1::Ticket>(who, "/dangol.tickets.v1.TicketService/DeclineTicket", decline).status();
  }
};

TEST_F(TicketRights, AnOwnerDeclinesWhatConcernsHisOwnStages) {
  EXPECT_EQ(Decline(kOwner, "other", kOtherStage).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Decline(kOwner, "none", "").code(), absl::StatusCode::kPermissionDenied);
  // Nobody has acknowledged it, of which the rules speak then.
  EXPECT_NE(Decline(kOwner, "own", kStage).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_NE(Decline(kLead, "lead", kOtherStage).code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(TicketRights, WhoDecidesIsTheCallerOrWhomHeStandsFor) {
  const rpc::Principal deputy{
      .name = "deputy", .roles = {"lead"}, .stages = {}, .permissions = {}, .act_for = {"members/kim"}};
  const absl::Status refused = Decline(kLead, "a", kStage, "members/kim");
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrorReason(refused), "DECIDED_BY_ANOTHER");
  EXPECT_EQ(ErrorReason(Decline(deputy, "b", kStage, "members/lead")), "DECIDED_BY_ANOTHER");
  // Nobody has acknowledged it, of which the rules speak then.
  EXPECT_NE(ErrorReason(Decline(deputy, "c", kStage, "members/kim")), "DECIDED_BY_ANOTHER");
  EXPECT_NE(ErrorReason(Decline(rpc::LocalPrincipal(), "d", kStage, "members/kim")), "DECIDED_BY_ANOTHER");
  // A member who is called as the operator is no operator.
  const rpc::Principal named{.name = "operator", .roles = {"lead"}, .stages = {}};
  EXPECT_EQ(ErrorReason(Decline(named, "e", kStage, "members/kim")), "DECIDED_BY_ANOTHER");
}

TEST_F(TicketRights, WhoHearsAndAcceptsIsTheCallerOrWhomHeStandsFor) {
  constexpr char kService[] = "/dangol.tickets.v1.TicketService/";
  tickets::v1::CreateTicketRequest create;
  create.set_ticket_id("a");
  create.mutable_ticket()->set_subject("Late");
  ASSERT_TRUE(Call<tickets::v1::Ticket>(kLead, std::string(kService) + "CreateTicket", create).ok());
  const auto reason = [&](const char* method, const google::protobuf::Message& request) {
    return ErrorReason(Call<tickets::v1::Ticket>(kDeveloper, std::string(kService) + method, request).status());
  };
  tickets::v1::AcknowledgeTicketRequest hear;
  hear.set_name("tickets/a");
  hear.set_heard_by("members/kim");
  EXPECT_EQ(reason("AcknowledgeTicket", hear), "DECIDED_BY_ANOTHER");
  tickets::v1::AcceptTicketRequest accept;
  accept.set_name("tickets/a");
  accept.set_change("changes/c");
  accept.set_accepted_by("members/kim");
  EXPECT_EQ(reason("AcceptTicket", accept), "DECIDED_BY_ANOTHER");
  // Nobody was named, or the caller.
  hear.set_heard_by("members/developer");
  EXPECT_EQ(reason("AcknowledgeTicket", hear), "");
  accept.clear_accepted_by();
  EXPECT_EQ(reason("AcceptTicket", accept), "");
}

// An integration says who wrote it elsewhere.
TEST_F(TicketRights, WhoWroteAMessageIsAText) {
  tickets::v1::CreateTicketRequest create;
  create.set_ticket_id("a");
  create.mutable_ticket()->set_subject("Late");
  ASSERT_TRUE(Call<tickets::v1::Ticket>(kLead, "/dangol.tickets.v1.TicketService/CreateTicket", create).ok());
  tickets::v1::CreateMessageRequest say;
  say.set_parent("tickets/a");
  say.mutable_message()->set_kind(tickets::v1::Message::PUBLIC);
  say.mutable_message()->set_author("Kim of the call centre");
  say.mutable_message()->set_body("We are on it.");
  EXPECT_TRUE(Call<tickets::v1::Message>(kDeveloper, "/dangol.tickets.v1.TicketService/CreateMessage", say).ok());
}

class ChangeRights : public RightsTest {
 protected:
  ChangeRights() : RightsTest(backlog::BacklogService()) {}

  static backlog::v1::Decision DecisionBy(const std::string& member) {
    backlog::v1::Decision decision;
    decision.set_can_keep(backlog::v1::Decision::YES);
    decision.set_for_everyone(backlog::v1::Decision::YES);
    decision.set_within_capability(backlog::v1::Decision::YES);
    decision.set_rationale("We can keep it up.");
    decision.set_decided_by(member);
    return decision;
  }

  // Ships what is not in progress: who may is told so.
  std::string Ship(const rpc::Principal& who, const std::string& id, backlog::v1::Change::Kind kind,
                   const std::string& stage,
                   backlog::v1::Change::Kind requested = backlog::v1::Change::KIND_UNSPECIFIED) {
    backlog::v1::CreateChangeRequest create;
    create.set_change_id(id);
    create.mutable_change()->set_title("Parcels come on time");
    create.mutable_change()->set_kind(kind);
    create.mutable_change()->set_stage(stage);
    EXPECT_TRUE(Call<backlog::v1::Change>(kLead, "/dangol.backlog.v1.ChangeService/CreateChange", create).ok());
    backlog::v1::ShipChangeRequest ship;
    ship.set_name("changes/" + id);
    (*ship.mutable_customer_notes())["en"] = "Done.";
    ship.set_kind(requested);
    return ErrorReason(Call<backlog::v1::Change>(who, "/dangol.backlog.v1.ChangeService/ShipChange", ship).status());
  }
};

TEST_F(ChangeRights, ADeveloperShipsWhatIsSoldAndAnOwnerHowItIsServedInHisOwnStages) {
  using backlog::v1::Change;
  constexpr char kDenied[] = "PERMISSION_DENIED";
  EXPECT_NE(Ship(kDeveloper, "a", Change::PRODUCT, ""), kDenied);
  EXPECT_NE(Ship(kDeveloper, "b", Change::POLICY, kStage), kDenied);
  EXPECT_EQ(Ship(kDeveloper, "c", Change::PROCESS, kStage), kDenied);
  EXPECT_EQ(Ship(kDeveloper, "d", Change::SERVICE, ""), kDenied);
  EXPECT_NE(Ship(kOwner, "e", Change::PROCESS, kStage), kDenied);
  EXPECT_NE(Ship(kOwner, "f", Change::SERVICE, kStage), kDenied);
  EXPECT_EQ(Ship(kOwner, "g", Change::SERVICE, kOtherStage), kDenied);
  EXPECT_EQ(Ship(kOwner, "h", Change::PRODUCT, kStage), kDenied);
  // What the change is and what the request calls it both count.
  EXPECT_EQ(Ship(kDeveloper, "k", Change::PRODUCT, "", Change::PROCESS), kDenied);
  EXPECT_EQ(Ship(kOwner, "l", Change::SERVICE, kStage, Change::PRODUCT), kDenied);
  EXPECT_EQ(Ship(kOwner, "m", Change::PRODUCT, kStage, Change::SERVICE), kDenied);
  EXPECT_EQ(Ship(kOwner, "n", Change::POLICY, kStage, Change::PROCESS), kDenied);
  EXPECT_NE(Ship(kLead, "o", Change::PRODUCT, kStage, Change::SERVICE), kDenied);
  EXPECT_NE(Ship(kLead, "i", Change::PROCESS, ""), kDenied);
  EXPECT_NE(Ship(kLead, "j", Change::PRODUCT, ""), kDenied);
}

TEST_F(ChangeRights, WhatIsSoldIsCalledAServiceByThoseAloneWhoShipIt) {
  using backlog::v1::Change;
  constexpr char kService[] = "/dangol.backlog.v1.ChangeService/";
  constexpr char kDenied[] = "PERMISSION_DENIED";
  const auto reason = [&](const rpc::Principal& who, const char* method, const google::protobuf::Message& request) {
    return ErrorReason(Call<Change>(who, std::string(kService) + method, request).status());
  };
  for (const auto& [id, kind] : {std::pair("a", Change::PRODUCT), {"b", Change::POLICY}}) {
    backlog::v1::CreateChangeRequest create;
    create.set_change_id(id);
    create.mutable_change()->set_title("Parcels come on time");
    create.mutable_change()->set_kind(kind);
    create.mutable_change()->set_stage(kStage);
    *create.mutable_change()->mutable_decision() = DecisionBy("members/lead");
    ASSERT_EQ(reason(kLead, "CreateChange", create), "");
    const std::string name = std::string("changes/") + id;
    backlog::v1::UpdateChangeRequest update;
    update.set_name(name);
    update.mutable_change()->set_kind(Change::SERVICE);
    EXPECT_EQ(reason(kOwner, "UpdateChange", update), kDenied);
    update.mutable_change()->clear_kind();
    update.mutable_update_mask()->add_paths("kind");
    EXPECT_EQ(reason(kOwner, "UpdateChange", update), kDenied) << "it would have none";
    backlog::v1::PlanChangeRequest plan;
    plan.set_name(name);
    plan.set_kind(Change::PROCESS);
    EXPECT_EQ(reason(kOwner, "PlanChange", plan), kDenied);
    backlog::v1::StartChangeRequest start;
    start.set_name(name);
    start.set_kind(Change::SERVICE);
    EXPECT_EQ(reason(kOwner, "StartChange", start), kDenied);
    update.mutable_change()->set_kind(kind == Change::PRODUCT ? Change::POLICY : Change::PRODUCT);
    EXPECT_EQ(reason(kOwner, "UpdateChange", update), "") << "both are theirs";
    EXPECT_EQ(reason(kDeveloper, "PlanChange", plan), "");
    update.mutable_change()->set_kind(Change::SERVICE);
    EXPECT_EQ(reason(kDeveloper, "UpdateChange", update), "");
  }
}

TEST_F(ChangeRights, NobodyGivesHimselfTheRightToShipByMovingItIntoHisStage) {
  using backlog::v1::Change;
  const rpc::Principal agent{.name = "agent", .roles = {"agent"}, .stages = {}};
  const auto move = [&](const rpc::Principal& who, const std::string& from, const std::string& into) {
    static int number = 0;
    const std::string id = "moved-" + std::to_string(++number);
    backlog::v1::CreateChangeRequest create;
    create.set_change_id(id);
    create.mutable_change()->set_title("Parcels come on time");
    create.mutable_change()->set_kind(Change::SERVICE);
    create.mutable_change()->set_stage(from);
    EXPECT_TRUE(Call<Change>(kLead, "/dangol.backlog.v1.ChangeService/CreateChange", create).ok());
    backlog::v1::UpdateChangeRequest update;
    update.set_name("changes/" + id);
    update.mutable_change()->set_stage(into);
    update.mutable_update_mask()->add_paths("stage");
    return ErrorReason(Call<Change>(who, "/dangol.backlog.v1.ChangeService/UpdateChange", update).status());
  };
  EXPECT_EQ(move(kOwner, kOtherStage, kStage), "PERMISSION_DENIED");
  EXPECT_EQ(move(kOwner, "", kStage), "") << "nobody owned it";
  EXPECT_EQ(move(kOwner, kStage, kOtherStage), "") << "he gives it away";
  EXPECT_EQ(move(agent, kOtherStage, kStage), "") << "who ships nothing gains nothing";
  EXPECT_EQ(move(kLead, kOtherStage, kStage), "");
}

// Wherever in the request it stands; what an update mask leaves out was decided before.
TEST_F(ChangeRights, WhoDecidesIsTheCallerOrWhomHeStandsFor) {
  constexpr char kService[] = "/dangol.backlog.v1.ChangeService/";
  backlog::v1::CreateChangeRequest create;
  create.set_change_id("a");
  create.mutable_change()->set_title("Parcels come on time");
  *create.mutable_change()->mutable_decision() = DecisionBy("members/kim");
  const auto reason = [&](const char* method, const google::protobuf::Message& request) {
    return ErrorReason(Call<backlog::v1::Change>(kLead, std::string(kService) + method, request).status());
  };
  EXPECT_EQ(reason("CreateChange", create), "DECIDED_BY_ANOTHER");
  create.mutable_change()->mutable_decision()->set_decided_by("members/lead");
  EXPECT_EQ(reason("CreateChange", create), "");

  backlog::v1::PlanChangeRequest plan;
  plan.set_name("changes/a");
  *plan.mutable_decision() = DecisionBy("members/kim");
  EXPECT_EQ(reason("PlanChange", plan), "DECIDED_BY_ANOTHER");
  backlog::v1::DropChangeRequest drop;
  drop.set_name("changes/a");
  drop.set_reason("It cannot be kept up.");
  drop.set_decline_reason(backlog::v1::Drop::UNSUSTAINABLE);
  drop.set_decided_by("members/kim");
  EXPECT_EQ(reason("DropChange", drop), "DECIDED_BY_ANOTHER");

  backlog::v1::UpdateChangeRequest update;
  update.set_name("changes/a");
  update.mutable_change()->set_title("Parcels come in time");
  *update.mutable_change()->mutable_decision() = DecisionBy("members/kim");
  EXPECT_EQ(reason("UpdateChange", update), "DECIDED_BY_ANOTHER");
  update.mutable_update_mask()->add_paths("title");
  EXPECT_EQ(reason("UpdateChange", update), "");

  backlog::v1::CreateCommentRequest comment;
  comment.set_parent("changes/a");
  comment.mutable_comment()->set_body("It was the weather.");
  comment.mutable_comment()->set_author("members/kim");
  EXPECT_EQ(reason("CreateComment", comment), "DECIDED_BY_ANOTHER");
}

}  // namespace
}  // namespace dangol

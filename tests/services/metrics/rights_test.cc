// What takes more than the permission of the method: whose stage it is, which roles are given, and who speaks.
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "common/rpc/authorization.h"
#include "dangol/metrics/v1/review_service.pb.h"
#include "tests/common/rpc/fake_authorizer.h"
#include "tests/services/metrics/engine_fixture.h"

namespace dangol::metrics {
namespace {

const rpc::Principal kLead{.name = "lead", .roles = {"lead"}, .stages = {}};
const rpc::Principal kAdmin{.name = "boss", .roles = {"admin"}, .stages = {}};
const rpc::Principal kOwner{.name = "kim", .roles = {"owner"}, .stages = {"engines/shop/stages/a"}};
const rpc::Principal kNewcomer{.name = "new", .roles = {"owner"}, .stages = {}};

service::Options OptionsWith(std::shared_ptr<rpc::Authorizer> authorizer) {
  service::Options options;
  options.authorizer = std::move(authorizer);
  return options;
}

// `engines/shop`, whose stage a is Kim's and whose stage b is nobody's, and `engines/store`, whose stage x is Kim's,
// too.
class MetricsRights : public EngineTest {
 protected:
  MetricsRights() : MetricsRights(std::make_shared<testing::FakeAuthorizer>()) {}
  explicit MetricsRights(std::shared_ptr<testing::FakeAuthorizer> authorizer)
      : EngineTest(OptionsWith(authorizer)), authorizer_(std::move(authorizer)) {
    As(rpc::LocalPrincipal());
    SetClock("2026-11-25 09:00");
    Member("kim");
    Member("lee");
    Shop();
  }

  void As(const rpc::Principal& who) { authorizer_->principal = who; }
  // `engines/shop` with its stages as given, and with more than them.
  std::string Update(const rpc::Principal& who, const std::string& mask, const std::string& engine) {
    As(who);
    return Said(
        UpdateEngine(fmt::format("name: 'engines/shop' update_mask {{ paths: '{}' }} engine {{ {} }}", mask, engine)));
  }
  static std::string Stage(const std::string& id, const std::string& name, const std::string& more = "") {
    return fmt::format("stages {{ stage_id: '{}' display_names {{ key: 'en' value: '{}' }} {} }} ", id, name, more);
  }
  // Reason and more of a refusal; empty: it was done.
  template <typename Answer>
  static std::string Said(const absl::StatusOr<Answer>& answer) {
    return answer.ok() ? "" : testing::Summary(answer.status());
  }

  const std::shared_ptr<testing::FakeAuthorizer> authorizer_;
};

constexpr char kDenied[] = "PERMISSION_DENIED PERMISSION_DENIED";
const std::string kOfKim = "owner: 'members/kim'";

TEST_F(MetricsRights, AnOwnerWritesWhatHisOwnStageSaysAndNothingElse) {
  EXPECT_EQ(Update(kOwner, "stages", Stage("a", "Arrive", kOfKim) + Stage("b", "B")), "");
  EXPECT_EQ(Update(kOwner, "stages", Stage("a", "Arrive", kOfKim) + Stage("b", "Mine")), kDenied);
  EXPECT_EQ(Update(kOwner, "stages", Stage("b", "B") + Stage("a", "Arrive", kOfKim)), kDenied) << "in another order";
  EXPECT_EQ(Update(kOwner, "display_names", "display_names { key: 'en' value: 'Mine' }"), kDenied);
  EXPECT_EQ(Update(kNewcomer, "stages", Stage("a", "Go", kOfKim) + Stage("b", "B")), kDenied);
}

TEST_F(MetricsRights, NoOwnerGivesAStage) {
  const std::string to_newcomer = "owner: 'members/new'";
  EXPECT_EQ(Update(kNewcomer, "stages", Stage("a", "A", to_newcomer) + Stage("b", "B", to_newcomer)), kDenied);
  EXPECT_EQ(Update(kOwner, "stages", Stage("a", "A", kOfKim) + Stage("b", "B", kOfKim)), kDenied);
  EXPECT_EQ(Update(kOwner, "stages", Stage("a", "A", "owner: 'members/lee'") + Stage("b", "B")), kDenied);
  EXPECT_EQ(Update(kOwner, "stages", Stage("a", "A", kOfKim) + Stage("b", "B") + Stage("c", "C", kOfKim)), kDenied);
  EXPECT_EQ(Update(kOwner, "stages", Stage("a", "A", kOfKim)), kDenied) << "nor takes one away";
  As(kNewcomer);
  EXPECT_EQ(Said(CreateEngine("engine_id: 'mine' engine { display_names { key: 'en' value: 'M' } time_zone: 'UTC' " +
                              Stage("a", "A", to_newcomer) + "}")),
            kDenied);
  for (const rpc::Principal& who : {kLead, kAdmin, rpc::LocalPrincipal()}) {
    const std::string to = fmt::format("owner: 'members/{}'", who.name);
    EXPECT_EQ(Update(who, "stages", Stage("a", "A", to) + Stage("b", "B", to)), "") << who.name;
  }
}

TEST_F(MetricsRights, AnOwnerRetiresHisStageIntoOneOfHis) {
  (void)Must<v1::Engine, v1::CreateEngineRequest>(
      "EngineService/CreateEngine",
      "engine_id: 'store' engine { display_names { key: 'en' value: 'Store' } time_zone: 'UTC' " +
          Stage("x", "X", kOfKim) + Stage("y", "Y") + "}");
  rpc::Principal both = kOwner;
  both.stages.emplace_back("engines/store/stages/x");
  const auto retire = [&](const rpc::Principal& who, const std::string& stage, const std::string& into) {
    As(who);
    return Said(Ask<v1::Engine, v1::RetireStageRequest>(
        "EngineService/RetireStage", fmt::format("name: 'engines/shop/stages/{}' into: 'engines/{}'", stage, into)));
  };
  EXPECT_EQ(retire(both, "b", "store/stages/x"), kDenied);
  EXPECT_EQ(retire(both, "a", "store/stages/y"), kDenied) << "who would own y by it";
  EXPECT_EQ(retire(kOwner, "a", "store/stages/x"), kDenied);
  EXPECT_EQ(retire(both, "a", "store/stages/x"), "");
  both.stages.emplace_back("engines/shop/stages/b");
  As(kLead);
  Kpi("whole", "kind: COUNT");
  EXPECT_EQ(retire(both, "b", "store/stages/x"), kDenied) << "the last one: what is of the whole engine would end";
  EXPECT_EQ(retire(kLead, "b", "store/stages/y"), "");
}

TEST_F(MetricsRights, AnOwnerDefinesTheKpisOfHisOwnStage) {
  const std::string in_a = "kind: COUNT stage: 'engines/shop/stages/a'";
  const auto update = [&](const rpc::Principal& who, const std::string& id, const std::string& mask,
                          const std::string& kpi) {
    As(who);
    return Said(Ask<v1::Kpi, v1::UpdateKpiRequest>(
        "KpiService/UpdateKpi",
        fmt::format("name: 'engines/shop/kpis/{}' update_mask {{ paths: '{}' }} kpi {{ {} }}", id, mask, kpi)));
  };
  Kpi("in-b", "kind: COUNT stage: 'engines/shop/stages/b'");
  Kpi("whole", "kind: COUNT");
  As(kOwner);
  EXPECT_EQ(Said(CreateKpi("mine", in_a)), "");
  EXPECT_EQ(Said(CreateKpi("theirs", "kind: COUNT stage: 'engines/shop/stages/b'")), kDenied);
  EXPECT_EQ(Said(CreateKpi("all", "kind: COUNT")), kDenied);
  EXPECT_EQ(update(kOwner, "mine", "unit", "unit: 'orders'"), "");
  EXPECT_EQ(update(kOwner, "mine", "stage", "stage: 'engines/shop/stages/b'"), kDenied) << "not his to have";
  EXPECT_EQ(update(kOwner, "in-b", "stage", "stage: 'engines/shop/stages/a'"), kDenied) << "not his to give";
  EXPECT_EQ(update(kOwner, "whole", "unit", "unit: 'orders'"), kDenied);
  EXPECT_EQ(update(kLead, "whole", "unit", "unit: 'orders'"), "");
}

TEST_F(MetricsRights, OnlyAnAdministratorGivesAndTakesTheRolesAdminAndPrivacy) {
  const auto change = [&](const rpc::Principal& who, const std::string& id, const std::string& mask,
                          const std::string& member) {
    As(who);
    return Said(Ask<v1::Member, v1::UpdateMemberRequest>(
        "MemberService/UpdateMember",
        fmt::format("name: 'members/{}' update_mask {{ paths: '{}' }} member {{ {} }}", id, mask, member)));
  };
  const auto create = [&](const rpc::Principal& who, const std::string& id, const std::string& roles) {
    As(who);
    return Said(Ask<v1::Member, v1::CreateMemberRequest>(
        "MemberService/CreateMember", fmt::format("member_id: '{}' member {{ display_name: 'x' {} }}", id, roles)));
  };
  EXPECT_EQ(create(kLead, "lead", "roles: LEAD"), "");
  EXPECT_EQ(change(kLead, "lead", "roles", "roles: [LEAD, PRIVACY]"), kDenied);
  EXPECT_EQ(change(kLead, "lead", "roles", "roles: [LEAD, ADMIN]"), kDenied);
  EXPECT_EQ(create(kLead, "p", "roles: PRIVACY"), kDenied);
  EXPECT_EQ(create(kLead, "q", "roles: [AGENT, ADMIN]"), kDenied);
  EXPECT_EQ(create(kAdmin, "boss", "roles: ADMIN"), "");
  EXPECT_EQ(create(rpc::LocalPrincipal(), "p", "roles: PRIVACY"), "");
  EXPECT_EQ(change(kLead, "boss", "roles", "roles: LEAD"), kDenied) << "nor takes it";
  // What a lead is asked for every day.
  EXPECT_EQ(change(kLead, "p", "roles", "roles: [PRIVACY, AGENT]"), "") << "PRIVACY stays";
  EXPECT_EQ(change(kLead, "boss", "display_name", "display_name: 'Boss'"), "");
  EXPECT_EQ(change(kLead, "kim", "roles", "roles: [OWNER, LEAD]"), "");
  EXPECT_EQ(change(kAdmin, "p", "roles", "roles: AGENT"), "");
  // By the address somebody signs in.
  EXPECT_EQ(change(kLead, "boss", "email", "email: 'lead@example.com'"), kDenied);
  EXPECT_EQ(change(kAdmin, "boss", "email", "email: 'boss@example.com'"), "");
  // Nor does a lead lock an administrator out, or let one in again.
  EXPECT_EQ(change(kLead, "boss", "state", "state: LEFT"), kDenied);
  EXPECT_EQ(change(kLead, "kim", "state", "state: LEFT"), "");
  EXPECT_EQ(change(kAdmin, "boss", "state", "state: LEFT"), "");
  EXPECT_EQ(change(kLead, "boss", "state", "state: ACTIVE"), kDenied);
  EXPECT_EQ(change(kLead, "p", "email", "email: 'p@example.com'"), "") << "who has neither any more";
}

TEST_F(MetricsRights, NobodySpeaksForAnother) {
  constexpr char kAnother[] = "PERMISSION_DENIED DECIDED_BY_ANOTHER";
  const auto acknowledge = [&](const std::string& member) {
    return Said(Ask<v1::EngineRevision, v1::AcknowledgeRevisionRequest>(
        "EngineService/AcknowledgeRevision",
        fmt::format("name: 'engines/shop/revisions/1' member: 'members/{}' answer: AGREE", member)));
  };
  const auto read = [&](const std::string& member) {
    return Said(Ask<v1::ReportReview, v1::RecordReportReviewRequest>(
        "ReviewService/RecordReportReview",
        fmt::format("parent: 'engines/shop' granularity: DAY day: '2026-11-24' member: 'members/{}'", member)));
  };
  const auto remark = [&](const std::string& member) {
    return Said(Ask<v1::Remark, v1::CreateRemarkRequest>(
        "ReviewService/CreateRemark", fmt::format("parent: 'engines/shop' remark {{ kpi: 'engines/shop/kpis/orders' "
                                                  "granularity: DAY first_day: '2026-11-24' author: 'members/{}' "
                                                  "body: 'Rain' }}",
                                                  member)));
  };
  const auto enter = [&](const std::string& member) {
    return Said(Record({"orders 2026-11-24 value: 3"}, "members/" + member));
  };
  Kpi("orders", "kind: COUNT first_day: '2026-11-01'");
  const rpc::Principal deputy{
      .name = "lee", .roles = {"agent"}, .stages = {}, .permissions = {}, .act_for = {"members/kim"}};
  for (const auto& say :
       std::initializer_list<std::function<std::string(const std::string&)>>{acknowledge, read, remark, enter}) {
    As({.name = "lee", .roles = {"agent"}, .stages = {}});
    EXPECT_EQ(say("kim"), kAnother);
    EXPECT_EQ(say("lee"), "");
    As(deputy);
    EXPECT_EQ(say("kim"), "");
    As(rpc::LocalPrincipal());
    EXPECT_EQ(say("kim"), "");
  }
}

}  // namespace
}  // namespace dangol::metrics

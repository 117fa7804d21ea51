// Each check of the backlog finds what it is for, where a row is changed by hand.
#include "services/backlog/integrity.h"

#include <string>
#include <vector>

#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

struct Damage {
  const char* sql;
  const char* found;  // `check resource: description`
};

// clang-format off
constexpr Damage kDamages[] = {
    {"UPDATE change SET state = 99 WHERE change_id = 'open'", "change-states changes/open: is  and that is no state"},
    {"UPDATE change SET state = 2 WHERE change_id = 'open'", "change-states changes/open: is PLANNED and lacks when it was planned"},
    {"UPDATE change SET state = 3 WHERE change_id = 'open'", "change-states changes/open: is IN_PROGRESS and lacks when it began"},
    {"UPDATE change SET ship_time = NULL WHERE change_id = 'shipped'", "change-states changes/shipped: is SHIPPED and lacks when it shipped"},
    {"UPDATE change SET kind = 0 WHERE change_id = 'planned'", "change-states changes/planned: is PLANNED and has no kind"},
    {"UPDATE change SET state = 2 WHERE change_id = 'undecided'", "change-states changes/undecided: is PLANNED and has no decision"},
    {"UPDATE change SET state = 6 WHERE change_id = 'shipped'", "change-states changes/shipped: is REGRESSED and nothing says why"},
    {"UPDATE change SET state = 5 WHERE change_id = 'shipped'", "change-states changes/shipped: is VERIFIED and when it was verified does not fit"},
    {"UPDATE change SET check_due_time = NULL WHERE change_id = 'shipped'", "change-states changes/shipped: is SHIPPED and when it is checked or concluded does not fit"},
    {"UPDATE change SET state = 1 WHERE change_id = 'dropped'", "change-states changes/dropped: is PROPOSED and its reason to be dropped does not fit"},
    {"UPDATE change SET merged_into = NULL WHERE change_id = 'merged'", "change-states changes/merged: is MERGED and what took its place does not fit"},
    {"UPDATE change SET merged_into = 'merged' WHERE change_id = 'merged'", "change-states changes/merged: is MERGED and what took its place is not there, or MERGED too"},
    {"UPDATE change SET version = 0 WHERE change_id = 'open'", "change-states changes/open: is PROPOSED and has no version"},
    {"DELETE FROM evidence WHERE change_id = 'undecided'", "change-states changes/undecided: is PROPOSED and has no evidence"},

    {"UPDATE demand SET ordinal = 1000 WHERE ticket_id = 't4'", "change-demands changes/planned/demands/t4: its version or ordinal was never given"},
    {"UPDATE ticket_link SET acceptance = 0 WHERE ticket_id = 't4'", "change-demands changes/planned/demands/t4: its ticket's link is older"},
    {"UPDATE ticket_link SET acceptance = 9 WHERE ticket_id = 't4'", "change-demands changes/planned/demands/t4: it is ACTIVE, and its ticket has a newer link"},
    {"UPDATE ticket_link SET revision = 0 WHERE ticket_id = 't4'", "change-demands changes/planned/demands/t4: it is ACTIVE, and nothing was ever said about it"},
    {"UPDATE demand SET shipment = 1 WHERE change_id = 'dropped'", "change-demands changes/dropped/demands/t6: it is answered, and does not count"},
    {"UPDATE demand SET state = 1 WHERE change_id = 'dropped'", "change-demands changes/dropped/demands/t6: it is ACTIVE and unanswered in a DROPPED change"},
    {"DROP INDEX demand_active; UPDATE demand SET state = 1 WHERE change_id = 'merged'", "change-demands changes/merged/demands/t7: it is ACTIVE in a MERGED change"},
    {"DROP INDEX demand_active; UPDATE demand SET state = 1 WHERE change_id = 'merged'", "change-demands changes/planned/demands/t7: its ticket has more than one ACTIVE demand"},

    {"UPDATE evidence SET demands = 9 WHERE change_id = 'planned'", "change-evidence changes/planned: its evidence says 9 demands, and it is 3"},
    {"UPDATE evidence SET customers = 9 WHERE change_id = 'shipped'", "change-evidence changes/shipped: its evidence says 9 customers, and it is 1"},
    {"UPDATE evidence SET anonymous = 9 WHERE change_id = 'shipped'", "change-evidence changes/shipped: its evidence says 9 anonymous, and it is 1"},
    {"UPDATE evidence SET answered = 9 WHERE change_id = 'shipped'", "change-evidence changes/shipped: its evidence says 9 answered, and it is 2"},
    {"UPDATE evidence SET late = 9 WHERE change_id = 'shipped'", "change-evidence changes/shipped: its evidence says 9 late, and it is 0"},
    {"UPDATE evidence SET recurrences = 9 WHERE change_id = 'shipped'", "change-evidence changes/shipped: its evidence says 9 recurrences, and it is 1"},
    {"UPDATE evidence SET may_ask = 9 WHERE change_id = 'planned'", "change-evidence changes/planned: its evidence says 9 that may be asked, and it is 1"},
    {"UPDATE evidence SET invited = 9 WHERE change_id = 'planned'", "change-evidence changes/planned: its evidence says 9 invited, and it is 1"},
    {"UPDATE evidence SET fixed = 9 WHERE change_id = 'planned'", "change-evidence changes/planned: its evidence says 9 fixed, and it is 0"},
    {"UPDATE evidence SET not_fixed = 9 WHERE change_id = 'planned'", "change-evidence changes/planned: its evidence says 9 not fixed, and it is 0"},
    {"UPDATE shipment SET answered = 9", "change-evidence changes/shipped/shipments/1: it answered 9, 1 came back, and 2 demands name it"},
    {"DELETE FROM shipment", "change-evidence changes/shipped/shipments/1: 2 demands name it, and it is not there"},
    {"UPDATE change_day SET customers = 9 WHERE change_id = 'shipped'", "change-evidence changes/shipped: who asks for it is not counted on the days on which they did"},
    {"UPDATE change_segment SET customers = 9", "change-evidence changes/shipped: who asks for it is not counted by their segments"},

    {"UPDATE evidence SET owner = 'members/other' WHERE change_id = 'open'", "change-lists changes/open: lists do not find it as it is"},
    {"UPDATE evidence SET score = 9 WHERE change_id = 'open'", "change-lists changes/open: its score is not that of its estimate and its demands"},
    {"DELETE FROM change_reason WHERE change_id = 'open'", "change-lists changes/open: it is not found by the contact reasons that it has"},
    {"INSERT INTO reason_redirect (path, moved_into, sequence) VALUES ('delivery/late', 'late', 1)", "change-lists changes/open: it answers a contact reason that was moved"},

    {"INSERT INTO fan_out (change_id, kind, ordinal, ordinal_max) VALUES ('open', 0, 0, 1)", "change-fan-outs changes/open: its tickets are being told, and no timer goes on with it"},
    {"UPDATE shipment SET finish_time = NULL", "change-fan-outs changes/shipped/shipments/1: it has not finished, and nothing goes on with it"},
    {"DELETE FROM timer WHERE kind = 'check-effects'", "change-checks : 1 changes wait for a check, and no timer is set"},
    {"UPDATE change SET version = 1 WHERE change_id = 'planned'", "change-events changes/planned: event "},
    {"UPDATE demand SET version = 0 WHERE ticket_id = 't4'", "change-events changes/planned/demands/t4: event "},
    {"UPDATE feed SET resources = 'things/a@1' WHERE seq = 1", "change-events things/a@1: event 1 tells of what is no resource of this service"},
};
// clang-format on

class BacklogIntegrityTest : public BacklogTest {
 protected:
  void SetUp() override {
    TicketEvent regular;
    regular.mutable_envelope()->add_resources()->set_version(1);
    regular.mutable_customer_updated()->mutable_customer()->set_customer("customers/kim");
    regular.mutable_customer_updated()->mutable_customer()->set_segment("regular");
    Apply(regular);
    for (const char* id : {"open", "shipped", "planned", "dropped", "merged"}) CreateOne(id);
    ASSERT_TRUE(Call<Change>("CreateChange", CreateRequest("undecided")).ok());
    for (const char* ticket : {"t1", "t2"}) {
      TicketEvent event = Accepted(ticket, "shipped", 1);
      event.mutable_facts()->mutable_customer()->set_customer("customers/kim");
      Apply(event);
    }
    Apply(Accepted("t3", "shipped", 1));
    TicketEvent asking = Accepted("t4", "planned", 1);
    asking.mutable_facts()->set_may_ask(true);
    Apply(asking);
    Apply(Accepted("t5", "planned", 1));
    Apply(Accepted("t6", "dropped", 1));
    Apply(Accepted("t7", "merged", 1));
    Apply(Accepted("t8", "open", 1));
    ASSERT_TRUE(Call<Change>("PlanChange", Named<v1::PlanChangeRequest>("planned")).ok());
    auto invite = Named<v1::InviteToPreviewRequest>("planned");
    invite.add_tickets("tickets/t4");
    ASSERT_TRUE(Call<Change>("InviteToPreview", invite).ok());
    Drop("dropped");
    ASSERT_TRUE(Call<v1::MergeChangesResponse>("MergeChanges", MergeRequest("merged", "planned")).ok());
    Ship("shipped");
    Wait(absl::Hours(1));
    Apply(Reopened("t2", "shipped", 2));
  }
  void TearDown() override {}

  std::vector<std::string> Violations() {
    const auto report = backlog_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                       api::v1::CheckIntegrityRequest());
    EXPECT_TRUE(report.ok()) << report.status();
    std::vector<std::string> lines;
    if (!report.ok()) return lines;
    for (const auto& violation : report->violations())
      lines.push_back(fmt::format("{} {}: {}", violation.check(), violation.resource(), violation.description()));
    return lines;
  }
};

TEST_F(BacklogIntegrityTest, FindsNothingInOrder) { EXPECT_THAT(Violations(), IsEmpty()); }

class BacklogDamageTest : public BacklogIntegrityTest, public ::testing::WithParamInterface<Damage> {};

TEST_P(BacklogDamageTest, IsFound) {
  const std::vector<std::string> statements = absl::StrSplit(std::string(GetParam().sql), "; ");
  for (const std::string& statement : statements) backlog_.file().Execute(statement);
  EXPECT_THAT(Violations(), Contains(::testing::StartsWith(GetParam().found))) << GetParam().sql;
}

INSTANTIATE_TEST_SUITE_P(Rows, BacklogDamageTest, ::testing::ValuesIn(kDamages),
                         [](const auto& row) { return fmt::format("{:02}", row.index); });

}  // namespace
}  // namespace dangol::backlog

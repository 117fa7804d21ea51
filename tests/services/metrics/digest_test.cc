// What waits for a member, and that a message a day tells of it.
#include <string>
#include <vector>

#include "common/base/proto_time.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/metrics/v1/digest_service.pb.h"
#include "dangol/metrics/v1/review_service.pb.h"
#include "tests/common/feed/apply_event.h"
#include "tests/services/metrics/engine_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Digest;

// Kim enters `orders` of the shop in Seoul, and Lee `returns`. It is Wednesday, 9 o'clock there.
class Digests : public EngineTest {
 protected:
  Digests() {
    SetClock("2026-11-01 09:00");
    Member("kim", "email: 'kim@example.org' digest_hour: 8");
    Member("lee", "email: 'lee@example.org' digest_hour: 8");
    Shop("time_zone: 'Asia/Seoul' closed_weekdays: SATURDAY closed_weekdays: SUNDAY");
    Kpi("orders", "stage: 'engines/shop/stages/a' kind: COUNT first_day: '2026-11-23'");
    Kpi("returns", "owner: 'members/lee' kind: COUNT first_day: '2026-11-24'");
    SetClock("2026-11-25 09:00");
  }

  v1::Due Due(const std::string& member) {
    return Must<v1::Due, v1::GetDueRequest>("DigestService/GetDue", fmt::format("name: 'members/{}'", member));
  }
  // Of what was read at this moment.
  absl::StatusOr<Digest> Claim(const std::string& member) {
    const v1::Due due = Due(member);
    return Ask<Digest, v1::ClaimDigestRequest>(
        "DigestService/ClaimDigest",
        fmt::format("parent: 'members/{}' read_time {{ {} }}", member, due.read_time().ShortDebugString()));
  }
  absl::StatusOr<Digest> Report(const std::string& name, const std::string& state) {
    return Ask<Digest, v1::ReportDigestRequest>("DigestService/ReportDigest",
                                                fmt::format("name: '{}' state: {}", name, state));
  }
  // Today's, whole.
  void Send(const std::string& member) {
    const auto claimed = Claim(member);
    ASSERT_TRUE(claimed.ok()) << claimed.status();
    ASSERT_TRUE(Report(claimed->name(), "SENT").ok());
  }
  std::string Say(const std::string& author, const std::string& body, const std::string& more = "") {
    return Must<v1::Remark, v1::CreateRemarkRequest>(
               "ReviewService/CreateRemark",
               fmt::format("parent: 'engines/shop' remark {{ author: 'members/{}' kpi: 'engines/shop/kpis/orders' "
                           "granularity: DAY first_day: '2026-11-24' body: '{}' {} }}",
                           author, body, more))
        .name();
  }
  void Comment(const std::string& id, const std::string& member) { Comment(id, member, metrics_.runtime().Now()); }
  // Heard of now.
  void Comment(const std::string& id, const std::string& member, absl::Time said) {
    backlog::v1::ChangeEvent event;
    event.mutable_envelope()->set_sequence(++events_);
    *event.mutable_envelope()->mutable_time() = ToProtoTime(said);
    event.mutable_comment_created()->set_comment("changes/c/comments/" + id);
    event.mutable_comment_created()->set_author("members/park");
    event.mutable_comment_created()->add_mentions(member);
    for (int again = 0; again < 2; ++again)
      ASSERT_EQ(testing::ApplyEvent(metrics_, MetricsService().sources[1], event), absl::OkStatus());
  }
  std::vector<std::string> MissingOf(const std::string& member) {
    std::vector<std::string> lines;
    const v1::Due due = Due(member);
    for (const v1::MissingEntry& entry : due.missing_entries())
      lines.push_back(fmt::format("{} {}", entry.kpi().substr(entry.kpi().rfind('/') + 1), entry.day()));
    return lines;
  }
  // Each as `WEEK 2026-11-16`.
  std::vector<std::string> ReportsTo(const std::string& member) {
    std::vector<std::string> lines;
    const v1::Due due = Due(member);
    for (const v1::DueReport& report : due.reports())
      lines.push_back(fmt::format("{} {}", v1::Granularity_Name(report.granularity()), report.first_day()));
    return lines;
  }
  std::vector<std::string> RemarksTo(const std::string& member) {
    std::vector<std::string> bodies;
    const v1::Due due = Due(member);
    for (const v1::Remark& remark : due.remarks()) bodies.push_back(remark.body());
    return bodies;
  }

 private:
  int64_t events_ = 0;
};

TEST_F(Digests, TellEachMemberWhatTheMemberEnters) {
  EXPECT_THAT(MissingOf("kim"), ElementsAre("orders 2026-11-23", "orders 2026-11-24"));
  EXPECT_THAT(MissingOf("lee"), ElementsAre("returns 2026-11-24"));
  Enter({"orders 2026-11-23 value: 0", "orders 2026-11-24 state: NOT_APPLICABLE"});
  EXPECT_THAT(MissingOf("kim"), IsEmpty());
  (void)Must<v1::Member, v1::UpdateMemberRequest>(
      "MemberService/UpdateMember",
      "name: 'members/lee' member { deputy { member: 'members/kim' first_day: '2026-11-25' last_day: '2026-11-25' } }");
  EXPECT_THAT(MissingOf("kim"), ElementsAre("returns 2026-11-24")) << "she stands in today";
  EXPECT_THAT(MissingOf("lee"), IsEmpty());
}

TEST_F(Digests, TellOfWhatWasSaidUntilItWasSent) {
  const std::string own = Say("kim", "Why so few?");
  SetClock("2026-11-25 09:01");
  Say("park", "It rained", fmt::format("reply_to: '{}'", own));
  SetClock("2026-11-25 09:02");
  Say("park", "@lee may know");
  EXPECT_THAT(RemarksTo("kim"), ElementsAre("It rained", "@lee may know")) << "about what she enters, but not her own";
  EXPECT_THAT(RemarksTo("lee"), ElementsAre("@lee may know"));
  Comment("one", "members/lee");
  EXPECT_EQ(Due("lee").mentions_size(), 1);
  EXPECT_EQ(Due("lee").mentions(0).comment(), "changes/c/comments/one");

  Send("lee");
  EXPECT_THAT(RemarksTo("lee"), IsEmpty());
  EXPECT_EQ(Due("lee").mentions_size(), 0);
  SetClock("2026-11-25 09:03");
  Comment("two", "members/lee");
  EXPECT_EQ(Due("lee").mentions_size(), 1) << "the next message tells of it";
}

TEST_F(Digests, TellOfARemarkHoweverMuchIsSaidToOthersAfterIt) {
  Say("park", "@lee please look");
  for (int minute = 1; minute <= 101; ++minute) {
    SetClock(fmt::format("2026-11-25 {}:{:02}", 9 + minute / 60, minute % 60));
    Say("park", "To Kim");
  }
  EXPECT_THAT(RemarksTo("lee"), ElementsAre("@lee please look"));
  EXPECT_THAT(RemarksTo("kim"), ::testing::SizeIs(100));
  EXPECT_EQ(RemarksTo("kim")[0], "@lee please look") << "the oldest first";
}

TEST_F(Digests, AMentionThatIsHeardOfLateIsTold) {
  const absl::Time said = metrics_.runtime().Now();
  SetClock("2026-11-25 09:01");
  Send("lee");
  SetClock("2026-11-25 09:02");
  Comment("late", "members/lee", said);
  const v1::Due due = Due("lee");
  ASSERT_EQ(due.mentions_size(), 1);
  EXPECT_EQ(FromProtoTime(due.mentions(0).time()), said);
  SetClock("2026-11-26 09:00");
  Send("lee");
  EXPECT_EQ(Due("lee").mentions_size(), 0);
  SetClock("2026-11-26 09:01");
  Comment("late", "members/lee", said);
  EXPECT_EQ(Due("lee").mentions_size(), 0) << "the feed tells of it again";
  SetClock("2026-12-28 09:00");
  Send("lee");
  EXPECT_THAT(metrics_.file().Column("SELECT comment FROM mention"), IsEmpty());
}

TEST_F(Digests, WhatWasSaidWhileAMessageWasMadeIsTold) {
  const v1::Due due = Due("kim");
  SetClock("2026-11-25 09:05");
  Say("park", "Just now");
  const auto claimed = Ask<Digest, v1::ClaimDigestRequest>(
      "DigestService/ClaimDigest",
      fmt::format("parent: 'members/kim' read_time {{ {} }}", due.read_time().ShortDebugString()));
  ASSERT_TRUE(Report(claimed->name(), "SENT").ok());
  EXPECT_THAT(RemarksTo("kim"), ElementsAre("Just now"));
}

TEST_F(Digests, AreOneADay) {
  EXPECT_TRUE(Due("kim").digest_due());
  const auto first = Claim("kim");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->name(), "members/kim/digests/2026-11-25");
  EXPECT_EQ(first->state(), Digest::CLAIMED);
  EXPECT_FALSE(Due("kim").digest_due());
  EXPECT_EQ(testing::Summary(Claim("kim").status()), "ALREADY_EXISTS ALREADY_EXISTS") << "its sender may be dead";
  EXPECT_TRUE(Claim("lee").ok());
  SetClock("2026-11-26 09:00");
  EXPECT_TRUE(Claim("kim").ok());
}

TEST_F(Digests, MayBeTriedAgainWhereTheyWereSurelyNotSent) {
  const std::string name = Claim("kim")->name();
  EXPECT_EQ(Report(name, "RELEASED")->state(), Digest::RELEASED);
  EXPECT_TRUE(Due("kim").digest_due());
  EXPECT_EQ(testing::Summary(Report(name, "SENT").status()), "FAILED_PRECONDITION WRONG_STATE");
  EXPECT_TRUE(Claim("kim").ok());
  EXPECT_EQ(Report(name, "REFUSED")->state(), Digest::REFUSED);
  EXPECT_FALSE(Due("kim").digest_due());
  EXPECT_EQ(testing::Summary(Claim("kim").status()), "ALREADY_EXISTS ALREADY_EXISTS");
  EXPECT_EQ(testing::Summary(Report(name, "CLAIMED").status()), "INVALID_ARGUMENT INVALID_FIELD state");
  EXPECT_EQ(testing::Summary(Report("members/kim/digests/2026-11-24", "SENT").status()), "NOT_FOUND NOT_FOUND");
}

TEST_F(Digests, WaitForTheirHourOfAnOpenDay) {
  const auto due_at = [&](std::string_view time) {
    SetClock(time);
    return Due("kim").digest_due();
  };
  EXPECT_FALSE(due_at("2026-11-25 07:59"));
  EXPECT_EQ(testing::Summary(Claim("kim").status()), "FAILED_PRECONDITION DIGEST_NOT_DUE");
  EXPECT_TRUE(due_at("2026-11-25 08:00"));
  EXPECT_TRUE(due_at("2026-11-27 23:59")) << "Friday";
  EXPECT_FALSE(due_at("2026-11-28 12:00")) << "Saturday";
  EXPECT_TRUE(due_at("2026-11-30 08:00")) << "Monday";
}

TEST_F(Digests, AreForWhoWorksHereAndHasAnAddress) {
  Member("park");
  EXPECT_FALSE(Due("park").digest_due());
  (void)Must<v1::Member, v1::UpdateMemberRequest>("MemberService/UpdateMember",
                                                  "name: 'members/kim' member { state: LEFT }");
  EXPECT_FALSE(Due("kim").digest_due());
  EXPECT_EQ(testing::Summary(Claim("kim").status()), "FAILED_PRECONDITION DIGEST_NOT_DUE");
  EXPECT_EQ(testing::Summary(Ask<Digest, v1::ClaimDigestRequest>("DigestService/ClaimDigest",
                                                                 "parent: 'members/none' read_time { seconds: 1 }")
                                 .status()),
            "NOT_FOUND NOT_FOUND");
}

TEST_F(Digests, BringReportsOnceTheirPeriodHasEnded) {
  (void)Must<v1::Member, v1::UpdateMemberRequest>("MemberService/UpdateMember", R"(name: 'members/kim' member {
      report_subscriptions { engine: 'engines/shop' granularity: WEEK }
      report_subscriptions { engine: 'engines/shop' granularity: MONTH } })");
  const auto reports = [&] { return ReportsTo("kim"); };
  EXPECT_THAT(reports(), ElementsAre("WEEK 2026-11-16")) << "October has ended long ago";
  Send("kim");
  EXPECT_THAT(reports(), IsEmpty());
  SetClock("2026-11-29 23:59");
  EXPECT_THAT(reports(), IsEmpty());
  SetClock("2026-11-30 08:00");
  EXPECT_THAT(reports(), ElementsAre("WEEK 2026-11-23"));
  Send("kim");
  SetClock("2026-12-01 08:00");
  EXPECT_THAT(reports(), ElementsAre("MONTH 2026-11-01"));
  EXPECT_EQ(testing::Summary(Ask<v1::Member, v1::UpdateMemberRequest>(
                                 "MemberService/UpdateMember",
                                 "name: 'members/kim' member { report_subscriptions { engine: 'engines/none' "
                                 "granularity: WEEK } }")
                                 .status()),
            "NOT_FOUND NOT_FOUND member.report_subscriptions[0].engine");
}

TEST_F(Digests, BringTheReportOfEachDayThatHasEndedSinceTheLast) {
  (void)Must<v1::Member, v1::UpdateMemberRequest>(
      "MemberService/UpdateMember",
      "name: 'members/kim' member { report_subscriptions { engine: 'engines/shop' granularity: DAY } }");
  SetClock("2026-11-27 09:00");
  Send("kim");
  EXPECT_THAT(ReportsTo("kim"), IsEmpty());
  SetClock("2026-11-30 09:00");
  EXPECT_THAT(ReportsTo("kim"), ElementsAre("DAY 2026-11-27", "DAY 2026-11-28", "DAY 2026-11-29"))
      << "Friday's, and those of the closed days behind it";
  SetClock("2026-12-21 09:00");
  EXPECT_THAT(ReportsTo("kim"), ElementsAre("DAY 2026-12-14", "DAY 2026-12-15", "DAY 2026-12-16", "DAY 2026-12-17",
                                            "DAY 2026-12-18", "DAY 2026-12-19", "DAY 2026-12-20"));
}

TEST_F(Digests, HaveADayWhereThereIsNoEngine) {
  testing::SimulatedService other{MetricsService()};
  ASSERT_TRUE(other
                  .Call<v1::Member>("/dangol.metrics.v1.MemberService/CreateMember",
                                    Parsed<v1::CreateMemberRequest>(
                                        "member_id: 'kim' member { display_name: 'Kim' email: 'kim@example.org' }"))
                  .ok());
  const auto is_due = [&] {
    const auto due = other.Call<v1::Due>("/dangol.metrics.v1.DigestService/GetDue",
                                         Parsed<v1::GetDueRequest>("name: 'members/kim'"));
    EXPECT_TRUE(due.ok()) << due.status();
    return due.ok() && due->digest_due();
  };
  // A Sunday, closed by the policy that holds until one is set, and the day after it.
  EXPECT_FALSE(is_due());
  other.runtime().Move(absl::Hours(24));
  EXPECT_TRUE(is_due());
}

}  // namespace
}  // namespace dangol::metrics

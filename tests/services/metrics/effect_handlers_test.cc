// What shipped changes did: when an effect begins, its looks day by day, and what is counted for them.
#include <cstdint>
#include <optional>

#include "common/base/proto_time.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/metrics/v1/effect_service.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "tests/common/feed/apply_event.h"
#include "tests/services/metrics/engine_fixture.h"

namespace dangol::metrics {
namespace {

using backlog::v1::Change;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using tickets::v1::Ticket;
using v1::Effect;

constexpr int kShipDay = 60;

class EffectTest : public EngineTest {
 protected:
  EffectTest() { SetClock("2026-06-01 00:00"); }

  // Days count from 2026-06-01, in Seoul.
  static absl::Time On(int day, int hour = 10) {
    absl::TimeZone seoul;
    absl::LoadTimeZone("Asia/Seoul", &seoul);
    return absl::FromCivil(absl::CivilHour(2026, 6, 1, hour) + 24 * day, seoul);
  }
  static std::string Name(int day) { return absl::FormatCivilTime(absl::CivilDay(2026, 6, 1) + day); }
  void GoTo(absl::Time time) {
    metrics_.runtime().Move(time - metrics_.runtime().Now());
    metrics_.runtime().RunFor(absl::Seconds(30));
  }
  // Each day until that one has come and gone, with its looks.
  void LiveUntil(int day) {
    for (; day_ <= day; ++day_) GoTo(On(day_, 14));
  }

  void Complain(int day, int count, const std::string& reason = "delivery/late", Ticket::Kind kind = Ticket::COMPLAINT,
                Ticket::State state = Ticket::RECEIVED) {
    for (int i = 0; i < count; ++i) {
      tickets::v1::TicketFacts facts;
      facts.set_kind(kind);
      facts.set_state(state);
      facts.set_contact_reason(reason);
      Create(facts, On(day));
    }
  }
  // A ticket of which that is true.
  void Create(tickets::v1::TicketFacts facts, absl::Time time) {
    tickets::v1::TicketEvent event;
    event.mutable_envelope()->set_sequence(++sequence_);
    *event.mutable_envelope()->mutable_time() = ToProtoTime(time);
    event.mutable_ticket_created();
    facts.set_ticket(fmt::format("tickets/t{}", sequence_));
    facts.set_version(1);
    *facts.mutable_receive_time() = ToProtoTime(time);
    *event.mutable_facts() = facts;
    ASSERT_TRUE(testing::ApplyEvent(metrics_, MetricsService().sources[0], event).ok());
  }
  void Ship(const std::string& change, int propose_day, int ship_day, const std::string& reason = "delivery/late") {
    Tell(change, propose_day, ship_day, ship_day, reason);
  }
  // On `day`; `ship_day` is that of the shipment before, none where it is empty.
  void Revert(const std::string& change, int day, std::optional<int> ship_day) {
    Tell(change, 10, ship_day, day, "delivery/late");
  }
  void Tell(const std::string& change, int propose_day, std::optional<int> ship_day, int day,
            const std::string& reason) {
    backlog::v1::ChangeEvent event;
    event.mutable_envelope()->set_sequence(++sequence_);
    *event.mutable_envelope()->mutable_time() = ToProtoTime(On(day));
    event.mutable_change_shipped();
    backlog::v1::ChangeFacts& facts = *event.mutable_facts();
    facts.set_change("changes/" + change);
    facts.set_version(++version_);
    facts.set_state(ship_day == day ? Change::SHIPPED : Change::REGRESSED);
    if (!reason.empty()) facts.add_contact_reasons(reason);
    *facts.mutable_create_time() = ToProtoTime(On(propose_day));
    if (ship_day) *facts.mutable_ship_time() = ToProtoTime(On(*ship_day));
    GoTo(On(day));
    day_ = day + 1;
    ASSERT_TRUE(testing::ApplyEvent(metrics_, MetricsService().sources[1], event).ok());
  }
  // So many complaints a day before the shipment, from day 10 on, and after it.
  void Before(int a_day) {
    for (int day = 10; day < kShipDay; ++day) Complain(day, a_day);
  }
  void After(int days, int a_day) {
    for (int day = kShipDay + 1; day <= kShipDay + days; ++day) Complain(day, a_day);
  }

  absl::StatusOr<Effect> Get(const std::string& name) {
    return Ask<Effect, v1::GetEffectRequest>("EffectService/GetEffect", fmt::format("name: '{}'", name));
  }
  Effect MustGet(const std::string& name) {
    auto effect = Get(name);
    EXPECT_TRUE(effect.ok()) << effect.status();
    return effect.ok() ? *std::move(effect) : Effect();
  }
  std::vector<std::string> List(const std::string& request = "") {
    const auto response = Must<v1::ListEffectsResponse, v1::ListEffectsRequest>("EffectService/ListEffects", request);
    std::vector<std::string> names;
    for (const Effect& effect : response.effects()) names.push_back(effect.name());
    return names;
  }
  // Each as `2026-08-07 TOO_EARLY 3`.
  static std::vector<std::string> Looks(const Effect& effect) {
    std::vector<std::string> lines;
    for (const v1::EffectLook& look : effect.looks())
      lines.push_back(fmt::format("{} {} {}", look.day(), Effect::Verdict_Name(look.verdict()), look.complaints()));
    return lines;
  }
  // How often the feed tells of an effect.
  size_t Told() { return metrics_.file().Column("SELECT kind FROM feed WHERE kind = 'effect_updated'").size(); }

  int64_t sequence_ = 0;
  int64_t version_ = 0;
  int day_ = 0;
};

TEST_F(EffectTest, BeginsWithTheShipmentAndSaysThatItIsTooEarly) {
  Before(1);
  Ship("c", 10, kShipDay);
  const Effect effect = MustGet("effects/c");
  EXPECT_EQ(effect.change(), "changes/c");
  EXPECT_EQ(effect.grade(), Effect::BEFORE_AFTER);
  EXPECT_EQ(effect.verdict(), Effect::TOO_EARLY);
  EXPECT_FALSE(effect.has_look());
  EXPECT_THAT(effect.looks(), IsEmpty());
}

TEST_F(EffectTest, IsLookedAtOnceForEachDayThatHasEnded) {
  Shop();
  Before(1);
  Ship("c", 10, kShipDay);
  After(3, 1);
  LiveUntil(kShipDay + 4);
  const Effect effect = MustGet("effects/c");
  EXPECT_THAT(Looks(effect),
              ElementsAre(Name(61) + " TOO_EARLY 1", Name(62) + " TOO_EARLY 2", Name(63) + " TOO_EARLY 3"));
  EXPECT_EQ(effect.engine(), "engines/shop");
  EXPECT_EQ(effect.before().first_day(), Name(10));
  EXPECT_EQ(effect.before().last_day(), Name(kShipDay - 1));
  EXPECT_EQ(effect.before().complaints(), 50);
  EXPECT_EQ(effect.after().first_day(), Name(61));
  EXPECT_EQ(effect.after().last_day(), Name(63));
  EXPECT_NEAR(effect.look().expected(), 3, 1e-9);
  EXPECT_EQ(Told(), 0u) << "nothing else can be said than at the beginning";
}

TEST_F(EffectTest, FewerComplaintsAreAnImprovement) {
  Shop();
  Before(3);
  Ship("c", 10, kShipDay);
  LiveUntil(kShipDay + 30);
  const Effect effect = MustGet("effects/c");
  EXPECT_EQ(effect.verdict(), Effect::IMPROVED);
  EXPECT_FALSE(effect.verdict_day().empty());
  EXPECT_TRUE(effect.finished());
  EXPECT_FALSE(effect.has_next_look_time());
  EXPECT_THAT(effect.looks(), SizeIs(28));
  EXPECT_LT(effect.look().ratio_high(), 0.5);
  EXPECT_EQ(Told(), 2u) << "that it improved, and that it is looked at no more";
}

TEST_F(EffectTest, MoreComplaintsAreAWorsening) {
  Shop();
  Before(1);
  Ship("c", 10, kShipDay);
  After(29, 4);
  LiveUntil(kShipDay + 30);
  EXPECT_EQ(MustGet("effects/c").verdict(), Effect::WORSENED);
}

TEST_F(EffectTest, MoreComplaintsOfMoreOrdersAreNoWorsening) {
  Shop();
  Member("kim", "roles: LEAD");
  Kpi("orders", "kind: COUNT first_day: '2026-06-01'");
  ASSERT_TRUE(UpdateEngine("name: 'engines/shop' engine { exposure_kpi: 'engines/shop/kpis/orders' } "
                           "update_mask { paths: 'exposure_kpi' }")
                  .ok());
  GoTo(On(kShipDay + 31));
  for (int day = 10; day <= kShipDay + 30; ++day)
    Enter({fmt::format("orders {} value: {}", Name(day), day <= kShipDay ? 100 : 400)});
  Before(1);
  After(29, 4);
  Ship("c", 10, kShipDay);
  GoTo(On(kShipDay + 31, 14));
  const Effect effect = MustGet("effects/c");
  EXPECT_EQ(effect.exposure_kpi(), "engines/shop/kpis/orders");
  EXPECT_EQ(effect.before().exposure(), 5000);
  EXPECT_NE(effect.verdict(), Effect::WORSENED);
  EXPECT_NEAR(effect.look().ratio(), 1, 0.2);
  EXPECT_TRUE(effect.finished()) << "the orders of 28 days came in seven";
  EXPECT_EQ(effect.after().last_day(), Name(kShipDay + 7));
}

TEST_F(EffectTest, ADayWithoutItsOrdersWaitsForThem) {
  Shop();
  Member("kim", "roles: LEAD");
  Kpi("orders", "kind: COUNT first_day: '2026-06-01'");
  ASSERT_TRUE(UpdateEngine("name: 'engines/shop' engine { exposure_kpi: 'engines/shop/kpis/orders' } "
                           "update_mask { paths: 'exposure_kpi' }")
                  .ok());
  Before(1);
  GoTo(On(kShipDay));
  for (int day = 10; day <= kShipDay; ++day) Enter({fmt::format("orders {} value: 100", Name(day))});
  Ship("c", 10, kShipDay);
  After(3, 1);
  LiveUntil(kShipDay + 2);
  EXPECT_THAT(MustGet("effects/c").looks(), IsEmpty());
  for (int day = 61; day <= 62; ++day) Enter({fmt::format("orders {} value: 100", Name(day))});
  LiveUntil(kShipDay + 3);
  EXPECT_THAT(Looks(MustGet("effects/c")), ElementsAre(Name(62) + " TOO_EARLY 2"));
}

TEST_F(EffectTest, WhoComesBackAfterAPauseLooksAtEachDayAllTheSame) {
  Shop();
  Before(3);
  Ship("c", 10, kShipDay);
  After(20, 2);
  LiveUntil(kShipDay + 20);
  const std::vector<std::string> daily = Looks(MustGet("effects/c"));
  Ship("d", 10, kShipDay);
  GoTo(On(kShipDay + 20, 14));
  EXPECT_EQ(Looks(MustGet("effects/d")), daily);
  EXPECT_THAT(daily, SizeIs(19));
}

TEST_F(EffectTest, CountsReasonsBelowItsOwnAndNothingElse) {
  Shop();
  Before(1);
  Ship("c", 10, kShipDay, "delivery");
  Complain(61, 1, "delivery");
  Complain(61, 1, "delivery/late/evening");
  Complain(61, 1, "delivery/late", Ticket::REQUEST);
  Complain(61, 1, "deliveryman");
  Complain(61, 1, "delivery-late");
  Complain(61, 1, "product");
  Complain(61, 1, "delivery/late", Ticket::QUESTION);
  Complain(61, 1, "delivery/late", Ticket::COMPLAINT, Ticket::SPAM);
  Complain(61, 1, "delivery/late", Ticket::COMPLAINT, Ticket::DUPLICATE);
  LiveUntil(62);
  EXPECT_THAT(Looks(MustGet("effects/c")), ElementsAre(Name(61) + " TOO_EARLY 3"));
}

TEST_F(EffectTest, ThePeakThatLedToTheProposalIsNoBaseline) {
  Shop();
  Complain(1, 1);
  for (int day = 50; day < kShipDay; ++day) Complain(day, 5);
  Ship("c", 50, kShipDay);
  LiveUntil(kShipDay + 2);
  const Effect effect = MustGet("effects/c");
  EXPECT_EQ(effect.before().first_day(), Name(1)) << "the 365 days before, as far as anything is known of them";
  EXPECT_EQ(effect.before().complaints(), 51);
}

TEST_F(EffectTest, DaysBeforeTheFirstComplaintThatCountsAreNotWithoutComplaints) {
  Shop();
  tickets::v1::TicketFacts facts = Parsed<tickets::v1::TicketFacts>("kind: COMPLAINT contact_reason: 'delivery/late'");
  facts.set_state(Ticket::CLOSED);
  facts.set_imported(true);
  Create(facts, On(-200));
  facts.set_imported(false);
  facts.mutable_customer()->set_audience(tickets::v1::CustomerKey::INTERNAL);
  Create(facts, On(-100));
  Complain(1, 1, "delivery/late", Ticket::QUESTION);
  Complain(2, 1, "delivery/late", Ticket::COMPLAINT, Ticket::SPAM);
  Complain(3, 1, "delivery/late", Ticket::REQUEST, Ticket::DUPLICATE);
  // It is still the day before by UTC.
  facts.clear_customer();
  Create(facts, On(9, 3));
  Before(2);
  Ship("c", 50, kShipDay);
  After(14, 2);
  LiveUntil(kShipDay + 15);
  EXPECT_EQ(MustGet("effects/c").before().first_day(), Name(9));
  EXPECT_NE(MustGet("effects/c").verdict(), Effect::WORSENED);
  EXPECT_THAT(Series("complaints", Name(7), Name(10)),
              ElementsAre(Name(7) + " -", Name(8) + " -", Name(9) + " 1", Name(10) + " 2"));
}

TEST_F(EffectTest, AnotherShipmentBeginsAnew) {
  Shop();
  Before(3);
  Ship("c", 10, kShipDay);
  LiveUntil(kShipDay + 15);
  EXPECT_EQ(MustGet("effects/c").verdict(), Effect::IMPROVED);
  Ship("c", 10, kShipDay + 20);
  const Effect effect = MustGet("effects/c");
  EXPECT_EQ(effect.verdict(), Effect::TOO_EARLY);
  EXPECT_EQ(effect.verdict_day(), "");
  EXPECT_THAT(effect.looks(), IsEmpty());
}

TEST_F(EffectTest, EndsWithTheShipmentThatIsTakenBack) {
  Shop();
  Before(3);
  Ship("c", 10, kShipDay);
  LiveUntil(kShipDay + 3);
  Revert("c", kShipDay + 4, std::nullopt);
  EXPECT_EQ(Get("effects/c").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(metrics_.file().Integer("SELECT COUNT(*) FROM effect_look"), 0);
  LiveUntil(kShipDay + 6);
  EXPECT_THAT(List(), IsEmpty());
}

TEST_F(EffectTest, OfTheShipmentBeforeIsLookedAtAnew) {
  Shop();
  Before(3);
  After(30, 2);
  Ship("c", 10, kShipDay);
  LiveUntil(kShipDay + 3);
  const std::vector<std::string> looks = Looks(MustGet("effects/c"));
  Ship("c", 10, kShipDay + 4);
  LiveUntil(kShipDay + 6);
  Revert("c", kShipDay + 7, kShipDay);
  LiveUntil(kShipDay + 8);
  const Effect effect = MustGet("effects/c");
  EXPECT_EQ(FromProtoTime(effect.ship_time()), On(kShipDay));
  ASSERT_THAT(effect.looks(), SizeIs(7)) << "each day once";
  const std::vector<std::string> again = Looks(effect);
  EXPECT_THAT(std::vector(again.begin(), again.begin() + 2), ::testing::ElementsAreArray(looks));
}

TEST_F(EffectTest, WithoutAnEngineDaysAreThoseOfUtc) {
  Before(1);
  Ship("c", 10, kShipDay);
  LiveUntil(kShipDay + 3);
  const Effect effect = MustGet("effects/c");
  EXPECT_EQ(effect.engine(), "");
  EXPECT_THAT(effect.looks(), ::testing::Not(IsEmpty()));
}

TEST_F(EffectTest, AChangeWithoutContactReasonsHasNone) {
  Ship("c", 10, kShipDay, "");
  const auto effect = Get("effects/c");
  EXPECT_EQ(effect.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(List(), IsEmpty());
}

TEST_F(EffectTest, EndsWithTheContactReasonsOfItsChange) {
  Shop();
  Before(3);
  Ship("c", 10, kShipDay);
  LiveUntil(kShipDay + 3);
  Tell("c", 10, kShipDay, kShipDay + 4, "");
  EXPECT_EQ(Get("effects/c").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(metrics_.file().Integer("SELECT COUNT(*) FROM effect_look"), 0);
  LiveUntil(kShipDay + 6);
  EXPECT_THAT(List(), IsEmpty());
}

TEST_F(EffectTest, AreListedByShipmentTheNewestFirst) {
  Shop();
  Before(3);
  Ship("a", 10, kShipDay);
  Ship("b", 10, kShipDay + 1, "product");
  LiveUntil(kShipDay + 20);
  EXPECT_THAT(List(), ElementsAre("effects/b", "effects/a"));
  EXPECT_THAT(List("verdicts: IMPROVED"), ElementsAre("effects/a"));
  EXPECT_THAT(List("verdicts: TOO_EARLY verdicts: IMPROVED"), ElementsAre("effects/b", "effects/a"));
  EXPECT_THAT(List("verdicts: WORSENED"), IsEmpty());
  const auto page = Must<v1::ListEffectsResponse, v1::ListEffectsRequest>("EffectService/ListEffects", "page_size: 1");
  EXPECT_THAT(page.effects(), SizeIs(1));
  EXPECT_THAT(List(fmt::format("page_size: 1 page_token: '{}'", page.next_page_token())), ElementsAre("effects/a"));
}

}  // namespace
}  // namespace dangol::metrics

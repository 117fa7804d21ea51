// Identifiers: their form, their order, and that there are no two of one.
#include "common/base/ids.h"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/simulated_runtime.h"

namespace dangol {
namespace {

using ::testing::MatchesRegex;

constexpr absl::Time kNow = absl::FromUnixMillis(1'750'000'000'123);
constexpr char kIdForm[] = "[0-9a-hjkmnp-tv-z]{13}";

// What an identifier says: milliseconds, replica, counter.
struct Parts {
  int64_t millis;
  int replica;
  int counter;
};
Parts Decode(const std::string& id) {
  constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
  uint64_t value = 0;
  for (char c : id) value = value << 5 | kDigits.find(c);
  return {static_cast<int64_t>(value >> 22), static_cast<int>(value >> 12 & 1023), static_cast<int>(value & 4095)};
}

TEST(IdMaker, HasAFormThatIsAResourceId) {
  IdMaker maker(7);
  for (int i = 0; i < 100; ++i) {
    const std::string id = maker.Next(kNow);
    EXPECT_THAT(id, MatchesRegex(kIdForm));
    EXPECT_TRUE(IsResourceId(id));
  }
}

TEST(IdMaker, HoldsTimeReplicaAndCounter) {
  IdMaker maker(1000);
  for (int counter : {0, 1, 2}) {
    const Parts parts = Decode(maker.Next(kNow));
    EXPECT_EQ(parts.millis, 1'750'000'000'123);
    EXPECT_EQ(parts.replica, 1000);
    EXPECT_EQ(parts.counter, counter);
  }
  EXPECT_EQ(Decode(maker.Next(kNow + absl::Milliseconds(1))).counter, 0);
}

TEST(IdMaker, GoesUpWithinOneMillisecond) {
  IdMaker maker(1);
  std::vector<std::string> ids;
  for (int i = 0; i < 5000; ++i) ids.push_back(maker.Next(kNow));
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 5000u);
  EXPECT_EQ(Decode(ids.back()).millis, 1'750'000'000'124);  // 4,096 to a millisecond; the rest is borrowed
}

TEST(IdMaker, GoesUpWhereTheClockStepsBack) {
  IdMaker maker(1);
  std::string last;
  SimulatedRuntime choice(3);
  absl::Time now = kNow;
  for (int i = 0; i < 20'000; ++i) {
    now += absl::Milliseconds(static_cast<int64_t>(choice.Uniform(7)) - 3);
    if (choice.OneIn(500)) now -= absl::Hours(1);
    const std::string id = maker.Next(now);
    ASSERT_LT(last, id) << i;
    last = id;
  }
}

TEST(IdMaker, TakesTheTimeUpAgainWhenTheClockHasCaughtUp) {
  IdMaker maker(1);
  for (int i = 0; i < 3 * 4096; ++i) maker.Next(kNow);
  EXPECT_EQ(Decode(maker.Next(kNow + absl::Seconds(1))).millis, 1'750'000'001'123);
}

TEST(IdMaker, DiffersBetweenReplicas) {
  std::set<std::string> ids;
  for (int replica = 0; replica < IdMaker::kReplicas; ++replica) {
    IdMaker maker(replica);
    for (int i = 0; i < 5; ++i) ids.insert(maker.Next(kNow));
  }
  EXPECT_EQ(ids.size(), 5u * IdMaker::kReplicas);
  EXPECT_EQ(Decode(IdMaker(1024 + 3).Next(kNow)).replica, 3);
}

TEST(IdMaker, BeginsBehindWhatItsNumberHasMade) {
  IdMaker maker(1, kNow);
  EXPECT_EQ(Decode(maker.Next(kNow - absl::Hours(1))).millis, absl::ToUnixMillis(kNow) + 1);
  const std::string last = maker.Next(kNow + absl::Hours(1));
  maker.Use(2, kNow);
  const std::string next = maker.Next(kNow);
  EXPECT_GT(next, last);
  EXPECT_EQ(Decode(next).replica, 2);
}

TEST(IdMaker, LastsUntilTheYear2100) {
  IdMaker maker(0);
  const absl::Time end = absl::FromCivil(absl::CivilYear(2100), absl::UTCTimeZone());
  EXPECT_EQ(Decode(maker.Next(end)).millis, absl::ToUnixMillis(end));
}

TEST(IdMaker, MakesNoTwoOfOneOnManyThreads) {
  IdMaker maker(1);
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) ids.push_back(maker.Next(kNow));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), 20'000u);
}

TEST(RandomUuid, IsVersion4) {
  SimulatedRuntime runtime(1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = RandomUuid(runtime);
    EXPECT_THAT(uuid, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(TimeOrderedUuid, IsVersion7AndGoesUpWithTime) {
  SimulatedRuntime runtime(1, kNow);
  std::string last;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = TimeOrderedUuid(runtime);
    EXPECT_THAT(uuid, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_LT(last, uuid);
    last = uuid;
    runtime.RunFor(absl::Milliseconds(1));
  }
  SimulatedRuntime again(1, kNow);
  EXPECT_EQ(TimeOrderedUuid(again).substr(0, 13), "01977420-dc7b");  // 1750000000123 milliseconds
}

TEST(IsResourceId, KnowsItsForm) {
  for (const std::string& id :
       {std::string("a"), std::string("0"), std::string("-"), std::string("a-b-9"), std::string(63, 'z')}) {
    EXPECT_TRUE(IsResourceId(id)) << id;
  }
  for (const std::string& id :
       {std::string(), std::string(64, 'a'), std::string("A"), std::string("a_b"), std::string("a/b"),
        std::string("a b"), std::string("\xC3\xA4"), std::string("a\0", 2), std::string("a\n"), std::string("*")}) {
    EXPECT_FALSE(IsResourceId(id)) << id;
  }
}

}  // namespace
}  // namespace dangol

#include "common/base/sha256_state.h"

#include <random>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"

#include "common/base/text.h"

namespace dangol {
namespace {

std::string Bytes(size_t size) {
  std::mt19937 dice(static_cast<unsigned>(size));
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(dice());
  return bytes;
}

TEST(Sha256State, IsThatOfTheWholeHoweverItIsCut) {
  std::mt19937 dice(1);
  for (const size_t size : {0, 1, 55, 56, 63, 64, 65, 127, 128, 1000, 70'000}) {
    const std::string bytes = Bytes(size);
    for (int round = 0; round < 20; ++round) {
      std::string state;
      for (size_t at = 0; at < size;) {
        const size_t piece = 1 + dice() % (round < 10 ? 100 : size);
        const auto next = AddToSha256(state, std::string_view(bytes).substr(at, piece));
        ASSERT_TRUE(next.ok()) << next.status();
        state = *next;
        at += piece;
        EXPECT_LE(state.size(), 40u + 63u);
      }
      const auto digest = Sha256OfState(state);
      ASSERT_TRUE(digest.ok()) << digest.status();
      EXPECT_EQ(EncodeHex(*digest), EncodeHex(Sha256(bytes))) << size;
    }
  }
}

// Stored by one version, it is read by the next.
TEST(Sha256State, IsTheSameOnEveryMachine) {
  EXPECT_EQ(EncodeHex(*AddToSha256("", "abc")),
            "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19"
            "0000000000000003"
            "616263");
}

TEST(Sha256State, CountsBeyondFourGigabits) {
  const std::string mebibyte(1 << 20, 'x');
  std::string state;
  for (int i = 0; i < 513; ++i) state = *AddToSha256(state, mebibyte);
  EXPECT_EQ(EncodeHex(state.substr(32)), "0000000020100000");
}

TEST(Sha256State, RefusesWhatIsNone) {
  const std::string state = *AddToSha256("", "abc");
  for (const std::string& wrong : {std::string("x"), state.substr(0, 42), state + "x"}) {
    EXPECT_TRUE(absl::IsInternal(AddToSha256(wrong, "d").status()));
    EXPECT_TRUE(absl::IsInternal(Sha256OfState(wrong).status()));
  }
}

}  // namespace
}  // namespace dangol

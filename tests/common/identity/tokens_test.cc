#include "common/identity/tokens.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/simulated_runtime.h"
#include "common/identity/api_key.h"

namespace dangol::identity {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kPepper[] = "pepper";

TEST(ApiKey, ComesBackFromItsText) {
  SimulatedRuntime runtime(1);
  for (const char* id : {"a", "nightly-import", "0"}) {
    const ApiKey key = ApiKey::Generate(id, runtime);
    const std::optional<ApiKey> same = ApiKey::Parse(key.ToText());
    ASSERT_TRUE(same) << key.ToText();
    EXPECT_EQ(same->id, id);
    EXPECT_EQ(same->secret, key.secret);
    EXPECT_EQ(key.ToText().size(), 4 + key.id.size() + 1 + 52 + 7);
  }
}

TEST(ApiKey, ThatWasNotCopiedWholeIsNone) {
  SimulatedRuntime runtime(1);
  const std::string text = ApiKey::Generate("import", runtime).ToText();
  for (size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(ApiKey::Parse(text.substr(0, i))) << i;
    std::string changed = text;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(ApiKey::Parse(changed)) << i;
  }
  for (const char* wrong : {"", "dgl_", "dgl__", "x", "Bearer dgl_a_b"}) EXPECT_FALSE(ApiKey::Parse(wrong)) << wrong;
  EXPECT_FALSE(ApiKey::Parse(text + "a"));
  EXPECT_FALSE(ApiKey::Parse(" " + text));
}

TEST(ApiKey, HasAHashOfItsOwnInEachToken) {
  const ApiKey a{"a", "secret"};
  EXPECT_NE(HashOf(a, kPepper), HashOf({"b", "secret"}, kPepper));
  EXPECT_NE(HashOf(a, kPepper), HashOf({"a", "Secret"}, kPepper));
  EXPECT_NE(HashOf(a, kPepper), HashOf(a, "another"));
  // RFC 4231 has the algorithm; this is `printf a.secret | openssl dgst -sha256 -hmac pepper`.
  EXPECT_EQ(HashOf(a, kPepper), "ERYuvGJJZwZEDWnjq1e4k-oHCIUN9ltILaz-zglifH0");
}

class TokensTest : public ::testing::Test {
 protected:
  absl::StatusOr<ChangedToken> Create(const std::string& id, std::vector<std::string> roles,
                                      std::vector<std::string> permissions = {}, const std::string& request_key = "") {
    return CreateToken(tokens_, kPepper,
                       {.id = id,
                        .roles = std::move(roles),
                        .stages = {},
                        .permissions = std::move(permissions),
                        .expire_time = std::nullopt,
                        .request_key = request_key},
                       runtime_);
  }
  absl::StatusOr<ChangedToken> Rotate(const std::string& id, absl::Duration overlap,
                                      const std::string& request_key = "") {
    return RotateToken(tokens_, kPepper, id, "", request_key, overlap, runtime_);
  }
  bool IsTaken(const std::string& secret) {
    const ApiKey key = *ApiKey::Parse(secret);
    const auto& token = tokens_.at(key.id);
    return !IsRefused(token, runtime_.Now()) && HasSecret(token, HashOf(key, kPepper), runtime_.Now());
  }

  SimulatedRuntime runtime_{1};
  Tokens tokens_;
};

TEST_F(TokensTest, KeepNoSecret) {
  const absl::StatusOr<ChangedToken> made = Create("import", {"service"});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(IsTaken(made->secret));
  const std::string secret = ApiKey::Parse(made->secret)->secret;
  EXPECT_THAT(tokens_.at("import").DebugString(), Not(HasSubstr(secret)));
}

TEST_F(TokensTest, HaveOnlyRolesAndPermissionsThatThereAre) {
  for (const auto& [roles, permissions, field] :
       std::vector<std::tuple<std::vector<std::string>, std::vector<std::string>, std::string>>{
           {{}, {}, "token.roles"},
           {{"boss"}, {}, "token.roles"},
           {{""}, {}, "token.roles"},
           {{}, {"tickets.fly"}, "token.permissions"},
           // A person hears and decides, and nobody makes himself more.
           {{}, {"tickets.hear"}, "token.permissions"},
           {{}, {"tickets.accept"}, "token.permissions"},
           {{}, {"tickets.decide"}, "token.permissions"},
           {{}, {"changes.decide"}, "token.permissions"},
           {{}, {"tokens.write"}, "token.permissions"}}) {
    const absl::Status status = Create("x", roles, permissions).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << field;
    EXPECT_THAT(SerializeErrorDetails(status), HasSubstr(field));
  }
  EXPECT_THAT(tokens_, IsEmpty());
}

TEST_F(TokensTest, KeepTheirNameForGood) {
  ASSERT_TRUE(Create("import", {"service"}).ok());
  EXPECT_EQ(Create("import", {"viewer"}).status().code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(RevokeToken(tokens_, "import", "", "", runtime_.Now()).ok());
  EXPECT_EQ(Create("import", {"viewer"}).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(TokensTest, RevokedAreNeverTakenAgain) {
  const std::string secret = Create("import", {"service"})->secret;
  ASSERT_TRUE(RevokeToken(tokens_, "import", "", "", runtime_.Now()).ok());
  EXPECT_FALSE(IsTaken(secret));
  EXPECT_EQ(ErrorReason(Rotate("import", absl::Hours(1)).status()), "TOKEN_REFUSED");
  EXPECT_TRUE(RevokeToken(tokens_, "import", "", "", runtime_.Now()).ok());
  EXPECT_EQ(RevokeToken(tokens_, "other", "", "", runtime_.Now()).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(TokensTest, RotatedTakeBothSecretsForAWhile) {
  const std::string first = Create("import", {"service"})->secret;
  const std::string second = Rotate("import", absl::Hours(24))->secret;
  EXPECT_TRUE(IsTaken(first));
  EXPECT_TRUE(IsTaken(second));
  runtime_.RunFor(absl::Hours(24));
  EXPECT_FALSE(IsTaken(first));
  EXPECT_TRUE(IsTaken(second));
  const std::string third = Rotate("import", absl::ZeroDuration())->secret;
  EXPECT_FALSE(IsTaken(second));
  EXPECT_TRUE(IsTaken(third));
}

TEST_F(TokensTest, RotatedTwiceTakeTheNewestTwo) {
  const std::string first = Create("import", {"service"})->secret;
  const std::string second = Rotate("import", absl::Hours(24))->secret;
  const std::string third = Rotate("import", absl::Hours(24))->secret;
  EXPECT_FALSE(IsTaken(first));
  EXPECT_TRUE(IsTaken(second));
  EXPECT_TRUE(IsTaken(third));
}

TEST_F(TokensTest, ExpireInTime) {
  const NewToken wanted{.id = "x",
                        .roles = {"viewer"},
                        .stages = {},
                        .permissions = {},
                        .expire_time = runtime_.Now() + absl::Hours(1),
                        .request_key = ""};
  const std::string secret = CreateToken(tokens_, kPepper, wanted, runtime_)->secret;
  EXPECT_TRUE(IsTaken(secret));
  runtime_.RunFor(absl::Hours(1));
  EXPECT_FALSE(IsTaken(secret));
  EXPECT_EQ(CreateToken(tokens_, kPepper, wanted, runtime_).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(TokensTest, EndInATimeThatTheirFileCanSay) {
  const absl::Time last = absl::FromCivil(absl::CivilSecond(9999, 12, 31, 23, 59, 59), absl::UTCTimeZone());
  const auto create = [&](const std::string& id, absl::Time expire_time) {
    return CreateToken(tokens_, kPepper,
                       {.id = id,
                        .roles = {"viewer"},
                        .stages = {},
                        .permissions = {},
                        .expire_time = expire_time,
                        .request_key = ""},
                       runtime_)
        .status();
  };
  EXPECT_EQ(create("last", last), absl::OkStatus());
  for (const absl::Time late : {last + absl::Seconds(1), absl::InfiniteFuture()}) {
    const absl::Status status = create("late", late);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(SerializeErrorDetails(status), HasSubstr("token.expire_time"));
  }
  for (const absl::Duration overlap : {last + absl::Seconds(1) - runtime_.Now(), absl::InfiniteDuration()}) {
    const absl::Status status = Rotate("last", overlap).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(SerializeErrorDetails(status), HasSubstr("overlap_seconds"));
  }
  EXPECT_EQ(tokens_.size(), 1);
  EXPECT_EQ(tokens_.at("last").secrets_size(), 1);
}

TEST_F(TokensTest, ChangeOnceWhereARequestIsSentAgain) {
  EXPECT_THAT(Create("import", {"service"}, {}, "r1")->secret, Not(IsEmpty()));
  EXPECT_THAT(Create("import", {"service"}, {}, "r1")->secret, IsEmpty());
  EXPECT_THAT(Rotate("import", absl::Hours(1), "r2")->secret, Not(IsEmpty()));
  EXPECT_THAT(Rotate("import", absl::Hours(1), "r2")->secret, IsEmpty());
  EXPECT_EQ(tokens_.at("import").secrets_size(), 2);
}

TEST_F(TokensTest, ChangeOnlyAsTheyWereSeen) {
  const std::string etag = EtagOf(Create("import", {"service"})->token);
  ASSERT_TRUE(RotateToken(tokens_, kPepper, "import", etag, "", absl::Hours(1), runtime_).ok());
  EXPECT_EQ(ErrorReason(RotateToken(tokens_, kPepper, "import", etag, "", absl::Hours(1), runtime_).status()),
            "ETAG_MISMATCH");
  EXPECT_EQ(ErrorReason(RevokeToken(tokens_, "import", etag, "", runtime_.Now()).status()), "ETAG_MISMATCH");
}

}  // namespace
}  // namespace dangol::identity

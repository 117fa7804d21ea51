// Tokens that others signed, and those that somebody forged: the attacks of RFC 8725 by name.
#include "common/identity/jwt.h"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "common/identity/suite_token.h"
#include "tests/common/identity/vectors.h"

namespace dangol::identity {
namespace {

using google::protobuf::Struct;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'750'000'100);
constexpr JwtRules kRules = {"dangol", "service", absl::Minutes(10)};

PublicKey Public(const char* pem) { return *PublicKey::FromPem(pem); }

bool VerifiesJws(const char* pem, std::string_view jws) {
  const size_t dot = jws.rfind('.');
  return Public(pem).Verify(jws.substr(0, dot), *DecodeBase64Url(jws.substr(dot + 1)));
}

TEST(Key, VerifiesTheExamplesOfTheStandards) {
  EXPECT_TRUE(VerifiesJws(testing::kEs256Public, testing::kEs256Jws));
  EXPECT_TRUE(VerifiesJws(testing::kRs256Public, testing::kRs256Jws));
  EXPECT_TRUE(VerifiesJws(testing::kEdDsaPublic, testing::kEdDsaJws));
  EXPECT_FALSE(VerifiesJws(testing::kRs256Public, testing::kEs256Jws));
  EXPECT_FALSE(VerifiesJws(testing::kEs256Public, testing::kEdDsaJws));
}

TEST(Key, ThatIsTooWeakOrOfAnotherCurveIsRefused) {
  for (const char* pem : {testing::kRsa1024Public, testing::kSecp256k1Public, testing::kEs256Private, "", "key"}) {
    EXPECT_EQ(ErrorReason(PublicKey::FromPem(pem).status()), "KEY_INVALID") << pem;
  }
  EXPECT_EQ(ErrorReason(PrivateKey::FromPem(testing::kEs256Public).status()), "KEY_INVALID");
}

TEST(Key, ComesBackFromItsText) {
  const PrivateKey key = PrivateKey::Generate();
  const PrivateKey same = *PrivateKey::FromPem(key.ToPem());
  EXPECT_TRUE(PublicKey::FromPem(same.public_key().ToPem())->Verify("text", key.Sign("text")));
  EXPECT_FALSE(key.public_key().Verify("text", PrivateKey::Generate().Sign("text")));
}

// The keys that a verifier knows.
class JwtTest : public ::testing::Test {
 protected:
  absl::Status Verify(std::string_view token, absl::Time now = kNow, JwtRules rules = kRules) {
    const auto find = [this](std::string_view id) {
      const auto found = keys_.find(id);
      return found == keys_.end() ? nullptr : &found->second;
    };
    return VerifyJwt(token, rules, find, now).status();
  }

  void ExpectInvalid(std::string_view token, std::string_view why) {
    const absl::Status status = Verify(token);
    EXPECT_EQ(ErrorReason(status), "CREDENTIAL_INVALID") << token;
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << token;
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(why))) << token;
  }

  static std::string Encode(std::string_view json) { return EncodeBase64Url(json); }
  // Signed as its header says nothing of.
  std::string Forge(std::string_view header, std::string_view claims) const {
    const std::string text = fmt::format("{}.{}", Encode(header), Encode(claims));
    return fmt::format("{}.{}", text, EncodeBase64Url(key_.Sign(text)));
  }
  std::string WithHeader(std::string_view header) const { return Forge(header, kClaims); }
  std::string WithClaims(std::string_view claims) const { return Forge(kHeader, claims); }

  static constexpr char kHeader[] = R"({"alg":"ES256","kid":"k1","typ":"JWT"})";
  static constexpr char kClaims[] =
      R"({"iss":"dangol","aud":"service","sub":"jane","iat":1750000000,"exp":1750000300})";

  const PrivateKey key_ = *PrivateKey::FromPem(testing::kEs256Private);
  std::map<std::string, PublicKey, std::less<>> keys_ = {{"k1", key_.public_key()}};
};

TEST_F(JwtTest, TakesWhatJoseSigned) {
  EXPECT_EQ(Verify(testing::kJoseEs256), absl::OkStatus());
  keys_ = {{"k1", Public(testing::kJoseRs256Public)}};
  EXPECT_EQ(Verify(testing::kJoseRs256), absl::OkStatus());
  keys_ = {{"k1", Public(testing::kEdDsaPublic)}};
  EXPECT_EQ(Verify(testing::kJoseEdDsa), absl::OkStatus());
}

TEST_F(JwtTest, TakesWhatItSignsWithEachAlgorithm) {
  Struct claims = ToClaims({.name = "jane", .roles = {"agent"}, .stages = {}}, kNow, absl::Minutes(10));
  for (const char* pem : {testing::kEs256Private, testing::kEdDsaPrivate}) {
    const PrivateKey key = *PrivateKey::FromPem(pem);
    keys_ = {{"k2", key.public_key()}};
    EXPECT_EQ(Verify(SignJwt(key, "k2", claims)), absl::OkStatus());
  }
}

TEST_F(JwtTest, TakesSeveralAudiences) {
  EXPECT_EQ(Verify(WithClaims(R"({"iss":"dangol","aud":["x","service"],"sub":"j","exp":1750000300})")),
            absl::OkStatus());
}

// RFC 8725 §2.1: the header says `none`, in any case, and there is no signature or any.
TEST_F(JwtTest, RefusesNone) {
  for (const char* none : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string header = fmt::format(R"({{"alg":"{}","kid":"k1"}})", none);
    ExpectInvalid(fmt::format("{}.{}.", Encode(header), Encode(kClaims)), "algorithm");
    ExpectInvalid(WithHeader(header), "algorithm");
  }
  ExpectInvalid(WithHeader(R"({"kid":"k1"})"), "algorithm");
  ExpectInvalid(WithHeader(R"({"alg":null,"kid":"k1"})"), "algorithm");
  ExpectInvalid(WithHeader(R"({"alg":["ES256"],"kid":"k1"})"), "algorithm");
}

// RFC 8725 §2.1, §3.1: the public key as the secret of an HMAC, and one algorithm for another.
TEST_F(JwtTest, RefusesAlgorithmConfusion) {
  for (const char* algorithm : {"HS256", "HS512", "RS256", "PS256", "ES384", "EdDSA", "es256", "ES256 "}) {
    ExpectInvalid(WithHeader(fmt::format(R"({{"alg":"{}","kid":"k1"}})", algorithm)), "algorithm");
  }
  keys_ = {{"k1", Public(testing::kRs256Public)}};
  ExpectInvalid(WithHeader(kHeader), "algorithm");
  ExpectInvalid(WithHeader(R"({"alg":"RS256","kid":"k1"})"), "signature");
}

// For identity providers with one key; the suite's own tokens name theirs.
TEST_F(JwtTest, TakesOneThatNamesNoKeyByTheKeyForThese) {
  const PublicKey unnamed = key_.public_key();
  JwtRules rules{"dangol", "service"};
  const auto verify = [&](std::string_view header) {
    const auto no_key = [](std::string_view) -> const PublicKey* { return nullptr; };
    return VerifyJwt(WithHeader(header), rules, no_key, kNow).status();
  };
  EXPECT_FALSE(verify(R"({"alg":"ES256"})").ok());
  rules.unnamed = &unnamed;
  EXPECT_EQ(verify(R"({"alg":"ES256"})"), absl::OkStatus());
  // What names one means it, whatever it names.
  for (const char* id : {R"("k2")", R"("")", "1", "null", R"(["k1"])", "{}"})
    EXPECT_FALSE(verify(fmt::format(R"({{"alg":"ES256","kid":{}}})", id)).ok()) << id;
  for (const char* algorithm : {"none", "HS256", "RS256", ""})
    EXPECT_FALSE(verify(fmt::format(R"({{"alg":"{}"}})", algorithm)).ok()) << algorithm;
  const PublicKey other = PrivateKey::Generate().public_key();
  rules.unnamed = &other;
  EXPECT_FALSE(verify(R"({"alg":"ES256"})").ok());
}

TEST_F(JwtTest, RefusesAnotherKeyId) {
  for (const char* id : {"k2", "K1", "k1 ", "", "../k1", "k"}) {
    ExpectInvalid(WithHeader(fmt::format(R"({{"alg":"ES256","kid":"{}"}})", id)), "key");
  }
  ExpectInvalid(WithHeader(R"({"alg":"ES256"})"), "key");
  ExpectInvalid(WithHeader(R"({"alg":"ES256","kid":1})"), "key");
  ExpectInvalid(WithHeader(R"({"alg":"ES256","kid":null})"), "key");
}

// RFC 8725 §3.10, RFC 7515 §4.1: who sends the token does not say which key checks it, nor how.
TEST_F(JwtTest, RefusesHeadersThatSayHowToCheck) {
  for (const char* name : {"jku", "jwk", "x5u", "x5c", "crit", "zip", "b64", "enc", "cty"}) {
    for (const char* value : {R"("https://evil.example/keys")", "{}", R"(["exp"])", "null", "false"}) {
      ExpectInvalid(WithHeader(fmt::format(R"({{"alg":"ES256","kid":"k1","{}":{}}})", name, value)), name);
    }
  }
}

// RFC 8725 §2.8, §3.11: a token of another kind.
TEST_F(JwtTest, RefusesAnotherType) {
  for (const char* type : {R"("at+jwt")", R"("secevent+jwt")", R"("")", "1"}) {
    ExpectInvalid(WithHeader(fmt::format(R"({{"alg":"ES256","kid":"k1","typ":{}}})", type)), "type");
  }
}

// RFC 8725 §2.7, §3.8, §3.9.
TEST_F(JwtTest, RefusesAnotherIssuerAudienceAndSubject) {
  ExpectInvalid(WithClaims(R"({"iss":"evil","aud":"service","sub":"j","exp":1750000300})"), "issuer");
  ExpectInvalid(WithClaims(R"({"aud":"service","sub":"j","exp":1750000300})"), "issuer");
  ExpectInvalid(WithClaims(R"({"iss":["dangol"],"aud":"service","sub":"j","exp":1750000300})"), "issuer");
  ExpectInvalid(WithClaims(R"({"iss":"dangol","aud":"page","sub":"j","exp":1750000300})"), "audience");
  ExpectInvalid(WithClaims(R"({"iss":"dangol","aud":["page",["service"]],"sub":"j","exp":1750000300})"), "audience");
  ExpectInvalid(WithClaims(R"({"iss":"dangol","sub":"j","exp":1750000300})"), "audience");
  ExpectInvalid(WithClaims(R"({"iss":"dangol","aud":"service","exp":1750000300})"), "whom");
  ExpectInvalid(WithClaims(R"({"iss":"dangol","aud":"service","sub":"","exp":1750000300})"), "whom");
}

TEST_F(JwtTest, RefusesWhatHasExpiredOrDoesNotHoldYet) {
  const auto claims = [](std::string_view times) {
    return fmt::format(R"({{"iss":"dangol","aud":"service","sub":"j",{}}})", times);
  };
  // A minute on both sides is for clocks that differ.
  EXPECT_EQ(Verify(WithClaims(claims(R"("exp":1750000041)"))), absl::OkStatus());
  EXPECT_EQ(ErrorReason(Verify(WithClaims(claims(R"("exp":1750000040)")))), "CREDENTIAL_EXPIRED");
  EXPECT_EQ(Verify(WithClaims(claims(R"("exp":1750000300,"nbf":1750000160)"))), absl::OkStatus());
  ExpectInvalid(WithClaims(claims(R"("exp":1750000300,"nbf":1750000161)")), "yet");
  ExpectInvalid(WithClaims(claims(R"("exp":1750000300,"iat":1750000161)")), "yet");
  ExpectInvalid(WithClaims(claims(R"("nbf":1750000000)")), "exp");
  // More than the ten minutes that a token of the suite lasts.
  EXPECT_EQ(Verify(WithClaims(claims(R"("exp":1750000760)"))), absl::OkStatus());
  ExpectInvalid(WithClaims(claims(R"("exp":1750000761)")), "longer");
}

TEST_F(JwtTest, RefusesTimesThatAreNone) {
  for (const char* time : {R"("1750000300")", "-1", "1e300", "null", "true", "[1750000300]", "{}"}) {
    ExpectInvalid(WithClaims(fmt::format(R"({{"iss":"dangol","aud":"service","sub":"j","exp":{}}})", time)), "exp");
  }
}

TEST_F(JwtTest, RefusesMoreThanEightKilobytes) {
  const auto padded = [&](size_t size) {
    return WithClaims(fmt::format(R"({{"iss":"dangol","aud":"service","sub":"j","exp":1750000300,"x":"{}"}})",
                                  std::string(size, 'x')));
  };
  EXPECT_EQ(Verify(padded(5000)), absl::OkStatus());
  ExpectInvalid(padded(9 << 10), "8192 bytes");
}

TEST_F(JwtTest, RefusesWhatIsNoToken) {
  const std::string good = WithHeader(kHeader);
  ASSERT_EQ(Verify(good), absl::OkStatus());
  for (const std::string& token : {std::string(), std::string("."), std::string(".."), std::string("..."), good + ".",
                                   "." + good, good + ".x", good.substr(0, good.rfind('.')), good + "=", good + "A",
                                   good + " ", " " + good, good.substr(1), std::string("\0", 1) + good}) {
    ExpectInvalid(token, "");
  }
}

// One member twice: which of them counts would depend on who reads (RFC 8259 §4, RFC 7515 §4).
TEST_F(JwtTest, RefusesJsonThatCanBeReadInTwoWays) {
  for (const char* header : {R"({"alg":"none","alg":"ES256","kid":"k1"})", R"({"alg":"ES256","kid":"k1",})",
                             R"({'alg':'ES256','kid':'k1'})", R"([{"alg":"ES256","kid":"k1"}])", R"("ES256")", "null",
                             " {\"alg\":\"ES256\",\"kid\":\"k1\"}", "{\"alg\":\"ES256\",\"kid\":\"k1\"}\xFF"}) {
    ExpectInvalid(WithHeader(header), "header");
  }
  ExpectInvalid(WithClaims(R"({"iss":"dangol","aud":"service","sub":"j","exp":1,"exp":1750000300})"), "content");
}

// A second text for the same bytes: the last letter has bits that nobody reads.
TEST_F(JwtTest, RefusesAnotherSpellingOfTheSameSignature) {
  const std::string good = WithHeader(kHeader);
  int refused = 0;
  for (const char letter : std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")) {
    std::string other = good;
    other.back() = letter;
    if (other == good) continue;
    EXPECT_FALSE(Verify(other).ok()) << other;
    ++refused;
  }
  EXPECT_EQ(refused, 63);
}

// ECDSA with r = s = 0, and other numbers out of range (CVE-2022-21449).
TEST_F(JwtTest, RefusesSignaturesThatNoKeyMakes) {
  const std::string text = fmt::format("{}.{}", Encode(kHeader), Encode(kClaims));
  for (const std::string& signature :
       {std::string(64, '\0'), std::string(64, '\xFF'), std::string(32, '\0') + std::string(32, '\1'),
        std::string(63, '\1'), std::string(65, '\1'), std::string(128, '\1')}) {
    ExpectInvalid(fmt::format("{}.{}", text, EncodeBase64Url(signature)), "signature");
  }
}

// Whatever is changed in a token, it is another one.
TEST_F(JwtTest, RefusesEveryChangeOfEveryByte) {
  const std::string good = WithHeader(kHeader);
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp)
  for (size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    do {
      changed[i] = static_cast<char>(random());
    } while (changed[i] == good[i]);
    EXPECT_FALSE(Verify(changed).ok()) << i;
    EXPECT_FALSE(Verify(good.substr(0, i)).ok()) << i;
  }
}

TEST_F(JwtTest, SurvivesNoise) {
  std::mt19937 random(2);  // NOLINT(cert-msc51-cpp)
  const std::string letters = "AZaz09-_.={}\":";
  for (int round = 0; round < 20'000; ++round) {
    std::string noise;
    for (size_t size = random() % 200; size > 0; --size) noise += letters[random() % letters.size()];
    EXPECT_FALSE(Verify(noise).ok()) << noise;
  }
}

}  // namespace
}  // namespace dangol::identity

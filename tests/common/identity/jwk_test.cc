// Keys as others publish them: the examples of RFC 7515 and RFC 8037, and what is none.
#include "common/identity/jwk.h"

#include <string>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/common/identity/jwk_of.h"

namespace dangol::identity {
namespace {

// RFC 7515, appendix A.2 and A.3; RFC 8037, appendix A.2.
constexpr char kRsa[] =
    R"({"kty":"RSA","kid":"r","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})";
constexpr char kEc[] =
    R"({"kty":"EC","kid":"e","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr char kEd[] = R"({"kty":"OKP","kid":"d","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";

std::string With(std::string jwk, const std::string& from, const std::string& to) {
  const size_t at = jwk.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return jwk.replace(at, from.size(), to);
}

size_t KeysIn(const std::string& jwk) {
  const auto keys = ParseJwkSet(R"({"keys":[)" + jwk + "]}");
  EXPECT_TRUE(keys.ok()) << keys.status();
  return keys.ok() ? keys->size() : 0;
}

TEST(Jwk, CarriesItsAlgorithm) {
  const auto keys = ParseJwkSet(std::string(R"({"keys":[)") + kRsa + "," + kEc + "," + kEd + "]}");
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->at("r").algorithm(), Algorithm::kRs256);
  EXPECT_EQ(keys->at("e").algorithm(), Algorithm::kEs256);
  EXPECT_EQ(keys->at("d").algorithm(), Algorithm::kEdDsa);
}

TEST(Jwk, VerifiesWhatItsOwnerHasSigned) {
  const PrivateKey owner = PrivateKey::Generate();
  const auto keys = ParseJwkSet(R"({"keys":[)" + testing::JwkOf(owner.public_key(), "k") + "]}");
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_TRUE(keys->at("k").Verify("text", owner.Sign("text")));
  EXPECT_FALSE(keys->at("k").Verify("text", PrivateKey::Generate().Sign("text")));
}

TEST(Jwk, ThatIsForSomethingElseIsLeftOut) {
  EXPECT_EQ(KeysIn(kEc), 1U);
  EXPECT_EQ(KeysIn(With(kEc, R"("kid":"e")", R"("kid":"")")), 1U);
  EXPECT_EQ(KeysIn(With(kEc, R"("kid":"e")", R"("kid":"e","use":"enc")")), 0U);
  EXPECT_EQ(KeysIn(With(kEc, R"("kid":"e")", R"("kid":"e","use":"sig","alg":"ES256")")), 1U);
  EXPECT_EQ(KeysIn(With(kEc, R"("kid":"e")", R"("kid":"e","alg":"ES384")")), 0U);
  EXPECT_EQ(KeysIn(With(kEc, "P-256", "P-384")), 0U);
  EXPECT_EQ(KeysIn(With(kEc, R"("x":"f83)", R"("x":"f84)")), 0U);  // no point of the curve
  EXPECT_EQ(KeysIn(With(kEc, R"("y":"x_)", R"("z":"x_)")), 0U);
  EXPECT_EQ(KeysIn(With(kRsa, R"("kid":"r")", R"("kid":"r","alg":"PS256")")), 0U);
  EXPECT_EQ(KeysIn(With(kRsa, R"("e":"AQAB")", R"("e":"")")), 0U);
  EXPECT_EQ(KeysIn(R"({"kty":"RSA","kid":"r","n":"AQAB","e":"AQAB"})"), 0U);  // too short
  EXPECT_EQ(KeysIn(With(kEd, "11qYAYKx", "")), 0U);
  EXPECT_EQ(KeysIn(R"({"kty":"oct","kid":"o","k":"c2VjcmV0"})"), 0U);
  EXPECT_EQ(KeysIn(R"("text")"), 0U);
  for (const char* none : {"", "[]", "{}", "text"}) EXPECT_EQ(ErrorReason(ParseJwkSet(none).status()), "KEY_INVALID");
}

}  // namespace
}  // namespace dangol::identity

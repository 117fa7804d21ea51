#include <memory>

#include "common/identity/jwt.h"
#include "tests/common/identity/vectors.h"
#include "tests/fuzz/fuzz_target.h"

namespace dangol::fuzz {
namespace {

using identity::PrivateKey;
using identity::PublicKey;

// Keys of three kinds; who forges has none of them.
struct Verifier {
  const PublicKey* Find(std::string_view id) const {
    if (id == "ec") return &ec;
    if (id == "rsa") return &rsa;
    return id == "ed" ? &ed : nullptr;
  }

  PublicKey ec = *PublicKey::FromPem(testing::kEs256Public);
  PublicKey rsa = *PublicKey::FromPem(testing::kRs256Public);
  PublicKey ed = *PublicKey::FromPem(testing::kEdDsaPublic);
};

}  // namespace

Target JwtTarget() {
  return [verifier = std::make_shared<Verifier>()](std::string_view input) {
    (void)identity::UnverifiedKeyId(input);
    const identity::JwtRules rules = {"dangol", "service", absl::Minutes(10)};
    const auto claims = identity::VerifyJwt(
        input, rules, [&](std::string_view id) { return verifier->Find(id); }, absl::FromUnixSeconds(1'750'000'100));
    Require(!claims.ok(), "nobody gets in who has no key");
    Require(!claims.status().message().empty(), "a refusal says why");
  };
}

}  // namespace dangol::fuzz

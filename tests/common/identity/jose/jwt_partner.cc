// What another implementation of JSON Web Tokens talks with.
//   jwt_partner sign FOLDER COUNT   makes keys in the folder, exchanges them halfway, and prints so many tokens
//   jwt_partner verify PEM_FILE     says of each token on standard input, a line each, `ok SUBJECT` or why not; their
//                                   key is k1
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "absl/time/clock.h"

#include "common/base/error.h"
#include "common/base/runtime.h"
#include "common/identity/jwt.h"
#include "common/identity/keys.h"
#include "common/identity/suite_token.h"

namespace dangol::identity {
namespace {

int Sign(const std::string& folder, int count) {
  Keys keys(folder, RealRuntime());
  if (!keys.folder().Create(RealRuntime()).ok()) return 1;
  for (int i = 0; i < count; ++i) {
    if (i == count / 2) {
      if (!keys.folder().AddSigningKey(RealRuntime()).ok()) return 1;
      absl::SleepFor(kKeysAgeMax);
    }
    std::string authorization =
        keys.AuthorizationOf({.name = "p" + std::to_string(i), .roles = {"agent"}, .stages = {"engines/e/stages/s"}});
    std::cout << authorization.substr(std::string_view("Bearer ").size()) << "\n";
  }
  return std::cout.flush() ? 0 : 1;
}

int Verify(const std::string& path) {
  std::ifstream file(path);
  const std::string pem{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const absl::StatusOr<PublicKey> key = PublicKey::FromPem(pem);
  if (!key.ok()) return 1;
  const JwtRules rules{kSuiteIssuer, kSuiteAudience, kSuiteTokenLifetime};
  const auto find = [&](std::string_view id) { return id == "k1" ? &*key : nullptr; };
  for (std::string token; std::getline(std::cin, token);) {
    const auto claims = VerifyJwt(token, rules, find, absl::Now());
    std::cout << (claims.ok() ? "ok " + claims->fields().at("sub").string_value() : ErrorReason(claims.status()))
              << "\n";
  }
  return std::cout.flush() ? 0 : 1;
}

}  // namespace
}  // namespace dangol::identity

int main(int count, char** arguments) {
  const std::string_view verb = count > 1 ? arguments[1] : "";
  if (verb == "sign" && count == 4) return dangol::identity::Sign(arguments[2], std::atoi(arguments[3]));
  if (verb == "verify" && count == 3) return dangol::identity::Verify(arguments[2]);
  return 2;
}

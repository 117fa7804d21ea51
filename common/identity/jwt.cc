#include "common/identity/jwt.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"

namespace dangol::identity {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

// Each of them would have the token say how it is to be checked, or hold something other than claims.
constexpr std::array kRefusedParameters = {"jku", "jwk", "x5u", "x5c", "crit", "zip", "b64", "enc", "cty"};

absl::Status Invalid(std::string_view why) {
  return Error(absl::StatusCode::kUnauthenticated, "CREDENTIAL_INVALID",
               fmt::format("The bearer token is not valid: {}. Sign in again, or get a new token.", why));
}

absl::Status Expired() {
  return Error(absl::StatusCode::kUnauthenticated, "CREDENTIAL_EXPIRED",
               "The bearer token has expired. Sign in again, or get a new token.");
}

const Value* Find(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? nullptr : &found->second;
}

// Empty where there is none, or where it is no text.
std::string Text(const Struct& object, const std::string& name) {
  const Value* value = Find(object, name);
  return value == nullptr ? "" : value->string_value();
}

struct Parts {
  std::string_view header;
  std::string_view claims;
  std::string_view signed_text;  // both, with the dot between
  std::string_view signature;
};

std::optional<Parts> Split(std::string_view token) {
  const size_t first = token.find('.');
  const size_t last = token.rfind('.');
  if (first == std::string_view::npos || first == last || token.find('.', first + 1) != last) return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, last - first - 1), token.substr(0, last),
               token.substr(last + 1)};
}

// One text for one value: a decoder takes bits behind the last byte as well.
std::optional<std::string> Decode(std::string_view text) {
  std::optional<std::string> bytes = DecodeBase64Url(text);
  if (!bytes || EncodeBase64Url(*bytes) != text) return std::nullopt;
  return bytes;
}

absl::StatusOr<Struct> DecodeObject(std::string_view text, std::string_view what) {
  const std::optional<std::string> json = Decode(text);
  Struct object;
  if (!json || !json->starts_with('{') || !FromJson(*json, object).ok())
    return Invalid(fmt::format("its {} is no JSON object in base64url", what));
  return object;
}

std::string UnverifiedParameter(std::string_view token, const std::string& name) {
  const std::optional<Parts> parts = token.size() > kJwtBytesMax ? std::nullopt : Split(token);
  if (!parts) return "";
  const absl::StatusOr<Struct> header = DecodeObject(parts->header, "header");
  return header.ok() ? Text(*header, name) : "";
}

absl::Status CheckHeader(const Struct& header, const PublicKey& key) {
  for (const char* name : kRefusedParameters) {
    if (Find(header, name) != nullptr) return Invalid(fmt::format("its header has {}", name));
  }
  const std::string type = absl::AsciiStrToLower(Text(header, "typ"));
  if (Find(header, "typ") != nullptr && type != "jwt") return Invalid("its type is not JWT");
  if (Text(header, "alg") != AlgorithmName(key.algorithm()))
    return Invalid("its algorithm is not that of the key which it names");
  return absl::OkStatus();
}

// Seconds since 1970 (NumericDate). None: there is no such claim.
absl::StatusOr<std::optional<absl::Time>> Time(const Struct& claims, const std::string& name) {
  const Value* value = Find(claims, name);
  if (value == nullptr) return std::nullopt;
  // Up to the year 9999.
  const bool is_time = value->kind_case() == Value::kNumberValue && value->number_value() >= 0 &&
                       value->number_value() < 253'402'300'800.0;
  if (!is_time) return Invalid(fmt::format("its claim {} is no time", name));
  return absl::UnixEpoch() + absl::Seconds(value->number_value());
}

absl::Status CheckTimes(const Struct& claims, absl::Duration lifetime_max, absl::Time now) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> end, Time(claims, "exp"));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> begin, Time(claims, "nbf"));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> issued, Time(claims, "iat"));
  if (!end) return Invalid("it has no claim exp");
  if (now >= *end + kClockLeeway) return Expired();
  if (*end > now + lifetime_max + kClockLeeway) return Invalid("it lasts longer than such a token may");
  for (const std::optional<absl::Time>& from : {begin, issued}) {
    if (from && now < *from - kClockLeeway) return Invalid("it does not hold yet");
  }
  return absl::OkStatus();
}

bool IsFor(const Struct& claims, std::string_view audience) {
  const Value* value = Find(claims, "aud");
  if (value == nullptr) return false;
  if (value->kind_case() == Value::kStringValue) return value->string_value() == audience;
  return std::ranges::any_of(value->list_value().values(),
                             [&](const Value& one) { return one.string_value() == audience; });
}

}  // namespace

std::string UnverifiedKeyId(std::string_view token) { return UnverifiedParameter(token, "kid"); }

std::string UnverifiedAlgorithm(std::string_view token) { return UnverifiedParameter(token, "alg"); }

absl::StatusOr<Struct> VerifyJwt(std::string_view token, const JwtRules& rules, FindKey find_key, absl::Time now) {
  if (token.size() > kJwtBytesMax) return Invalid(fmt::format("it has more than {} bytes", kJwtBytesMax));
  const std::optional<Parts> parts = Split(token);
  if (!parts) return Invalid("it does not have three parts");
  ASSIGN_OR_RETURN(const Struct header, DecodeObject(parts->header, "header"));
  const std::string key_id = Text(header, "kid");
  const PublicKey* key = Find(header, "kid") == nullptr ? rules.unnamed : nullptr;
  if (!key_id.empty()) key = find_key(key_id);
  if (key == nullptr) return Invalid("it names no key that is known here");
  RETURN_IF_ERROR(CheckHeader(header, *key));
  const std::optional<std::string> signature = Decode(parts->signature);
  if (!signature || !key->Verify(parts->signed_text, *signature)) return Invalid("its signature does not fit");
  ASSIGN_OR_RETURN(Struct claims, DecodeObject(parts->claims, "content"));
  if (Text(claims, "iss") != rules.issuer) return Invalid("it is of another issuer");
  if (!IsFor(claims, rules.audience)) return Invalid("it is for another audience");
  RETURN_IF_ERROR(CheckTimes(claims, rules.lifetime_max, now));
  if (Text(claims, "sub").empty()) return Invalid("it does not say whom it is about");
  return claims;
}

std::string SignJwt(const PrivateKey& key, std::string_view key_id, const Struct& claims) {
  Struct header;
  (*header.mutable_fields())["alg"].set_string_value(std::string(AlgorithmName(key.public_key().algorithm())));
  (*header.mutable_fields())["kid"].set_string_value(std::string(key_id));
  (*header.mutable_fields())["typ"].set_string_value("JWT");
  const std::string text = fmt::format("{}.{}", EncodeBase64Url(ToJson(header, JsonStyle::kCompact)),
                                       EncodeBase64Url(ToJson(claims, JsonStyle::kCompact)));
  return fmt::format("{}.{}", text, EncodeBase64Url(key.Sign(text)));
}

}  // namespace dangol::identity

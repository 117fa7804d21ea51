#include "services/gateway/email_codes.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "google/protobuf/struct.pb.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/identity/api_key.h"

namespace dangol::gateway {
namespace {

using google::protobuf::Struct;

constexpr char kPurpose[] = "email-code";
// Crockford's base 32: no letter looks like a digit.
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kCodeLetters = 8;
constexpr size_t kIdLetters = 22;
// Codes that are being tried within their lifetime.
constexpr size_t kTriedMost = 10'000;

absl::Status Ended() {
  return Error(absl::StatusCode::kUnauthenticated, "CODE_ENDED",
               fmt::format("The code does not count any more: it was used, is older than {:d} minutes, was tried {:d} "
                           "times, or was asked for in another browser. Ask for another one.",
                           absl::ToInt64Minutes(kEmailCodeLifetime), kEmailCodeTriesMost));
}

std::string Text(const Struct& object, const char* name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? "" : found->second.string_value();
}

// 256 is a multiple of the alphabet's size, so that each letter is as likely.
std::string NewCode(Runtime& runtime) {
  const std::string bytes = identity::RandomBytes32(runtime);
  std::string code;
  for (size_t i = 0; i < kCodeLetters; ++i) code += kAlphabet[static_cast<unsigned char>(bytes[i]) % kAlphabet.size()];
  return code;
}

}  // namespace

std::string TypedCode(std::string_view text) {
  std::string code;
  for (const char c : text) {
    const char upper = absl::ascii_toupper(static_cast<unsigned char>(c));
    if (c == '-' || absl::ascii_isspace(static_cast<unsigned char>(c))) continue;
    code += upper == 'O' ? '0' : upper == 'I' || upper == 'L' ? '1' : upper;
  }
  return code;
}

absl::StatusOr<EmailCodes::Issued> EmailCodes::Issue(std::string_view address) {
  const std::string code = NewCode(runtime_);
  const std::string id = EncodeBase64Url(identity::RandomBytes32(runtime_)).substr(0, kIdLetters);
  Struct kept;
  auto& fields = *kept.mutable_fields();
  fields["id"].set_string_value(id);
  fields["address"].set_string_value(std::string(address));
  fields["code"].set_string_value(code);
  fields["end"].set_number_value(static_cast<double>(absl::ToUnixSeconds(runtime_.Now() + kEmailCodeLifetime)));
  ASSIGN_OR_RETURN(std::string sealed, keys_->SealText(kPurpose, ToJson(kept, JsonStyle::kCompact)));
  return Issued{id, fmt::format("{}-{}", code.substr(0, kCodeLetters / 2), code.substr(kCodeLetters / 2)),
                std::move(sealed)};
}

absl::StatusOr<EmailCodes::Proved> EmailCodes::Try(std::string_view sealed, std::string_view code) {
  const std::optional<std::string> text = keys_->OpenText(kPurpose, sealed);
  Struct kept;
  if (!text || !FromJson(*text, kept).ok()) return Ended();
  const auto end = kept.fields().find("end");
  if (end == kept.fields().end() ||
      runtime_.Now() >= absl::FromUnixSeconds(static_cast<int64_t>(end->second.number_value())))
    return Ended();
  Proved proved{Text(kept, "id"), Text(kept, "address")};
  RETURN_IF_ERROR(CountTry(proved.id));
  if (identity::EqualInConstantTime(TypedCode(code), Text(kept, "code"))) return proved;
  return Error(absl::StatusCode::kUnauthenticated, "CODE_WRONG",
               "This is not the code. Type it as the message has it.");
}

absl::Status EmailCodes::CountTry(const std::string& id) {
  std::lock_guard lock(mutex_);
  const absl::Time now = runtime_.SteadyNow();
  std::erase_if(tried_, [now](const auto& one) { return one.second.end <= now; });
  if (tried_.size() >= kTriedMost && !tried_.contains(id)) {
    return WithRetry(Error(absl::StatusCode::kResourceExhausted, "RATE_LIMITED",
                           "Too many codes are being tried. Wait a minute, then try again."),
                     absl::Minutes(1));
  }
  Tried& tried = tried_.try_emplace(id, Tried{0, false, now + kEmailCodeLifetime}).first->second;
  if (tried.used || tried.tries >= kEmailCodeTriesMost) return Ended();
  ++tried.tries;
  return absl::OkStatus();
}

absl::Status EmailCodes::Take(const std::string& id) {
  std::lock_guard lock(mutex_);
  const auto tried = tried_.find(id);
  if (tried == tried_.end() || std::exchange(tried->second.used, true)) return Ended();
  return absl::OkStatus();
}

}  // namespace dangol::gateway

#include "common/base/error.h"

#include <algorithm>
#include <optional>

#include "absl/strings/cord.h"
#include "fmt/format.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

#include "common/base/log.h"
#include "common/base/text.h"

namespace dangol {
namespace {

constexpr char kTypePrefix[] = "type.googleapis.com/";
constexpr size_t kShownBytesMax = 64;

template <typename Detail>
std::string TypeUrl() {
  return kTypePrefix + Detail::descriptor()->full_name();
}

// An error may quote what somebody sent; a text that is no UTF-8 would break the message that the error travels in.
std::string Readable(std::string_view text) {
  if (IsValidUtf8(text)) return std::string(text);
  std::string readable;
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) {
      readable += c;
    } else {
      readable += "\uFFFD";
    }
  }
  return readable;
}

template <typename Detail>
void SetDetail(absl::Status& status, const Detail& detail) {
  status.SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

template <typename Detail>
std::optional<Detail> GetDetail(const absl::Status& status) {
  std::optional<absl::Cord> payload = [&]() -> std::optional<absl::Cord> {
    auto found = status.GetPayload(TypeUrl<Detail>());
    if (!found) return std::nullopt;
    return *found;
  }();
  Detail detail;
  if (!payload || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

}  // namespace

absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message,
                   std::initializer_list<std::pair<std::string_view, std::string>> metadata) {
  absl::Status status(code, Readable(message));
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain("dangol");
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[std::string(key)] = Readable(value);
  SetDetail(status, info);
  return status;
}

absl::Status InvalidFields(std::vector<FieldViolation> violations, std::string_view reason) {
  std::string message;
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : violations) {
    message += fmt::format("{}{}: {}", message.empty() ? "" : " ", violation.path, violation.description);
    google::rpc::BadRequest::FieldViolation* added = bad_request.add_field_violations();
    added->set_field(Readable(violation.path));
    added->set_description(Readable(violation.description));
  }
  absl::Status status = Error(absl::StatusCode::kInvalidArgument, reason, message);
  SetDetail(status, bad_request);
  return status;
}

absl::Status InvalidField(std::string_view path, std::string_view description, std::string_view reason) {
  return InvalidFields({{std::string(path), std::string(description)}}, reason);
}

absl::Status AtField(absl::Status status, std::string_view path) {
  google::rpc::BadRequest bad_request;
  google::rpc::BadRequest::FieldViolation* added = bad_request.add_field_violations();
  added->set_field(Readable(path));
  added->set_description(std::string(status.message()));
  SetDetail(status, bad_request);
  return status;
}

absl::Status WithRetry(absl::Status status, absl::Duration delay) {
  google::rpc::RetryInfo retry;
  const int64_t nanos = absl::ToInt64Nanoseconds(delay);
  retry.mutable_retry_delay()->set_seconds(nanos / 1'000'000'000);
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  SetDetail(status, retry);
  return status;
}

absl::Status NotFound(std::string_view name) {
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", fmt::format("{} does not exist. Check the name.", name),
               {{"resource", std::string(name)}});
}

absl::Status AlreadyExists(std::string_view name) {
  return Error(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS",
               fmt::format("{} exists already. Choose another id.", name), {{"resource", std::string(name)}});
}

absl::Status WrongState(std::string_view name, std::string_view state, std::string_view action,
                        std::string_view allowed) {
  return Error(absl::StatusCode::kFailedPrecondition, "WRONG_STATE",
               fmt::format("{} is {}: {} is possible from {}.", name, state, action, allowed),
               {{"resource", std::string(name)}, {"state", std::string(state)}});
}

absl::Status EtagMismatch(std::string_view name, std::string_view given, std::string_view current) {
  return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH",
               fmt::format("etag: {} has changed: the etag is {}, not {}. Read it again and decide anew.", name,
                           ShownValue(current), ShownValue(given)),
               {{"resource", std::string(name)}});
}

absl::Status InternalError(std::string_view what) {
  Log()->error("internal error: {}", what);
  return Error(absl::StatusCode::kInternal, "INTERNAL", "The service made a mistake; its log says which.");
}

std::string ErrorReason(const absl::Status& status) {
  auto info = GetDetail<google::rpc::ErrorInfo>(status);
  return info ? info->reason() : "";
}

absl::Duration RetryDelay(const absl::Status& status) {
  auto retry = GetDetail<google::rpc::RetryInfo>(status);
  if (!retry) return absl::ZeroDuration();
  return absl::Seconds(retry->retry_delay().seconds()) + absl::Nanoseconds(retry->retry_delay().nanos());
}

std::string SerializeErrorDetails(const absl::Status& status) {
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  // In a fixed order: payloads are kept in a map whose order is not promised.
  for (const std::string& type :
       {TypeUrl<google::rpc::ErrorInfo>(), TypeUrl<google::rpc::BadRequest>(), TypeUrl<google::rpc::RetryInfo>()}) {
    auto payload = status.GetPayload(type);
    if (!payload) continue;
    google::protobuf::Any* detail = details.add_details();
    detail->set_type_url(type);
    detail->set_value(std::string(*payload));
  }
  return details.details().empty() ? "" : details.SerializeAsString();
}

absl::Status ParseErrorDetails(const absl::Status& status, std::string_view details) {
  google::rpc::Status parsed;
  if (status.ok() || !parsed.ParseFromArray(details.data(), static_cast<int>(details.size()))) return status;
  absl::Status result = status;
  for (const google::protobuf::Any& detail : parsed.details()) {
    result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return result;
}

std::string ShownValue(std::string_view value) {
  std::string shown = "\"";
  size_t end = std::min(value.size(), kShownBytesMax);
  // Not in the middle of a character, of which at most three bytes can be continuations.
  for (int i = 0; i < 3 && end < value.size() && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80; ++i) --end;
  shown += EscapeInvisible(value.substr(0, end));
  shown += '"';
  if (end < value.size()) shown += fmt::format("… ({} bytes)", value.size());
  return shown;
}

}  // namespace dangol

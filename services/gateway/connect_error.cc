#include "services/gateway/connect_error.h"

#include <algorithm>
#include <array>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include "google/rpc/status.pb.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "services/gateway/codec.h"

namespace dangol::gateway {
namespace {

struct CodeEntry {
  std::string_view name;
  int http_status;
};

// By the number of the code; specification: connectrpc.com, "Error codes".
constexpr std::array<CodeEntry, 17> kCodes = {{
    {"ok", 200},
    {"canceled", 499},
    {"unknown", 500},
    {"invalid_argument", 400},
    {"deadline_exceeded", 504},
    {"not_found", 404},
    {"already_exists", 409},
    {"permission_denied", 403},
    {"resource_exhausted", 429},
    {"failed_precondition", 400},
    {"aborted", 409},
    {"out_of_range", 400},
    {"unimplemented", 501},
    {"internal", 500},
    {"unavailable", 503},
    {"data_loss", 500},
    {"unauthenticated", 401},
}};

// A code that is none is UNKNOWN.
const CodeEntry& Entry(absl::StatusCode code) {
  const auto number = static_cast<size_t>(code);
  return kCodes[number < kCodes.size() ? number : static_cast<size_t>(absl::StatusCode::kUnknown)];
}

std::string DetailJson(const google::protobuf::Any& detail) {
  const std::string type = detail.type_url().substr(detail.type_url().rfind('/') + 1);
  std::string value = absl::Base64Escape(detail.value());
  while (value.ends_with('=')) value.pop_back();
  std::string json = fmt::format(R"({{"type":"{}","value":"{}")", EscapeJson(type), value);
  // For people; where this program knows the type.
  if (const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type)) {
    const absl::StatusOr<std::string> debug = EncodeMessage(Codec::kJson, descriptor, detail.value());
    if (debug.ok()) fmt::format_to(std::back_inserter(json), R"(,"debug":{})", *debug);
  }
  return json + "}";
}

}  // namespace

std::string_view ConnectCode(absl::StatusCode code) { return Entry(code).name; }

int ConnectHttpStatus(absl::StatusCode code) { return Entry(code).http_status; }

std::string ConnectErrorJson(const absl::Status& status, std::string_view status_details) {
  const std::string own = status_details.empty() ? SerializeErrorDetails(status) : std::string(status_details);
  std::string json = fmt::format(R"({{"code":"{}")", ConnectCode(status.code()));
  const std::string_view message(status.message().data(), status.message().size());
  if (!message.empty()) fmt::format_to(std::back_inserter(json), R"(,"message":"{}")", EscapeJson(message));
  google::rpc::Status parsed;
  if (parsed.ParseFromString(own) && parsed.details_size() > 0) {
    json += R"(,"details":[)";
    for (int i = 0; i < parsed.details_size(); ++i) json += (i == 0 ? "" : ",") + DetailJson(parsed.details(i));
    json += "]";
  }
  return json + "}";
}

HttpResponse ConnectErrorResponse(const absl::Status& status, std::string_view status_details) {
  HttpResponse response;
  response.status = ConnectHttpStatus(status.code());
  response.headers.emplace_back("content-type", "application/json");
  const absl::Duration delay = RetryDelay(status);
  if (delay > absl::ZeroDuration()) {
    const int64_t seconds = std::max<int64_t>(1, absl::ToInt64Seconds(absl::Ceil(delay, absl::Seconds(1))));
    response.headers.emplace_back("retry-after", fmt::format("{}", seconds));
  }
  response.body = ConnectErrorJson(status, status_details);
  return response;
}

}  // namespace dangol::gateway

#include "services/gateway/codec.h"

#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "common/rpc/methods.h"

namespace dangol::gateway {
absl::StatusOr<std::string> DecodeMessage(Codec codec, const google::protobuf::Descriptor* type, std::string text) {
  if (codec == Codec::kProto) return text;
  const auto message = rpc::NewMessage(type);
  RETURN_IF_ERROR(FromJson(text, *message));
  return message->SerializeAsString();
}

absl::StatusOr<std::string> EncodeMessage(Codec codec, const google::protobuf::Descriptor* type, std::string bytes) {
  if (codec == Codec::kProto) return bytes;
  const auto message = rpc::NewMessage(type);
  if (!message->ParseFromString(bytes)) {
    return InternalError(fmt::format("a service answered with what is no {}", type->full_name()));
  }
  absl::StatusOr<std::string> json = FormatJson(*message, JsonStyle::kCompact);
  if (!json.ok())
    return InternalError(std::string_view(json.status().message().data(), json.status().message().size()));
  return json;
}

}  // namespace dangol::gateway

#include "services/gateway/call_request.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/gateway/call_metadata.h"

namespace dangol::gateway {
namespace {

absl::Status Overloaded() {
  return WithRetry(Error(absl::StatusCode::kResourceExhausted, "GATEWAY_OVERLOADED",
                         "The gateway has too many large requests at once. Try again in a second."),
                   absl::Seconds(1));
}

}  // namespace

absl::Status RequestTooLarge(const CallLimits& limits) {
  return Error(absl::StatusCode::kResourceExhausted, "REQUEST_TOO_LARGE",
               fmt::format("The request has more than {} bytes. Send it in parts.", limits.message_bytes_max));
}

size_t TextBytesMax(Codec codec, const CallLimits& limits) {
  return codec == Codec::kJson ? 2 * limits.message_bytes_max : limits.message_bytes_max;
}

absl::Status FaultError(RequestFault fault, const CallLimits& limits) {
  if (fault == RequestFault::kBodyTooLarge) return RequestTooLarge(limits);
  if (fault == RequestFault::kOverloaded) return Overloaded();
  return absl::OkStatus();
}

absl::Time CallDeadline(const Route& route, std::optional<absl::Duration> time, absl::Time now,
                        const CallLimits& limits) {
  // gRPC rounds times up, by a hundredth at most. A service must not have more time than its client gives.
  if (time) *time -= *time / 100;
  if (route.method->server_streaming()) return time ? now + *time : absl::InfiniteFuture();
  return now + std::min(time.value_or(limits.unary_time_default), limits.unary_time_max);
}

absl::StatusOr<ForwardedCall> PrepareCall(HttpExchange& exchange, const Route& route, Codec codec, std::string message,
                                          absl::Time deadline, const CallLimits& limits) {
  exchange.NoteMethod(fmt::format("{}/{}", route.method->service()->name(), route.method->name()));
  ForwardedCall call;
  call.route = route;
  call.options.deadline = deadline;
  ASSIGN_OR_RETURN(call.options.metadata, exchange.request.caller());
  ASSIGN_OR_RETURN(rpc::Metadata metadata, RequestMetadata(exchange.request.headers));
  std::move(metadata.begin(), metadata.end(), std::back_inserter(call.options.metadata));
  ASSIGN_OR_RETURN(call.request, DecodeMessage(codec, route.method->input_type(), std::move(message)));
  if (call.request.size() > limits.message_bytes_max) return RequestTooLarge(limits);
  if (!exchange.Hold(call.request.size())) return Overloaded();
  return call;
}

absl::StatusOr<std::string> AnswerText(rpc::WholeReply& answer, const Route& route, Codec codec) {
  if (!answer.status.ok()) return answer.status;
  return EncodeMessage(codec, route.method->output_type(), std::move(answer.message));
}

}  // namespace dangol::gateway

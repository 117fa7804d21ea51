// From an HTTP request to a call, whatever the protocol: limits, who calls, metadata, message.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "services/gateway/backends.h"
#include "services/gateway/codec.h"
#include "services/gateway/forward.h"
#include "services/gateway/http.h"

namespace dangol::gateway {

struct CallLimits {
  size_t message_bytes_max = 16 << 20;  // of one message, decoded; more is RESOURCE_EXHAUSTED
  // Of a unary call whose client names no deadline, and the latest that one may name.
  absl::Duration unary_time_default = absl::Seconds(60);
  absl::Duration unary_time_max = absl::Minutes(10);
};

// RESOURCE_EXHAUSTED, reason REQUEST_TOO_LARGE.
absl::Status RequestTooLarge(const CallLimits& limits);

// Of a message as its client writes it: JSON is longer than what it says.
size_t TextBytesMax(Codec codec, const CallLimits& limits);

// Why there is no body, as an error; OK where there is one.
absl::Status FaultError(RequestFault fault, const CallLimits& limits);

// When the call ends. `time`: as its client says; a stream without one has no end.
absl::Time CallDeadline(const Route& route, std::optional<absl::Duration> time, absl::Time now,
                        const CallLimits& limits);

// `message` is the request, uncompressed. The errors are those to answer with.
absl::StatusOr<ForwardedCall> PrepareCall(HttpExchange& exchange, const Route& route, Codec codec, std::string message,
                                          absl::Time deadline, const CallLimits& limits);

// The answer's message as its client wants it, or why there is none.
absl::StatusOr<std::string> AnswerText(rpc::WholeReply& answer, const Route& route, Codec codec);

}  // namespace dangol::gateway

// Errors as clients see them (AIP-193): code, message, and details that a program can branch on. Every error that
// leaves a server is made here, so that each has a reason, and says which value was wrong and what would be right.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace dangol {

// `reason` is UPPER_SNAKE_CASE and stable; `message` is a sentence that ends with the remedy. `metadata` must not hold
// personal data.
absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message,
                   std::initializer_list<std::pair<std::string_view, std::string>> metadata = {});

struct FieldViolation {
  std::string path;         // from the request, such as `ticket.subject`
  std::string description;  // what is wrong, the value (ShownValue), what would be right
};

// INVALID_ARGUMENT, reason INVALID_FIELD unless another is given, with a BadRequest that names every field.
absl::Status InvalidFields(std::vector<FieldViolation> violations, std::string_view reason = "INVALID_FIELD");
absl::Status InvalidField(std::string_view path, std::string_view description,
                          std::string_view reason = "INVALID_FIELD");

// The same error with a BadRequest that names the field which it is about.
absl::Status AtField(absl::Status status, std::string_view path);

// The same error with a RetryInfo.
absl::Status WithRetry(absl::Status status, absl::Duration delay);

// What handlers say most often.
absl::Status NotFound(std::string_view name);
absl::Status AlreadyExists(std::string_view name);
// The state forbids it.
absl::Status WrongState(std::string_view name, std::string_view state, std::string_view action,
                        std::string_view allowed);
absl::Status EtagMismatch(std::string_view name, std::string_view given, std::string_view current);
// Something that only a mistake of ours can cause. `what` goes to the log; a client sees only that it happened.
absl::Status InternalError(std::string_view what);

// The ErrorInfo's reason; empty where there is none.
std::string ErrorReason(const absl::Status& status);
// The delay of the RetryInfo; zero where there is none.
absl::Duration RetryDelay(const absl::Status& status);

// google.rpc.Status in wire format, for the trailer `grpc-status-details-bin`; empty where the error has no details.
std::string SerializeErrorDetails(const absl::Status& status);
// The other way round, for clients.
absl::Status ParseErrorDetails(const absl::Status& status, std::string_view details);

// A value for an error text: quoted, broken UTF-8 and what nobody sees escaped, at most 64 bytes of it.
std::string ShownValue(std::string_view value);

}  // namespace dangol

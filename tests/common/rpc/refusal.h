// What a client learns from an error, for tests.
#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "google/rpc/error_details.pb.h"

#include "common/base/error.h"

namespace dangol::testing {

// Field path and description of every violation of the BadRequest.
inline std::vector<std::pair<std::string, std::string>> Violations(const absl::Status& status) {
  std::vector<std::pair<std::string, std::string>> violations;
  auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  google::rpc::BadRequest bad_request;
  if (!payload || !bad_request.ParseFromString(std::string(*payload))) return violations;
  for (const auto& violation : bad_request.field_violations()) {
    violations.emplace_back(violation.field(), violation.description());
  }
  return violations;
}

inline std::vector<std::string> ViolatedFields(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& [field, description] : Violations(status)) fields.push_back(field);
  return fields;
}

// Code, reason and fields in one line: `INVALID_ARGUMENT INVALID_FIELD ticket.subject`.
inline std::string Summary(const absl::Status& status) {
  std::string summary = absl::StatusCodeToString(status.code());
  if (std::string reason = ErrorReason(status); !reason.empty()) summary += " " + reason;
  for (const std::string& field : ViolatedFields(status)) summary += " " + field;
  return summary;
}

}  // namespace dangol::testing

// The rules that a proto states on its fields (dangol.api.v1.FieldRules), enforced before a handler runs.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

#include "common/base/error.h"
#include "dangol/api/v1/options.pb.h"

namespace dangol::rpc {

// The rules of a request and of all messages in it. Thread-safe once made.
class RequestRules {
 public:
  explicit RequestRules(const google::protobuf::Descriptor* request);

  // Clears output-only fields, then checks every field. INVALID_ARGUMENT that names each violation (20 at most).
  absl::Status Enforce(google::protobuf::Message& request, absl::Time now) const;

 private:
  struct Field {
    const google::protobuf::FieldDescriptor* descriptor;
    dangol::api::v1::FieldRules rules;
  };

  struct Path;
  class Report;

  void Add(const google::protobuf::Descriptor* message);
  void Check(google::protobuf::Message& message, const Path* path, Report& report) const;
  void CheckField(google::protobuf::Message& message, const Field& field, const Path& path, Report& report) const;

  std::map<const google::protobuf::Descriptor*, std::vector<Field>> fields_;
  const google::protobuf::Descriptor* const request_;
};

// True for `tickets/abc` and the pattern `tickets/*`.
bool MatchesResourcePattern(std::string_view name, std::string_view pattern);

}  // namespace dangol::rpc

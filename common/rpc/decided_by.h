// Who answers for what a request decides or says: every field that names him, such as `decided_by` or `recorded_by`,
// and that a caller may set, at any depth. A field that is called `member` may be anybody: its handler asks.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

#include "common/rpc/call.h"

namespace google::protobuf {
class FieldMask;
}

namespace dangol::rpc {

// Of one type of request. Thread-safe once made.
class DecidedByRule {
 public:
  explicit DecidedByRule(const google::protobuf::Descriptor* request) { Add(request); }

  // CheckDecidedBy of authorization.h, for each that is set.
  absl::Status Check(const Principal& principal, const google::protobuf::Message& request) const;

 private:
  // Whether the message has such a field.
  bool Add(const google::protobuf::Descriptor* message);
  absl::Status CheckIn(const Principal& principal, const google::protobuf::Message& message,
                       const google::protobuf::FieldMask* mask, const std::string& path) const;

  // Of each message those that are one, and those that have one in them.
  std::map<const google::protobuf::Descriptor*, std::vector<const google::protobuf::FieldDescriptor*>> fields_;
};

}  // namespace dangol::rpc

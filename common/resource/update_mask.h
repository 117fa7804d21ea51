// The fields of a resource that an update replaces (AIP-134).
#pragma once

#include "absl/status/status.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace dangol::resource {

// Replaces the masked fields of `resource` by those of `patch`, a message of the same type, where these are empty too.
// An empty mask stands for all fields that are set in `patch`. Whether the resource may be as it is then, the caller's
// rules say. INVALID_ARGUMENT, field update_mask, for a path that is no field of the resource, or output only.
absl::Status ApplyUpdate(const google::protobuf::Message& patch, const google::protobuf::FieldMask& mask,
                         google::protobuf::Message& resource);

}  // namespace dangol::resource

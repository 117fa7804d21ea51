// Methods as operations, by their HTTP rules (google.api.http).
#pragma once

#include <vector>

#include "google/protobuf/descriptor.h"

#include "tools/openapi/comments.h"
#include "tools/openapi/schemas.h"

namespace dangol::openapi {

// `paths` of a document: the operations of all services that have rules.
Json Paths(const std::vector<const google::protobuf::ServiceDescriptor*>& services, const Comments& comments,
           Schemas& schemas);

}  // namespace dangol::openapi

// Errors as the Connect protocol writes them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "services/gateway/http.h"

namespace dangol::gateway {

// `not_found` and the others.
std::string_view ConnectCode(absl::StatusCode code);
int ConnectHttpStatus(absl::StatusCode code);

// The JSON object. `status_details` is the google.rpc.Status that a service sent; where it is empty, the status's own
// details count.
std::string ConnectErrorJson(const absl::Status& status, std::string_view status_details = {});

// An answer with that object; RESOURCE_EXHAUSTED and UNAVAILABLE with a delay have `retry-after`.
HttpResponse ConnectErrorResponse(const absl::Status& status, std::string_view status_details = {});

}  // namespace dangol::gateway

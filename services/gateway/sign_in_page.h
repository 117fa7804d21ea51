// What a browser shows when its sign-in with an identity provider ends here.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/struct.pb.h"

#include "services/gateway/http.h"

namespace dangol::gateway {

// Says what is missing, and who the provider says it is, to be handed to who can mend it; in Korean or in English, as
// the browser asks.
HttpResponse SignInPage(const HttpRequest& request, std::string_view path_prefix, const absl::Status& status,
                        const google::protobuf::Struct& claims);

}  // namespace dangol::gateway

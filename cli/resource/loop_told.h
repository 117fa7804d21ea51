// What happened to a complaint, as a person tells it.
#pragma once

#include <string>

#include "dangol/metrics/v1/loop.pb.h"

namespace dangol::cli {

// One step; `language` is `ko` or `en`.
std::string Told(const dangol::metrics::v1::Step& step, const std::string& language);

}  // namespace dangol::cli

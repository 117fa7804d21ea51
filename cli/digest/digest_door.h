// The timer of the daily digest in `dangol up`.
#pragma once

#include "common/service/process.h"
#include "common/service/settings.h"

namespace dangol::cli {

// Opens `inner`, and looks every five minutes for digests that are due, as long as the suite runs. Without the file of
// mail settings, and in a folder of a demonstration: `inner` alone. Both must outlive what is opened.
service::OpenDoor WithDigests(const service::Settings& settings, service::OpenDoor inner);

}  // namespace dangol::cli

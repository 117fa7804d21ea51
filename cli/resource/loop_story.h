// What became of a complaint, told for a person.
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "dangol/metrics/v1/loop.pb.h"

namespace dangol::cli {

// Dated lines, with what each step took. `subject` is the ticket's; empty: it is not known.
std::string Story(const dangol::metrics::v1::Loop& loop, std::string_view subject, absl::Time now);
std::string Story(const dangol::metrics::v1::LoopSummary& summary);
// The dated lines alone.
std::string History(const dangol::metrics::v1::Loop& loop);

}  // namespace dangol::cli

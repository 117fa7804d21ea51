// What became of a complaint, told for a person.
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "dangol/metrics/v1/loop.pb.h"

namespace dangol::cli {

// Dated lines, with what each step took; `language` is `ko` or `en`. `subject` is the ticket's; empty: it is not known.
std::string Story(const dangol::metrics::v1::Loop& loop, std::string_view subject, absl::Time now,
                  const std::string& language);
std::string Story(const dangol::metrics::v1::LoopSummary& summary, const std::string& language);
// The dated lines alone.
std::string History(const dangol::metrics::v1::Loop& loop, const std::string& language);

}  // namespace dangol::cli

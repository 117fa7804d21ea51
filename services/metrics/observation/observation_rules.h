// What is known of a day, and what an entry says of it: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/error.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"

namespace dangol::metrics {

// Numbers are kept in thousandths, so that their sums are exact in whatever order they are added, and taken back.
inline constexpr double kThousandths = 1000;

// What is known. 0, nothing and NOT_APPLICABLE are three things.
struct Known {
  v1::Observation::State state = v1::Observation::EMPTY;
  int64_t numerator = 0;  // of what has no denominator, the value
  int64_t denominator = 0;

  friend bool operator==(const Known&, const Known&) = default;
};

// What the entry says of a day of the KPI, into `known`; or what is wrong with it, by its path.
std::optional<FieldViolation> ReadEntry(const v1::Entry& entry, const v1::Kpi& kpi, const std::string& path,
                                        Known& known);

// The value of sums, or of one day; nothing where the denominator is 0.
std::optional<double> ValueOf(const v1::Kpi& kpi, int64_t numerator, int64_t denominator);

}  // namespace dangol::metrics

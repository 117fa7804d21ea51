#include "services/metrics/observation/observation_rules.h"

#include <cmath>

#include "fmt/format.h"

#include "services/metrics/kpi/kpi_rules.h"

namespace dangol::metrics {
namespace {

using v1::Entry;
using v1::Kpi;
using v1::Observation;

// Exact as a double in thousandths, and the sum of 9,000 of them as an int64.
constexpr double kNumberMax = 1e12;

// What is wrong with a number; empty: nothing, and it stands in `thousandths`.
std::string NumberProblem(double number, int64_t& thousandths) {
  if (std::abs(number) > kNumberMax)
    return fmt::format("{} is beyond {}. Send it in a larger unit.", number, kNumberMax);
  thousandths = std::llround(number * kThousandths);
  if (static_cast<double>(thousandths) / kThousandths == number) return "";
  return fmt::format("{} has more than three decimals. Round it.", number);
}

FieldViolation Wrong(const std::string& path, const char* field, std::string what) {
  return {fmt::format("{}.{}", path, field), std::move(what)};
}

std::optional<FieldViolation> ReadValue(const Entry& entry, const Kpi& kpi, const std::string& path, Known& known) {
  if (entry.has_numerator())
    return Wrong(path, "numerator", fmt::format("A {} has none. Send `value`.", Kpi::Kind_Name(kpi.kind())));
  if (entry.has_denominator())
    return Wrong(path, "denominator", fmt::format("A {} has none. Send `value`.", Kpi::Kind_Name(kpi.kind())));
  if (!entry.has_value()) return Wrong(path, "value", "is empty. Send a number, or leave the cell out.");
  if (std::string problem = NumberProblem(entry.value(), known.numerator); !problem.empty())
    return Wrong(path, "value", std::move(problem));
  if (kpi.kind() != Kpi::COUNT) return std::nullopt;
  if (entry.value() < 0)
    return Wrong(path, "value", fmt::format("{} is negative. A COUNT is 0 or more.", entry.value()));
  if (entry.value() != std::floor(entry.value()))
    return Wrong(path, "value", fmt::format("{} is not whole. A COUNT is.", entry.value()));
  return std::nullopt;
}

std::optional<FieldViolation> ReadFraction(const Entry& entry, const Kpi& kpi, const std::string& path, Known& known) {
  const std::string kind = Kpi::Kind_Name(kpi.kind());
  if (entry.has_value())
    return Wrong(path, "value", fmt::format("A {} is entered as `numerator` and `denominator`. Send these.", kind));
  if (!entry.has_numerator()) return Wrong(path, "numerator", "is empty. Send a number, or leave the cell out.");
  if (!entry.has_denominator()) return Wrong(path, "denominator", "is empty. Send a number, or leave the cell out.");
  if (std::string problem = NumberProblem(entry.numerator(), known.numerator); !problem.empty())
    return Wrong(path, "numerator", std::move(problem));
  if (std::string problem = NumberProblem(entry.denominator(), known.denominator); !problem.empty())
    return Wrong(path, "denominator", std::move(problem));
  if (entry.denominator() < 0)
    return Wrong(path, "denominator", fmt::format("{} is negative. Send 0 or more.", entry.denominator()));
  if (entry.denominator() == 0 && entry.numerator() != 0) {
    return Wrong(path, "numerator",
                 fmt::format("{} is of nothing: the denominator is 0. Mend one of them.", entry.numerator()));
  }
  if (kpi.kind() != Kpi::RATIO) return std::nullopt;
  if (entry.numerator() < 0)
    return Wrong(path, "numerator",
                 fmt::format("{} is negative. A RATIO is a share. Send 0 or more.", entry.numerator()));
  if (entry.numerator() > entry.denominator()) {
    return Wrong(
        path, "numerator",
        fmt::format("{} is more than the denominator, which is {}. A RATIO is a share of it. Mend one of them.",
                    entry.numerator(), entry.denominator()));
  }
  return std::nullopt;
}

}  // namespace

std::optional<FieldViolation> ReadEntry(const Entry& entry, const Kpi& kpi, const std::string& path, Known& known) {
  const bool has_number = entry.state() == Observation::STATE_UNSPECIFIED || entry.state() == Observation::NUMBER;
  if (has_number) {
    known.state = Observation::NUMBER;
    return IsFraction(kpi) ? ReadFraction(entry, kpi, path, known) : ReadValue(entry, kpi, path, known);
  }
  if (entry.has_value() || entry.has_numerator() || entry.has_denominator()) {
    return Wrong(path, "state",
                 fmt::format("{} stands beside a number. Send one of them.", Observation::State_Name(entry.state())));
  }
  known.state = entry.state();
  return std::nullopt;
}

std::optional<double> ValueOf(const Kpi& kpi, int64_t numerator, int64_t denominator) {
  if (!IsFraction(kpi)) return static_cast<double>(numerator) / kThousandths;
  if (denominator == 0) return std::nullopt;
  return static_cast<double>(numerator) / static_cast<double>(denominator);
}

}  // namespace dangol::metrics

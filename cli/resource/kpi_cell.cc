#include "cli/resource/kpi_cell.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace dangol::cli {
namespace {

// With or without commas between thousands: each group behind one has three digits.
bool ReadNumber(std::string_view text, double& number) {
  std::string plain(absl::StripAsciiWhitespace(std::string(text)));
  for (size_t comma = plain.find(','); comma != std::string::npos; comma = plain.find(',', comma)) {
    const size_t end = std::min(plain.find_first_of(",.", comma + 1), plain.size());
    if (comma == 0 || end - comma != 4) return false;
    plain.erase(comma, 1);
  }
  return absl::SimpleAtod(plain, &number);
}

}  // namespace

bool ReadCell(std::string_view text, dangol::metrics::v1::Entry& entry) {
  if (text.starts_with("n/a")) {
    entry.set_state(dangol::metrics::v1::Observation::NOT_APPLICABLE);
    entry.set_note(std::string(absl::StripAsciiWhitespace(std::string(text.substr(3)))));
    return true;
  }
  double number = 0;
  const size_t slash = text.find('/');
  if (!ReadNumber(text.substr(0, slash), number)) return false;
  if (slash == std::string_view::npos) {
    entry.set_value(number);
    return true;
  }
  entry.set_numerator(number);
  if (!ReadNumber(text.substr(slash + 1), number)) return false;
  entry.set_denominator(number);
  return true;
}

}  // namespace dangol::cli

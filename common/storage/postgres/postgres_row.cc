#include "common/storage/postgres/postgres_row.h"

#include <charconv>

#include "absl/strings/escaping.h"

namespace dangol::storage {
namespace {

// From the server's pg_type.dat; they never change.
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;

}  // namespace

std::string_view PostgresRow::Text(int column) const {
  return {PQgetvalue(result_, row_, column), static_cast<size_t>(PQgetlength(result_, row_, column))};
}

int64_t PostgresRow::Integer(int column) const {
  const std::string_view text = Text(column);
  if (PQftype(result_, column) == kBool) return text == "t" ? 1 : 0;
  int64_t value = 0;  // stays so for NULL
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view PostgresRow::Bytes(int column) const {
  const std::string_view text = Text(column);
  if (PQftype(result_, column) == kBool) return text == "t" ? "1" : text.empty() ? "" : "0";
  constexpr std::string_view kHex = "\\x";
  if (PQftype(result_, column) != kBytea || !text.starts_with(kHex)) return text;
  std::string& decoded = decoded_[static_cast<size_t>(column)];
  if (decoded.empty()) {
    const std::string_view digits = text.substr(kHex.size());
    decoded = absl::HexStringToBytes(absl::string_view(digits.data(), digits.size()));
  }
  return decoded;
}

}  // namespace dangol::storage

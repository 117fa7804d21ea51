#include "cli/import/import_format.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/text.h"

namespace dangol::cli {
namespace {

// Two of these and a `/` are a contact reason of 128 bytes.
constexpr size_t kLevelBytesMax = 63;
constexpr size_t kHashDigits = 6;

std::string Level(std::string_view text) {
  std::string slug = Slug(text);
  if (slug.size() <= kLevelBytesMax) return slug;
  // Cut between words; the hash keeps apart what begins alike.
  const std::string hash = EncodeHex(Sha256(slug)).substr(0, kHashDigits);
  slug.resize(kLevelBytesMax - kHashDigits - 1);
  if (const size_t word_end = slug.rfind('-'); word_end != std::string::npos && word_end > 0) slug.resize(word_end);
  return slug + "-" + hash;
}

}  // namespace

const std::vector<ImportFormat>& ImportFormats() {
  using enum ImportFormat::Records;
  static const auto& formats = *new std::vector<ImportFormat>{
      {"cfpb", "Consumer Complaint Database of the US Consumer Financial Protection Bureau", kCsv, AddCfpb},
      {"nyc311", "311 Service Requests of NYC Open Data, as history: closed, and never decided here", kCsv, AddNyc311},
      {"csv", "Any CSV file: --map says which column is what", kCsv, AddMapped},
      {"jsonl", "Any file with a JSON object a line: --map says which member is what", kJsonLines, AddMapped},
  };
  return formats;
}

absl::Status RowInvalid(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "ROW_INVALID", message);
}

absl::Status CheckText(const std::vector<std::string>& columns, const Record& record) {
  for (size_t i = 0; i < record.fields.size(); ++i) {
    const std::string& value = record.fields[i];
    if (value.find('\0') != std::string::npos) return RowInvalid(columns[i] + ": has a NUL byte in it.");
    if (!IsValidUtf8(value)) {
      return RowInvalid(columns[i] + ": is not UTF-8. Mend it, or say with --encoding what the whole file is.");
    }
  }
  return absl::OkStatus();
}

std::string Slug(std::string_view text) {
  std::string slug;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      slug += absl::ascii_tolower(static_cast<unsigned char>(c));
    } else if (c != '\'' && !slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  if (slug.ends_with('-')) slug.pop_back();
  return slug;
}

std::string ContactReason(const std::vector<std::string>& levels) {
  std::string reason;
  for (const std::string& level : levels) {
    const std::string slug = Level(level);
    if (!reason.empty() && !slug.empty()) reason += '/';
    reason += slug;
  }
  return reason;
}

absl::StatusOr<std::string> ImportedId(std::string_view prefix, std::string_view column, std::string_view id) {
  std::string whole = fmt::format("{}{}", prefix, absl::AsciiStrToLower(std::string(id)));
  if (!id.empty() && IsResourceId(whole)) return whole;
  return RowInvalid(fmt::format("{}: {} is no id of letters, digits and -.", column, ShownValue(id)));
}

absl::StatusOr<absl::Time> ImportedTime(std::string_view column, std::string_view text,
                                        const std::vector<std::string>& formats, absl::TimeZone zone) {
  absl::Time time;
  for (const std::string& format : formats) {
    // By itself, `%Y` takes `26` for the year 26. The infinite times are what Abseil takes beside times.
    if (absl::ParseTime(absl::StrReplaceAll(format, {{"%%", "%%"}, {"%Y", "%E4Y"}}), std::string(text), zone, &time,
                        nullptr) &&
        time != absl::InfiniteFuture() && time != absl::InfinitePast()) {
      return time;
    }
  }
  return RowInvalid(fmt::format("{}: {} is no time such as {}.", column, ShownValue(text),
                                absl::FormatTime(formats.front(), absl::FromUnixSeconds(1692921600), zone)));
}

void AddAttributes(const Row& row, const std::vector<std::string_view>& columns, dangol::tickets::v1::Ticket& ticket) {
  for (const std::string_view column : columns) {
    const std::string& value = row(column);
    if (!value.empty() && value != "N/A") (*ticket.mutable_attributes())[Slug(column)] = value;
  }
}

}  // namespace dangol::cli

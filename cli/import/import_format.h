// What `dangol import` reads: files of others, a row of which becomes a ticket.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "cli/import/record.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {

// The value of a column by its name; empty where the file does not have it.
using Row = std::function<const std::string&(std::string_view column)>;

// What becomes of the rows of a file.
struct RowMapping {
  std::vector<std::string> columns;  // that the file has to have
  // INVALID_ARGUMENT says what is wrong with the row. Texts are valid UTF-8 without NUL.
  std::function<absl::StatusOr<dangol::tickets::v1::CreateTicketRequest>(const Row& row)> ticket;
  // The ids are made of what the rows say: rows that say the same are told apart by their order.
  bool ids_of_content = false;
};

struct ImportFormat {
  enum class Records { kCsv, kJsonLines };

  std::string_view name;         // as on the command line
  std::string_view description;  // where such files come from
  Records records;
  // Adds the flags of this format alone to its command. Once they are parsed, what it returns makes the mapping.
  std::function<RowMapping()> (*add)(CLI::App& command);
};

// All of them: a format is one entry here and a function.
const std::vector<ImportFormat>& ImportFormats();

std::function<RowMapping()> AddCfpb(CLI::App& command);
std::function<RowMapping()> AddNyc311(CLI::App& command);
// Columns and members as flags say it.
std::function<RowMapping()> AddMapped(CLI::App& command);

// --- What formats share.

// What is wrong with a row: the reason of a reject.
absl::Status RowInvalid(std::string_view message);

// INVALID_ARGUMENT names the column whose value is not UTF-8, or has a NUL byte in it.
absl::Status CheckText(const std::vector<std::string>& columns, const Record& record);

// The words of all levels as one contact reason, such as `incorrect-information/account-status-incorrect`: always the
// same for the same texts, another for others, and 128 bytes at most for two. A level without letters or digits is left
// out.
std::string ContactReason(const std::vector<std::string>& levels);

// `cfpb-` and the id in lower case. INVALID_ARGUMENT where that makes no id.
absl::StatusOr<std::string> ImportedId(std::string_view prefix, std::string_view column, std::string_view id);

// As the first of the formats says it that fits (absl::ParseTime). `%Y` is a year of four digits, and `%y` one of two:
// 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068. INVALID_ARGUMENT names the column and the first format.
absl::StatusOr<absl::Time> ImportedTime(std::string_view column, std::string_view text,
                                        const std::vector<std::string>& formats, absl::TimeZone zone);

// What is in these columns, under their names as labels; what is empty or `N/A` is left out.
void AddAttributes(const Row& row, const std::vector<std::string_view>& columns, dangol::tickets::v1::Ticket& ticket);

// Lower case, `-` for what is no letter or digit of ASCII.
std::string Slug(std::string_view text);

}  // namespace dangol::cli

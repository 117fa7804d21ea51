// What `dangol import` reads: the published files of others, a row of which becomes a ticket.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {

// The value of a column by its name; empty where the file does not have it.
using Row = std::function<const std::string&(std::string_view column)>;

struct ImportFormat {
  std::string_view name;                  // as on the command line
  std::string_view description;           // where such files come from
  std::vector<std::string_view> columns;  // that the file has to have
  // INVALID_ARGUMENT says what is wrong with the row. Texts are valid UTF-8 without NUL.
  absl::StatusOr<dangol::tickets::v1::CreateTicketRequest> (*ticket)(const Row& row);
};

const std::vector<const ImportFormat*>& ImportFormats();

// Consumer Complaint Database of the US Consumer Financial Protection Bureau.
const ImportFormat& CfpbFormat();
// 311 Service Requests of NYC Open Data, as history.
const ImportFormat& Nyc311Format();

// --- What formats share.

// The words of both as one contact reason, such as `incorrect-information/account-status-incorrect`: always the same
// for the same texts, another for others, and 128 bytes at most. A text without letters or digits is left out.
std::string ContactReason(std::string_view first, std::string_view second);

// `cfpb-` and the id in lower case. INVALID_ARGUMENT where that makes no id.
absl::StatusOr<std::string> ImportedId(std::string_view prefix, std::string_view column, std::string_view id);

// As the first of the formats says it (absl::ParseTime). INVALID_ARGUMENT names the column and the first format.
absl::StatusOr<absl::Time> ImportedTime(std::string_view column, std::string_view text,
                                        const std::vector<std::string_view>& formats, absl::TimeZone zone);

// What is in these columns, under their names as labels; what is empty or `N/A` is left out.
void AddAttributes(const Row& row, const std::vector<std::string_view>& columns, dangol::tickets::v1::Ticket& ticket);

// Lower case, `-` for what is no letter or digit of ASCII.
std::string Slug(std::string_view text);

}  // namespace dangol::cli

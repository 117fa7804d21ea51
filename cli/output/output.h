// What commands write, for a person or for a program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace dangol::cli {

enum class Format { kTable, kJson };
// `-o`, table unless it says json.
void AddFormatFlag(CLI::App& app, Format& format);

enum class Colour { kPlain, kGood, kBad };
// In this colour where standard output is a terminal that has colours.
std::string Painted(Colour colour, std::string_view text);

struct Cell {
  std::string text;
  Colour colour = Colour::kPlain;
};
// In columns; the first row is the header.
std::string Table(const std::vector<std::vector<Cell>>& rows);
// A further part of a table, at least as wide as the parts before, which `widths` knows.
std::string Table(const std::vector<std::vector<Cell>>& rows, std::vector<size_t>& widths);

// To the minute, in UTC.
std::string ShownTime(const google::protobuf::Timestamp& timestamp);

// Such as `3.4 MiB`.
std::string ShownBytes(int64_t bytes);
// In its two largest units, such as `2 h 5 min`.
std::string ShownDuration(absl::Duration duration);

// Writes to standard output at once. False where that cannot be done, which standard error has said.
bool Print(std::string_view text);

// Everything that the error tells: code, reason, message, a line for each wrong field, when to try again.
std::string Explanation(const absl::Status& status);
// So, to standard error, behind the name of the command. Returns 1.
int Fail(std::string_view command, const absl::Status& status);

}  // namespace dangol::cli

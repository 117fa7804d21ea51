// What commands say, for a person or for a program.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"

#include "cli/output/print.h"
#include "cli/output/table.h"
#include "cli/output/times.h"

namespace dangol::cli {

enum class Format { kTable, kJson };
// `-o`, table unless it says json.
void AddFormatFlag(CLI::App& app, Format& format);

// `--language`, ko or en; `language` is what it is without the flag.
void AddLanguageFlag(CLI::App& app, std::string& language);

// Such as `3.4 MiB`.
std::string ShownBytes(int64_t bytes);
// How fields of a request are called on the command line: `ticket.subject` is `--subject`.
using FlagNames = std::map<std::string, std::string, std::less<>>;

// Everything that the error tells: code, reason, message, a line for each wrong field, when to try again.
std::string Explanation(const absl::Status& status, const FlagNames& names = {});
// So, to standard error, behind the name of the command. Returns 1.
int Fail(std::string_view command, const absl::Status& status, const FlagNames& names = {});

}  // namespace dangol::cli

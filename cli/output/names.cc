#include "cli/output/names.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace dangol::cli {

std::string IdOf(std::string_view name) { return std::string(name.substr(name.rfind('/') + 1)); }

std::string ShortName(std::string_view name) {
  std::string text;
  int part = 0;
  for (const absl::string_view piece : absl::StrSplit(absl::string_view(name.data(), name.size()), '/')) {
    if (part++ % 2 == 1) text += (text.empty() ? "" : "/") + std::string(piece);
  }
  return text;
}

std::string InWords(std::string_view constant) {
  return absl::AsciiStrToLower(absl::StrReplaceAll(absl::string_view(constant.data(), constant.size()), {{"_", " "}}));
}

}  // namespace dangol::cli

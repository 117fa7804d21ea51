#include "cli/output/language.h"

#include <cstdlib>
#include <string_view>

namespace dangol::cli {

std::string TerminalLanguage() {
  for (const char* variable : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    return std::string_view(value).starts_with("ko") ? "ko" : "en";
  }
  return "en";
}

std::string InLanguage(const google::protobuf::Map<std::string, std::string>& texts, const std::string& language) {
  for (const std::string& wanted : {language, std::string("en")}) {
    if (const auto found = texts.find(wanted); found != texts.end()) return found->second;
  }
  return texts.empty() ? "-" : texts.begin()->second;
}

}  // namespace dangol::cli

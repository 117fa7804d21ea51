// Texts that are there in several languages.
#pragma once

#include <string>

#include "google/protobuf/map.h"

namespace dangol::cli {

// `ko` where the terminal speaks Korean (LC_ALL, LC_MESSAGES, LANG), else `en`.
std::string TerminalLanguage();

// The text in this language, else in English, else in any; `-` where there is none.
std::string InLanguage(const google::protobuf::Map<std::string, std::string>& texts,
                       const std::string& language = TerminalLanguage());

}  // namespace dangol::cli

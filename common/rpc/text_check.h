// What every text of a request is held to (dangol.api.v1.FieldRules).
#pragma once

#include <string>
#include <string_view>

namespace dangol::rpc {

// What is wrong with a text that is valid UTF-8 and not empty, and what to do about it; empty: nothing. A text shows at
// least one character, and holds neither a control character nor an override of direction. One of several lines may
// have line breaks and tabs; one of one line has none, and closes each control of direction that it opens.
std::string TextFormProblem(std::string_view text, bool multi_line);

}  // namespace dangol::rpc

#include "common/rpc/text_check.h"

#include <string>

#include <gtest/gtest.h>

namespace dangol::rpc {
namespace {

constexpr size_t kLength = 21;  // more than two words of eight bytes, and some

TEST(TextCheck, FindsAForbiddenByteWhereverItStands) {
  for (size_t at = 0; at < kLength; ++at) {
    for (int byte = 0; byte < 0x80; ++byte) {
      std::string text(kLength, at % 2 == 0 ? ' ' : '~');
      text[(at + 1) % kLength] = 'x';
      text[at] = static_cast<char>(byte);
      const bool breaks_line = byte == '\n' || byte == '\r' || byte == '\t';
      const bool is_control = byte < ' ' || byte == 0x7F;
      EXPECT_EQ(TextFormProblem(text, true).empty(), !is_control || breaks_line) << at << " " << byte;
      EXPECT_EQ(TextFormProblem(text, false).empty(), !is_control) << at << " " << byte;
    }
  }
}

TEST(TextCheck, WantsOneVisibleCharacter) {
  for (size_t length = 1; length < kLength; ++length) {
    std::string text(length, ' ');
    EXPECT_NE(TextFormProblem(text, true), "") << length;
    for (size_t at = 0; at < length; ++at) {
      text.assign(length, ' ');
      text[at] = '!';
      EXPECT_EQ(TextFormProblem(text, true), "") << length << " " << at;
    }
  }
  EXPECT_EQ(TextFormProblem("", true).empty(), false);
}

}  // namespace
}  // namespace dangol::rpc

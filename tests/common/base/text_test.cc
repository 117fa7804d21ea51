// Bytes and text.
#include "common/base/text.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dangol {
namespace {

struct Utf8Case {
  std::string bytes;
  bool valid;
  const char* what;
};

TEST(IsValidUtf8, TakesWhatRfc3629Takes) {
  const std::vector<Utf8Case> cases = {
      {"", true, "nothing"},
      {"plain", true, "ASCII"},
      {std::string("\0", 1), true, "U+0000"},
      {"\x7F", true, "U+007F"},
      {"\xC2\x80", true, "U+0080, the first of two bytes"},
      {"\xDF\xBF", true, "U+07FF, the last of two"},
      {"\xE0\xA0\x80", true, "U+0800, the first of three"},
      {"\xED\x9F\xBF", true, "U+D7FF, before the surrogates"},
      {"\xEE\x80\x80", true, "U+E000, behind the surrogates"},
      {"\xEF\xBF\xBF", true, "U+FFFF, the last of three"},
      {"\xF0\x90\x80\x80", true, "U+10000, the first of four"},
      {"\xF4\x8F\xBF\xBF", true, "U+10FFFF, the last of all"},
      {"불만 ☹ 🐛", true, "a mix"},
      {"\x80", false, "a continuation alone"},
      {"\xBF", false, "a continuation alone"},
      {"\xC0\x80", false, "U+0000 in two bytes"},
      {"\xC1\xBF", false, "U+007F in two bytes"},
      {"\xE0\x9F\xBF", false, "U+07FF in three bytes"},
      {"\xF0\x8F\xBF\xBF", false, "U+FFFF in four bytes"},
      {"\xED\xA0\x80", false, "U+D800, a surrogate"},
      {"\xED\xBF\xBF", false, "U+DFFF, a surrogate"},
      {"\xF4\x90\x80\x80", false, "U+110000"},
      {"\xF5\x80\x80\x80", false, "beyond four bytes"},
      {"\xF8\x88\x80\x80\x80", false, "five bytes"},
      {"\xFE", false, "no such byte"},
      {"\xFF", false, "no such byte"},
      {"\xC3", false, "cut off after one of two"},
      {"\xE2\x98", false, "cut off after two of three"},
      {"\xF0\x9F\x90", false, "cut off after three of four"},
      {"\xC3\x41", false, "no continuation behind the first"},
      {"\xE2\x98\x41", false, "no continuation behind the second"},
      {"\xF0\x9F\x90\x41", false, "no continuation behind the third"},
      {"good\xFFgood", false, "one bad byte among good ones"},
  };
  for (const Utf8Case& one : cases) EXPECT_EQ(IsValidUtf8(one.bytes), one.valid) << one.what;
}

TEST(TakeCodePoint, TakesOneOfEachLength) {
  std::string_view text = "a\u00e4\uac00\U0001f41b";
  std::vector<char32_t> taken;
  while (!text.empty()) taken.push_back(TakeCodePoint(text));
  EXPECT_THAT(taken, ::testing::ElementsAre(U'a', U'\u00e4', U'\uac00', U'\U0001f41b'));
}

TEST(IsVisible, IsFalseForWhatNobodySees) {
  for (const char32_t c :
       {0x0,    0x9,    0x20,   0x7f,   0x85,   0xa0,   0xad,    0x34f,   0x61c,   0x115f,  0x1160,  0x1680, 0x180e,
        0x2000, 0x200b, 0x200f, 0x2028, 0x202e, 0x202f, 0x205f,  0x2060,  0x2069,  0x206f,  0x2800,  0x3000, 0x3164,
        0xfdd0, 0xfe0f, 0xfeff, 0xffa0, 0xfffb, 0xfffe, 0x1d159, 0x1ffff, 0xe0001, 0xe01ef, 0x10ffff}) {
    EXPECT_FALSE(IsVisible(c)) << FormatCodePoint(c);
  }
}

TEST(IsVisible, IsTrueForWhatIsDrawn) {
  for (const char32_t c :
       {0x21,   0x7e,   0xa1,   0xac,   0xae,   0x301,  0x1100, 0x115e, 0x1161, 0x2010, 0x2027,  0x2030, 0x2801,
        0x3001, 0x3131, 0x3163, 0x3165, 0xac00, 0xe000, 0xff9f, 0xffa1, 0xfffc, 0xfffd, 0x1f41b, 0xf0000}) {
    EXPECT_TRUE(IsVisible(c)) << FormatCodePoint(c);
  }
}

TEST(Base64Url, ComesBackAsItWas) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    const std::string text = EncodeBase64Url(bytes);
    EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
    EXPECT_EQ(DecodeBase64Url(text), bytes);
    bytes += static_cast<char>(255 - i);
  }
}

TEST(Base64Url, IsAsInRfc4648) {
  EXPECT_EQ(EncodeBase64Url(""), "");
  EXPECT_EQ(EncodeBase64Url("f"), "Zg");
  EXPECT_EQ(EncodeBase64Url("fo"), "Zm8");
  EXPECT_EQ(EncodeBase64Url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(EncodeBase64Url("\xfb\xff"), "-_8");
}

TEST(Base64Url, RefusesWhatItDoesNotMake) {
  for (const char* text : {"A", "AAAAA", "Zg!", "Zm9v*"}) EXPECT_EQ(DecodeBase64Url(text), std::nullopt) << text;
}

TEST(Sha256, IsAsInFips180) {
  EXPECT_EQ(EncodeHex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(EncodeHex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(EncodeHex(Sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(EncodeHex, WritesTwoDigitsAByte) { EXPECT_EQ(EncodeHex(std::string("\x00\x7f\xff", 3)), "007fff"); }

}  // namespace
}  // namespace dangol

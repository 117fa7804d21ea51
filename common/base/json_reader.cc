#include "common/base/json_reader.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/text.h"

namespace dangol {
namespace {

constexpr int kDepthMax = 100;  // as protobuf's own parsers
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kEscapes = R"("\/bfnrt)";
constexpr std::string_view kEscaped = "\"\\/\b\f\n\r\t";

// ASCII that a JSON string says as it is.
bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

bool IsHighSurrogate(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLowSurrogate(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

void AppendUtf8(char32_t code_point, std::string& text) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xC0 | (code_point >> 6));
    tail(0);
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xE0 | (code_point >> 12));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0 | (code_point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

JsonReader::Kind JsonReader::Next() {
  switch (Peek()) {
    case '{':
      return Kind::kObject;
    case '[':
      return Kind::kArray;
    case '"':
      return Kind::kString;
    case 't':
      return Kind::kTrue;
    case 'f':
      return Kind::kFalse;
    case 'n':
      return Kind::kNull;
    default:
      return Is("-0123456789") ? Kind::kNumber : Kind::kNothing;
  }
}

template <typename Element>
bool JsonReader::Nested(char close, Element element) {
  if (++depth_ > kDepthMax) return Fail("this is nested too deep");
  ++at_;
  if (!Take(close)) {
    do {
      if (!element()) return false;
    } while (Take(','));
    if (!Take(close)) return Fail(fmt::format("',' or '{}' was expected", close));
  }
  --depth_;
  return true;
}

bool JsonReader::Object(absl::FunctionRef<bool(std::string name)> member) {
  return Nested('}', [&] {
    if (Peek() != '"') return Fail("a field's name in double quotes was expected");
    std::string name;
    if (!String(name)) return false;
    return Take(':') ? member(std::move(name)) : Fail("':' was expected");
  });
}

bool JsonReader::Array(absl::FunctionRef<bool()> element) { return Nested(']', element); }

bool JsonReader::String(std::string& text) {
  const size_t begin = at_++;
  text.clear();
  while (at_ < text_.size()) {
    const size_t plain = at_;
    while (at_ < text_.size() && IsPlain(text_[at_])) ++at_;
    text += text_.substr(plain, at_ - plain);
    if (at_ == text_.size()) break;
    const auto byte = static_cast<unsigned char>(text_[at_]);
    if (byte == '"') {
      ++at_;
      return true;
    }
    if (byte == '\\') {
      if (!Escape(text)) return false;
    } else if (byte < 0x20) {
      return Fail("a control character must be escaped");
    } else {
      const size_t character = at_;
      if (!Character()) return false;
      text += text_.substr(character, at_ - character);
    }
  }
  at_ = begin;
  return Fail("the text that begins here has no end");
}

bool JsonReader::Escape(std::string& text) {
  const size_t begin = at_;
  const std::string_view rest = text_.substr(at_ + 1);
  const size_t escape = rest.empty() ? std::string_view::npos : kEscapes.find(rest[0]);
  if (escape != std::string_view::npos) {
    text += kEscaped[escape];
    at_ += 2;
    return true;
  }
  if (rest.empty() || rest[0] != 'u') return Fail("there is no such escape");
  char32_t unit = 0;
  if (!HexadecimalDigits(unit)) return false;
  if (IsHighSurrogate(unit) && text_.substr(at_).starts_with("\\u")) {
    char32_t low = 0;
    if (!HexadecimalDigits(low)) return false;
    if (IsLowSurrogate(low)) {
      AppendUtf8(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), text);
      return true;
    }
  }
  if (IsHighSurrogate(unit) || IsLowSurrogate(unit)) {
    at_ = begin;
    return Fail("this is half of a surrogate pair");
  }
  AppendUtf8(unit, text);
  return true;
}

// Of `\u1234`, at the backslash.
bool JsonReader::HexadecimalDigits(char32_t& unit) {
  if (text_.size() - at_ < 6) return Fail("four hexadecimal digits must follow '\\u'");
  unit = 0;
  for (char c : text_.substr(at_ + 2, 4)) {
    const bool digit = c >= '0' && c <= '9';
    const char letter = static_cast<char>(c | 0x20);
    if (!digit && (letter < 'a' || letter > 'f')) return Fail("four hexadecimal digits must follow '\\u'");
    unit = unit << 4 | static_cast<char32_t>(digit ? c - '0' : letter - 'a' + 10);
  }
  at_ += 6;
  return true;
}

bool JsonReader::Character() {
  const auto byte = static_cast<unsigned char>(text_[at_]);
  const size_t size = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  if (!IsValidUtf8(text_.substr(at_, size))) return Fail("this is not UTF-8");
  at_ += size;
  return true;
}

bool JsonReader::Number(std::string_view& digits) {
  const size_t begin = at_;
  if (Is("-")) ++at_;
  if (Is("0")) {
    ++at_;
    if (Is(kDigits)) return Fail("a number must not begin with 0");
  } else if (!Digits()) {
    return false;
  }
  if (Is(".")) {
    ++at_;
    if (!Digits()) return false;
  }
  if (Is("eE")) {
    ++at_;
    if (Is("+-")) ++at_;
    if (!Digits()) return false;
  }
  digits = text_.substr(begin, at_ - begin);
  return true;
}

bool JsonReader::Digits() {
  const size_t begin = at_;
  at_ = std::min(text_.find_first_not_of(kDigits, at_), text_.size());
  return at_ > begin || Fail("a digit was expected");
}

bool JsonReader::Word() {
  for (std::string_view word : {"true", "false", "null"}) {
    if (!text_.substr(at_).starts_with(word)) continue;
    at_ += word.size();
    return true;
  }
  return Fail("a value was expected");
}

bool JsonReader::Skip() {
  std::string text;
  std::string_view digits;
  switch (Next()) {
    case Kind::kObject:
      return Object([this](const std::string&) { return Skip(); });
    case Kind::kArray:
      return Array([this] { return Skip(); });
    case Kind::kString:
      return String(text);
    case Kind::kNumber:
      return Number(digits);
    case Kind::kTrue:
    case Kind::kFalse:
    case Kind::kNull:
    case Kind::kNothing:
      return Word();
  }
  return false;
}

bool JsonReader::End() {
  SkipSpace();
  return at_ == text_.size() || Fail("nothing more was expected");
}

std::string JsonReader::problem() const {
  if (problem_.empty()) return "";
  size_t line = 1;
  size_t column = 1;
  for (char c : text_.substr(0, at_)) {
    if (c == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++column;
    }
  }
  const std::string_view there = text_.substr(at_, std::min<size_t>(text_.size() - at_, 24));
  return fmt::format("line {}, column {}: {}, {}", line, column, problem_,
                     there.empty() ? "but the text ends" : fmt::format("at {}", ShownValue(there)));
}

bool JsonReader::Fail(std::string_view problem) {
  problem_ = problem;
  return false;
}

void JsonReader::SkipSpace() {
  while (Is(kSpace)) ++at_;
}

char JsonReader::Peek() {
  SkipSpace();
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonReader::Take(char c) {
  if (Peek() != c) return false;
  ++at_;
  return true;
}

bool JsonReader::Is(std::string_view any) const {
  return at_ < text_.size() && any.find(text_[at_]) != std::string_view::npos;
}

}  // namespace dangol

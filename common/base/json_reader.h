// Reads a JSON text (RFC 8259) piece by piece. For json_parse alone.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"

namespace dangol {

// A function that reads returns false where the text is not JSON there; then `problem` says what is wrong. Nothing is
// read after that.
class JsonReader {
 public:
  enum class Kind { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull, kNothing };

  explicit JsonReader(std::string_view text) : text_(text) {}

  // What comes next, behind white space; kNothing where no value begins.
  Kind Next();

  // Each of them where it is what comes next.
  bool Object(absl::FunctionRef<bool(std::string name)> member);  // `member` reads the value
  bool Array(absl::FunctionRef<bool()> element);                  // `element` reads one
  bool String(std::string& text);
  bool Number(std::string_view& digits);  // as it is written
  bool Word();                            // true, false, null

  // Any value.
  bool Skip();
  // Nothing but white space is left.
  bool End();

  // A place to come back to.
  size_t at() const { return at_; }
  void Return(size_t at) { at_ = at; }

  // Empty: none. Such as `line 1, column 6: ':' was expected, at "1}"`.
  std::string problem() const;

 private:
  bool Fail(std::string_view problem);
  void SkipSpace();
  char Peek();
  bool Take(char c);
  bool Is(std::string_view any) const;
  template <typename Element>
  bool Nested(char close, Element element);
  bool Escape(std::string& text);
  bool HexadecimalDigits(char32_t& unit);
  bool Character();
  bool Digits();

  const std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string problem_;
};

}  // namespace dangol

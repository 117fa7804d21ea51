#include "common/base/json.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/type.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/type_resolver.h"
#include "google/protobuf/util/type_resolver_util.h"

#include "common/base/error.h"
#include "common/base/text.h"

namespace dangol {
namespace {

constexpr int kDepthMax = 100;  // as protobuf's own parser

// Finds the first place where a text is not JSON (RFC 8259). Protobuf's parser tells what is wrong, but not where.
class JsonSyntax {
 public:
  explicit JsonSyntax(std::string_view text) : text_(text) {}

  // True where all of it is JSON.
  bool Check() {
    if (!Value()) return false;
    SkipSpace();
    return at_ == text_.size() || Fail("nothing more was expected");
  }

  bool IsObject() const { return text_[text_.find_first_not_of(kSpace)] == '{'; }

  std::string problem() const {
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

 private:
  bool Fail(std::string_view problem) {
    problem_ = problem;
    return false;
  }

  void SkipSpace() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }

  // The next character that is not a space; 0 at the end.
  char Peek() {
    SkipSpace();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  bool Value() {
    const char first = Peek();
    if (first == '{') return Nested('}', [this] { return Member(); });
    if (first == '[') return Nested(']', [this] { return Value(); });
    if (first == '"') return String();
    if (first == '-' || (first >= '0' && first <= '9')) return Number();
    for (std::string_view word : {"true", "false", "null"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return true;
    }
    return Fail("a value was expected");
  }

  template <typename Element>
  bool Nested(char close, Element element) {
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

  bool Member() {
    if (Peek() != '"') return Fail("a field's name in double quotes was expected");
    if (!String()) return false;
    return Take(':') ? Value() : Fail("':' was expected");
  }

  bool String() {
    const size_t begin = at_++;
    while (at_ < text_.size()) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') {
        ++at_;
        return true;
      }
      if (byte < 0x20) return Fail("a control character must be escaped");
      if (!(byte == '\\' ? Escape() : Character())) return false;
    }
    at_ = begin;
    return Fail("the text that begins here has no end");
  }

  bool Escape() {
    const std::string_view rest = text_.substr(at_ + 1);
    if (!rest.empty() && rest[0] == 'u') {
      const bool hexadecimal =
          rest.size() > 4 && rest.substr(1, 4).find_first_not_of(kHexadecimal) == std::string::npos;
      if (!hexadecimal) return Fail("four hexadecimal digits must follow '\\u'");
      at_ += 6;
      return true;
    }
    if (rest.empty() || kEscapes.find(rest[0]) == std::string::npos) return Fail("there is no such escape");
    at_ += 2;
    return true;
  }

  bool Character() {
    const auto byte = static_cast<unsigned char>(text_[at_]);
    const size_t size = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    if (!IsValidUtf8(text_.substr(at_, size))) return Fail("this is not UTF-8");
    at_ += size;
    return true;
  }

  bool Digits() {
    const size_t begin = at_;
    at_ = std::min(text_.find_first_not_of("0123456789", at_), text_.size());
    return at_ > begin || Fail("a digit was expected");
  }

  bool Is(std::string_view any) const { return at_ < text_.size() && any.find(text_[at_]) != std::string::npos; }

  bool Number() {
    if (Is("-")) ++at_;
    if (Is("0")) {
      ++at_;
      if (Is("0123456789")) return Fail("a number must not begin with 0");
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
    return true;
  }

  static constexpr std::string_view kSpace = " \t\r\n";
  static constexpr std::string_view kEscapes = R"("\/bfnrt)";
  static constexpr std::string_view kHexadecimal = "0123456789abcdefABCDEF";

  const std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string problem_;
};

}  // namespace

namespace {

namespace util = google::protobuf::util;

constexpr char kTypePrefix[] = "type.googleapis.com";

// Descriptions of the types that are linked, made once. Protobuf's JSON asks for them at each message, and its own
// resolver makes them each time, with options that nobody asks it about. Thread-safe.
class Types : public util::TypeResolver {
 public:
  util::Status ResolveMessageType(const std::string& url, google::protobuf::Type* type) override {
    return Resolve(url, messages_, *type, [&](google::protobuf::Type& made) {
      const util::Status status = made_anew_->ResolveMessageType(url, &made);
      for (google::protobuf::Field& field : *made.mutable_fields()) RemoveOurs(*field.mutable_options());
      return status;
    });
  }
  util::Status ResolveEnumType(const std::string& url, google::protobuf::Enum* type) override {
    return Resolve(url, enums_, *type,
                   [&](google::protobuf::Enum& made) { return made_anew_->ResolveEnumType(url, &made); });
  }

 private:
  using Options = google::protobuf::RepeatedPtrField<google::protobuf::Option>;

  // Protobuf's own have no dot in their names.
  static void RemoveOurs(Options& options) {
    const auto is_ours = [](const google::protobuf::Option& option) {
      return option.name().find('.') != std::string::npos;
    };
    options.erase(std::remove_if(options.begin(), options.end(), is_ours), options.end());
  }

  template <typename T, typename Make>
  util::Status Resolve(const std::string& url, std::map<std::string, T, std::less<>>& known, T& type,
                       const Make& make) {
    std::lock_guard lock(mutex_);
    auto found = known.find(url);
    if (found == known.end()) {
      T made;
      const util::Status status = make(made);
      if (!status.ok()) return status;
      found = known.emplace(url, std::move(made)).first;
    }
    type = found->second;
    return {};
  }

  const std::unique_ptr<util::TypeResolver> made_anew_{
      util::NewTypeResolverForDescriptorPool(kTypePrefix, google::protobuf::DescriptorPool::generated_pool())};
  std::mutex mutex_;
  std::map<std::string, google::protobuf::Type, std::less<>> messages_;
  std::map<std::string, google::protobuf::Enum, std::less<>> enums_;
};

// Null where the message is of no type that is linked.
util::TypeResolver* TypesOf(const google::protobuf::Message& message) {
  static Types* const kTypes = new Types;
  const bool linked = message.GetDescriptor()->file()->pool() == google::protobuf::DescriptorPool::generated_pool();
  return linked ? kTypes : nullptr;
}

std::string UrlOf(const google::protobuf::Message& message) {
  return fmt::format("{}/{}", kTypePrefix, message.GetDescriptor()->full_name());
}

util::Status Print(const google::protobuf::Message& message, const util::JsonPrintOptions& options, std::string& json) {
  util::TypeResolver* const types = TypesOf(message);
  if (types == nullptr) return util::MessageToJsonString(message, &json, options);
  return util::BinaryToJsonString(types, UrlOf(message), message.SerializeAsString(), &json, options);
}

util::Status Parse(std::string_view json, google::protobuf::Message& message) {
  util::TypeResolver* const types = TypesOf(message);
  const google::protobuf::StringPiece text(json.data(), json.size());
  if (types == nullptr) return util::JsonStringToMessage(text, &message);
  std::string binary;
  const util::Status status = util::JsonToBinaryString(types, UrlOf(message), text, &binary);
  if (!status.ok() || message.ParseFromString(binary)) return status;
  return util::InvalidArgumentError("it is not what the message can hold");
}

}  // namespace

std::string ToJson(const google::protobuf::Message& message, JsonStyle style) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = style == JsonStyle::kPretty;
  options.always_print_primitive_fields = style == JsonStyle::kComplete;
  std::string json;
  const util::Status status = Print(message, options, json);
  if (!status.ok()) return fmt::format("{{}} /* {} */", status.ToString());
  while (!json.empty() && json.back() == '\n') json.pop_back();
  return json;
}

absl::Status FromJson(std::string_view json, google::protobuf::Message& message, std::string_view what) {
  JsonSyntax syntax(json);
  if (!syntax.Check()) {
    return Error(absl::StatusCode::kInvalidArgument, "MALFORMED_JSON",
                 fmt::format("{} is not JSON: {}.", what, syntax.problem()));
  }
  if (!syntax.IsObject()) {
    return Error(absl::StatusCode::kInvalidArgument, "WRONG_MESSAGE",
                 fmt::format("{} must be a JSON object, such as {{}}.", what));
  }
  const util::Status status = Parse(json, message);
  if (status.ok()) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "WRONG_MESSAGE",
               fmt::format("{} is not a {}: {}", what, message.GetDescriptor()->full_name(),
                           std::string(status.message().data(), status.message().size())));
}

std::string EscapeJson(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  const bool readable = IsValidUtf8(text);
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      escaped += '\\';
      escaped += c;
    } else if (byte >= 0x80 && !readable) {
      escaped += "\\ufffd";
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(escaped), "\\u{:04x}", byte);
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace dangol

#include "cli/import/json_lines.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/struct.pb.h"

#include "common/base/json.h"

namespace dangol::cli {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

// Greater ones may have been rounded when they were read.
constexpr double kWholeNumberMax = 9'007'199'254'740'991;

// Null where there is none.
const Value* Find(const Struct& object, std::string_view path) {
  const auto whole = object.fields().find(std::string(path));
  if (whole != object.fields().end()) return &whole->second;
  const size_t dot = path.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const auto first = object.fields().find(std::string(path.substr(0, dot)));
  if (first == object.fields().end() || !first->second.has_struct_value()) return nullptr;
  return Find(first->second.struct_value(), path.substr(dot + 1));
}

// What is wrong with it; empty: nothing.
std::string Read(const Value& value, std::string& text) {
  switch (value.kind_case()) {
    case Value::kStringValue:
      text = value.string_value();
      return "";
    case Value::kBoolValue:
      text = value.bool_value() ? "true" : "false";
      return "";
    case Value::kNumberValue: {
      const double number = value.number_value();
      if (std::abs(number) > kWholeNumberMax) return "is a number that loses digits. Write it in quotes.";
      text = number == std::floor(number) ? fmt::format("{:.0f}", number) : fmt::format("{}", number);
      return "";
    }
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      return "";
    case Value::kStructValue:
    case Value::kListValue:
      break;
  }
  return "is an object or a list. Name a member of it that is a text, a number or a boolean.";
}

}  // namespace

JsonLinesReader::JsonLinesReader(std::unique_ptr<TextInput> input, std::vector<std::string> columns)
    : lines_(std::move(input)), columns_(std::move(columns)) {}

std::string JsonLinesReader::Parse(const Line& line, std::vector<std::string>& fields) const {
  if (line.too_long) return fmt::format("it is longer than {} KiB", kRecordBytesMax >> 10);
  Struct object;
  if (const absl::Status status = FromJson(line.text, object, "it"); !status.ok()) return std::string(status.message());
  for (const std::string& column : columns_) {
    const Value* value = Find(object, column);
    fields.emplace_back();
    if (value == nullptr) continue;
    if (const std::string problem = Read(*value, fields.back()); !problem.empty()) return column + ": " + problem;
  }
  return "";
}

absl::StatusOr<bool> JsonLinesReader::Next(Record& record) {
  record = Record();
  Line line;
  do {
    const absl::StatusOr<bool> found = lines_.Next(line);
    if (!found.ok() || !*found) return found;
  } while (line.text.find_first_not_of(" \t\r\n") == std::string::npos);
  record.line = lines_.number();
  line.text.resize(line.text.find_last_not_of("\r\n") + 1);
  record.problem = Parse(line, record.fields);
  if (record.good()) return true;
  record.fields.clear();
  record.text = line.text.substr(0, kShownBytesMax);
  return true;
}

}  // namespace dangol::cli

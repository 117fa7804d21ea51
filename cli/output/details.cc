#include "cli/output/details.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "fmt/format.h"
#include "google/protobuf/timestamp.pb.h"

#include "cli/output/names.h"
#include "cli/output/print.h"
#include "cli/output/text_width.h"
#include "cli/output/times.h"

namespace dangol::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

constexpr size_t kLineWidthMin = 20;
constexpr size_t kLineWidthMax = 120;

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string MapKey(const Message& entry) { return ShownField(entry, entry.GetDescriptor()->map_key(), -1); }

void AddMessage(const Message& message, const std::string& prefix, Lines& lines);

void AddField(const Message& message, const FieldDescriptor* field, int index, const std::string& name, Lines& lines) {
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    lines.emplace_back(name, ShownField(message, field, index));
    return;
  }
  const auto* reflection = message.GetReflection();
  const Message& child =
      index < 0 ? reflection->GetMessage(message, field) : reflection->GetRepeatedMessage(message, field, index);
  if (field->is_map()) {
    lines.emplace_back(fmt::format("{} {}", name, MapKey(child)),
                       ShownField(child, child.GetDescriptor()->map_value(), -1));
  } else if (field->message_type() == Timestamp::descriptor()) {
    lines.emplace_back(name, TimeWithZone(static_cast<const Timestamp&>(child)));
  } else {
    AddMessage(child, name + " ", lines);
  }
}

void AddMessage(const Message& message, const std::string& prefix, Lines& lines) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = prefix + InWords(field->name());
    if (!field->is_repeated()) {
      AddField(message, field, -1, name, lines);
      continue;
    }
    const size_t before = lines.size();
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i)
      AddField(message, field, i, name, lines);
    // Of a map in no order of its own.
    if (field->is_map()) std::sort(lines.begin() + static_cast<int64_t>(before), lines.end());
  }
}

}  // namespace

std::string ShownField(const Message& message, const FieldDescriptor* field, int index) {
  const auto* reflection = message.GetReflection();
  const bool one = index < 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return one ? reflection->GetString(message, field) : reflection->GetRepeatedString(message, field, index);
    case FieldDescriptor::CPPTYPE_ENUM:
      return (one ? reflection->GetEnum(message, field) : reflection->GetRepeatedEnum(message, field, index))->name();
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, field) ? "yes" : "no";
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(reflection->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(reflection->GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;  // our protos have no others
  }
  return "?";
}

std::string Details(const Message& message) {
  Lines lines;
  AddMessage(message, "", lines);
  const size_t terminal = TerminalWidth();
  const size_t line_width = terminal == 0 ? kLineWidthMax : std::clamp(terminal, kLineWidthMin, kLineWidthMax);
  size_t width = 0;
  for (const auto& [name, value] : lines) width = std::max(width, DisplayWidth(name));
  std::string text;
  for (const auto& [name, value] : lines) {
    const bool block = value.find('\n') != std::string::npos || width + 2 + DisplayWidth(value) > line_width;
    text += block
                ? fmt::format("{}\n  {}\n", name, absl::StrReplaceAll(Wrapped(value, line_width - 2), {{"\n", "\n  "}}))
                : fmt::format("{}{}\n", Padded(name, width + 2), value);
  }
  return text;
}

}  // namespace dangol::cli

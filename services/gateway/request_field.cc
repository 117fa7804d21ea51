#include "services/gateway/request_field.h"

#include <string>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/json_types.h"

namespace dangol::gateway {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

absl::Status NoMessage(std::string_view path) {
  return InvalidField(path,
                      "a message cannot stand in the query: name its fields, or the keys of a map, behind a dot. What "
                      "has neither is sent by Connect or gRPC");
}

// `cursors.tickets=…`: all behind the first dot is the key.
absl::Status SetEntry(Message& message, const FieldDescriptor* map, std::string_view path, std::string_view key,
                      std::string_view text) {
  const FieldDescriptor* key_field = map->message_type()->map_key();
  const FieldDescriptor* value_field = map->message_type()->map_value();
  if (value_field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return NoMessage(path);
  Message& entry = *message.GetReflection()->AddMessage(&message, map);
  if (!SetFieldFromText(entry, key_field, key)) {
    return InvalidField(path, fmt::format("{} is no key of {}", ShownValue(key), map->name()));
  }
  if (SetFieldFromText(entry, value_field, text)) return absl::OkStatus();
  return InvalidField(path, fmt::format("{} is no value of this field", ShownValue(text)));
}

}  // namespace

absl::Status SetField(Message& request, std::string_view path, std::string_view text) {
  Message* message = &request;
  std::string_view rest = path;
  while (true) {
    const size_t dot = rest.find('.');
    const FieldDescriptor* field = FindJsonField(message->GetDescriptor(), rest.substr(0, dot));
    if (field == nullptr) {
      return InvalidField(path, fmt::format("{} has no such field", message->GetDescriptor()->full_name()));
    }
    if (dot == std::string_view::npos) {
      const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
      if (field->is_map() || (is_message && !IsTextInJson(field->message_type()))) return NoMessage(path);
      if (SetFieldFromText(*message, field, text)) return absl::OkStatus();
      return InvalidField(path, fmt::format("{} is no value of this field", ShownValue(text)));
    }
    if (field->is_map()) return SetEntry(*message, field, path, rest.substr(dot + 1), text);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_repeated()) {
      return InvalidField(path, fmt::format("{} has no fields of its own", field->name()));
    }
    message = message->GetReflection()->MutableMessage(message, field);
    rest = rest.substr(dot + 1);
  }
}

}  // namespace dangol::gateway

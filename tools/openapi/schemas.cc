#include "tools/openapi/schemas.h"

#include <algorithm>
#include <map>

#include "common/rpc/limits.h"
#include "dangol/api/v1/options.pb.h"

namespace dangol::openapi {
namespace {

using dangol::api::v1::FieldRules;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using rpc::kDefaultBytesMax;
using rpc::kDefaultItemsMax;

const FieldRules& RulesOf(const FieldDescriptor* field) {
  return field->options().GetExtension(dangol::api::v1::field);
}

// `dangol.tickets.v1.Ticket` is `tickets.Ticket`.
std::string ComponentName(std::string name) {
  if (name.starts_with("dangol.")) name = name.substr(7);
  if (const size_t version = name.find(".v1."); version != std::string::npos) name.erase(version, 3);
  return name;
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '.' ? std::string("\\.") : std::string(1, c);
  return escaped;
}

// Of `tickets/*/messages/*`.
std::string PatternOfName(std::string_view resource) {
  std::string pattern = "^";
  for (const char c : resource) pattern += c == '*' ? "[a-z0-9-]{1,63}" : Escaped(std::string(1, c));
  return pattern + "$";
}

void AddTextRules(const FieldRules& rules, Json& schema) {
  // In bytes there, in characters here: a text of so many characters may still be too long.
  schema["maxLength"] = rules.max_bytes() == 0 ? kDefaultBytesMax : rules.max_bytes();
  if (!rules.resource().empty()) schema["pattern"] = PatternOfName(rules.resource());
  if (rules.resource_id()) schema["pattern"] = "^[a-z0-9-]{1,63}$";
  if (rules.slug()) schema["pattern"] = "^[a-z0-9._-]+(/[a-z0-9._-]+)*$";
}

void AddIntegerRules(const FieldRules& rules, Json& schema) {
  if (rules.has_minimum()) schema["minimum"] = rules.minimum();
  if (rules.has_maximum()) schema["maximum"] = rules.maximum();
}

void AddDescription(const std::string& text, Json& schema) {
  if (!text.empty()) schema["description"] = text;
}

// Types with a form of their own in JSON.
const std::map<std::string, Json>& WellKnown() {
  static const auto* const kTypes = new std::map<std::string, Json>{
      {"google.protobuf.Timestamp", {{"type", "string"}, {"format", "date-time"}}},
      {"google.protobuf.Duration", {{"type", "string"}, {"pattern", "^-?[0-9]+(\\.[0-9]+)?s$"}}},
      {"google.protobuf.FieldMask", {{"type", "string"}, {"examples", {"subject,severity"}}}},
      {"google.protobuf.Struct", {{"type", "object"}}},
      {"google.protobuf.Value", Json::object()},
      {"google.protobuf.Any", {{"type", "object"}, {"properties", {{"@type", {{"type", "string"}}}}}}},
      {"google.protobuf.Empty", {{"type", "object"}}},
  };
  return *kTypes;
}

}  // namespace

Json Schemas::Reference(const Descriptor* message) {
  if (known_.insert(message->full_name()).second) messages_.push_back(message);
  return {{"$ref", "#/components/schemas/" + ComponentName(message->full_name())}};
}

Json Schemas::Reference(const EnumDescriptor* type) {
  if (known_.insert(type->full_name()).second) enums_.push_back(type);
  return {{"$ref", "#/components/schemas/" + ComponentName(type->full_name())}};
}

Json Schemas::Without(const Descriptor* message, const std::set<std::string>& fields) {
  return Object(message, fields);
}

Json Schemas::OfMessage(const Descriptor* message) {
  const auto known = WellKnown().find(message->full_name());
  return known == WellKnown().end() ? Reference(message) : known->second;
}

// Of one element.
Json Schemas::OfValue(const FieldDescriptor* field) {
  const FieldRules& rules = RulesOf(field);
  Json schema;
  switch (field->type()) {
    case FieldDescriptor::TYPE_STRING:
      schema["type"] = "string";
      AddTextRules(rules, schema);
      return schema;
    case FieldDescriptor::TYPE_BYTES:
      return {{"type", "string"}, {"contentEncoding", "base64"}};
    case FieldDescriptor::TYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_DOUBLE:
      return {{"type", "number"}};
    case FieldDescriptor::TYPE_ENUM:
      return Reference(field->enum_type());
    case FieldDescriptor::TYPE_MESSAGE:
    case FieldDescriptor::TYPE_GROUP:
      return OfMessage(field->message_type());
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
    case FieldDescriptor::TYPE_SINT64:
      // A text, since JavaScript's numbers do not hold it; a number is read, too.
      return {{"type", {"string", "integer"}}, {"format", "int64"}};
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
    case FieldDescriptor::TYPE_SINT32:
      schema = {{"type", "integer"}, {"format", "int32"}};
      AddIntegerRules(rules, schema);
      return schema;
  }
  return schema;
}

Json Schemas::OfField(const FieldDescriptor* field) {
  const FieldRules& rules = RulesOf(field);
  Json schema;
  if (field->is_map()) {
    schema = {{"type", "object"}, {"additionalProperties", OfValue(field->message_type()->map_value())}};
    schema["maxProperties"] = rules.max_items() == 0 ? kDefaultItemsMax : rules.max_items();
  } else if (field->is_repeated()) {
    schema = {{"type", "array"}, {"items", OfValue(field)}};
    if (!rules.output_only()) schema["maxItems"] = rules.max_items() == 0 ? kDefaultItemsMax : rules.max_items();
  } else {
    schema = OfValue(field);
  }
  if (rules.output_only()) schema["readOnly"] = true;
  AddDescription(comments_.Of(field), schema);
  return schema;
}

Json Schemas::Object(const Descriptor* message, const std::set<std::string>& without) {
  Json schema = {{"type", "object"}};
  AddDescription(comments_.Of(message), schema);
  Json properties = Json::object();
  Json required = Json::array();
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    if (without.contains(field->name())) continue;
    properties[field->json_name()] = OfField(field);
    if (RulesOf(field).required()) required.push_back(field->json_name());
  }
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json Schemas::Components() {
  std::map<std::string, Json> sorted;
  for (size_t i = 0; i < messages_.size(); ++i) {  // which grow on the way
    sorted[ComponentName(messages_[i]->full_name())] = Object(messages_[i], {});
  }
  for (const EnumDescriptor* type : enums_) {
    Json schema = {{"type", "string"}};
    std::string description = comments_.Of(type);
    Json values = Json::array();
    for (int i = 0; i < type->value_count(); ++i) {
      values.push_back(type->value(i)->name());
      const std::string said = comments_.Of(type->value(i));
      if (!said.empty()) description += (description.empty() ? "* `" : "\n* `") + type->value(i)->name() + "`: " + said;
    }
    AddDescription(description, schema);
    schema["enum"] = std::move(values);
    sorted[ComponentName(type->full_name())] = std::move(schema);
  }
  Json components = Json::object();
  for (auto& [name, schema] : sorted) components[name] = std::move(schema);
  return components;
}

}  // namespace dangol::openapi

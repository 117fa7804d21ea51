// Messages as JSON schemas, by the rules of proto3 JSON and of dangol.api.v1.FieldRules.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"

#include "tools/openapi/comments.h"

namespace dangol::openapi {

using Json = nlohmann::ordered_json;

class Schemas {
 public:
  explicit Schemas(const Comments& comments) : comments_(comments) {}

  // Of a message or an enumeration: a reference to its component.
  Json Reference(const google::protobuf::Descriptor* message);
  Json Reference(const google::protobuf::EnumDescriptor* type);
  // Of a message without some of its fields, which stand somewhere else: in place.
  Json Without(const google::protobuf::Descriptor* message, const std::set<std::string>& fields);
  // Of a field's value, with its description and rules.
  Json OfField(const google::protobuf::FieldDescriptor* field);

  // All that was referred to.
  Json Components();

 private:
  Json Object(const google::protobuf::Descriptor* message, const std::set<std::string>& without);
  Json OfValue(const google::protobuf::FieldDescriptor* field);
  Json OfMessage(const google::protobuf::Descriptor* message);

  const Comments& comments_;
  std::set<std::string> known_;
  std::vector<const google::protobuf::Descriptor*> messages_;
  std::vector<const google::protobuf::EnumDescriptor*> enums_;
};

}  // namespace dangol::openapi

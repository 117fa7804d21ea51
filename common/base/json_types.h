// How JSON writes messages of a type: for its reader and writer, and for who makes a message of a query.
#pragma once

#include <memory>
#include <string>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/message.h"

namespace dangol {

// Well-known types have the same numbers wherever they are described.
inline const google::protobuf::FieldDescriptor* FieldOf(const google::protobuf::Message& message, int number) {
  return message.GetDescriptor()->FindFieldByNumber(number);
}

// JSON writes it as an object with its fields.
inline bool IsObjectInJson(const google::protobuf::Descriptor* type) {
  return type->well_known_type() == google::protobuf::Descriptor::WELLKNOWNTYPE_UNSPECIFIED;
}

// Such as google.protobuf.Int64Value: JSON writes the value alone.
inline bool IsWrapper(const google::protobuf::Descriptor* type) {
  using google::protobuf::Descriptor;
  switch (type->well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_DOUBLEVALUE:
    case Descriptor::WELLKNOWNTYPE_FLOATVALUE:
    case Descriptor::WELLKNOWNTYPE_INT64VALUE:
    case Descriptor::WELLKNOWNTYPE_UINT64VALUE:
    case Descriptor::WELLKNOWNTYPE_INT32VALUE:
    case Descriptor::WELLKNOWNTYPE_UINT32VALUE:
    case Descriptor::WELLKNOWNTYPE_STRINGVALUE:
    case Descriptor::WELLKNOWNTYPE_BYTESVALUE:
    case Descriptor::WELLKNOWNTYPE_BOOLVALUE:
      return true;
    default:
      return false;
  }
}

// JSON writes it as one string, which SetFieldFromText takes.
inline bool IsTextInJson(const google::protobuf::Descriptor* type) {
  using google::protobuf::Descriptor;
  const Descriptor::WellKnownType known = type->well_known_type();
  return known == Descriptor::WELLKNOWNTYPE_TIMESTAMP || known == Descriptor::WELLKNOWNTYPE_DURATION ||
         known == Descriptor::WELLKNOWNTYPE_FIELDMASK;
}

// An empty message of the type that an Any's URL names, where the Any is described; null: there is none. `factory`
// makes it where it is not of a generated class, and must outlive it.
inline std::unique_ptr<google::protobuf::Message> NewMessageOfAny(const std::string& url,
                                                                  const google::protobuf::Message& any,
                                                                  google::protobuf::DynamicMessageFactory& factory) {
  const size_t slash = url.rfind('/');
  if (slash == std::string::npos) return nullptr;
  const google::protobuf::DescriptorPool* pool = any.GetDescriptor()->file()->pool();
  const google::protobuf::Descriptor* type = pool->FindMessageTypeByName(url.substr(slash + 1));
  if (type == nullptr) return nullptr;
  const bool generated = pool == google::protobuf::DescriptorPool::generated_pool();
  google::protobuf::MessageFactory* const generated_factory = google::protobuf::MessageFactory::generated_factory();
  return std::unique_ptr<google::protobuf::Message>(generated ? generated_factory->GetPrototype(type)->New()
                                                              : factory.GetPrototype(type)->New());
}

}  // namespace dangol

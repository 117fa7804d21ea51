// Every place in a request where a value can stand, found by its descriptor, so that a field which is added tomorrow is
// tested tomorrow.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_replace.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

#include "common/rpc/limits.h"
#include "dangol/api/v1/options.pb.h"

namespace dangol::testing {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A field, with the way to it through the first element of each repeated message.
struct Site {
  std::vector<const FieldDescriptor*> way;  // the last is the field itself
  std::string path;                         // as errors name it; without an index where the field is repeated
  dangol::api::v1::FieldRules rules;
  bool output_only = false;  // it, or a message that it is in

  const FieldDescriptor* field() const { return way.back(); }
  bool is_text() const { return field()->type() == FieldDescriptor::TYPE_STRING; }
  bool is_mask() const { return field()->message_type() == google::protobuf::FieldMask::descriptor(); }
  bool is_time() const { return field()->message_type() == google::protobuf::Timestamp::descriptor(); }
  // Where an error in the first value is.
  std::string value_path() const { return field()->is_repeated() ? path + "[0]" : path; }
  uint32_t bytes_max() const { return rules.max_bytes() == 0 ? rpc::kDefaultBytesMax : rules.max_bytes(); }
  uint32_t items_max() const { return rules.max_items() == 0 ? rpc::kDefaultItemsMax : rules.max_items(); }

  // The message that holds the field; made where it is missing.
  Message& Parent(Message& request) const {
    Message* message = &request;
    for (size_t i = 0; i + 1 < way.size(); ++i) {
      const auto* reflection = message->GetReflection();
      if (way[i]->is_repeated() && reflection->FieldSize(*message, way[i]) == 0)
        reflection->AddMessage(message, way[i]);
      message = way[i]->is_repeated() ? reflection->MutableRepeatedMessage(message, way[i], 0)
                                      : reflection->MutableMessage(message, way[i]);
    }
    return *message;
  }
  void Clear(Message& request) const {
    Message& parent = Parent(request);
    parent.GetReflection()->ClearField(&parent, field());
  }
  // Instead of the value that was there, or of its first element.
  void SetText(Message& request, const std::string& text) const {
    Message& parent = Parent(request);
    if (field()->is_repeated()) {
      parent.GetReflection()->SetRepeatedString(&parent, field(), 0, text);
    } else {
      parent.GetReflection()->SetString(&parent, field(), text);
    }
  }
  void SetEnum(Message& request, int number) const {
    Message& parent = Parent(request);
    if (field()->is_repeated()) {
      parent.GetReflection()->SetRepeatedEnumValue(&parent, field(), 0, number);
    } else {
      parent.GetReflection()->SetEnumValue(&parent, field(), number);
    }
  }
  void SetInteger(Message& request, int64_t value) const {
    Message& parent = Parent(request);
    if (field()->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
      parent.GetReflection()->SetInt32(&parent, field(), static_cast<int32_t>(value));
    } else {
      parent.GetReflection()->SetInt64(&parent, field(), value);
    }
  }
  void SetTime(Message& request, int64_t seconds, int32_t nanos) const {
    Message& parent = Parent(request);
    auto* time = static_cast<google::protobuf::Timestamp*>(parent.GetReflection()->MutableMessage(&parent, field()));
    time->set_seconds(seconds);
    time->set_nanos(nanos);
  }
  // The only entry of a map from text to text.
  void SetEntry(Message& request, const std::string& key, const std::string& value) const {
    Clear(request);
    AddEntry(request, key, value);
  }
  void AddEntry(Message& request, const std::string& key, const std::string& value) const {
    Message& parent = Parent(request);
    Message* entry = parent.GetReflection()->AddMessage(&parent, field());
    entry->GetReflection()->SetString(entry, field()->message_type()->map_key(), key);
    entry->GetReflection()->SetString(entry, field()->message_type()->map_value(), value);
  }
  // Until the repeated field or map has so many elements.
  void Grow(Message& request, int size) const {
    Message& parent = Parent(request);
    const auto* reflection = parent.GetReflection();
    for (int i = reflection->FieldSize(parent, field()); i < size; ++i) {
      if (field()->is_map()) {
        AddEntry(request, "key" + std::to_string(i), "value");
      } else if (field()->message_type() != nullptr) {
        reflection->AddMessage(&parent, field())->CopyFrom(reflection->GetRepeatedMessage(parent, field(), 0));
      } else if (field()->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        reflection->AddEnumValue(&parent, field(), 1);
      } else {
        reflection->AddString(&parent, field(), "value");
      }
    }
  }
};

inline void AddSites(const google::protobuf::Descriptor* message, const Site& above, std::vector<Site>& sites) {
  for (int i = 0; i < message->field_count(); ++i) {
    Site site = above;
    const FieldDescriptor* field = message->field(i);
    site.way.push_back(field);
    site.path += (above.path.empty() ? "" : ".") + field->name();
    site.rules = field->options().GetExtension(dangol::api::v1::field);
    site.output_only = above.output_only || site.rules.output_only();
    sites.push_back(site);
    if (field->message_type() == nullptr || field->is_map() || site.is_time() || site.is_mask()) continue;
    if (field->is_repeated()) site.path += "[0]";
    AddSites(field->message_type(), site, sites);
  }
}

inline std::vector<Site> SitesOf(const google::protobuf::Descriptor* request) {
  std::vector<Site> sites;
  AddSites(request, {}, sites);
  return sites;
}

// Names in the mask of an update every field of its resource that callers set, but `without`: an empty mask names those
// that are set.
inline void FillMask(const Site& mask, Message& request, std::string_view without = {}) {
  Message& parent = mask.Parent(request);
  auto& paths =
      static_cast<google::protobuf::FieldMask&>(*parent.GetReflection()->MutableMessage(&parent, mask.field()));
  for (const Site& site : SitesOf(request.GetDescriptor())) {
    const std::string& name = site.field()->name();
    if (site.way.size() == 2 && !site.output_only && name != without) paths.add_paths(name);
  }
}

inline std::string ValidText(const dangol::api::v1::FieldRules& rules) {
  if (!rules.resource().empty()) return absl::StrReplaceAll(rules.resource(), {{"*", "a1"}});
  return rules.slug() ? "first/second" : rules.resource_id() ? "a1" : "text";
}

// Gives every field that a caller may set a value that its rules allow: one element in each list, one entry in each
// map.
inline void FillValid(Message& message) {
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const auto& rules = field->options().GetExtension(dangol::api::v1::field);
    if (rules.output_only()) continue;
    Site site{{field}, field->name(), rules};
    if (site.is_mask()) continue;  // all that are set
    if (site.is_time()) {
      site.SetTime(message, 1'749'000'000, 0);
    } else if (field->is_map()) {
      site.SetEntry(message, "key", "value");
    } else if (field->message_type() != nullptr) {
      FillValid(field->is_repeated() ? *reflection->AddMessage(&message, field)
                                     : *reflection->MutableMessage(&message, field));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      const int last = field->enum_type()->value(field->enum_type()->value_count() - 1)->number();
      field->is_repeated() ? reflection->AddEnumValue(&message, field, last)
                           : reflection->SetEnumValue(&message, field, last);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      reflection->SetBool(&message, field, true);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
      reflection->SetDouble(&message, field, 10);
    } else if (site.is_text()) {
      field->is_repeated() ? reflection->AddString(&message, field, ValidText(rules))
                           : reflection->SetString(&message, field, ValidText(rules));
    } else if (field->type() == FieldDescriptor::TYPE_BYTES) {
      reflection->SetString(&message, field, "bytes");
    } else {
      site.SetInteger(message, std::max<int64_t>(rules.minimum(), 10));
    }
  }
}

}  // namespace dangol::testing

#include "common/rpc/decided_by.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "google/protobuf/field_mask.pb.h"

#include "common/base/status_macros.h"
#include "common/rpc/authorization.h"
#include "dangol/api/v1/options.pb.h"

namespace dangol::rpc {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

constexpr std::array<std::string_view, 6> kActing = {"decided_by",  "heard_by",    "accepted_by",
                                                     "recorded_by", "answered_by", "author"};

// Whether it names the member who acts. The author of a message is a text, of whatever system it came from.
bool NamesActing(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field->is_repeated() &&
         field->options().GetExtension(dangol::api::v1::field).resource() == "members/*" &&
         std::ranges::find(kActing, field->name()) != kActing.end();
}

// What an update mask leaves out is not changed, whoever decided it. `mask`: null where there is none.
bool IsMasked(const google::protobuf::FieldMask* mask, const FieldDescriptor* field) {
  if (mask == nullptr || mask->paths().empty()) return false;
  return std::ranges::none_of(mask->paths(), [&](const std::string& path) {
    return path == field->name() || path.starts_with(field->name() + ".");
  });
}

// The update mask of a request; null: it has none.
const google::protobuf::FieldMask* UpdateMask(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("update_mask");
  if (field == nullptr) return nullptr;
  return static_cast<const google::protobuf::FieldMask*>(&request.GetReflection()->GetMessage(request, field));
}

}  // namespace

bool DecidedByRule::Add(const Descriptor* message) {
  const auto [entry, added] = fields_.try_emplace(message);
  if (!added) return !entry->second.empty();
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    if (field->options().GetExtension(dangol::api::v1::field).output_only()) continue;
    const Descriptor* child = field->message_type();
    if (child == nullptr ? NamesActing(field) : Add(child)) fields_[message].push_back(field);
  }
  return !fields_[message].empty();
}

absl::Status DecidedByRule::Check(const Principal& principal, const Message& request) const {
  return CheckIn(principal, request, nullptr, "");
}

absl::Status DecidedByRule::CheckIn(const Principal& principal, const Message& message,
                                    const google::protobuf::FieldMask* mask, const std::string& path) const {
  const Reflection* reflection = message.GetReflection();
  for (const FieldDescriptor* field : fields_.at(message.GetDescriptor())) {
    if (IsMasked(mask, field)) continue;
    const std::string name = path + field->name();
    const google::protobuf::FieldMask* below = path.empty() ? UpdateMask(message) : nullptr;
    if (field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(message, field); ++i)
        RETURN_IF_ERROR(CheckIn(principal, reflection->GetRepeatedMessage(message, field, i), nullptr, name + "."));
    } else if (field->message_type() != nullptr) {
      if (reflection->HasField(message, field))
        RETURN_IF_ERROR(CheckIn(principal, reflection->GetMessage(message, field), below, name + "."));
    } else if (const std::string member = reflection->GetString(message, field); !member.empty()) {
      RETURN_IF_ERROR(CheckDecidedBy(principal, name, member));
    }
  }
  return absl::OkStatus();
}

}  // namespace dangol::rpc

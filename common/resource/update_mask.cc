#include "common/resource/update_mask.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"

#include "common/base/error.h"
#include "dangol/api/v1/options.pb.h"

namespace dangol::resource {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status CheckPath(const FieldDescriptor* field, const std::string& path) {
  if (field == nullptr) {
    return InvalidField("update_mask",
                        fmt::format("{} is no field of the resource. Name whole fields of it.", ShownValue(path)));
  }
  if (field->options().GetExtension(dangol::api::v1::field).output_only()) {
    return InvalidField("update_mask", fmt::format("{} is set by the service alone. Leave it out.", ShownValue(path)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ApplyUpdate(const Message& patch, const google::protobuf::FieldMask& mask, Message& resource) {
  std::vector<const FieldDescriptor*> fields;
  if (mask.paths().empty()) patch.GetReflection()->ListFields(patch, &fields);
  for (const std::string& path : mask.paths()) {
    const FieldDescriptor* field = patch.GetDescriptor()->FindFieldByName(path);
    if (absl::Status status = CheckPath(field, path); !status.ok()) return status;
    if (std::ranges::find(fields, field) == fields.end()) fields.push_back(field);
  }
  // What is swapped out of the copy is exactly what is replaced, whatever its type.
  const std::unique_ptr<Message> copy(patch.New());
  copy->CopyFrom(patch);
  resource.GetReflection()->SwapFields(&resource, copy.get(), fields);
  return absl::OkStatus();
}

}  // namespace dangol::resource

#include "common/rpc/methods.h"

#include <algorithm>
#include <string>

#include "google/protobuf/descriptor_database.h"

namespace dangol::rpc {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;

std::vector<const MethodDescriptor*> AllMethods() {
  // The pool builds what is asked for by name; only the database below it can tell the names.
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const MethodDescriptor*> methods;
  for (const std::string& file_name : files) {
    const google::protobuf::FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(file_name);
    if (file == nullptr || !file->package().starts_with("dangol.")) continue;
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) methods.push_back(file->service(i)->method(j));
    }
  }
  std::ranges::sort(methods, {}, &MethodDescriptor::full_name);
  return methods;
}

const MethodDescriptor* FindMethod(std::string_view name) {
  if (name.starts_with('/')) name.remove_prefix(1);
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return nullptr;
  const auto* service = DescriptorPool::generated_pool()->FindServiceByName(std::string(name.substr(0, slash)));
  return service == nullptr ? nullptr : service->FindMethodByName(std::string(name.substr(slash + 1)));
}

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<google::protobuf::Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

}  // namespace dangol::rpc

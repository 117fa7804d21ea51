#include "cli/command/proto_comments.h"

#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/descriptor_database.h"

// All protos with their comments, as protoc has written them when this was built.
asm(R"(
  .section .rodata
  .global dangol_api_descriptors_begin
  .global dangol_api_descriptors_end
dangol_api_descriptors_begin:
  .incbin ")" DANGOL_API_DESCRIPTORS R"("
dangol_api_descriptors_end:
  .byte 0
  .previous
)");
extern "C" const char dangol_api_descriptors_begin[];
extern "C" const char dangol_api_descriptors_end[];

namespace dangol::cli {
namespace {

using google::protobuf::DescriptorPool;

const DescriptorPool& Commented() {
  static const DescriptorPool& pool = *[] {
    auto* built = new DescriptorPool();
    google::protobuf::FileDescriptorSet files;
    files.ParseFromArray(dangol_api_descriptors_begin,
                         static_cast<int>(dangol_api_descriptors_end - dangol_api_descriptors_begin));
    for (const auto& file : files.file()) built->BuildFile(file);
    return built;
  }();
  return pool;
}

}  // namespace

std::string CommentOf(const google::protobuf::FieldDescriptor* field) {
  const google::protobuf::FieldDescriptor* commented = Commented().FindFieldByName(field->full_name());
  google::protobuf::SourceLocation location;
  if (commented == nullptr || !commented->GetSourceLocation(&location)) return "";
  std::string text = location.leading_comments;
  absl::StripAsciiWhitespace(&text);
  text = absl::StrReplaceAll(text, {{"\n ", " "}, {"\n", " "}, {"Required. ", ""}});
  // The pattern of a resource's name, which the type of the flag says.
  if (text.ends_with("}`")) text.resize(text.rfind('`', text.size() - 2));
  text = absl::StrReplaceAll(text, {{"`", ""}});
  absl::StripAsciiWhitespace(&text);
  return text;
}

}  // namespace dangol::cli

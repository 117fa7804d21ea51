#include "tools/openapi/comments.h"

#include <sstream>
#include <vector>

#include "google/protobuf/descriptor.pb.h"

namespace dangol::openapi {
namespace {

constexpr std::string_view kReference = "see `";
constexpr std::string_view kInOptions = "` in dangol/api/v1/options.proto.";
constexpr std::string_view kItem = "* `";

// Lines that belong together as one, so that whoever shows the text breaks it.
void AddLine(std::string_view line, std::string& text) {
  const bool new_line = line.empty() || line.starts_with("* ") || text.empty() || text.back() == '\n';
  if (line.empty()) {
    if (!text.empty() && !text.ends_with("\n\n")) text += text.ends_with('\n') ? "\n" : "\n\n";
    return;
  }
  if (!text.empty()) text += new_line ? (text.ends_with('\n') ? "" : "\n") : " ";
  text += line;
}

}  // namespace

Comments::Comments(const google::protobuf::FileDescriptor* options) {
  google::protobuf::SourceLocation location;
  const std::vector<int> package = {google::protobuf::FileDescriptorProto::kPackageFieldNumber};
  options->GetSourceLocation(package, &location);
  std::string comment = location.leading_comments;
  for (const std::string& detached : location.leading_detached_comments) comment += "\n" + detached;
  std::stringstream lines(Text(comment));
  for (std::string line; std::getline(lines, line);) {
    const size_t end = line.find("`: ");
    if (!line.starts_with(kItem) || end == std::string::npos) continue;
    shared_[line.substr(kItem.size(), end - kItem.size())] = line.substr(end + 3);
  }
}

std::string Comments::Text(std::string_view comment) {
  std::string text;
  std::stringstream lines{std::string(comment)};
  for (std::string line; std::getline(lines, line);) {
    const size_t begin = line.find_first_not_of(' ');
    AddLine(begin == std::string::npos ? "" : std::string_view(line).substr(begin), text);
  }
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string Comments::Resolved(std::string text) const {
  const size_t at = text.find(kReference);
  const size_t end = text.find(kInOptions);
  if (at == std::string::npos || end == std::string::npos || end < at) return text;
  const size_t name = at + kReference.size();
  const auto found = shared_.find(std::string_view(text).substr(name, end - name));
  if (found == shared_.end()) return text;
  text.replace(at, end + kInOptions.size() - at, found->second);
  return text;
}

std::string FirstSentence(std::string_view text) {
  for (size_t at = text.find_first_of(".:\n"); at != std::string_view::npos; at = text.find_first_of(".:\n", at + 1)) {
    if (text[at] == '\n') return std::string(text.substr(0, at));
    if (text[at] == '.' && (at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == '\n')) {
      return std::string(text.substr(0, at));
    }
  }
  return std::string(text);
}

}  // namespace dangol::openapi

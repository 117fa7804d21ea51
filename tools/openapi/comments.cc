#include "tools/openapi/comments.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/descriptor.pb.h"

namespace dangol::openapi {
namespace {

constexpr std::string_view kReference = "see `";
constexpr std::string_view kBehindLead = ": ";
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

// What is left of `shared` behind what `lead` already says: behind the longest end of `lead`, of two words at least,
// that stands in its first sentence, too. All of it where there is none.
std::string_view Behind(std::string_view lead, std::string_view shared) {
  const std::string_view first = shared.substr(0, FirstSentence(shared).size());
  const size_t last_word = lead.rfind(' ');
  for (size_t at = 0; at < last_word && last_word != std::string_view::npos; at = lead.find(' ', at) + 1) {
    const std::string_view end = lead.substr(at);
    const size_t found = first.find(end);
    if (found != std::string_view::npos) return shared.substr(found + end.size());
  }
  return shared;
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
  const std::string_view before = std::string_view(text).substr(0, at);
  const std::string_view lead = before.substr(0, before.size() - std::min(before.size(), kBehindLead.size()));
  const std::string_view rest = Behind(lead, found->second);
  const std::string_view start = rest.size() < found->second.size() ? lead : before;
  return fmt::format("{}{}{}", start, rest, std::string_view(text).substr(end + kInOptions.size()));
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

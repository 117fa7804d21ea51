#include "cli/command/methods.h"

#include <algorithm>
#include <utility>

#include "google/protobuf/descriptor_database.h"

#include "cli/command/similar.h"

namespace dangol::cli {
namespace {

using google::protobuf::DescriptorPool;

constexpr size_t kSimilarMax = 5;

std::string_view After(std::string_view text, char separator) { return text.substr(text.rfind(separator) + 1); }

// Changes that make one of the other, of the whole names or of their last parts: people leave out what comes before.
size_t Difference(std::string_view given, std::string_view name) {
  return std::min({Distance(given, name), Distance(After(given, '.'), After(name, '.')) + 1,
                   Distance(After(given, '/'), After(name, '/')) + 2});
}

}  // namespace

std::vector<std::string> MethodNames() {
  // The pool builds what is asked for by name; only the database below it can tell the names.
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<std::string> names;
  for (const std::string& file_name : files) {
    const google::protobuf::FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(file_name);
    if (file == nullptr || !file->package().starts_with("dangol.")) continue;
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        names.push_back(file->service(i)->full_name() + "/" + file->service(i)->method(j)->name());
      }
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

const google::protobuf::MethodDescriptor* FindMethod(std::string_view name) {
  if (name.starts_with('/')) name.remove_prefix(1);
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return nullptr;
  const auto* service = DescriptorPool::generated_pool()->FindServiceByName(std::string(name.substr(0, slash)));
  return service == nullptr ? nullptr : service->FindMethodByName(std::string(name.substr(slash + 1)));
}

std::vector<std::string> SimilarMethods(std::string_view name) {
  // What is given is not worth more steps than a name of ours has.
  constexpr size_t kGivenMax = 256;
  const std::string_view given = name.substr(0, kGivenMax);
  std::vector<std::pair<size_t, std::string>> ranked;
  for (std::string& one : MethodNames()) {
    const size_t difference = Difference(given, one);
    // Half of it wrong is another word.
    if (difference <= std::max<size_t>(3, After(given, '/').size() / 2))
      ranked.emplace_back(difference, std::move(one));
  }
  std::sort(ranked.begin(), ranked.end());
  if (ranked.size() > kSimilarMax) ranked.resize(kSimilarMax);
  std::vector<std::string> names;
  for (auto& [difference, one] : ranked) names.push_back(std::move(one));
  return names;
}

}  // namespace dangol::cli

#include "cli/command/methods.h"

#include <algorithm>
#include <utility>

#include "cli/command/similar.h"
#include "common/rpc/methods.h"

namespace dangol::cli {
namespace {

constexpr size_t kSimilarMax = 5;

std::string_view After(std::string_view text, char separator) { return text.substr(text.rfind(separator) + 1); }

// Changes that make one of the other, of the whole names or of their last parts: people leave out what comes before.
size_t Difference(std::string_view given, std::string_view name) {
  return std::min({Distance(given, name), Distance(After(given, '.'), After(name, '.')) + 1,
                   Distance(After(given, '/'), After(name, '/')) + 2});
}

}  // namespace

std::vector<std::string> MethodNames() {
  std::vector<std::string> names;
  for (const google::protobuf::MethodDescriptor* method : rpc::AllMethods())
    names.push_back(method->service()->full_name() + "/" + method->name());
  return names;
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

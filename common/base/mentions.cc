#include "common/base/mentions.h"

#include <algorithm>
#include <utility>

#include "common/base/ids.h"

namespace dangol {
namespace {

constexpr size_t kMentionsMost = 32;

bool IsOfId(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

}  // namespace

std::vector<std::string> MentionsIn(std::string_view text) {
  std::vector<std::string> mentions;
  for (size_t at = text.find('@'); at != std::string_view::npos && mentions.size() < kMentionsMost;
       at = text.find('@', at + 1)) {
    // Not in the middle of an address.
    const bool begins = at == 0 || !(IsOfId(text[at - 1]) || text[at - 1] == '.' || text[at - 1] == '_');
    const std::string_view rest = text.substr(at + 1);
    const std::string_view id =
        rest.substr(0, static_cast<size_t>(std::ranges::find_if_not(rest, IsOfId) - rest.begin()));
    if (!begins || !IsResourceId(id)) continue;
    std::string member = std::string("members/").append(id);
    if (std::ranges::find(mentions, member) == mentions.end()) mentions.push_back(std::move(member));
  }
  return mentions;
}

}  // namespace dangol

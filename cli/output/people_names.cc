#include "cli/output/people_names.h"

namespace dangol::cli {

std::string PersonIn(const PeopleNames& people, const std::string& member) {
  const auto found = people.find(member);
  return found == people.end() ? member.substr(member.rfind('/') + 1) : found->second;
}

}  // namespace dangol::cli

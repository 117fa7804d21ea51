#include "cli/output/people_names.h"

#include "cli/output/names.h"

namespace dangol::cli {

std::string PersonIn(const PeopleNames& people, const std::string& member) {
  const auto found = people.find(member);
  return found == people.end() ? IdOf(member) : found->second;
}

}  // namespace dangol::cli

// How members are called.
#pragma once

#include <map>
#include <string>

namespace dangol::cli {

// By name of the member.
using PeopleNames = std::map<std::string, std::string>;

// The name of the member, else the id.
std::string PersonIn(const PeopleNames& people, const std::string& member);

}  // namespace dangol::cli

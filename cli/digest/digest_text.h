// A digest for a person to read, in Korean or English. Of customers it names tickets only, and repeats no word of
// theirs.
#pragma once

#include <string>

#include "cli/digest/digest_content.h"

namespace dangol::cli {

struct DigestText {
  std::string subject;
  std::string body;
};

// In the member's language: `ko`, or English.
DigestText WriteDigest(const Company& company, const dangol::metrics::v1::Member& member, const DigestContent& content);

}  // namespace dangol::cli

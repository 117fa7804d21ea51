// What has to come in a certain order to be met with, and hardly would by chance: operations of one agent, one behind
// the other, while the other agents do what they like.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "tests/simulation/ledger.h"

namespace dangol::simulation {

struct LoopLedger;

// Fills in method and request of its operation. Without a method: what it would be about is not known, and it is left
// out.
using StoryStep = std::function<void(Operation&, const LoopLedger&)>;
using Story = std::deque<StoryStep>;

// Duplicates of duplicates, the ticket that stands for them becomes spam, comes back, and stands for them again.
Story TellOfDuplicates(const std::string& id);
// Eleven customers are one, each merged into the next; then all of them are erased, or not.
Story TellOfAliases(const std::string& id, bool erased);
// A customer of whom more is stored than the call erases: merged, written to and imported anew meanwhile.
Story TellOfErasure(const std::string& id, uint64_t person);
// A change is merged into a second, and that into a third that has shipped, while tickets are accepted into the first
// and their customers turn out to be one; some come back, the shipment is taken back, and the third is dropped.
Story TellOfMerges(const std::string& id);
// A change ships, and says no more what it answers; or says then that it answers something else.
Story TellOfReasons(const std::string& id, bool again);

// The telephone number of one of few people whom only imports know, several at once.
std::string PhoneOfImports(uint64_t person);
inline constexpr uint64_t kPeopleOfImports = 3;

}  // namespace dangol::simulation

// Which deliberate fault runs. Included by the sources to which the patches beside it are applied, each of which puts
// one fault into the protocol or a service: they prove that the simulation would catch such a mistake. A check that
// never fails proves nothing.
#pragma once

#include <string>
#include <string_view>

namespace dangol {

// The name of a patch. Not synchronised: set before the run.
inline std::string current_mutant;  // NOLINT: a test's
inline bool IsMutant(std::string_view mutant) { return mutant == current_mutant; }

}  // namespace dangol

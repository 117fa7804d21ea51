// Deliberately broken variants of the commit protocol. They exist to prove that the simulation would catch such a
// mistake: a check that never fails proves nothing. Outside of the simulation's own build they do not exist.
#pragma once

namespace dangol {

enum class Mutant {
  kNone,
  kSynchronousNormal,           // power loss takes acknowledged writes
  kSequenceOutsideTransaction,  // a rolled-back batch leaves a gap in the feed
  kAnswerBeforeCommit,          // a crash takes acknowledged writes
  kKeyAfterCommit,              // a crash between the two commits lets a repeated request act twice
  kContinueAfterRollback,       // after SQLITE_FULL the rest of the batch runs outside of any transaction
  kKeepEventsOfFailedCall,      // a refused call leaves its events in the feed
  kCursorBeforeEffects,         // a crash between the two commits takes the effects of events of another service
};

#ifdef DANGOL_MUTANTS
// Not synchronised: set before the run.
inline Mutant current_mutant = Mutant::kNone;
inline bool IsMutant(Mutant mutant) { return mutant == current_mutant; }
#else
constexpr bool IsMutant(Mutant) { return false; }
#endif

}  // namespace dangol

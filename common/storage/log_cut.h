// For what must not be left anywhere: what is overwritten or deleted still stands in the write-ahead log of an engine
// that keeps one in a file of its own.
#pragma once

#include "common/storage/database.h"

namespace dangol::storage {

// What the transactions of such an engine have beside Transaction.
class LogCutter {
 public:
  virtual void Cut() = 0;
  virtual bool IsDue() const = 0;

 protected:
  ~LogCutter() = default;
};

// Asks for the log to be emptied after the commit, as soon as nobody reads from it. Nothing to an engine without one.
inline void CutLog(Transaction& transaction) {
  if (auto* cutter = dynamic_cast<LogCutter*>(&transaction)) cutter->Cut();
}

// True while the log still has to be emptied for a commit before this transaction.
inline bool LogCutIsDue(const Transaction& transaction) {
  const auto* cutter = dynamic_cast<const LogCutter*>(&transaction);
  return cutter != nullptr && cutter->IsDue();
}

}  // namespace dangol::storage

// The board as text: a column for each state, its changes by score, who asks for them as bars.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dangol/backlog/v1/change.pb.h"

namespace dangol::cli {

struct BoardColumn {
  dangol::backlog::v1::Change::State state;
  std::vector<dangol::backlog::v1::Change> changes;  // in their order
  bool more = false;                                 // there are others behind them
};

// In `width` columns of the terminal at most. Where they are too few for all columns side by side, some stand below the
// others.
std::string BoardText(const std::vector<BoardColumn>& columns, size_t width);

}  // namespace dangol::cli

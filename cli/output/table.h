// Answers in columns.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/output/print.h"

namespace dangol::cli {

struct Cell {
  std::string text;
  Colour colour = Colour::kPlain;
};

// What becomes of a column where the terminal is too narrow for the table.
enum class Fit {
  kWhole,        // it is shown as it is: names, states, numbers
  kText,         // it is cut, and `…` stands for the rest
  kWholeIfRoom,  // it is left out, the last of its kind first
  kTextIfRoom,   // it is cut, then left out
};

struct Head {
  std::string name;
  Fit fit = Fit::kWhole;
};

// One column of things of a type: its head and its cells stand together.
template <typename T>
struct Column {
  Head head;
  std::function<Cell(const T&)> cell;
};

// As wide as its cells, and not wider than the terminal. Rows may come in parts: the first one decides what is left
// out.
class Table {
 public:
  // Without a name in any head, no line of heads is written. `width` 0: as wide as it takes.
  explicit Table(std::vector<Head> heads, size_t width = TerminalWidth());

  // The rows, below the heads the first time.
  std::string Rows(const std::vector<std::vector<Cell>>& rows);

 private:
  void Measure(const std::vector<std::vector<Cell>>& rows);
  void LeaveOut();
  void Shrink();
  size_t Total() const;
  std::string Line(const std::vector<Cell>& row) const;

  const std::vector<Head> heads_;
  const size_t width_;
  std::vector<size_t> widths_;
  std::vector<bool> shown_;
  bool begun_ = false;
};

// Numbers of a column stand below each other by their last digits; its head with them, where it is one of the rows.
void AlignRight(std::vector<std::vector<Cell>>& rows, size_t column);

// A table of all `things`.
template <typename T>
std::string TableOf(const std::vector<Column<T>>& columns, const std::vector<T>& things) {
  std::vector<Head> heads;
  for (const Column<T>& column : columns) heads.push_back(column.head);
  std::vector<std::vector<Cell>> rows;
  for (const T& thing : things) {
    rows.emplace_back();
    for (const Column<T>& column : columns) rows.back().push_back(column.cell(thing));
  }
  return Table(std::move(heads)).Rows(rows);
}

}  // namespace dangol::cli

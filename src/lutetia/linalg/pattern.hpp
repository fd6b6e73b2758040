/// @file Where a square sparse matrix may be nonzero, and the order in which to eliminate it.
#pragma once

#include <utility>
#include <vector>

namespace lutetia {

/// Compressed rows; columns ascending, the diagonal always present.
struct Pattern {
  std::vector<int> row_start;  ///< shape (size + 1)
  std::vector<int> columns;    ///< shape (nonzeros)

  /// From (row, column) pairs in any order, duplicates allowed.
  static Pattern of(int size, const std::vector<std::pair<int, int>>& entries);

  int size() const { return static_cast<int>(row_start.size()) - 1; }
  int nonzeros() const { return static_cast<int>(columns.size()); }
  /// Position of an entry in `columns`, or −1.
  int position(int row, int column) const;
};

/// Diagonal pivots by increasing Markowitz cost (row − 1)(column − 1), ties by index.
/// @return order[k] = the index eliminated at step k
std::vector<int> elimination_order(const Pattern& pattern);

/// The pattern after renumbering: entry (i, j) moves to (rank[i], rank[j]).
Pattern renumbered(const Pattern& pattern, const std::vector<int>& rank);

}  // namespace lutetia

#include "lutetia/linalg/row_runs.hpp"

#include <algorithm>
#include <numeric>

namespace lutetia {

RowRuns RowRuns::of(const Pattern& pattern) {
  std::vector<int> order(pattern.size());
  std::iota(order.begin(), order.end(), 0);
  auto length = [&](int row) { return pattern.row_start[row + 1] - pattern.row_start[row]; };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return length(a) < length(b); });
  RowRuns out;
  for (const int row : order) out.add(row, pattern.row_start[row], length(row));
  return out;
}

void RowRuns::add(int row, int first, int length) {
  if (runs_.empty() || runs_.back().length != length) runs_.push_back({length, 0});
  ++runs_.back().rows;
  rows_.push_back({row, first});
}

}  // namespace lutetia

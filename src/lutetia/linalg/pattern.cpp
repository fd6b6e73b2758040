#include "lutetia/linalg/pattern.hpp"

#include <algorithm>
#include <set>

namespace lutetia {

Pattern Pattern::of(int size, const std::vector<std::pair<int, int>>& entries) {
  std::vector<std::pair<int, int>> all = entries;
  for (int i = 0; i < size; ++i) all.emplace_back(i, i);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  Pattern out;
  out.row_start.assign(size + 1, 0);
  for (const auto& [row, column] : all) {
    ++out.row_start[row + 1];
    out.columns.push_back(column);
  }
  for (int i = 0; i < size; ++i) out.row_start[i + 1] += out.row_start[i];
  return out;
}

int Pattern::position(int row, int column) const {
  const auto first = columns.begin() + row_start[row], last = columns.begin() + row_start[row + 1];
  const auto at = std::lower_bound(first, last, column);
  return at != last && *at == column ? static_cast<int>(at - columns.begin()) : -1;
}

std::vector<int> elimination_order(const Pattern& pattern) {
  const int n = pattern.size();
  std::vector<std::set<int>> rows(n),
      columns(n);  // of the part not yet eliminated, without diagonal
  for (int i = 0; i < n; ++i)
    for (int p = pattern.row_start[i]; p < pattern.row_start[i + 1]; ++p)
      if (pattern.columns[p] != i) {
        rows[i].insert(pattern.columns[p]);
        columns[pattern.columns[p]].insert(i);
      }
  auto cost = [&](int i) {
    return static_cast<long>(rows[i].size()) * static_cast<long>(columns[i].size());
  };
  std::set<std::pair<long, int>> queue;
  for (int i = 0; i < n; ++i) queue.emplace(cost(i), i);

  std::vector<int> order;
  while (!queue.empty()) {
    const int pivot = queue.begin()->second;
    queue.erase(queue.begin());
    order.push_back(pivot);
    const std::set<int> row = rows[pivot], column = columns[pivot];
    std::set<int> touched;
    std::set_union(row.begin(), row.end(), column.begin(), column.end(),
                   std::inserter(touched, touched.end()));
    for (const int i : touched) queue.erase({cost(i), i});
    for (const int i : column) rows[i].erase(pivot);
    for (const int j : row) columns[j].erase(pivot);
    for (const int i : column)
      for (const int j : row)
        if (i != j) {
          rows[i].insert(j);
          columns[j].insert(i);
        }
    for (const int i : touched) queue.emplace(cost(i), i);
  }
  return order;
}

Pattern renumbered(const Pattern& pattern, const std::vector<int>& rank) {
  std::vector<std::pair<int, int>> entries;
  for (int i = 0; i < pattern.size(); ++i)
    for (int p = pattern.row_start[i]; p < pattern.row_start[i + 1]; ++p)
      entries.emplace_back(rank[i], rank[pattern.columns[p]]);
  return Pattern::of(pattern.size(), entries);
}

}  // namespace lutetia

#include "lutetia/linalg/static_lu.hpp"

#include <algorithm>
#include <cmath>

namespace lutetia {
namespace {

/// Rows of L + U: row i takes the U part of every row k < i it meets.
Pattern fill(const Pattern& pattern) {
  const int n = pattern.size();
  std::vector<std::pair<int, int>> entries;
  std::vector<std::vector<int>> upper(n);
  std::vector<char> present(n, 0);
  for (int i = 0; i < n; ++i) {
    std::vector<int> row(pattern.columns.begin() + pattern.row_start[i],
                         pattern.columns.begin() + pattern.row_start[i + 1]);
    for (const int j : row) present[j] = 1;
    for (int k = 0; k < i; ++k) {
      if (!present[k]) continue;
      for (const int j : upper[k])
        if (!present[j]) {
          present[j] = 1;
          row.push_back(j);
        }
    }
    for (const int j : row) {
      present[j] = 0;
      entries.emplace_back(i, j);
      if (j > i) upper[i].push_back(j);
    }
  }
  return Pattern::of(n, entries);
}

/// Part of a row on one side of the diagonal.
struct Side {
  int row, first, length;
  int level = 0;  ///< one more than the highest level among the rows it uses
};

/// Rows sorted by level, then length: each comes after all it uses, and runs of equal length get
/// long.
/// @param sides  in an order that substitution allows
RowRuns runs_of(std::vector<Side> sides, const std::vector<int>& columns) {
  std::vector<int> level(sides.size());
  for (Side& side : sides) {
    for (int p = side.first; p < side.first + side.length; ++p)
      side.level = std::max(side.level, level[columns[p]] + 1);
    level[side.row] = side.level;
  }
  std::stable_sort(sides.begin(), sides.end(), [](const Side& a, const Side& b) {
    return std::pair(a.level, a.length) < std::pair(b.level, b.length);
  });
  RowRuns out;
  for (const Side& side : sides) out.add(side.row, side.first, side.length);
  return out;
}

}  // namespace

SymbolicLu::SymbolicLu(const Pattern& pattern) : filled_(fill(pattern)) {
  const int n = pattern.size();
  for (int i = 0; i < n; ++i) diagonal_.push_back(filled_.position(i, i));
  for (int i = 0; i < n; ++i)
    for (int p = pattern.row_start[i]; p < pattern.row_start[i + 1]; ++p)
      scatter_.push_back(filled_.position(i, pattern.columns[p]));
  for (int i = 0; i < n; ++i)
    for (int p = filled_.row_start[i]; p < diagonal_[i]; ++p) {
      const int k = filled_.columns[p];
      for (int u = diagonal_[k] + 1; u < filled_.row_start[k + 1]; ++u)
        targets_.push_back(filled_.position(i, filled_.columns[u]));
    }
  std::vector<Side> lower, upper;
  for (int i = 0; i < n; ++i)
    lower.push_back({i, filled_.row_start[i], diagonal_[i] - filled_.row_start[i]});
  for (int i = n - 1; i >= 0; --i)
    upper.push_back({i, diagonal_[i] + 1, filled_.row_start[i + 1] - diagonal_[i] - 1});
  lower_ = runs_of(std::move(lower), filled_.columns);
  upper_ = runs_of(std::move(upper), filled_.columns);
}

StaticLu::StaticLu(const SymbolicLu& symbolic)
    : symbolic_(&symbolic), values_(symbolic.nonzeros()), inverse_pivots_(symbolic.size()) {}

bool StaticLu::factorize(double diagonal, std::span<const double> jacobian) {
  const SymbolicLu& s = *symbolic_;
  std::fill(values_.begin(), values_.end(), 0.0);
  for (std::size_t p = 0; p < jacobian.size(); ++p) values_[s.scatter_[p]] = -jacobian[p];
  for (const int p : s.diagonal_) values_[p] += diagonal;

  const int* target = s.targets_.data();
  double* const v = values_.data();
  for (int i = 0; i < s.size(); ++i) {
    for (int p = s.filled_.row_start[i]; p < s.diagonal_[i]; ++p) {
      const int k = s.filled_.columns[p];
      const double factor = v[p] * inverse_pivots_[k];
      v[p] = factor;
      const int last = s.filled_.row_start[k + 1];
      for (int u = s.diagonal_[k] + 1; u < last; ++u) v[*target++] -= factor * v[u];
    }
    const double pivot = v[s.diagonal_[i]];
    if (!(pivot > 0.0) || !std::isfinite(pivot)) {
      failed_pivot_ = i;
      return false;
    }
    inverse_pivots_[i] = 1.0 / pivot;
  }
  failed_pivot_ = -1;
  return true;
}

}  // namespace lutetia

/// @file Sparse LU without pivoting for any scalar, row by row and without preparation: slow,
/// plain, and independent of StaticLu, which it checks.
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "lutetia/linalg/pattern.hpp"

namespace lutetia {

template <class T>
class PlainLu {
 public:
  /// Factorize diagonal·I − J.
  /// @param jacobian  values on the pattern, shape (nonzeros)
  void factorize(const Pattern& pattern, double diagonal, std::span<const T> jacobian) {
    const int n = pattern.size();
    lower_.assign(n, {});
    upper_.assign(n, {});
    pivots_.assign(n, T(0.0));
    std::vector<T> row(n);
    std::vector<char> present(n, 0);
    auto add = [&](int j, const T& value) {
      if (!present[j]) row[j] = T(0.0);
      present[j] = 1;
      row[j] += value;
    };
    for (int i = 0; i < n; ++i) {
      add(i, T(diagonal));
      for (int p = pattern.row_start[i]; p < pattern.row_start[i + 1]; ++p)
        add(pattern.columns[p], -jacobian[p]);
      for (int k = 0; k < i; ++k) {
        if (!present[k]) continue;
        const T factor = row[k] / pivots_[k];
        lower_[i].emplace_back(k, factor);
        for (const auto& [j, value] : upper_[k]) add(j, -factor * value);
      }
      pivots_[i] = row[i];
      for (int j = i + 1; j < n; ++j)
        if (present[j]) upper_[i].emplace_back(j, row[j]);
      std::fill(present.begin(), present.end(), 0);
    }
  }

  /// Solve in place; shape (size).
  void solve(std::span<T> b) const {
    const int n = static_cast<int>(pivots_.size());
    for (int i = 0; i < n; ++i)
      for (const auto& [k, value] : lower_[i]) b[i] -= value * b[k];
    for (int i = n - 1; i >= 0; --i) {
      for (const auto& [j, value] : upper_[i]) b[i] -= value * b[j];
      b[i] /= pivots_[i];
    }
  }

 private:
  std::vector<std::vector<std::pair<int, T>>> lower_, upper_;
  std::vector<T> pivots_;
};

}  // namespace lutetia

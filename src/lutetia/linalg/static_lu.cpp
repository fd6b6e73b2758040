#include "lutetia/linalg/static_lu.hpp"

#include <algorithm>
#include <array>

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
  int row;
  std::vector<int> entries;  ///< positions in the filled pattern
  int level = 0;             ///< one more than the highest level among the rows it uses
};

/// Sort by level, then length: each comes after all it uses, and runs of equal length get long.
/// @param sides  in an order that substitution allows
void sort_by_level(std::vector<Side>& sides, const std::vector<int>& columns) {
  std::vector<int> level(sides.size());
  for (Side& side : sides) {
    for (const int p : side.entries) side.level = std::max(side.level, level[columns[p]] + 1);
    level[side.row] = side.level;
  }
  std::stable_sort(sides.begin(), sides.end(), [](const Side& a, const Side& b) {
    return std::pair(a.level, a.entries.size()) < std::pair(b.level, b.entries.size());
  });
}

/// An operation of the elimination with the round it falls into; positions are of the filled
/// pattern.
template <std::size_t N>
struct Operation {
  int round;
  std::array<int, N> on;
};

/// The elimination, row by row, with the rounds in which all can be done: pivots of a round first,
/// then its factors, then its updates.
struct Elimination {
  std::vector<Operation<1>> pivots;   ///< row
  std::vector<Operation<2>> factors;  ///< entry, row of its pivot
  std::vector<Operation<3>> updates;  ///< entry, factor, by

  Elimination(const Pattern& filled, const std::vector<int>& diagonal) {
    std::vector<int> ready(filled.nonzeros(), 0);  // first round in which an entry is final
    std::vector<int> inverted(filled.size(), 0);
    for (int i = 0; i < filled.size(); ++i) {
      for (int p = filled.row_start[i]; p < diagonal[i]; ++p) {
        const int k = filled.columns[p];
        const int formed = std::max(ready[p], inverted[k]);
        factors.push_back({formed, {p, k}});
        for (int u = diagonal[k] + 1; u < filled.row_start[k + 1]; ++u) {
          const int at = filled.position(i, filled.columns[u]);
          const int made = std::max(formed, ready[u]);
          updates.push_back({made, {at, p, u}});
          ready[at] = std::max(ready[at], made + 1);
        }
      }
      inverted[i] = ready[diagonal[i]];
      pivots.push_back({inverted[i], {i}});
    }
    auto by_round = [](auto& list) {
      std::stable_sort(list.begin(), list.end(),
                       [](const auto& a, const auto& b) { return a.round < b.round; });
    };
    by_round(pivots);
    by_round(factors);
    by_round(updates);
  }
};

}  // namespace

SymbolicLu::SymbolicLu(const Pattern& pattern) : size_(pattern.size()) {
  const Pattern filled = fill(pattern);
  std::vector<int> diagonal;
  for (int i = 0; i < size_; ++i) diagonal.push_back(filled.position(i, i));
  const Elimination elimination(filled, diagonal);

  std::vector<int> place(filled.nonzeros());
  auto put = [&](int position) {
    place[position] = static_cast<int>(columns_.size());
    columns_.push_back(filled.columns[position]);
  };
  pivots_.resize(size_);
  for (const auto& pivot : elimination.pivots) {
    pivots_[pivot.on[0]] = static_cast<int>(columns_.size());
    put(diagonal[pivot.on[0]]);
  }
  std::vector<Side> lower, upper;
  for (int i = 0; i < size_; ++i) {
    lower.push_back({i, {}});
    for (int p = filled.row_start[i]; p < diagonal[i]; ++p) lower.back().entries.push_back(p);
  }
  for (int i = size_ - 1; i >= 0; --i) {
    upper.push_back({i, {}});
    for (int p = diagonal[i] + 1; p < filled.row_start[i + 1]; ++p)
      upper.back().entries.push_back(p);
  }
  sort_by_level(lower, filled.columns);
  sort_by_level(upper, filled.columns);
  for (const Side& side : lower)
    if (!side.entries.empty()) {
      lower_.add(side.row, static_cast<int>(columns_.size()),
                 static_cast<int>(side.entries.size()));
      for (const int p : side.entries) put(p);
    }
  for (const Side& side : upper) {
    upper_.add(side.row, static_cast<int>(columns_.size()), static_cast<int>(side.entries.size()));
    for (const int p : side.entries) put(p);
  }

  for (int i = 0; i < size_; ++i)
    for (int p = pattern.row_start[i]; p < pattern.row_start[i + 1]; ++p)
      places_.push_back(place[filled.position(i, pattern.columns[p])]);
  for (const auto& f : elimination.factors) factors_.push_back({place[f.on[0]], pivots_[f.on[1]]});
  for (const auto& u : elimination.updates)
    updates_.push_back({place[u.on[0]], place[u.on[1]], place[u.on[2]]});
  auto upto = [](const auto& list, int round) {
    return static_cast<int>(
        std::count_if(list.begin(), list.end(), [&](const auto& o) { return o.round <= round; }));
  };
  const auto undone = [&] {
    return rounds_.empty() || rounds_.back().pivots < size_ ||
           rounds_.back().factors < static_cast<int>(factors_.size()) ||
           rounds_.back().updates < static_cast<int>(updates_.size());
  };
  for (int round = 0; undone(); ++round)
    rounds_.push_back({upto(elimination.pivots, round), upto(elimination.factors, round),
                       upto(elimination.updates, round)});
}

}  // namespace lutetia

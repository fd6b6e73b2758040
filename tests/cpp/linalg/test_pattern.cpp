#include "lutetia/linalg/pattern.hpp"

#include <algorithm>
#include <numeric>
#include <random>

#include "lutetia/linalg/static_lu.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

std::vector<int> ranks(const std::vector<int>& order) {
  std::vector<int> rank(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) rank[order[k]] = static_cast<int>(k);
  return rank;
}

}  // namespace

TEST_CASE("a pattern is sorted, free of duplicates and always has its diagonal") {
  const Pattern pattern = Pattern::of(3, {{2, 0}, {0, 1}, {2, 0}, {1, 1}});
  CHECK(pattern.row_start == std::vector<int>{0, 2, 3, 5});
  CHECK(pattern.columns == std::vector<int>{0, 1, 1, 0, 2});
  CHECK(pattern.position(0, 1) == 1);
  CHECK(pattern.position(2, 2) == 4);
  CHECK(pattern.position(1, 0) == -1);
}

TEST_CASE("an elimination order is a permutation and the same every time") {
  for (const unsigned seed : {1u, 2u, 3u, 4u, 5u}) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const int n = 60;
    std::vector<std::pair<int, int>> entries;
    for (int e = 0; e < 200; ++e) entries.emplace_back(random() % n, random() % n);
    const Pattern pattern = Pattern::of(n, entries);
    const std::vector<int> order = elimination_order(pattern);
    std::vector<int> sorted = order, all(n);
    std::sort(sorted.begin(), sorted.end());
    std::iota(all.begin(), all.end(), 0);
    CHECK(sorted == all);
    CHECK(order == elimination_order(pattern));
  }
}

// The rule by itself, on a full matrix of booleans: every pivot is cheapest in what is left, with
// the fill so far.
TEST_CASE("every pivot has the lowest Markowitz cost of those that remain") {
  for (const unsigned seed : {21u, 22u, 23u}) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const int n = 25;
    std::vector<std::pair<int, int>> entries;
    for (int e = 0; e < 70; ++e) entries.emplace_back(random() % n, random() % n);
    std::vector<std::vector<char>> full(n, std::vector<char>(n, 0));
    for (const auto& [i, j] : entries) full[i][j] = 1;
    std::vector<char> done(n, 0);
    auto cost = [&](int k) {
      long row = 0, column = 0;
      for (int i = 0; i < n; ++i) {
        if (i == k || done[i]) continue;
        row += full[k][i];
        column += full[i][k];
      }
      return row * column;
    };
    for (const int pivot : elimination_order(Pattern::of(n, entries))) {
      for (int k = 0; k < n; ++k)
        if (!done[k]) CHECK(cost(pivot) <= cost(k));
      done[pivot] = 1;
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j)
          if (full[i][pivot] && full[pivot][j]) full[i][j] = 1;
    }
  }
}

// An arrow: the hub joins everything. Eliminated first it fills the matrix, eliminated last it
// fills nothing.
TEST_CASE("the hub of a star is eliminated last and causes no fill") {
  const int n = 30;
  std::vector<std::pair<int, int>> entries;
  for (int i = 1; i < n; ++i) {
    entries.emplace_back(0, i);
    entries.emplace_back(i, 0);
  }
  const Pattern star = Pattern::of(n, entries);
  const std::vector<int> order = elimination_order(star);
  CHECK(ranks(order)[0] >= n - 2);
  const Pattern sorted = renumbered(star, ranks(order));
  CHECK(SymbolicLu(sorted).nonzeros() == star.nonzeros());
  CHECK(SymbolicLu(star).nonzeros() == n * n);
}

TEST_CASE("renumbering moves every entry to its new place") {
  const Pattern pattern = Pattern::of(3, {{0, 1}, {2, 0}});
  const Pattern moved = renumbered(pattern, {2, 0, 1});
  CHECK(moved.nonzeros() == pattern.nonzeros());
  CHECK(moved.position(2, 0) >= 0);
  CHECK(moved.position(1, 2) >= 0);
  CHECK(moved.position(0, 1) == -1);
}

}  // namespace lutetia

#include "lutetia/linalg/row_runs.hpp"

#include <random>

#include "support/near.hpp"

namespace lutetia {

// Rows of every length from zero to eleven: unrolled ones and the counted loop with and without a
// rest.
TEST_CASE("runs of rows visit every row once with the sum of its terms") {
  const int n = 24;
  std::mt19937 random(5);
  std::vector<double> values, x(n), expected(n), found(n, -1.0);
  std::vector<int> columns;
  for (double& v : x) v = static_cast<double>(random() % 1000);
  RowRuns runs;
  for (int row = 0; row < n; ++row) {
    const int length = row % 12, first = static_cast<int>(columns.size());
    for (int p = 0; p < length; ++p) {
      columns.push_back(static_cast<int>(random() % n));
      values.push_back(static_cast<double>(random() % 1000));
      expected[row] += values.back() * x[columns.back()];  // whole numbers: no rounding
    }
    runs.add(row, first, length);
  }
  int visits = 0;
  runs.for_each(values.data(), columns.data(), x.data(), [&](int row, double sum) {
    found[row] = sum;
    ++visits;
  });
  CHECK(visits == n);
  CHECK(found == expected);
}

TEST_CASE("a later row sees what was written for an earlier one") {
  // x₁ = 2 x₀, x₂ = 3 x₁, x₃ = x₁ + x₂
  const std::vector<double> values{2.0, 3.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0};
  const std::vector<int> columns{0, 1, 1, 2, 0, 0, 0, 0};
  RowRuns runs;
  runs.add(1, 0, 1);
  runs.add(2, 1, 1);
  runs.add(3, 2, 2);
  std::vector<double> x(8, 0.0);
  x[0] = 1.0;
  runs.for_each(values.data(), columns.data(), x.data(),
                [&](int row, double sum) { x[row] = sum; });
  CHECK(x == std::vector<double>{1.0, 2.0, 6.0, 8.0, 0.0, 0.0, 0.0, 0.0});
}

TEST_CASE("runs of a pattern cover its rows") {
  const Pattern pattern = Pattern::of(4, {{0, 1}, {0, 2}, {0, 3}, {2, 1}});
  const std::vector<double> ones(pattern.nonzeros(), 1.0), x{1.0, 10.0, 100.0, 1000.0};
  std::vector<double> sums(4, 0.0);
  RowRuns::of(pattern).for_each(ones.data(), pattern.columns.data(), x.data(),
                                [&](int row, double sum) { sums[row] += sum; });
  CHECK(sums == std::vector<double>{1111.0, 10.0, 110.0, 1000.0});
}

}  // namespace lutetia

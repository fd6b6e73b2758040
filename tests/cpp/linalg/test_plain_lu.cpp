// The plain factorization solves what it was given.
#include "lutetia/linalg/plain_lu.hpp"

#include <cmath>

#include "support/near.hpp"

namespace lutetia {

TEST_CASE("the plain factorization solves with fill") {
  // An arrow the wrong way round fills completely.
  const int n = 6;
  std::vector<std::pair<int, int>> entries;
  for (int i = 0; i < n; ++i) {
    entries.emplace_back(i, i);
    entries.emplace_back(0, i);
    entries.emplace_back(i, 0);
  }
  const Pattern pattern = Pattern::of(n, entries);
  std::vector<double> values(pattern.nonzeros());
  for (std::size_t p = 0; p < values.size(); ++p)
    values[p] = std::sin(1.0 + static_cast<double>(p));
  const double diagonal = 5.0;
  std::vector<double> solution(n), b(n);
  for (int i = 0; i < n; ++i) solution[i] = 1.0 + i;
  for (int i = 0; i < n; ++i) {
    b[i] = diagonal * solution[i];
    for (int p = pattern.row_start[i]; p < pattern.row_start[i + 1]; ++p)
      b[i] -= values[p] * solution[pattern.columns[p]];
  }
  PlainLu<double> lu;
  lu.factorize(pattern, diagonal, values);
  lu.solve(b);
  for (int i = 0; i < n; ++i) CHECK_NEAR(b[i], solution[i], 1e-13, 0.0);
}

}  // namespace lutetia

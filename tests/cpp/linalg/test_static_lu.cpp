#include "lutetia/linalg/static_lu.hpp"

#include <Eigen/Dense>
#include <limits>
#include <random>

#include "support/near.hpp"

namespace lutetia {
namespace {

using testing::WorstError;

/// A random compartment model: nonnegative off-diagonals over eight decades, columns that lose what
/// they pass on.
struct RandomSystem {
  Pattern pattern;
  std::vector<double> jacobian;
  Eigen::MatrixXd dense;

  RandomSystem(unsigned seed, int n, int entries) {
    std::mt19937_64 random(seed);
    std::uniform_int_distribution<int> index(0, n - 1);
    std::uniform_real_distribution<double> decade(-4.0, 4.0);
    dense = Eigen::MatrixXd::Zero(n, n);
    std::vector<std::pair<int, int>> pairs;
    for (int e = 0; e < entries; ++e) {
      const int from = index(random), to = index(random);
      if (from == to) continue;
      const double rate = std::pow(10.0, decade(random));
      dense(to, from) += rate;
      dense(from, from) -= rate;
      pairs.emplace_back(to, from);
    }
    pattern = Pattern::of(n, pairs);
    jacobian.resize(pattern.nonzeros());
    for (int i = 0; i < n; ++i)
      for (int p = pattern.row_start[i]; p < pattern.row_start[i + 1]; ++p)
        jacobian[p] = dense(i, pattern.columns[p]);
  }
};

}  // namespace

// Both solutions carry rounding of order 1e-16 times the growth of the elimination, which an
// M-matrix keeps at one; the condition number, up to 1e8 here, acts on the values of the inverse
// but not on its largest ones.
TEST_CASE("sparse elimination of compartment matrices equals Eigen's dense solution") {
  for (const unsigned seed : {101u, 102u, 103u, 104u, 105u, 106u}) {
    CAPTURE(seed);
    const int n = 20 + 15 * static_cast<int>(seed - 101u);
    const RandomSystem system(seed, n, 4 * n);
    const SymbolicLu symbolic(system.pattern);
    StaticLu lu(symbolic);
    for (const double diagonal : {1e-2, 1.0, 1e4}) {
      CAPTURE(diagonal);
      REQUIRE(lu.factorize(diagonal, system.jacobian));
      CHECK(lu.failed_pivot() == -1);
      const Eigen::MatrixXd matrix = diagonal * Eigen::MatrixXd::Identity(n, n) - system.dense;
      const Eigen::VectorXd right = Eigen::VectorXd::LinSpaced(n, 1.0, 2.0);
      const Eigen::VectorXd expected = matrix.partialPivLu().solve(right);
      std::vector<double> x(right.data(), right.data() + n);
      lu.solve(std::span<double>(x));
      WorstError error;
      for (int i = 0; i < n; ++i)
        error.add(x[i], expected[i], expected.cwiseAbs().maxCoeff(), std::to_string(i));
      CHECK_WORST(error, 1e-12);
    }
  }
}

TEST_CASE("a new factorization forgets the old one") {
  const RandomSystem one(7, 30, 100);
  const SymbolicLu symbolic(one.pattern);
  StaticLu used(symbolic), fresh(symbolic);
  std::vector<double> other = one.jacobian;
  for (double& value : other) value *= 3.0;
  REQUIRE(used.factorize(0.5, other));
  REQUIRE(used.factorize(2.0, one.jacobian));
  REQUIRE(fresh.factorize(2.0, one.jacobian));
  std::vector<double> a(30, 1.0), b(30, 1.0);
  used.solve(std::span<double>(a));
  fresh.solve(std::span<double>(b));
  CHECK(a == b);
}

TEST_CASE("a pivot that is zero, negative or not a number is reported with its index") {
  const Pattern pattern = Pattern::of(3, {{0, 1}, {1, 0}});
  const SymbolicLu symbolic(pattern);
  StaticLu lu(symbolic);
  // I − J with J = [[0, 1, 0], [1, 0, 0], [0, 0, 0]]: the second pivot is 1 − 1·1 = 0.
  std::vector<double> jacobian(pattern.nonzeros(), 0.0);
  jacobian[pattern.position(0, 1)] = jacobian[pattern.position(1, 0)] = 1.0;
  CHECK_FALSE(lu.factorize(1.0, jacobian));
  CHECK(lu.failed_pivot() == 1);
  jacobian[pattern.position(2, 2)] = 5.0;
  jacobian[pattern.position(1, 0)] = 0.5;
  CHECK_FALSE(lu.factorize(1.0, jacobian));  // 1 − 5
  CHECK(lu.failed_pivot() == 2);
  jacobian[pattern.position(0, 0)] = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(lu.factorize(1.0, jacobian));
  CHECK(lu.failed_pivot() == 0);
  jacobian.assign(jacobian.size(), 0.0);
  CHECK(lu.factorize(1.0, jacobian));
  CHECK(lu.failed_pivot() == -1);
}

}  // namespace lutetia

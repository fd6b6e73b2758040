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

namespace {

/// The same pattern with other numbers in each lane: scaled columns keep what is lost and passed on
/// in proportion.
struct FourSystems {
  RandomSystem one;
  std::vector<Lanes> jacobian;

  explicit FourSystems(int n) : one(31, n, 4 * n), jacobian(one.jacobian.size()) {
    for (int l = 0; l < lane_count; ++l)
      for (std::size_t p = 0; p < jacobian.size(); ++p)
        jacobian[p].set(l, one.jacobian[p] * (1.0 + l * (one.pattern.columns[p] % 7)));
  }
  std::vector<double> lane(int l) const {
    std::vector<double> out;
    for (const Lanes& value : jacobian) out.push_back(value[l]);
    return out;
  }
};

/// Right-hand sides that differ between lanes.
std::vector<Lanes> right_hand_sides(int n) {
  std::vector<Lanes> out(n);
  for (int i = 0; i < n; ++i)
    for (int l = 0; l < lane_count; ++l) out[i].set(l, 1.0 + i * (l - 1.5));
  return out;
}
std::vector<double> lane_of(const std::vector<Lanes>& all, int l) {
  std::vector<double> out;
  for (const Lanes& x : all) out.push_back(x[l]);
  return out;
}

/// A solution for lanes against the solution of one lane alone. Operations and their order are the
/// same; only a compiler that fuses multiplications may round them otherwise.
void check_lane(const std::vector<Lanes>& found, int l, const StaticLu& alone,
                const std::vector<Lanes>& right) {
  std::vector<double> expected = lane_of(right, l);
  alone.solve(std::span<double>(expected));
  double scale = 0.0;
  for (const double x : expected) scale = std::max(scale, std::abs(x));
  WorstError error;
  for (std::size_t i = 0; i < expected.size(); ++i)
    error.add(found[i][l], expected[i], scale, text("lane ", l, " row ", i));
  CHECK_WORST(error, 1e-13);
}

}  // namespace

TEST_CASE("four matrices at once are solved as each alone") {
  const int n = 60;
  const FourSystems systems(n);
  const SymbolicLu symbolic(systems.one.pattern);
  BasicLu<Lanes> together(symbolic);
  StaticLu alone(symbolic);
  REQUIRE(together.factorize(0.5, systems.jacobian));
  const std::vector<Lanes> right = right_hand_sides(n);
  std::vector<Lanes> x = right;
  together.solve(std::span<Lanes>(x));
  for (int l = 0; l < lane_count; ++l) {
    REQUIRE(alone.factorize(0.5, systems.lane(l)));
    check_lane(x, l, alone, right);
  }
}

TEST_CASE("one matrix solves for four right-hand sides at once") {
  const int n = 60;
  const RandomSystem system(32, n, 4 * n);
  const SymbolicLu symbolic(system.pattern);
  StaticLu lu(symbolic);
  REQUIRE(lu.factorize(0.5, system.jacobian));
  const std::vector<Lanes> right = right_hand_sides(n);
  std::vector<Lanes> x = right;
  lu.solve(std::span<Lanes>(x));
  for (int l = 0; l < lane_count; ++l) check_lane(x, l, lu, right);
}

TEST_CASE("a pivot that fails in one lane alone is reported") {
  const FourSystems systems(30);
  const SymbolicLu symbolic(systems.one.pattern);
  BasicLu<Lanes> lu(symbolic);
  constexpr int row = 17;
  const int diagonal = systems.one.pattern.position(row, row);
  for (int l = 0; l < lane_count; ++l)
    for (const double bad :
         {1e9, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
      CAPTURE(l);
      CAPTURE(bad);
      std::vector<Lanes> jacobian = systems.jacobian;
      jacobian[diagonal].set(l, bad);
      CHECK_FALSE(lu.factorize(0.5, jacobian));
      CHECK(lu.failed_pivot() == row);
      REQUIRE(lu.factorize(0.5, systems.jacobian));
      CHECK(lu.failed_pivot() == -1);
    }
}

// No entry left of the diagonal meets the column that fills: every pivot is final at once, and the
// fill goes down the last column one row per round.
TEST_CASE("elimination goes on when all pivots are done") {
  const int n = 6;
  std::vector<std::pair<int, int>> entries{{0, n - 1}};
  for (int i = 1; i + 1 < n; ++i) entries.emplace_back(i, i - 1);
  const Pattern pattern = Pattern::of(n, entries);
  Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(n, n);
  for (const auto& [i, j] : entries) dense(i, j) = 1.0 + i;
  std::vector<double> jacobian(pattern.nonzeros());
  for (const auto& [i, j] : entries) jacobian[pattern.position(i, j)] = dense(i, j);
  const SymbolicLu symbolic(pattern);
  REQUIRE(symbolic.updates() == n - 2);
  StaticLu lu(symbolic);
  REQUIRE(lu.factorize(2.0, jacobian));
  std::vector<double> x(n, 1.0);
  lu.solve(std::span<double>(x));
  const Eigen::MatrixXd matrix = 2.0 * Eigen::MatrixXd::Identity(n, n) - dense;
  const Eigen::VectorXd expected = matrix.partialPivLu().solve(Eigen::VectorXd::Ones(n));
  for (int i = 0; i < n; ++i) CHECK_NEAR(x[i], expected[i], 1e-14, 0.0);
}

}  // namespace lutetia

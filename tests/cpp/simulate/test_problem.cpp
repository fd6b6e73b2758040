#include "lutetia/simulate/problem.hpp"

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

struct Prepared {
  Setup setup = reference_setup(one_therapy, "reference_male_six_lesions");
  System system = setup.compiled();
  Rates rates = system.rates();
  std::vector<double> zero = std::vector<double>(system.size(), 0.0);
};

}  // namespace

// One state of an organ with n states errs by its tolerance: √(1/n), however many other organs
// there are.
TEST_CASE("the error norm is the worst organ, not the average over organs") {
  Prepared p;
  const double rtol = 1e-6, fraction = 1e-3, given = 100.0;
  SystemProblem<> problem(p.system, p.rates, {.rtol = rtol, .atol_fraction = fraction},
                          std::vector<double>(p.system.size(), given));
  const int bound = state_index(p.system, "dotatate kidney.bound");
  const int group = p.system.error_groups()[bound];
  const auto members =
      std::count(p.system.error_groups().begin(), p.system.error_groups().end(), group);
  CHECK(members == 6);  // vascular, interstitial, tubular, bound, internalized, megalin
  std::vector<double> error = p.zero;
  error[bound] = rtol * fraction * given;  // an empty state: absolute tolerance alone
  CHECK_NEAR(problem.error_norm(error, p.zero, p.zero), std::sqrt(1.0 / 6.0), 1e-12, 0.0);
  CHECK(problem.worst_state(error, p.zero, p.zero) == bound);
  // A smaller error in other organs changes nothing.
  error[state_index(p.system, "dotatate liver.bound")] = 0.5 * error[bound];
  CHECK_NEAR(problem.error_norm(error, p.zero, p.zero), std::sqrt(1.0 / 6.0), 1e-12, 0.0);
  // A full state adds rtol of its larger end.
  std::vector<double> after = p.zero, before = p.zero;
  before[bound] = -3.0;
  after[bound] = 2.0;
  error = p.zero;
  error[bound] = rtol * (fraction * given + 3.0);
  CHECK_NEAR(problem.error_norm(error, before, after), std::sqrt(1.0 / 6.0), 1e-12, 0.0);
}

TEST_CASE("a state that is not finite is the worst") {
  Prepared p;
  SystemProblem<> problem(p.system, p.rates, {}, std::vector<double>(p.system.size(), 1.0));
  std::vector<double> error = p.zero, after = p.zero;
  error[0] = 1e9;
  after[7] = std::nan("");
  CHECK(problem.worst_state(error, p.zero, after) == 7);
}

// W·(W⁻¹b) = b with W = c·I − J: the answer must satisfy the equation whatever the elimination
// order.
TEST_CASE("the linear algebra of a step solves its own equation") {
  Prepared p;
  SystemProblem<> problem(p.system, p.rates, {}, std::vector<double>(p.system.size(), 1.0));
  std::vector<double> x(p.system.size(), 0.01), b(p.system.size());
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = 1.0 + 0.01 * static_cast<double>(i);
  std::vector<double> jacobian(p.system.pattern().nonzeros()), y = b;
  p.system.jacobian(p.rates, x, jacobian);
  const double diagonal = 3.0;
  REQUIRE(problem.factorize(0.0, x, diagonal));
  problem.solve(std::span<double>(y));
  WorstError error;
  for (int i = 0; i < p.system.size(); ++i) {
    double left = diagonal * y[i], scale = std::abs(left);
    for (int q = p.system.pattern().row_start[i]; q < p.system.pattern().row_start[i + 1]; ++q) {
      const double term = jacobian[q] * y[p.system.pattern().columns[q]];
      left -= term;
      scale += std::abs(term);
    }
    error.add(left, b[i], scale, p.system.state_names()[i]);
  }
  CHECK_WORST(error, 1e-12);
}

}  // namespace lutetia

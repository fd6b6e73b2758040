// Order of convergence of everything one step yields, on a problem in which time appears
// explicitly.
#include "lutetia/solver/rosenbrock.hpp"

#include <array>

#include "support/near.hpp"
#include "support/problems.hpp"

namespace lutetia {
namespace {

using namespace testing;

template <const auto& Tableau>
struct Method {
  static constexpr const auto& tableau = Tableau;
  using Stepper = Rosenbrock<Tableau>;
};
using Rodas5p = Method<rodas5p>;
using Rodas4p = Method<rodas4p>;

constexpr double start = 0.3;
constexpr double span_of_time = 2.0;

/// Error at the end of a run in `steps` equal steps.
template <class M, class Problem>
double global_error(Problem problem, std::vector<double> x, double length, int steps,
                    const std::vector<double>& exact, double t0) {
  typename M::Stepper stepper(problem.size(), problem.size());
  const double h = length / steps;
  for (int i = 0; i < steps; ++i) {
    REQUIRE(stepper.step(problem, t0 + i * h, x, h) == StepStatus::done);
    x.assign(stepper.after().begin(), stepper.after().end());
  }
  return distance(x, exact);
}

/// One step of size h from the exact solution.
template <class M>
typename M::Stepper one_step(double h) {
  DenseProblem problem = driven_problem();
  typename M::Stepper stepper(2, 2);
  REQUIRE(stepper.step(problem, start, driven_solution(start), h) == StepStatus::done);
  return stepper;
}

/// ∫ of the exact solution over one step, Gauss–Legendre with five points (error of order h¹¹).
std::vector<double> exact_integral(double h) {
  constexpr std::array<double, 5> node{-0.9061798459386639928, -0.5384693101056830910, 0.0,
                                       0.5384693101056830910, 0.9061798459386639928};
  constexpr std::array<double, 5> weight{0.2369268850561890875, 0.4786286704993664680,
                                         0.5688888888888888889, 0.4786286704993664680,
                                         0.2369268850561890875};
  std::vector<double> sum(2, 0.0);
  for (std::size_t q = 0; q < node.size(); ++q) {
    const std::vector<double> u = driven_solution(start + 0.5 * h * (1.0 + node[q]));
    for (int n = 0; n < 2; ++n) sum[n] += 0.5 * h * weight[q] * u[n];
  }
  return sum;
}

}  // namespace

// Slopes over four or five halvings; ±0.2 leaves room for the terms of the next order at the
// largest step.
TEST_CASE_TEMPLATE("the solution converges with the order of the method", M, Rodas5p, Rodas4p) {
  std::vector<double> errors;
  for (int steps = 16; steps <= 512; steps *= 2)
    errors.push_back(global_error<M>(driven_problem(), driven_solution(start), span_of_time, steps,
                                     driven_solution(start + span_of_time), start));
  if (M::tableau.order == 5) errors.pop_back();  // 512 steps reach rounding
  CHECK_NEAR(observed_order(errors), M::tableau.order, 0.0, 0.2);
}

TEST_CASE_TEMPLATE("without the time derivative the order is lost", M, Rodas5p, Rodas4p) {
  const DenseProblem whole = driven_problem();
  struct Forgetful : DenseProblem {
    bool time_derivative(double, std::span<const double>, std::span<double>) const { return false; }
  };
  std::vector<double> errors;
  for (int steps = 16; steps <= 256; steps *= 2)
    errors.push_back(global_error<M>(Forgetful{whole}, driven_solution(start), span_of_time, steps,
                                     driven_solution(start + span_of_time), start));
  CHECK(observed_order(errors) < 2.5);
}

// One step from the exact solution: the estimate and the embedded solution err by h^(order + 1).
TEST_CASE_TEMPLATE("the error estimate and the embedded solution have their order", M, Rodas5p,
                   Rodas4p) {
  std::vector<double> estimates, embedded;
  for (double h = 0.4; h > 0.01; h /= 2.0) {
    const auto stepper = one_step<M>(h);
    const std::vector<double> exact = driven_solution(start + h);
    const std::vector<double> zero(2, 0.0);
    estimates.push_back(distance(stepper.error(), zero));
    std::vector<double> y(2);
    for (int n = 0; n < 2; ++n) y[n] = stepper.after()[n] - stepper.error()[n];
    embedded.push_back(distance(y, exact));
  }
  CHECK_NEAR(observed_order(estimates), M::tableau.error_order + 1, 0.0, 0.2);
  CHECK_NEAR(observed_order(embedded), M::tableau.error_order + 1, 0.0, 0.2);
}

TEST_CASE_TEMPLATE("the interpolant has its order inside the step and meets its ends", M, Rodas5p,
                   Rodas4p) {
  std::vector<double> errors;
  for (double h = 0.1; h > 0.005; h /= 2.0) {
    const auto stepper = one_step<M>(h);
    double worst = 0.0;
    std::vector<double> y(2);
    for (const double theta : {0.1, 0.25, 0.5, 0.75, 0.9}) {
      stepper.interpolate(theta, y);
      worst = std::max(worst, distance(y, driven_solution(start + theta * h)));
    }
    errors.push_back(worst);
    stepper.interpolate(0.0, y);
    CHECK(distance(y, stepper.before()) == 0.0);
    stepper.interpolate(1.0, y);
    CHECK(distance(y, stepper.after()) == 0.0);
  }
  CHECK_NEAR(observed_order(errors), M::tableau.dense_order + 1, 0.0, 0.2);
}

TEST_CASE_TEMPLATE("the integral over a step is exact for the interpolant and one order above it",
                   M, Rodas5p, Rodas4p) {
  std::vector<double> errors;
  for (double h = 0.1; h > 0.005; h /= 2.0) {
    const auto stepper = one_step<M>(h);
    std::vector<double> integral(2, 0.0);
    stepper.add_integral(integral);
    errors.push_back(distance(integral, exact_integral(h)));
    // Boole's rule is exact for the polynomial of degree four.
    std::vector<double> sum(2, 0.0), y(2);
    const std::array<double, 5> weight{7.0, 32.0, 12.0, 32.0, 7.0};
    for (int q = 0; q < 5; ++q) {
      stepper.interpolate(0.25 * q, y);
      for (int n = 0; n < 2; ++n) sum[n] += h * weight[q] / 90.0 * y[n];
    }
    CHECK_NEAR(distance(integral, sum), 0.0, 0.0, 1e-15);
    std::vector<double> twice = integral;
    stepper.add_integral(twice);
    for (int n = 0; n < 2; ++n) CHECK_NEAR(twice[n], 2.0 * integral[n], 1e-15, 0.0);
  }
  CHECK_NEAR(observed_order(errors), M::tableau.dense_order + 2, 0.0, 0.2);
}

TEST_CASE_TEMPLATE("a step that cannot be computed says why", M, Rodas5p, Rodas4p) {
  typename M::Stepper stepper(1, 1);
  const std::vector<double> one{1.0};
  auto zero = [](double, const Vector& y) { return Vector::Zero(y.size()).eval(); };
  // W = 1/(hγ) − J vanishes for J = 1/(hγ).
  DenseProblem singular(
      1, zero, [](double, const Vector&) { return Matrix::Constant(1, 1, 1.0 / M::tableau.gamma); },
      {}, 1e-6, 1e-9);
  CHECK(stepper.step(singular, 0.0, one, 1.0) == StepStatus::singular_matrix);
  DenseProblem infinite(
      1, [](double, const Vector&) { return Vector::Constant(1, std::nan("")).eval(); },
      [](double, const Vector&) { return Matrix::Zero(1, 1).eval(); }, {}, 1e-6, 1e-9);
  CHECK(stepper.step(infinite, 0.0, one, 1.0) == StepStatus::not_finite);
}

// For hλ → ∞ the error of a method of this kind on Prothero & Robinson's problem is C·h³/λ: the
// order falls to three, but the error vanishes with growing stiffness. λ = 1e6 and h ≥ 1/32 keep hλ
// above 1e4.
TEST_CASE_TEMPLATE(
    "the error on the Prothero-Robinson problem is of third order and falls with stiffness", M,
    Rodas5p, Rodas4p) {
  auto error = [](double lambda, int steps) {
    return global_error<M>(prothero_robinson(lambda), {prothero_robinson_solution(0.0)}, 2.0, steps,
                           {prothero_robinson_solution(2.0)}, 0.0);
  };
  std::vector<double> errors, mild;
  for (int steps = 4; steps <= 64; steps *= 2) errors.push_back(error(1e6, steps));
  CHECK_NEAR(observed_order(errors), 3.0, 0.0, 0.2);
  CHECK(errors.front() < 1e-8);
  CHECK_NEAR(error(1e4, 8) / error(1e6, 8), 100.0, 0.05, 0.0);
  for (int steps = 4; steps <= 64; steps *= 2) mild.push_back(error(1.0, steps));
  CHECK_NEAR(observed_order(mild), M::tableau.order, 0.0, 0.2);
}

}  // namespace lutetia

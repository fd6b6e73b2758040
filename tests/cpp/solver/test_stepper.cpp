// Adaptive steps inside Boost.Odeint: known stiff solutions, odeint's own Rosenbrock method as
// oracle, controller rules.
#include "lutetia/solver/stepper.hpp"

#include <boost/numeric/odeint/integrate/integrate_adaptive.hpp>
#include <boost/numeric/odeint/integrate/integrate_times.hpp>

#include "support/near.hpp"
#include "support/odeint_oracle.hpp"
#include "support/problems.hpp"

namespace lutetia {
namespace {

using namespace testing;

template <const auto& Tableau>
struct Method {
  static constexpr const auto& tableau = Tableau;
  using Controlled = ControlledRosenbrock<Tableau>;
  using Dense = DenseRosenbrock<Tableau>;
};
using Rodas5p = Method<rodas5p>;
using Rodas4p = Method<rodas4p>;

template <class M>
std::vector<double> solved(DenseProblem problem, std::vector<double> x, double end,
                           double first_step) {
  odeint::integrate_adaptive(typename M::Controlled(problem.size()), std::ref(problem), x, 0.0, end,
                             first_step);
  return x;
}

}  // namespace

// Hairer & Wanner's test set prints 16 digits at t = 1e11; rtol 1e-8 over some 100 steps leaves
// 1e-6.
TEST_CASE_TEMPLATE("Robertson's problem is right after eleven decades of time", M, Rodas5p,
                   Rodas4p) {
  const std::vector<double> y = solved<M>(robertson(1e-8, 1e-18), {1.0, 0.0, 0.0}, 1e11, 1e-5);
  CHECK_NEAR(y[0], 0.2083340149701255e-07, 1e-6, 0.0);
  CHECK_NEAR(y[1], 0.8333360770334713e-13, 1e-6, 0.0);
  CHECK_NEAR(y[2], 0.9999999791665050, 1e-6, 0.0);
}

TEST_CASE_TEMPLATE("Robertson's problem agrees with odeint's own Rosenbrock method", M, Rodas5p,
                   Rodas4p) {
  for (const double end : {0.4, 40.0, 4000.0}) {
    CAPTURE(end);
    const auto oracle = odeint_robertson(end, 1e-12);
    const std::vector<double> y = solved<M>(robertson(1e-8, 1e-14), {1.0, 0.0, 0.0}, end, 1e-5);
    for (int n = 0; n < 3; ++n) CHECK_NEAR(y[n], oracle[n], 1e-6, 0.0);
  }
}

// Reference of the test set for initial value problem solvers (Mazzia & Magherini), t = 2. Passing
// the fast jumps costs accuracy: ten times the tolerance per step and some hundred steps.
TEST_CASE_TEMPLATE("Van der Pol's oscillator is right after its jumps", M, Rodas5p, Rodas4p) {
  const std::vector<double> y = solved<M>(van_der_pol(1e-8, 1e-8), {2.0, 0.0}, 2.0, 1e-6);
  CHECK_NEAR(y[0], 0.1706167732170483e1, 1e-5, 0.0);
  CHECK_NEAR(y[1], -0.8928097010247975, 1e-5, 0.0);
}

TEST_CASE_TEMPLATE("the error of a run follows its tolerance", M, Rodas5p, Rodas4p) {
  for (const double rtol : {1e-4, 1e-6, 1e-8}) {
    CAPTURE(rtol);
    const std::vector<double> y =
        solved<M>(driven_problem(rtol, rtol), driven_solution(0.0), 10.0, 1e-3);
    const double error = distance(y, driven_solution(10.0));
    CHECK(error < 50.0 * rtol);  // some 50 steps
    CHECK(error > 1e-3 * rtol);  // and no step far more accurate than asked
  }
}

TEST_CASE_TEMPLATE("integrate_times returns dense output at the times asked for", M, Rodas5p,
                   Rodas4p) {
  const double rtol = 1e-8;
  DenseProblem problem = driven_problem(rtol, rtol);
  std::vector<double> x = driven_solution(0.0), times;
  for (int i = 0; i <= 40; ++i) times.push_back(0.25 * i);
  std::size_t seen = 0;
  WorstError error;
  auto observe = [&](const std::vector<double>& y, double t) {
    CHECK(t == times[seen++]);
    error.add(distance(y, driven_solution(t)), 0.0, 1.0, text("t = ", t));
  };
  odeint::integrate_times(typename M::Dense(2), std::ref(problem), x, times.begin(), times.end(),
                          1e-3, observe);
  CHECK(seen == times.size());
  CHECK_WORST(error, 50.0 * rtol);
}

TEST_CASE_TEMPLATE("steps and interpolation of the dense stepper fit together", M, Rodas5p,
                   Rodas4p) {
  DenseProblem problem = driven_problem(1e-6, 1e-6);
  typename M::Dense stepper(2);
  const std::vector<double> x0 = driven_solution(0.0);
  stepper.initialize(x0, 0.0, 0.01);
  std::vector<double> y;
  stepper.calc_state(0.0, y);
  CHECK(y == x0);
  double end = 0.0;
  for (int i = 0; i < 5; ++i) {
    const auto [from, to] = stepper.do_step(std::ref(problem));
    CHECK(from == end);
    CHECK(to > from);
    CHECK(stepper.previous_time() == from);
    CHECK(stepper.current_time() == to);
    end = to;
    stepper.calc_state(from, y);
    CHECK(y == stepper.previous_state());
    stepper.calc_state(to, y);
    CHECK(y == stepper.current_state());
  }
  CHECK(stepper.counters().accepted == 5);
}

TEST_CASE_TEMPLATE("a rejected step changes nothing but the proposal", M, Rodas5p, Rodas4p) {
  DenseProblem problem = driven_problem(1e-10, 1e-10);
  typename M::Controlled stepper(2);
  std::vector<double> x = driven_solution(0.0);
  double t = 0.0, dt = 2.0;
  CHECK(stepper.try_step(std::ref(problem), x, t, dt) == odeint::fail);
  CHECK(x == driven_solution(0.0));
  CHECK(t == 0.0);
  CHECK(dt < 2.0);
  CHECK(dt >= 0.2);
  CHECK(stepper.counters().rejected == 1);
  CHECK(stepper.counters().factorizations == 1);
  CHECK(stepper.counters().rhs_calls == 1);
}

TEST_CASE_TEMPLATE("a step is accepted up to an error norm of one", M, Rodas5p, Rodas4p) {
  struct FixedNorm : DenseProblem {
    double norm;
    double error_norm(std::span<const double>, std::span<const double>,
                      std::span<const double>) const {
      return norm;
    }
  };
  for (const auto& [norm, accepted] :
       {std::pair(1.0, true), std::pair(1.0 + 1e-12, false), std::pair(std::nan(""), false)}) {
    CAPTURE(norm);
    FixedNorm problem{driven_problem(), norm};
    typename M::Controlled stepper(2);
    std::vector<double> x = driven_solution(0.0);
    double t = 0.0, dt = 0.1;
    CHECK((stepper.try_step(std::ref(problem), x, t, dt) == odeint::success) == accepted);
    CHECK(t == (accepted ? 0.1 : 0.0));
  }
}

// A step of error e would just have passed with h·e^(−1/q), q = order of the estimate + 1; 0.9 of
// it is tried.
TEST_CASE(
    "the controller aims at the tolerance, shortens after a rejection and grows within its "
    "limits") {
  StepController controller(4);
  controller.restart();
  CHECK_NEAR(controller.accept(0.5), 0.9 * std::pow(2.0, 0.2), 1e-14, 0.0);
  controller.restart();
  CHECK(controller.accept(0.0) <= 20.0);
  CHECK(controller.accept(0.0) <= 10.0);  // more only on the first step, whose size was a guess
  CHECK(controller.accept(1.0) < 1.0);
  CHECK_NEAR(controller.reject(32.0), 0.45, 1e-14, 0.0);
  CHECK(controller.reject(1e30) == 0.1);
  CHECK(controller.reject(1.0) == 0.9);
  CHECK(controller.accept(1e-3) <= 1.0);  // no growth right after a rejection
  CHECK(controller.accept(1e-3) > 1.0);
  CHECK(controller.fail() == 0.1);
}

TEST_CASE("a step that cannot advance time is an error, not a loop") {
  DenseProblem problem = driven_problem();
  ControlledRosenbrock<rodas5p> stepper(2);
  std::vector<double> x = driven_solution(0.0);
  double t = 1e6, dt = 1e-12;
  CHECK_THROWS_AS(stepper.try_step(std::ref(problem), x, t, dt), std::runtime_error);
}

}  // namespace lutetia

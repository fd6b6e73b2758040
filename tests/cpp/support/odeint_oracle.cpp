// Compiled as C++17: uBLAS of Boost 1.74 uses allocator members that C++20 removed.
#include "support/odeint_oracle.hpp"

#include <boost/numeric/odeint/integrate/integrate_adaptive.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/rosenbrock4.hpp>
#include <boost/numeric/odeint/stepper/rosenbrock4_controller.hpp>
#include <utility>

namespace lutetia::testing {
namespace {

namespace odeint = boost::numeric::odeint;
using Vector = boost::numeric::ublas::vector<double>;
using Matrix = boost::numeric::ublas::matrix<double>;

void rhs(const Vector& y, Vector& f, double) {
  const double slow = 0.04 * y[0], fast = 1e4 * y[1] * y[2], very_fast = 3e7 * y[1] * y[1];
  f[0] = -slow + fast;
  f[1] = slow - fast - very_fast;
  f[2] = very_fast;
}

void jacobian(const Vector& y, Matrix& j, double, Vector& time_derivative) {
  j.clear();
  j(0, 0) = -0.04;
  j(0, 1) = 1e4 * y[2];
  j(0, 2) = 1e4 * y[1];
  j(1, 0) = 0.04;
  j(1, 1) = -1e4 * y[2] - 6e7 * y[1];
  j(1, 2) = -1e4 * y[1];
  j(2, 1) = 6e7 * y[1];
  time_derivative.clear();
}

}  // namespace

std::array<double, 3> odeint_robertson(double end, double tolerance) {
  Vector y(3, 0.0);
  y[0] = 1.0;
  odeint::integrate_adaptive(
      odeint::make_controlled<odeint::rosenbrock4<double>>(tolerance, tolerance),
      std::make_pair(rhs, jacobian), y, 0.0, end, 1e-6);
  return {y[0], y[1], y[2]};
}

}  // namespace lutetia::testing

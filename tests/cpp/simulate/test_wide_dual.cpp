// Mixed second derivatives by nesting, against formulas.
#include "lutetia/simulate/wide_dual.hpp"

#include <ceres/jet.h>

#include "support/near.hpp"

namespace lutetia {

TEST_CASE("dual numbers over dual numbers hold mixed second derivatives") {
  using Jet = ceres::Jet<double, 1>;
  using Dual = WideDual<Jet, 2>;
  // f = (x + 2)^y·x / (3 − x·y) by x (inner) and by x and y (outer).
  const double a = 1.3, b = 0.7;
  Dual x(Jet(a, 0)), y(Jet{b});
  x.d[0] = Jet(1.0);
  y.d[1] = Jet(1.0);
  Dual f = pow(x + Dual(2.0), y) * x;
  f /= Dual(3.0) - x * y;
  auto value = [](double p, double q) { return std::pow(p + 2.0, q) * p / (3.0 - p * q); };
  auto by_x = [](double p, double q) {
    return std::pow(p + 2.0, q) *
           ((q * p / (p + 2.0) + 1.0) / (3.0 - p * q) + p * q / ((3.0 - p * q) * (3.0 - p * q)));
  };
  const double rounding = 1e-14;
  CHECK_NEAR(f.value.a, value(a, b), rounding, 0.0);
  CHECK_NEAR(f.value.v[0], by_x(a, b), rounding, 0.0);
  CHECK_NEAR(f.d[0].a, by_x(a, b), rounding, 0.0);
  // Differences of the formula: h²/6 of the third derivative.
  const double h = 1e-5, truncation = 1e-9;
  CHECK_NEAR(f.d[1].a, (value(a, b + h) - value(a, b - h)) / (2.0 * h), truncation, 0.0);
  CHECK_NEAR(f.d[0].v[0], (by_x(a + h, b) - by_x(a - h, b)) / (2.0 * h), truncation, 0.0);
  CHECK_NEAR(f.d[1].v[0], (by_x(a, b + h) - by_x(a, b - h)) / (2.0 * h), truncation, 0.0);
  CHECK(x > y);
  CHECK(Dual(2.0) == Dual(2.0));
}

}  // namespace lutetia

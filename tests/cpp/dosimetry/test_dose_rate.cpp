#include "lutetia/dosimetry/dose_rate.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/near.hpp"

using namespace lutetia;

TEST_CASE("a polynomial of the fourth degree is kept exactly") {
  const auto f = [](double t) { return 1.0 + t * (2.0 + t * (-3.0 + t * (0.5 + 0.25 * t))); };
  const DoseRate rate = sampled(f, {0.0, 0.5, 2.0}, 0.1);
  for (const double t : {0.0, 0.1, 0.499, 0.5, 1.3, 1.999})
    CHECK_NEAR(rate.at(t), f(t), 1e-13, 0.0);
  CHECK_NEAR(rate.at_end(), f(2.0), 1e-14, 0.0);
}

TEST_CASE("a dose rate is zero before it begins and falls exponentially after it ends") {
  const DoseRate rate = sampled([](double) { return 3.0; }, {1.0, 2.0}, 0.5);
  CHECK(rate.at(0.999) == 0.0);
  CHECK_NEAR(rate.at(4.0), 3.0 * std::exp(-1.0), 1e-14, 0.0);
}

TEST_CASE("a dose rate may jump at a knot") {
  const DoseRate rate{{0.0, 1.0, 2.0}, {{1.0}, {5.0}}, 0.0};
  CHECK(rate.at(0.999) == 1.0);
  CHECK(rate.at(1.0) == 5.0);
}

TEST_CASE("a curve without a tail ends at its last knot") {
  const DoseRate rate{{0.0, 1.0}, {{5.0}}, std::numeric_limits<double>::infinity()};
  CHECK(rate.at(0.999) == 5.0);
  CHECK(rate.at(1.0) == 0.0);
  CHECK(rate.at(7.0) == 0.0);
}

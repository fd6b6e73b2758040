// Integrals of polynomials against repair, computed as a whole, against Gauss–Legendre quadrature
// of their definitions.
#include "lutetia/radiobiology/repair.hpp"

#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <limits>

#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

using Gauss = boost::math::quadrature::gauss<double, 30>;

}  // namespace

// Exponentials of up to m = 30 are resolved by 30 nodes over [0, 1]; 2 is where the recurrences
// turn.
TEST_CASE("integrals of an interval are those of their definitions at every repair rate") {
  for (const double m : {0.0, 1e-12, 1e-3, 0.5, 1.9999, 2.0001, 7.0, 30.0}) {
    CAPTURE(m);
    const RepairWeights w = repair_weights(m);
    CHECK_NEAR(w.keep, std::exp(-m), 1e-15, 0.0);
    for (int k = 0; k < DoseRate::coefficients; ++k) {
      CAPTURE(k);
      const auto filled = [&](double until) {
        return Gauss::integrate(
            [&](double v) { return std::pow(v, k) * std::exp(-m * (until - v)); }, 0.0, until);
      };
      CHECK_NEAR(w.into[k], filled(1.0), 1e-13, 0.0);
      CHECK_NEAR(
          w.read[k],
          Gauss::integrate([&](double u) { return std::pow(u, k) * std::exp(-m * u); }, 0.0, 1.0),
          1e-12, 0.0);
      for (int j = 0; j < DoseRate::coefficients; ++j)
        CHECK_NEAR(w.cross[j][k],
                   Gauss::integrate([&](double u) { return std::pow(u, j) * filled(u); }, 0.0, 1.0),
                   1e-12, 0.0);
    }
  }
}

TEST_CASE("repair at once leaves nothing, no repair keeps everything") {
  const RepairWeights at_once = repair_weights(std::numeric_limits<double>::infinity());
  CHECK(at_once.keep == 0.0);
  CHECK(at_once.into[2] == 0.0);
  CHECK(at_once.cross[1][3] == 0.0);
  const RepairWeights never = repair_weights(0.0);
  for (int j = 0; j < DoseRate::coefficients; ++j)
    for (int k = 0; k < DoseRate::coefficients; ++k)
      CHECK_NEAR(never.cross[j][k], 1.0 / ((k + 1.0) * (j + k + 2.0)), 1e-15, 0.0);
}

TEST_CASE("repair that cannot be is refused") {
  CHECK_NOTHROW(check_repair({{1.0, 0.6}, {5.0, 0.4}}));
  CHECK_CONTAINS(message_of<std::invalid_argument>([] { check_repair({{-1.0}}); }),
                 "a repair half-life must not be negative, found -1 h");
  CHECK_CONTAINS(message_of<std::invalid_argument>([] {
                   check_repair({{1.0, 2.0}, {1.0, -1.0}});
                 }),
                 "the weight of a repair half-life must not be negative, found -1");
  CHECK_CONTAINS(message_of<std::invalid_argument>([] {
                   check_repair({{1.0, 0.5}});
                 }),
                 "the weights of repair half-lives must add up to 1, found 0.5");
}

TEST_CASE("the beginning of a piece is the same polynomial") {
  const DoseRate::Piece piece{1.0, -2.0, 3.0, -4.0, 5.0};
  const DoseRate::Piece half = beginning_of(piece, 0.5);
  const auto value = [](const DoseRate::Piece& c, double u) {
    return c[0] + u * (c[1] + u * (c[2] + u * (c[3] + u * c[4])));
  };
  for (const double u : {0.0, 0.3, 1.0})
    CHECK_NEAR(value(half, u), value(piece, 0.5 * u), 1e-15, 0.0);
}

}  // namespace lutetia

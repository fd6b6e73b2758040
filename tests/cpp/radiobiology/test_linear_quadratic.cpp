// The linear-quadratic model against its formulas and worked numbers.
#include "lutetia/radiobiology/linear_quadratic.hpp"

#include <cmath>

#include "lutetia/units/constants.hpp"
#include "support/near.hpp"

using namespace lutetia;
using constants::ln2;

// 200 and 120 Gy in four equal fractions of a tumor: α/β 10 Gy, T_rep 1.5 h, T_eff 80 h.
TEST_CASE("worked example 12: BED of a tumor") {
  const double g = 1.5 / (1.5 + 80.0);
  for (const auto& [dose, printed] : {std::pair(200.0, "218.40491"), std::pair(120.0, "126.62577")})
    CHECK_PRINTED(biologically_effective_dose(dose, 4.0 * g * std::pow(dose / 4.0, 2), 10.0),
                  printed);
}

TEST_CASE("worked example 14: the time after which a dose rate is wasted") {
  const double decay = ln2 / 80.0, doubling = 60.0 * 24.0;
  CHECK_PRINTED(critical_time(0.3, decay, 0.1, doubling), "476.938");
  CHECK_PRINTED(repopulation_loss(24.0, 0.0, 0.1, doubling), "0.1155245");
  CHECK(repopulation_loss(24.0, 48.0, 0.1, doubling) == 0.0);
  CHECK(critical_time(1e-6, decay, 0.1, doubling) == 0.0);
}

TEST_CASE("BED rises when α/β falls; alpha particles are not spared by protraction") {
  CHECK(biologically_effective_dose(10.0, 5.0, 2.0) > biologically_effective_dose(10.0, 5.0, 3.0));
  const double with_alpha = biologically_effective_dose(10.0, 5.0, 2.5, 4.0, 3.0);
  CHECK_NEAR(with_alpha - biologically_effective_dose(10.0, 5.0, 2.5), 12.0, 1e-14, 0.0);
  CHECK(rbe_weighted_dose(10.0, 4.0, 5.0) == 30.0);
}

TEST_CASE("equivalent doses: EQD2 of 2 Gy fractions is their dose, G of nothing is nothing") {
  const double fractions = 10.0, dose = 2.0 * fractions;
  CHECK_NEAR(eqd2(biologically_effective_dose(dose, fractions * 4.0, 3.0), 3.0), dose, 1e-14, 0.0);
  CHECK(lea_catcheside(0.0, 0.0) == 0.0);
}

TEST_CASE("a uniform BED is equivalent to itself, a distribution is worth less than its mean") {
  CHECK_NEAR(equivalent_uniform_bed({{0.25, 60.0}, {0.75, 60.0}}, 0.1), 60.0, 1e-14, 0.0);
  CHECK_NEAR(equivalent_uniform_bed({{0.5, 40.0}, {0.5, 80.0}}, 0.1),
             -std::log(0.5 * std::exp(-4.0) + 0.5 * std::exp(-8.0)) / 0.1, 1e-13, 0.0);
  // exp(−α·BED) underflows, its logarithm does not.
  CHECK_NEAR(equivalent_uniform_bed({{0.5, 3000.0}, {0.5, 4000.0}}, 0.5), 3000.0 + ln2 / 0.5, 1e-13,
             0.0);
}

// −ln E[e^(−αDx)]/α of a log-normal x with mean 1 tends to D(1 − αDσ²/2) for small α D σ².
TEST_CASE("a log-normal dose rate in a region") {
  CHECK(equivalent_uniform_bed(50.0, 60.0, 10.0, 0.1, 0.0) == 56.0);
  const double alpha = 1e-3, sigma = 0.05;
  CHECK_NEAR(equivalent_uniform_bed(10.0, 0.0, 10.0, alpha, sigma),
             10.0 * (1.0 - 0.5 * alpha * 10.0 * std::expm1(sigma * sigma)), 1e-9, 0.0);
  double before = 56.0;
  for (const double wider : {0.1, 0.3, 0.5}) {
    const double now = equivalent_uniform_bed(50.0, 60.0, 10.0, 0.1, wider);
    CHECK(now < before);
    before = now;
  }
}

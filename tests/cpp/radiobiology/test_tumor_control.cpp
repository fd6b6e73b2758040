// Tumor control probability.
#include "lutetia/radiobiology/tumor_control.hpp"

#include <doctest/doctest.h>

#include "lutetia/radiobiology/linear_quadratic.hpp"
#include "support/near.hpp"

using namespace lutetia;

namespace {

double bed_of_four(double dose) {
  const double sparing = 1.5 / (1.5 + 80.0);
  return dose * (1.0 + 0.25 * dose * sparing / 10.0);
}

}  // namespace

TEST_CASE("worked example 12: tumor control of four fractions") {
  const double bed = bed_of_four(200.0);
  CHECK_PRINTED(bed, "218.40491");
  CHECK_PRINTED(surviving_fraction(0.1, {{1.0, bed}}), "3.27186e-10");
  CHECK_PRINTED(tumor_control_probability(1e10, 0.1, {{1.0, bed}}), "0.037936");
  CHECK_PRINTED(bed_of_four(120.0), "126.62577");
}

TEST_CASE("a histogram adds up the survivors of its parts") {
  const double sum = 0.3 * std::exp(-2.0) + 0.7 * std::exp(-4.0);
  CHECK_NEAR(surviving_fraction(0.1, {{0.3, 20.0}, {0.7, 40.0}}), sum, 1e-15, 0.0);
  CHECK_NEAR(tumor_control_probability(10.0, 0.1, {{0.3, 20.0}, {0.7, 40.0}}),
             std::exp(-10.0 * sum), 1e-15, 0.0);
}

TEST_CASE("tumors that differ in alpha have a flatter control curve") {
  const double steep_low = population_tcp(1e10, 0.1, 0.0, {{1.0, 218.0}});
  CHECK_NEAR(steep_low, tumor_control_probability(1e10, 0.1, {{1.0, 218.0}}), 1e-12, 0.0);
  CHECK(population_tcp(1e10, 0.1, 0.3, {{1.0, 218.0}}) > steep_low);
  CHECK(population_tcp(1e10, 0.1, 0.3, {{1.0, 300.0}}) <
        population_tcp(1e10, 0.1, 0.0, {{1.0, 300.0}}));
  // Without clonogens that matter the mean over alpha is the mean of 1 − N₀·SF; with N₀ = 0 it
  // is 1.
  CHECK_NEAR(population_tcp(0.0, 0.1, 0.5, {{1.0, 100.0}}), 1.0, 1e-12, 0.0);
  // N₀·SF = 1 where alpha·BED = ln N₀: half of all tumors above the median alpha, nearly a step.
  const double median = 0.1 / std::sqrt(1.0 + 0.09);
  const double half = std::log(1e10) / median;
  CHECK_NEAR(population_tcp(1e10, 0.1, 0.3, {{1.0, half}}), 0.5, 0.0, 0.05);
}

TEST_CASE("a negative spread of alpha is refused") {
  CHECK(lutetia::testing::message_of<std::invalid_argument>([] {
          (void)population_tcp(1e9, 0.1, -0.3, {{1.0, 100.0}});
        }) == "cv must not be negative, found -0.3");
}

TEST_CASE("worked example 14: when a falling dose rate no longer keeps up with repopulation") {
  const double decay = std::log(2.0) / 80.0, doubling = 60.0 * 24.0;
  CHECK_PRINTED(critical_time(0.3, decay, 0.1, doubling), "476.938");
  CHECK_PRINTED(repopulation_loss(24.0, 0.0, 0.1, doubling), "0.1155245");
}

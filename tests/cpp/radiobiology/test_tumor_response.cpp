// A lesion under dose: known closed forms, limits and balances. Masses in kg, times in h.
#include "lutetia/radiobiology/tumor_response.hpp"

#include <doctest/doctest.h>

#include "lutetia/radiobiology/exponentials.hpp"
#include "support/dose_rates.hpp"
#include "support/near.hpp"

using namespace lutetia;
using namespace lutetia::testing;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double cycle = 1344.0, half_life = 80.0, first_rate = 0.30;

TumorParameters published() {
  return {.alpha = 0.0172,
          .tissue = {.alpha_beta = 10.0, .repair = {{1.5}}, .rbe_max = 1.0},
          .growth = {.rate = std::log(1.02) / (30.4 * 24.0)},
          .clearance_half_time = 336.0};
}

std::vector<LesionExposure> four_cycles() {
  return {{{cycles_of_dose(first_rate, half_life, {0.0, cycle, 2 * cycle, 3 * cycle}, 4 * cycle)}}};
}

std::vector<LesionExposure> one_cycle() {
  return {{{cycles_of_dose(first_rate, half_life, {0.0}, cycle)}}};
}

double bed_of(double dose_rate, double decay, double repair) {
  const std::vector<ExponentialDoseRate> terms{{dose_rate, decay}};
  return dose_of_exponentials(terms) + protraction_of_exponentials(terms, repair) / 10.0;
}

/// What is left of the curve when the run ends long after treatment.
TumorCourse long_after(const TumorParameters& p, const std::vector<LesionExposure>& exposures) {
  return tumor_response(exposures, p, 0.02, 0.0, {0.0, 20000.0}, 1e-11);
}

}  // namespace

TEST_CASE("worked example 13: four cycles shrink 20 g of viable cells to 1.8361 g") {
  const auto course = tumor_response(four_cycles(), published(), 0.02, 0.0, {cycle, 4 * cycle});
  CHECK_PRINTED(1e3 * course.viable[0], "11.009");
  CHECK_PRINTED(1e3 * course.doomed[0], "0.73588");
  CHECK_PRINTED(1e3 * course.mass(0), "11.745");
  CHECK_PRINTED(course.absorbed_dose[0], "34.624");
  CHECK_PRINTED(course.log_kill[0] / 0.0172, "36.831");
  CHECK_PRINTED(1e3 * course.viable[1], "1.8361");
  CHECK_PRINTED(1e3 * course.doomed[1], "0.13843");
  CHECK_PRINTED(course.log_kill[1] / 0.0172, "147.32");
  // The closed form sums separate cycles to infinity, hence the stated 1e-3.
  CHECK_NEAR(course.viable[1], 1.8361369e-3, 1e-3, 0.0);
  const double bed = 4.0 * bed_of(first_rate, decay_of(half_life), decay_of(1.5));
  CHECK_NEAR(1e3 * minimal_volume(0.02, published().growth.rate, 0.0172, 4 * cycle, bed), 1.8361369,
             1e-3, 0.0);
}

TEST_CASE("every cycle finds the uptake per mass it was computed with") {
  // No kill; the mass grows as exp(k·t) and S falls as its inverse. From the start of a cycle the
  // dose rate falls by exp(−(λ + k)·t), and starts where the exposure has it, whatever the mass.
  TumorParameters p = published();
  p.alpha = 0.0;
  const double k = p.growth.rate, decay = std::log(2.0) / half_life;
  std::vector<LesionExposure> exposures = four_cycles();
  exposures.front().mass_factors = [](double mass) {
    return MassFactors{0.02 / mass, 0.02 / mass};
  };
  std::vector<CycleMass> cycles;
  double expected = 0.0, rate = 0.0;
  for (int c = 0; c < 4; ++c) {
    cycles.push_back({c * cycle, 0.02});
    rate = rate * std::exp(-decay * cycle) + first_rate;
    expected -= rate * std::expm1(-(decay + k) * cycle) / (decay + k);
  }
  const std::vector<double> times{cycle, 2 * cycle, 4 * cycle};
  const auto course = tumor_response(exposures, p, 0.02, 0.0, times, 1e-11, cycles);
  CHECK_NEAR(course.absorbed_dose[2], expected, 1e-9, 0.0);
  const auto without = tumor_response(exposures, p, 0.02, 0.0, times, 1e-11);
  CHECK(without.absorbed_dose[2] < 0.99 * expected);
  CHECK_NEAR(course.absorbed_dose[0], without.absorbed_dose[0], 1e-12, 0.0);
}

TEST_CASE("all cells killed are those of alpha times BED of the linear-quadratic model") {
  const double bed = bed_of(first_rate, decay_of(half_life), decay_of(1.5));
  CHECK_NEAR(long_after(published(), one_cycle()).log_kill[1], 0.0172 * bed, 1e-8, 0.0);
}

TEST_CASE("immediate repair leaves the absorbed dose, no repair its square over alpha/beta") {
  TumorParameters p = published();
  const double dose = first_rate / decay_of(half_life);
  p.tissue.repair[0].half_life = 0.0;
  CHECK_NEAR(long_after(p, one_cycle()).log_kill[1], 0.0172 * dose, 1e-8, 0.0);
  p.tissue.repair[0].half_life = infinite;
  CHECK_NEAR(long_after(p, one_cycle()).log_kill[1], 0.0172 * (dose + dose * dose / 10.0), 1e-8,
             0.0);
}

TEST_CASE("two components of repair share the damage") {
  TumorParameters p = published();
  p.tissue.repair = {{0.5, 0.3}, {6.0, 0.7}};
  const auto bed = [](double repair) {
    return bed_of(first_rate, decay_of(half_life), decay_of(repair));
  };
  CHECK_NEAR(long_after(p, one_cycle()).log_kill[1], 0.0172 * (0.3 * bed(0.5) + 0.7 * bed(6.0)),
             1e-8, 0.0);
}

TEST_CASE("without dose a lesion follows its growth law") {
  const std::vector<LesionExposure> nothing{{{no_dose()}}};
  const double t = 5000.0;
  TumorParameters p = published();
  p.growth = {GrowthLaw::exponential, 1e-4, 0.0};
  auto course = tumor_response(nothing, p, 0.02, 0.0, {t});
  CHECK_NEAR(course.viable[0], 0.02 * std::exp(1e-4 * t), 1e-9, 0.0);
  CHECK(course.doomed[0] == 0.0);
  CHECK(course.receptor_factor[0] == 1.0);
  const double capacity = 0.5;
  p.growth = {GrowthLaw::gompertz, 1e-4, capacity};
  course = tumor_response(nothing, p, 0.02, 0.0, {t});
  CHECK_NEAR(course.viable[0], capacity * std::pow(0.02 / capacity, std::exp(-1e-4 * t)), 1e-9,
             0.0);
  p.growth = {GrowthLaw::logistic, 1e-4, capacity};
  course = tumor_response(nothing, p, 0.02, 0.0, {t});
  CHECK_NEAR(course.viable[0], capacity / (1.0 + (capacity / 0.02 - 1.0) * std::exp(-1e-4 * t)),
             1e-9, 0.0);
}

TEST_CASE("without growth and clearance killing moves mass but does not lose it") {
  TumorParameters p = published();
  p.growth.rate = 0.0;
  p.clearance_half_time = infinite;
  const auto course = tumor_response(four_cycles(), p, 0.02, 0.0, every(200.0, 4 * cycle), 1e-10);
  for (std::size_t i = 0; i < course.times.size(); ++i) CHECK_NEAR(course.mass(i), 0.02, 1e-8, 0.0);
  CHECK(course.doomed.back() > 0.015);
}

TEST_CASE("doomed cells cleared at once leave the viable ones") {
  TumorParameters p = published();
  p.clearance_half_time = 0.0;
  const auto course = tumor_response(four_cycles(), p, 0.02, 0.0, {4 * cycle});
  CHECK(course.doomed[0] == 0.0);
  CHECK_PRINTED(1e3 * course.viable[0], "1.8361");
}

TEST_CASE("receptors are lost by dose and come back with time") {
  TumorParameters p = published();
  CHECK(tumor_response(one_cycle(), p, 0.02, 0.0, {cycle}).receptor_factor[0] == 1.0);
  p.receptor_loss = 0.01;
  const double dose = first_rate / decay_of(half_life);
  CHECK_NEAR(long_after(p, one_cycle()).receptor_factor[1], std::exp(-0.01 * dose), 1e-8, 0.0);
  p.receptor_recovery_rate = decay_of(1000.0);
  const auto course = tumor_response(one_cycle(), p, 0.02, 0.0, {cycle, cycle + 1000.0}, 1e-11);
  // Five half-lives of recovery later the dose rate is 2^−16 of the first: half of what is missing.
  CHECK_NEAR(1.0 - course.receptor_factor[1], 0.5 * (1.0 - course.receptor_factor[0]), 1e-4, 0.0);
  // The loss of receptors does not kill.
  CHECK_NEAR(course.viable[0],
             tumor_response(one_cycle(), published(), 0.02, 0.0, {cycle}).viable[0], 1e-8, 0.0);
}

TEST_CASE("alpha particles kill by their dose times RBE, without sparing") {
  TumorParameters p = published();
  p.tissue.rbe_max = 5.0;
  const DoseRate rate = cycles_of_dose(first_rate, half_life, {0.0}, cycle);
  const double dose = first_rate / decay_of(half_life);
  const auto course = long_after(p, {{{no_dose(), rate}}});
  CHECK_NEAR(course.log_kill[1], 0.0172 * 5.0 * dose, 1e-8, 0.0);
  CHECK_NEAR(course.absorbed_dose[1], dose, 1e-8, 0.0);
  // Oxygen is no matter for alpha particles, but for electrons.
  p.oxygen_factor = 0.5;
  CHECK_NEAR(long_after(p, {{{no_dose(), rate}}}).log_kill[1], 0.0172 * 5.0 * dose, 1e-8, 0.0);
  const double quadratic = bed_of(first_rate, decay_of(half_life), decay_of(1.5)) - dose;
  CHECK_NEAR(long_after(p, one_cycle()).log_kill[1], 0.0172 * (0.5 * dose + 0.25 * quadratic), 1e-8,
             0.0);
}

TEST_CASE("a radiosensitizer acts within its window") {
  TumorParameters p = published();
  p.tissue.repair[0].half_life = 0.0;
  p.alpha_windows = {{0.0, half_life, 1.2}};
  const double dose = first_rate / decay_of(half_life);  // half of it in the first half-life
  CHECK_NEAR(long_after(p, one_cycle()).log_kill[1], 0.0172 * dose * 1.1, 1e-8, 0.0);
  TumorParameters slow = published(), twice = published();
  slow.tissue.repair[0].half_life = 3.0;
  twice.repair_windows = {{0.0, 1e9, 2.0}};
  CHECK_NEAR(long_after(twice, one_cycle()).log_kill[1], long_after(slow, one_cycle()).log_kill[1],
             1e-9, 0.0);
}

TEST_CASE("the dose rate follows the mass as the S value does") {
  TumorParameters p = published();
  p.growth.rate = 0.0;
  p.tissue.repair[0].half_life = 0.0;
  p.clearance_half_time = 0.0;
  auto exposures = one_cycle();
  exposures.front().mass_factors = [](double mass) { return MassFactors{0.02 / mass, 1.0}; };
  const auto course = long_after(p, exposures);
  // N' = −α·Ḋ·(N₀/N)·N: the mass falls linearly with the dose at constant mass.
  const double dose = first_rate / decay_of(half_life);
  CHECK_NEAR(course.viable[1], 0.02 * (1.0 - 0.0172 * dose), 1e-8, 0.0);
}

TEST_CASE("alpha particles follow the mass by a factor of their own") {
  TumorParameters p = published();
  p.growth.rate = 0.0;
  p.tissue.rbe_max = 1.5;
  p.clearance_half_time = 0.0;
  std::vector<LesionExposure> exposures{{{no_dose(), one_cycle().front().dose_rate.low_let}}};
  exposures.front().mass_factors = [](double mass) { return MassFactors{1.0, 0.02 / mass}; };
  // As above, with the effect of alpha particles: N' = −α·RBE·Ḋ·(N₀/N)·N.
  const double dose = first_rate / decay_of(half_life);
  CHECK_NEAR(long_after(p, exposures).viable[1], 0.02 * (1.0 - 0.0172 * 1.5 * dose), 1e-8, 0.0);
}

TEST_CASE("heterogeneous dose kills fewer cells than the same mean dose") {
  TumorParameters p = published();
  p.growth.rate = 0.0;
  p.tissue.repair[0].half_life = 0.0;
  const double uniform = long_after(p, four_cycles()).log_kill[1];
  p.dose_bins = lognormal_bins(0.5);
  double mean = 0.0, shares = 0.0, surviving = 0.0;
  for (const DoseBin& bin : p.dose_bins) {
    shares += bin.share;
    mean += bin.share * bin.value;
    surviving += bin.share * std::exp(-uniform * bin.value);
  }
  CHECK_NEAR(shares, 1.0, 1e-14, 0.0);
  CHECK_NEAR(mean, 1.0, 1e-14, 0.0);
  const auto course = long_after(p, four_cycles());
  CHECK_NEAR(course.log_kill[1], -std::log(surviving), 1e-8, 0.0);
  CHECK(course.log_kill[1] < 0.9 * uniform);
  CHECK_NEAR(course.viable[1], 0.02 * surviving, 1e-7, 0.0);
}

TEST_CASE("output times do not matter, nor do knots where the curve is smooth") {
  const auto coarse = tumor_response(four_cycles(), published(), 0.02, 0.0, {4 * cycle});
  const auto fine = tumor_response(four_cycles(), published(), 0.02, 0.0, every(10.0, 4 * cycle));
  REQUIRE(fine.times[537] == 5370.0);
  const auto last = tumor_response(four_cycles(), published(), 0.02, 0.0, {5370.0});
  CHECK_NEAR(fine.viable[537], last.viable[0], 1e-8, 0.0);
  CHECK(coarse.times.size() == 1);
}

TEST_CASE("oxygen: full effect in air, a third without any at OER 3") {
  CHECK_NEAR(oxygen_factor(0.0, 3.0, 3.0), 1.0 / 3.0, 1e-15, 0.0);
  CHECK_NEAR(oxygen_factor(3.0, 3.0, 3.0), 2.0 / 3.0, 1e-15, 0.0);
  CHECK_NEAR(oxygen_factor(1e9, 3.0, 3.0), 1.0, 1e-8, 0.0);
}

TEST_CASE("parameters that make no sense are refused") {
  const auto refused = [](auto change) {
    TumorParameters p = published();
    change(p);
    return message_of<std::invalid_argument>(
        [&] { (void)tumor_response(one_cycle(), p, 0.02, 0.0, {10.0}); });
  };
  CHECK(refused([](auto& p) { p.alpha = -1.0; }) == "alpha must not be negative, found -1");
  CHECK(refused([](auto& p) { p.tissue.alpha_beta = 0.0; }) ==
        "alpha_beta must be positive, found 0");
  CHECK_CONTAINS(refused([](auto& p) { p.tissue.repair[0].half_life = -2.0; }), "-2");
  CHECK(refused([](auto& p) { p.tissue.rbe_max = -2.0; }) ==
        "rbe_max must not be negative, found -2");
  CHECK(refused([](auto& p) { p.clearance_half_time = -2.0; }) ==
        "clearance_half_time must not be negative, found -2");
  CHECK(refused([](auto& p) { p.receptor_loss = -2.0; }) ==
        "receptor_loss must not be negative, found -2");
  CHECK(refused([](auto& p) { p.receptor_recovery_rate = -2.0; }) ==
        "receptor_recovery_rate must not be negative, found -2");
  CHECK(refused([](auto& p) {
          p.growth = {GrowthLaw::gompertz, 1e-4, 0.01};
        }) == "capacity must be larger than the mass of the lesion, found 0.01");
  CHECK(message_of<std::invalid_argument>([] {
          (void)tumor_response(one_cycle(), published(), 0.0, 0.0, {10.0});
        }) == "the mass of a lesion must be positive, found 0");
  CHECK(message_of<std::invalid_argument>([] {
          (void)tumor_response(one_cycle(), published(), 0.02, 5.0, {1.0, 10.0});
        }) == "times must ascend from 5 h on");
  CHECK(message_of<std::invalid_argument>([] { (void)lognormal_bins(-0.1); }) ==
        "sigma must not be negative, found -0.1");
}

TEST_CASE("a dose rate that is no number stops the integration with its time") {
  auto exposures = one_cycle();
  exposures.front().dose_rate.low_let.pieces[3][0] = std::nan("");
  CHECK_CONTAINS(message_of<SolverError>(
                     [&] { (void)tumor_response(exposures, published(), 0.02, 0.0, {100.0}); }),
                 "a rate is not finite at 19.96");
}

TEST_CASE("years after treatment are no matter") {
  const double years = 1e5;
  const auto course = tumor_response(one_cycle(), published(), 0.02, 0.0, {cycle, years}, 1e-11);
  const double grown = published().growth.rate * (years - cycle);
  // 2^−16.8 of the dose is still to come at the end of the cycle.
  CHECK_NEAR(course.viable[1], course.viable[0] * std::exp(grown), 1e-5, 0.0);
}

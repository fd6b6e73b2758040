// Absorbed fractions below the range of the electron fit: published S values, Monte Carlo values,
// and how both go over into the fit.
#include "lutetia/dosimetry/spheres.hpp"

#include <array>
#include <cmath>

#include "lutetia/dosimetry/s_values.hpp"
#include "lutetia/units/constants.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

SphereParameters parameters() { return read_s_values(library(), "Lu-177").spheres; }

/// Mass of a water sphere [kg]. @param diameter [um]
double water(double diameter) {
  const double radius = 0.5e-5 * diameter;  // dm
  return 4.0 / 3.0 * constants::pi * radius * radius * radius;
}

Nuclide only(double alpha, double electron) {
  Nuclide out = nuclide_of("Lu-177");
  out.alpha_energy = alpha;
  out.photon_energy = 0.0;
  out.electron_energy = electron;
  return out;
}

}  // namespace

// Masses stand in the file with four digits; the last two are in the range where the table goes
// over into the fit, or beyond.
TEST_CASE("small spheres of Lu-177 have the published dose per decay") {
  const Nuclide lutetium = only(0.0, nuclide_of("Lu-177").electron_energy);
  struct Row {
    double diameter;
    const char* per_decay;
  };
  for (const Row& row : {Row{10.0, "1.11e-3"}, Row{20.0, "2.33e-4"}, Row{50.0, "3.18e-5"},
                         Row{100.0, "6.93e-6"}, Row{200.0, "1.48e-6"}, Row{500.0, "1.69e-7"}}) {
    CAPTURE(row.diameter);
    const double s = sphere_s_value(lutetium, water(row.diameter) * (1.0 + 1e-5), parameters());
    CHECK_PRINTED(convert({s, dimension::s_value}, "Gy/(Bq*s)"), row.per_decay);
  }
  for (const auto& [diameter, per_decay] : {std::pair(1000.0, 2.94e-8), std::pair(2000.0, 4.54e-9)})
    CHECK_NEAR(
        convert({sphere_s_value(lutetium, water(diameter), parameters()), dimension::s_value},
                "Gy/(Bq*s)"),
        per_decay, 0.04, 0.0);  // the fit is up to 4 % above
}

TEST_CASE("small spheres of other nuclides have the Monte Carlo values they are given with") {
  struct Row {
    const char* nuclide;
    std::array<double, 2> fractions;  // 10 ug, 0.1 mg
    double at_1_mg, greatest_error;   // of the fit
  };
  for (const Row& row :
       {Row{"Tb-161", {0.399, 0.562}, 0.744, 0.006}, Row{"Cu-67", {0.328, 0.527}, 0.735, 0.003},
        Row{"I-131", {0.198, 0.368}, 0.603, 0.006}, Row{"Cu-64", {0.171, 0.325}, 0.563, 0.008},
        Row{"F-18", {0.139, 0.284}, 0.520, 0.014}, Row{"Ho-166", {0.066, 0.108}, 0.192, 0.016},
        Row{"Ga-68", {0.025, 0.055}, 0.122, 0.014}, Row{"Y-90", {0.023, 0.049}, 0.107, 0.015}}) {
    CAPTURE(std::string(row.nuclide));
    const Nuclide nuclide = nuclide_of(row.nuclide);
    const SphereParameters p = parameters();
    CHECK_NEAR(electron_fraction(nuclide, 1e-8 * (1 + 1e-12), p), row.fractions[0], 1e-9, 0.0);
    CHECK_NEAR(electron_fraction(nuclide, 1e-7, p), row.fractions[1], 1e-9, 0.0);
    // Halfway in ln m it is their geometric mean.
    CHECK_NEAR(electron_fraction(nuclide, std::sqrt(1e-15), p),
               std::sqrt(row.fractions[0] * row.fractions[1]), 1e-9, 0.0);
    // Both are rounded to three digits.
    CHECK_NEAR(electron_fraction(nuclide, 1e-6, p), row.at_1_mg, 0.0, row.greatest_error + 0.001);
  }
}

// Tables have kinks at their own spheres: 0.1 mg is one for Y-90.
TEST_CASE("small spheres go over into the fit without a step or a kink") {
  const SphereParameters p = parameters();
  for (const char* name : {"Lu-177", "Y-90"}) {
    CAPTURE(std::string(name));
    const Nuclide nuclide = nuclide_of(name);
    for (const double mass : {p.micro_mass, p.smallest_mass}) {
      CAPTURE(mass);
      const auto [below, slope_below] = sphere_parts(nuclide, mass * (1.0 - 1e-9), p);
      const auto [above, slope_above] = sphere_parts(nuclide, mass * (1.0 + 1e-9), p);
      CHECK_NEAR(above.electron, below.electron, 1e-8, 0.0);
      if (nuclide.name == "Lu-177" || mass == p.smallest_mass)
        CHECK_NEAR(slope_above.electron, slope_below.electron, 1e-5, 0.0);
    }
    double before = 0.0;
    for (double mass = 1.01e-8; mass < 1e-2; mass *= 1.1) {  // a larger sphere absorbs more
      const double fraction = electron_fraction(nuclide, mass, p);
      CHECK(fraction > before);
      before = fraction;
      const double h = 1e-6 * mass;
      const double difference = (sphere_parts(nuclide, mass + h, p).first.sum() -
                                 sphere_parts(nuclide, mass - h, p).first.sum()) /
                                (2.0 * h);
      CHECK_NEAR(sphere_parts(nuclide, mass, p).second.sum(), difference, 1e-6, 0.0);
    }
  }
}

// φ = 1/(1 + 5.38·exp(−6.84e4 R)), R in m, by hand.
TEST_CASE("alpha particles leave spheres of the size of their range") {
  const SphereParameters p = parameters();
  CHECK_NEAR(alpha_fraction(water(40.0), p), 1.0 / (1.0 + 5.38 * std::exp(-1.368)), 1e-12, 0.0);
  CHECK_NEAR(alpha_fraction(water(200.0), p), 1.0 / (1.0 + 5.38 * std::exp(-6.84)), 1e-12, 0.0);
  CHECK_NEAR(alpha_fraction(water(450.0), p), 1.0, 0.0, 1e-5);
  CHECK(alpha_fraction(0.001, p) == 1.0);
  const double mass = water(60.0);
  const Nuclide alpha = only(5.0, 0.1);
  CHECK_NEAR(sphere_parts(alpha, mass, p).first.alpha,
             constants::dose_per_energy * 5.0 * alpha_fraction(mass, p) / mass, 1e-14, 0.0);
  CHECK_THROWS_WITH_AS(alpha_fraction(water(20.0), p),
                       "a sphere of 4.188790205e-12 kg is smaller than the range of the absorbed "
                       "fraction of alpha particles, 1.4e-05 m of radius",
                       DataError);
}

TEST_CASE("spheres smaller than anything known and nuclides without data are refused") {
  const SphereParameters p = parameters();
  CHECK_THROWS_WITH_AS(electron_fraction(nuclide_of("Y-90"), 0.5e-8, p),
                       "a sphere of 5e-09 kg is below the smallest of nuclide 'Y-90', 1e-08 kg",
                       DataError);
  Nuclide unknown = nuclide_of("Y-90");
  unknown.name = "X-1";
  CHECK_THROWS_WITH_AS(electron_fraction(unknown, 0.5e-6, p),
                       "a sphere of 5e-07 kg is below the range of the electron fit, 1e-06 kg, and "
                       "there are no small_spheres of nuclide 'X-1'",
                       DataError);
  CHECK_THROWS_WITH_AS(
      sphere_s_value(nuclide_of("In-111"), 0.01, p),
      "nuclide 'In-111' has no sphere_fit, so no S value can be computed; give one "
      "in its file or use the local_electrons convention",
      DataError);
}

}  // namespace lutetia

// A lesion of changing mass: its exposures against the dose rates of a lesion that has this mass.
#include "lutetia/radiobiology/lesion_exposures.hpp"

#include "lutetia/nuclide/decay_chain.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

const std::vector<std::string> regions{"tumor", "kidney", "whole_body"};
const std::vector<std::string> chain{"Ac-225", "Bi-213", "Lu-177"};
const std::vector<double> activities{3.0, 20.0, 90.0};  // of the regions [MBq]

struct Given {
  ActivityCurves curves{chain, regions.size(), {0.0, 10.0}, {}};
  std::vector<TimeIntegratedActivity> tia;
  std::vector<Nuclide> nuclides;
  std::vector<SValues> tables;

  Given() {
    for (const std::string& name : chain) {
      nuclides.push_back(with_prompt_daughters(library(), name));
      tables.push_back(read_s_values(library(), name));
      tia.push_back({name, regions, {0.0}, {1.0}, activities, {0.0, 0.0, 0.0}});
      for (const double activity : activities) {
        curves.values.emplace_back();
        curves.values.back().fill(activity);
      }
    }
  }
  std::vector<std::vector<LesionExposure>> exposures(double mass, DoseConvention convention) const {
    return exposures_at_present_mass(curves, {{"tumor", mass, true}}, tia, nuclides, tables, "male",
                                     convention);
  }
  /// Low-LET and alpha dose rates of a lesion that has a mass [Gy/h].
  std::pair<double, double> rates(double mass, DoseConvention convention) const {
    const SourceTerms terms =
        source_terms({{"tumor", mass, true}}, tia, nuclides, tables, "male", convention);
    const DoseRates rates = dose_rates(curves, {"tumor"}, terms, tia);
    return {rates.low_let_of(0).at(5.0), rates.alpha_of(0).at(5.0)};
  }
};

}  // namespace

TEST_CASE("exposures at any mass are the dose rates of a lesion of this mass") {
  const Given given;
  for (const auto convention : {DoseConvention::s_values, DoseConvention::local_electrons}) {
    const auto exposures = given.exposures(0.02, convention).front();
    REQUIRE(exposures.size() == chain.size() + 1);
    for (const double mass : {0.04, 0.02, 0.003, 5e-6}) {
      CAPTURE(mass);
      double low = 0.0, alpha = 0.0;
      for (const LesionExposure& e : exposures) {
        const MassFactors f = e.mass_factors ? e.mass_factors(mass) : MassFactors{1.0, 1.0};
        low += f.low_let * e.dose_rate.low_let.at(5.0);
        if (e.dose_rate.has_alpha_particles())
          alpha += f.alpha * e.dose_rate.alpha_particles.at(5.0);
      }
      const auto [low_then, alpha_then] = given.rates(mass, convention);
      CHECK_NEAR(low, low_then, 1e-13, 0.0);
      CHECK_NEAR(alpha, alpha_then, 1e-13, 0.0);
    }
  }
}

TEST_CASE("alpha particles scale with the mass, electrons escape small lesions") {
  const Given given;
  const auto exposures = given.exposures(0.02, DoseConvention::s_values).front();
  for (std::size_t n = 0; n < 2; ++n) {
    const MassFactors half = exposures[n].mass_factors(0.01);
    CHECK_NEAR(half.alpha, 2.0, 1e-12, 0.0);
    const SphereParameters& spheres = given.tables[n].spheres;
    const auto at = [&](double mass) {
      const auto parts = sphere_parts(given.nuclides[n], mass, spheres).first;
      return parts.electron + parts.photon;
    };
    CHECK_NEAR(half.low_let, at(0.01) / at(0.02), 1e-13, 0.0);
  }
  CHECK(exposures[1].mass_factors(0.01).low_let < 1.98);  // beta particles of Bi-213
  CHECK_FALSE(exposures.back().mass_factors);             // photons of the rest of the body
}

TEST_CASE("below the smallest sphere S values stay those of this sphere") {
  const Given given;
  const auto exposures = given.exposures(0.02, DoseConvention::s_values).front();
  const double smallest = given.tables[0].spheres.smallest_mass;
  const MassFactors at = exposures[0].mass_factors(smallest),
                    below = exposures[0].mass_factors(1e-3 * smallest);
  CHECK(below.low_let == at.low_let);
  CHECK(below.alpha == at.alpha);
}

}  // namespace lutetia

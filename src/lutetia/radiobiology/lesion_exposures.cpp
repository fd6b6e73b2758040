#include "lutetia/radiobiology/lesion_exposures.hpp"

#include <algorithm>

namespace lutetia {
namespace {

ByEmission<double> self_parts(DoseConvention convention, const SphereParameters& spheres,
                              const Nuclide& nuclide, double mass) {
  return convention == DoseConvention::local_electrons ? local_electron_s_value(nuclide, mass).parts
                                                       : sphere_parts(nuclide, mass, spheres).first;
}

double ratio(double value, double reference) { return reference > 0.0 ? value / reference : 1.0; }

std::function<MassFactors(double)> mass_factors(DoseConvention convention, const SValues& table,
                                                const Nuclide& nuclide, double reference) {
  const SphereParameters& spheres = table.spheres;
  const double smallest = std::min(spheres.smallest_mass, reference);
  const ByEmission<double> first = self_parts(convention, spheres, nuclide, reference);
  return [=](double mass) {
    const auto now = self_parts(convention, spheres, nuclide, std::max(mass, smallest));
    return MassFactors{ratio(now.electron + now.photon, first.electron + first.photon),
                       ratio(now.alpha, first.alpha)};
  };
}

Exposure exposure_of(const DoseRates& rates, std::size_t region) {
  return {rates.low_let_of(region), rates.alpha.empty() ? DoseRate{} : rates.alpha_of(region)};
}

}  // namespace

std::vector<std::vector<LesionExposure>> exposures_at_present_mass(
    const ActivityCurves& curves, const std::vector<TargetRegion>& lesions,
    const std::vector<TimeIntegratedActivity>& tia, const std::vector<Nuclide>& nuclides,
    const std::vector<SValues>& s_values, const std::string& sex, DoseConvention convention) {
  std::vector<std::vector<LesionExposure>> out(lesions.size());
  std::vector<std::string> names;
  for (const TargetRegion& lesion : lesions) names.push_back(lesion.name);
  SourceTerms others(lesions.size());
  for (std::size_t n = 0; n < tia.size(); ++n) {
    const std::vector<std::string>& sources = tia[n].regions;
    SourceTerms own(lesions.size());
    for (std::size_t l = 0; l < lesions.size(); ++l) {
      const auto self =
          self_parts(convention, s_values.at(n).spheres, nuclides.at(n), lesions[l].mass);
      const auto cross =
          convention == DoseConvention::local_electrons
              ? std::vector<SValue>(sources.size())
              : cross_factors(s_values.at(n), nuclides.at(n), sex, lesions[l], sources);
      for (std::size_t s = 0; s < sources.size(); ++s) {
        const int nuclide = static_cast<int>(n), source = static_cast<int>(s);
        if (sources[s] == lesions[l].name)
          own[l].push_back({nuclide, source, {self.electron + self.photon}, {self.alpha}});
        if (cross[s].value != 0.0) others[l].push_back({nuclide, source, {cross[s].value}, {0.0}});
      }
    }
    const DoseRates rates = dose_rates(curves, names, own, tia);
    for (std::size_t l = 0; l < lesions.size(); ++l)
      out[l].push_back({exposure_of(rates, l),
                        mass_factors(convention, s_values.at(n), nuclides.at(n), lesions[l].mass)});
  }
  const DoseRates rest = dose_rates(curves, names, others, tia);
  for (std::size_t l = 0; l < lesions.size(); ++l) out[l].push_back({exposure_of(rest, l)});
  return out;
}

}  // namespace lutetia

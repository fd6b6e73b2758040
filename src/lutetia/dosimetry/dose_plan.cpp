#include "lutetia/dosimetry/dose_plan.hpp"

#include <algorithm>

namespace lutetia {

DosePlan::DosePlan(const System& system, std::vector<Nuclide> nuclides,
                   std::vector<SValues> s_values, std::string sex, DoseConvention convention)
    : nuclides_(std::move(nuclides)),
      tables_(std::move(s_values)),
      sex_(std::move(sex)),
      convention_(convention) {
  const auto& regions = system.network().regions;
  for (std::size_t r = 0; r < regions.size(); ++r)
    if (regions[r].mass >= 0) targets_.push_back(static_cast<int>(r));
  for (std::size_t n = 0; n < nuclides_.size(); ++n)
    for (const int t : targets_) {
      auto& sources = sources_.emplace_back();
      const TargetRegion target{regions[t].name, 0.0, regions[t].lesion};
      for (int s = 0; s < static_cast<int>(regions.size()); ++s) {
        const bool tabulated = s != t && convention_ == DoseConvention::s_values;
        const double cross =
            tabulated ? s_value(tables_.at(n), nuclides_[n], sex_, target, regions[s].name).value
                      : 0.0;
        if (s == t || cross != 0.0) sources.emplace_back(s, cross);
      }
    }
}

double DosePlan::self_value(std::size_t nuclide, const TargetRegion& target) const {
  if (convention_ == DoseConvention::local_electrons)
    return local_electron_s_value(nuclides_[nuclide], target.mass);
  return s_value(tables_[nuclide], nuclides_[nuclide], sex_, target, target.name).value;
}

SourceTerms DosePlan::terms(const Trajectory& run) const {
  const std::vector<TargetRegion> targets = target_regions(run);
  SourceTerms out(targets.size());
  for (std::size_t n = 0; n < nuclides_.size(); ++n)
    for (std::size_t t = 0; t < targets.size(); ++t)
      for (const auto& [source, cross] : sources_[n * targets.size() + t]) {
        SourceTerm term{static_cast<int>(n), source, {cross}, {0.0}, {}, {}};
        if (source == targets_[t]) {
          term.low_let.clear();
          term.alpha.clear();
          const std::size_t cycles = std::max<std::size_t>(targets[t].cycle_masses.size(), 1);
          for (std::size_t k = 0; k < cycles; ++k) {
            const TargetRegion target = targets[t].in_cycle(k);
            term.alpha.push_back(alpha_s_value(convention_, nuclides_[n], target.mass));
            term.low_let.push_back(self_value(n, target) - term.alpha.back());
          }
        }
        out[t].push_back(std::move(term));
      }
  return out;
}

std::vector<double> DosePlan::values(const Trajectory& run,
                                     const std::vector<TimeIntegratedActivity>& tia) const {
  const std::vector<TargetRegion> targets = target_regions(run);
  const std::size_t cycles = tia.empty() ? 0 : tia.front().cycle_starts.size();
  std::vector<double> out(targets.size() * cycles, 0.0);
  for (std::size_t n = 0; n < tia.size(); ++n)
    for (std::size_t t = 0; t < targets.size(); ++t) {
      const TargetRegion& target = targets[t];
      std::vector<double> self;  // one for all cycles unless the mass changes
      if (target.cycle_masses.empty())
        self.push_back(self_value(n, target));
      else
        for (std::size_t k = 0; k < cycles; ++k) self.push_back(self_value(n, target.in_cycle(k)));
      for (const auto& [source, cross] : sources_[n * targets.size() + t])
        for (std::size_t k = 0; k < cycles; ++k)
          out[t * cycles + k] += (source == targets_[t] ? self[self.size() == 1 ? 0 : k] : cross) *
                                 tia[n].value(source, k);
    }
  return out;
}

}  // namespace lutetia

#include "lutetia/dosimetry/absorbed_dose.hpp"

#include <numeric>

namespace lutetia {
namespace {

/// Nuclides may differ in where their self value comes from: list each kind once.
void note_kind(const std::string& kind, std::string& kinds) {
  if (kinds == "none")
    kinds = kind;
  else if (kinds.find(kind) == std::string::npos)
    kinds += ", " + kind;
}

/// Dose of one target from all sources of one nuclide, added to its row and tail.
void add_target(const TimeIntegratedActivity& tia, const Nuclide& nuclide, const SValues* table,
                const std::string& sex, DoseConvention convention, const TargetRegion& target,
                std::size_t row, DoseTable& out) {
  const std::size_t cycles = tia.cycle_starts.size();
  for (std::size_t k = 0; k < cycles; ++k) {
    const bool first = k == 0, last = k + 1 == cycles;
    const TargetRegion at = target.in_cycle(k);
    const std::vector<SValue> factors =
        dose_factors(convention, table, nuclide, sex, at, tia.regions);
    for (std::size_t s = 0; s < factors.size(); ++s) {
      const SValue& factor = factors[s];
      if (first && tia.regions[s] == target.name)
        note_kind(convention == DoseConvention::local_electrons ? "local electrons"
                                                                : to_string(factor.kind),
                  out.self_kind[row]);
      const std::size_t place = row * cycles + k;
      const double integrated = tia.value(s, k);
      out.values[place] += factor.value * integrated;
      out.parts[place].alpha += factor.parts.alpha * integrated;
      out.parts[place].electron += factor.parts.electron * integrated;
      out.parts[place].photon += factor.parts.photon * integrated;
      out.mass_response[place] += factor.slope * at.mass * integrated;
      if (last) out.tail[row] += factor.value * tia.tail[s];
    }
  }
}

}  // namespace

SValue s_value(DoseConvention convention, const SValues* table, const Nuclide& nuclide,
               const std::string& sex, const TargetRegion& target, const std::string& source) {
  if (convention != DoseConvention::local_electrons)
    return s_value(*table, nuclide, sex, target, source);
  return source == target.name ? local_electron_s_value(nuclide, target.mass) : SValue{};
}

std::vector<SValue> dose_factors(DoseConvention convention, const SValues* table,
                                 const Nuclide& nuclide, const std::string& sex,
                                 const TargetRegion& target,
                                 const std::vector<std::string>& sources) {
  std::vector<SValue> out = convention == DoseConvention::local_electrons
                                ? std::vector<SValue>(sources.size())
                                : cross_factors(*table, nuclide, sex, target, sources);
  for (std::size_t s = 0; s < sources.size(); ++s)
    if (sources[s] == target.name) {
      SValue self = s_value(convention, table, nuclide, sex, target, target.name);
      self.value += out[s].value;
      self.parts.photon += out[s].parts.photon;
      out[s] = self;
    }
  return out;
}

double DoseTable::total(std::size_t region) const {
  const auto first = values.begin() + static_cast<long>(region * cycle_starts.size());
  return std::accumulate(first, first + static_cast<long>(cycle_starts.size()), 0.0);
}

std::vector<TargetRegion> target_regions(const Trajectory& run) {
  std::vector<TargetRegion> out;
  for (const Region& region : run.system->network().regions)
    if (region.mass >= 0) {
      TargetRegion target{region.name, run.phases.front().rates.slots[region.mass], region.lesion};
      if (run.phases.size() > 1)
        for (const double start : run.schedule.cycle_starts)
          target.cycle_masses.push_back(run.rates_at(start).slots[region.mass]);
      out.push_back(std::move(target));
    }
  return out;
}

DoseTable absorbed_dose(const std::vector<TargetRegion>& targets,
                        const std::vector<TimeIntegratedActivity>& tia,
                        const std::vector<Nuclide>& nuclides, const std::vector<SValues>& s_values,
                        const std::string& sex, DoseConvention convention) {
  DoseTable out;
  out.convention = convention;
  if (!tia.empty()) out.cycle_starts = tia.front().cycle_starts;
  out.administered_activity.assign(out.cycle_starts.size(), 0.0);
  for (const TargetRegion& target : targets) {
    out.regions.push_back(target.name);
    out.masses.push_back(target.mass);
  }
  out.values.assign(targets.size() * out.cycle_starts.size(), 0.0);
  out.parts.assign(out.values.size(), {});
  out.mass_response.assign(out.values.size(), 0.0);
  out.tail.assign(targets.size(), 0.0);
  out.self_kind.assign(targets.size(), "none");
  for (std::size_t n = 0; n < tia.size(); ++n) {
    for (std::size_t k = 0; k < out.cycle_starts.size(); ++k)
      out.administered_activity[k] += tia[n].administered_activity[k];
    for (std::size_t t = 0; t < targets.size(); ++t)
      add_target(tia[n], nuclides.at(n),
                 convention == DoseConvention::s_values ? &s_values.at(n) : nullptr, sex,
                 convention, targets[t], t, out);
  }
  return out;
}

}  // namespace lutetia

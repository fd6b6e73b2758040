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
  auto value_in = [&](const TargetRegion& at, const std::string& source) {
    return s_value(convention, table, nuclide, sex, at, source);
  };
  for (std::size_t s = 0; s < tia.regions.size(); ++s) {
    SValue value = value_in(target, tia.regions[s]);
    if (tia.regions[s] == target.name)
      note_kind(
          convention == DoseConvention::local_electrons ? "local electrons" : to_string(value.kind),
          out.self_kind[row]);
    for (std::size_t k = 0; k < cycles; ++k) {
      if (!target.cycle_masses.empty()) value = value_in(target.in_cycle(k), tia.regions[s]);
      const double integrated = tia.value(s, k);
      out.values[row * cycles + k] += value.value * integrated;
      ByEmission<double>& parts = out.parts[row * cycles + k];
      parts.alpha += value.parts.alpha * integrated;
      parts.electron += value.parts.electron * integrated;
      parts.photon += value.parts.photon * integrated;
    }
    out.tail[row] += value.value * tia.tail[s];
  }
}

}  // namespace

SValue s_value(DoseConvention convention, const SValues* table, const Nuclide& nuclide,
               const std::string& sex, const TargetRegion& target, const std::string& source) {
  if (convention != DoseConvention::local_electrons)
    return s_value(*table, nuclide, sex, target, source);
  return source == target.name ? local_electron_s_value(nuclide, target.mass) : SValue{};
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

#include "lutetia/dosimetry/derivatives.hpp"

#include <map>

#include "lutetia/dosimetry/linear_tail.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

/// Activity per amount of a labeled block [MBq/nmol]; no direction moves a decay constant.
double activity_per_amount(const Trajectory& run, const Block& block) {
  return run.system->decay_constant(run.rates(), block.tracer) * constants::activity_per_decay_rate;
}

/// Derivatives of the tail of every compartment, shape (compartments, directions) [nmol·h].
std::vector<double> tail_derivatives(const Trajectory& run, const Sensitivities& s,
                                     const Block& block, Tail tail) {
  if (tail == Tail::linear) return LinearTail(run, block).derivatives(s);
  const std::size_t directions = s.directions;
  std::vector<double> out(block.states.size() * directions, 0.0);
  const double lambda = run.system->decay_constant(run.rates(), block.tracer);
  for (std::size_t c = 0; c < block.states.size(); ++c)
    for (std::size_t d = 0; tail == Tail::physical && block.states[c] >= 0 && d < directions; ++d)
      out[c * directions + d] =
          tail_of(s.last_state[block.states[c] * directions + d], constants::ln2 / lambda);
  return out;
}

void add_block(const Trajectory& run, const Sensitivities& s, const Block& block, Tail tail,
               TiaDerivative& out) {
  const std::size_t directions = s.directions, cycles = run.schedule.cycle_starts.size();
  const std::size_t mark = run.system->size() * directions;
  const double to_activity = activity_per_amount(run, block);
  const std::vector<double> rest = tail_derivatives(run, s, block, tail);
  const auto& regions = run.system->network().regions;
  for (std::size_t r = 0; r < regions.size(); ++r)
    for (const int c : regions[r].compartments) {
      if (block.states[c] < 0) continue;
      for (std::size_t d = 0; d < directions; ++d) {
        const double* const integral = s.integrals.data() + block.states[c] * directions + d;
        double* const row = out.values.data() + r * cycles * directions + d;
        for (std::size_t k = 0; k < cycles; ++k)
          row[k * directions] +=
              to_activity * (integral[(k + 1) * mark] - (k == 0 ? 0.0 : integral[k * mark]));
        const double after = to_activity * rest[c * directions + d];
        row[(cycles - 1) * directions] += after;
        out.tail[r * directions + d] += after;
      }
    }
}

}  // namespace

std::vector<double> mass_derivative(const Trajectory& run, const Sensitivities& s,
                                    const std::string& name, std::size_t cycle) {
  const Region& region = run.system->network().regions[run.region_index(name)];
  std::size_t phase = 0;
  while (phase + 1 < run.phases.size() &&
         run.phases[phase + 1].start <= run.schedule.cycle_starts[cycle])
    ++phase;
  std::vector<double> out;
  for (int d = 0; d < s.directions; ++d)
    out.push_back(s.phases[phase][d / lane_count].slots[region.mass][d % lane_count]);
  return out;
}

std::vector<double> activity_derivative(const Trajectory& run, const Sensitivities& s, int region,
                                        const std::string& nuclide) {
  const std::size_t directions = s.directions, row = run.system->size() * directions;
  std::vector<double> out(run.times.size() * directions, 0.0);
  for (const Block& block : run.system->blocks()) {
    if (block.tracer < 0 ||
        (!nuclide.empty() && run.system->structure().tracers[block.tracer].nuclide != nuclide))
      continue;
    const double to_activity = activity_per_amount(run, block);
    for (const int c : run.system->network().regions.at(region).compartments)
      for (std::size_t t = 0; block.states[c] >= 0 && t < run.times.size(); ++t)
        for (std::size_t d = 0; d < directions; ++d)
          out[t * directions + d] +=
              to_activity * s.states[t * row + block.states[c] * directions + d];
  }
  return out;
}

std::vector<TiaDerivative> tia_derivatives(const Trajectory& run, const Sensitivities& s,
                                           Tail tail) {
  const System& system = *run.system;
  const std::size_t cycles = run.schedule.cycle_starts.size(),
                    regions = system.network().regions.size();
  std::vector<TiaDerivative> out;
  std::map<std::string, std::size_t> index;
  for (const Block& block : system.blocks()) {
    if (block.tracer < 0) continue;
    const std::string& nuclide = system.structure().tracers[block.tracer].nuclide;
    const auto [at, added] = index.try_emplace(nuclide, out.size());
    if (added)
      out.push_back({nuclide, std::vector<double>(regions * cycles * s.directions, 0.0),
                     std::vector<double>(regions * s.directions, 0.0)});
    add_block(run, s, block, tail, out[at->second]);
  }
  return out;
}

std::vector<double> dose_derivative(const Trajectory& run, const Sensitivities& s,
                                    const std::vector<TargetRegion>& targets,
                                    const std::vector<TimeIntegratedActivity>& tia,
                                    const std::vector<TiaDerivative>& derivatives,
                                    const std::vector<Nuclide>& nuclides,
                                    const std::vector<SValues>& s_values, const std::string& sex,
                                    DoseConvention convention) {
  const std::size_t directions = s.directions, cycles = run.schedule.cycle_starts.size();
  std::vector<double> out(targets.size() * cycles * directions, 0.0);
  for (std::size_t t = 0; t < targets.size(); ++t)
    for (std::size_t k = 0; k < cycles; ++k) {
      const TargetRegion target = targets[t].in_cycle(k);
      const std::vector<double> mass = mass_derivative(run, s, target.name, k);
      double* const row = out.data() + (t * cycles + k) * directions;
      for (std::size_t n = 0; n < tia.size(); ++n)
        for (std::size_t source = 0; source < tia[n].regions.size(); ++source) {
          const SValue value = s_value(convention, s_values.empty() ? nullptr : &s_values.at(n),
                                       nuclides.at(n), sex, target, tia[n].regions[source]);
          const double* const change =
              derivatives[n].values.data() + (source * cycles + k) * directions;
          for (std::size_t d = 0; d < directions; ++d)
            row[d] += value.value * change[d] + value.slope * mass[d] * tia[n].value(source, k);
        }
    }
  return out;
}

}  // namespace lutetia

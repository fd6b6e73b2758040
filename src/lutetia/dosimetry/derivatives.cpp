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

/// ∂/∂p of a quantity of the tape in a phase.
double slot_derivative(const Sensitivities& s, std::size_t phase, Tape::Slot slot,
                       std::size_t direction) {
  return s.phases[phase][direction / lane_count]
      .slots[slot][static_cast<int>(direction % lane_count)];
}

/// Derivative of atoms_to_come() along a direction.
double atoms_to_come(const Trajectory& run, const Sensitivities& s, const Block& block,
                     std::size_t compartment, std::size_t direction) {
  const int state = block.states[compartment];
  double out = state < 0 ? 0.0 : s.last_state[state * s.directions + direction];
  for (const Lineage& line : run.system->lineages())
    if (&run.system->blocks()[line.daughter] == &block)
      out += run.rates().slots[line.share] *
                 atoms_to_come(run, s, run.system->blocks()[line.parent], compartment, direction) +
             slot_derivative(s, s.phases.size() - 1, line.share, direction) *
                 atoms_to_come(run, run.system->blocks()[line.parent], compartment);
  return out;
}

/// Derivatives of the tail of every compartment, shape (compartments, directions) [nmol·h].
std::vector<double> tail_derivatives(const Trajectory& run, const Sensitivities& s,
                                     const Block& block, Tail tail) {
  if (tail == Tail::linear) return LinearTail(run, block).derivatives(s);
  const std::size_t directions = s.directions;
  std::vector<double> out(block.states.size() * directions, 0.0);
  const double lambda = run.system->decay_constant(run.rates(), block.tracer);
  for (std::size_t c = 0; c < block.states.size(); ++c)
    for (std::size_t d = 0; tail == Tail::physical && d < directions; ++d)
      out[c * directions + d] =
          tail_of(atoms_to_come(run, s, block, c, d), constants::ln2 / lambda);
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
    for (const RegionPart& part : regions[r].parts) {
      const int c = part.compartment, state = block.states[c];
      if (state < 0) continue;
      for (std::size_t d = 0; d < directions; ++d) {
        const double* const integral = s.integrals.data() + state * directions + d;
        double* const row = out.values.data() + r * cycles * directions + d;
        for (std::size_t k = 0; k < cycles; ++k)
          row[k * directions] += to_activity * share_in_cycle(run, part, k) *
                                 (integral[(k + 1) * mark] - (k == 0 ? 0.0 : integral[k * mark]));
        const double after =
            to_activity * part.share_in(run.rates().slots) * rest[c * directions + d];
        row[(cycles - 1) * directions] += after;
        out.tail[r * directions + d] += after;
      }
    }
}

/// What changes because shares of compartments do.
void add_shares(const Trajectory& run, const Sensitivities& s, const Block& block, Tail tail,
                TiaDerivative& out) {
  const std::size_t directions = s.directions, cycles = run.schedule.cycle_starts.size();
  const double to_activity = activity_per_amount(run, block);
  std::vector<double> rest;
  const auto& regions = run.system->network().regions;
  for (std::size_t r = 0; r < regions.size(); ++r)
    for (const RegionPart& part : regions[r].parts) {
      if (part.share < 0 || block.states[part.compartment] < 0) continue;
      if (rest.empty()) rest = tail_integrals(run, block, tail);
      for (std::size_t k = 0; k < cycles; ++k) {
        const bool last = k + 1 == cycles;
        const double inside = to_activity * run.integral(block.states[part.compartment], k);
        const double after = last ? to_activity * rest[part.compartment] : 0.0;
        const std::size_t phase = run.phase_at(run.schedule.cycle_starts[k]);
        for (std::size_t d = 0; d < directions; ++d) {
          const double by = slot_derivative(s, phase, part.share, d);
          out.values[(r * cycles + k) * directions + d] += by * (inside + after);
          if (last) out.tail[r * directions + d] += by * after;
        }
      }
    }
}

}  // namespace

std::vector<double> mass_derivative(const Trajectory& run, const Sensitivities& s,
                                    const std::string& name, std::size_t cycle) {
  const Region& region = run.system->network().regions[run.region_index(name)];
  const std::size_t phase = run.phase_at(run.schedule.cycle_starts[cycle]);
  std::vector<double> out;
  for (int d = 0; d < s.directions; ++d) out.push_back(slot_derivative(s, phase, region.mass, d));
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
    for (const RegionPart& part : run.system->network().regions.at(region).parts) {
      const int state = block.states[part.compartment];
      for (std::size_t t = 0; state >= 0 && t < run.times.size(); ++t) {
        const std::size_t phase = run.phase_at(run.times[t]);
        const double share = to_activity * part.share_in(run.phases[phase].rates.slots);
        for (std::size_t d = 0; d < directions; ++d)
          out[t * directions + d] += share * s.states[t * row + state * directions + d];
        if (part.share < 0) continue;
        const double activity = to_activity * run.states[t * run.system->size() + state];
        for (std::size_t d = 0; d < directions; ++d)
          out[t * directions + d] += activity * slot_derivative(s, phase, part.share, d);
      }
    }
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
    add_shares(run, s, block, tail, out[at->second]);
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
      for (std::size_t n = 0; n < tia.size(); ++n) {
        const std::vector<SValue> factors =
            dose_factors(convention, s_values.empty() ? nullptr : &s_values.at(n), nuclides.at(n),
                         sex, target, tia[n].regions);
        for (std::size_t source = 0; source < factors.size(); ++source) {
          const SValue& value = factors[source];
          const double* const change =
              derivatives[n].values.data() + (source * cycles + k) * directions;
          for (std::size_t d = 0; d < directions; ++d)
            row[d] += value.value * change[d] + value.slope * mass[d] * tia[n].value(source, k);
        }
      }
    }
  return out;
}

}  // namespace lutetia

#include "lutetia/dosimetry/tia.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "lutetia/dosimetry/linear_tail.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

void add_block(const Trajectory& run, int block_index, Tail tail, TimeIntegratedActivity& out) {
  const Block& block = run.system->blocks()[block_index];
  const double lambda = run.system->decay_constant(run.rates(), block.tracer);
  const double to_activity = lambda * constants::activity_per_decay_rate;
  const std::size_t cycles = out.cycle_starts.size();
  const std::vector<double> rest = tail_integrals(run, block, tail);
  const auto& regions = run.system->network().regions;
  for (std::size_t r = 0; r < regions.size(); ++r) {
    for (const RegionPart& part : regions[r].parts) {
      const int state = block.states[part.compartment];
      if (state < 0) continue;
      // What is given before the first cycle, a scan, counts to it.
      for (std::size_t k = 0; k < cycles; ++k)
        out.values[r * cycles + k] +=
            to_activity * share_in_cycle(run, part, k) * run.integral(state, k);
      const double after = to_activity * part.share_in(run.rates().slots) * rest[part.compartment];
      out.tail[r] += after;
      out.values[r * cycles + cycles - 1] += after;
    }
  }
  for (const GivenDose& dose : run.schedule.given) {
    if (dose.block != block_index) continue;
    const auto after =
        std::upper_bound(out.cycle_starts.begin(), out.cycle_starts.end(), dose.time);
    const auto cycle = std::max<std::ptrdiff_t>(after - out.cycle_starts.begin(), 1) - 1;
    out.administered_activity[cycle] += dose.activity;
  }
}

}  // namespace

double TimeIntegratedActivity::total(std::size_t region) const {
  const auto first = values.begin() + static_cast<long>(region * cycle_starts.size());
  return std::accumulate(first, first + static_cast<long>(cycle_starts.size()), 0.0);
}

double TimeIntegratedActivity::tail_share(std::size_t region) const {
  const double all = total(region);
  return all > 0.0 ? tail[region] / all : 0.0;
}

double TimeIntegratedActivity::administered_total() const {
  return std::accumulate(administered_activity.begin(), administered_activity.end(), 0.0);
}

std::vector<TimeIntegratedActivity> time_integrated_activity(const Trajectory& run, Tail tail) {
  std::vector<TimeIntegratedActivity> out;
  std::map<std::string, std::size_t> index;
  const auto& regions = run.system->network().regions;
  for (std::size_t b = 0; b < run.system->blocks().size(); ++b) {
    const int tracer = run.system->blocks()[b].tracer;
    if (tracer < 0) continue;
    const std::string& nuclide = run.system->structure().tracers[tracer].nuclide;
    const auto [at, added] = index.try_emplace(nuclide, out.size());
    if (added) {
      TimeIntegratedActivity tia;
      tia.nuclide = nuclide;
      for (const Region& region : regions) tia.regions.push_back(region.name);
      tia.cycle_starts = run.schedule.cycle_starts;
      tia.administered_activity.assign(tia.cycle_starts.size(), 0.0);
      tia.values.assign(regions.size() * tia.cycle_starts.size(), 0.0);
      tia.tail.assign(regions.size(), 0.0);
      out.push_back(std::move(tia));
    }
    add_block(run, static_cast<int>(b), tail, out[at->second]);
  }
  return out;
}

std::vector<double> tail_integrals(const Trajectory& run, const Block& block, Tail tail) {
  if (tail == Tail::linear) return LinearTail(run, block).integrals();
  std::vector<double> out(block.states.size(), 0.0);
  const double lambda = run.system->decay_constant(run.rates(), block.tracer);
  for (std::size_t c = 0; tail == Tail::physical && c < out.size(); ++c)
    out[c] = tail_of(atoms_to_come(run, block, c), constants::ln2 / lambda);
  return out;
}

double share_in_cycle(const Trajectory& run, const RegionPart& part, std::size_t cycle) {
  return part.share < 0 ? 1.0 : part.share_in(run.rates_at(run.schedule.cycle_starts[cycle]).slots);
}

double atoms_to_come(const Trajectory& run, const Block& block, std::size_t compartment) {
  const int state = block.states[compartment];
  double out = state < 0 ? 0.0 : run.last_state[state];
  for (const Lineage& line : run.system->lineages())
    if (&run.system->blocks()[line.daughter] == &block)
      out += run.rates().slots[line.share] *
             atoms_to_come(run, run.system->blocks()[line.parent], compartment);
  return out;
}

double tail_of(double activity, double half_life) { return activity * half_life / constants::ln2; }

}  // namespace lutetia

#include "lutetia/simulate/trajectory.hpp"

#include <stdexcept>

#include "lutetia/core/text.hpp"

namespace lutetia {

std::size_t Trajectory::phase_at(double time) const {
  std::size_t at = 0;
  while (at + 1 < phases.size() && phases[at + 1].start <= time) ++at;
  return at;
}

double Trajectory::integral(int state, std::size_t cycle) const {
  const std::size_t n = system->size();
  return integrals[(cycle + 1) * n + state] - (cycle == 0 ? 0.0 : integrals[cycle * n + state]);
}

std::vector<double> Trajectory::amount(int block, int region) const {
  const Block& b = system->blocks().at(block);
  const Region& r = system->network().regions.at(region);
  const std::size_t n = system->size();
  std::vector<double> out(times.size(), 0.0);
  for (std::size_t t = 0; t < times.size(); ++t) {
    const Rates& rates = rates_at(times[t]);
    for (const RegionPart& part : r.parts)
      if (const int state = b.states[part.compartment]; state >= 0)
        out[t] += part.share_in(rates.slots) * states[t * n + state];
  }
  return out;
}

std::vector<double> Trajectory::activity(int region, const std::string& nuclide) const {
  std::vector<double> out(times.size(), 0.0);
  for (std::size_t b = 0; b < system->blocks().size(); ++b) {
    const int tracer = system->blocks()[b].tracer;
    if (tracer < 0 || (!nuclide.empty() && system->structure().tracers[tracer].nuclide != nuclide))
      continue;
    const double lambda = system->decay_constant(rates(), tracer);
    const std::vector<double> amounts = amount(static_cast<int>(b), region);
    for (std::size_t t = 0; t < out.size(); ++t) out[t] += lutetia::activity(amounts[t], lambda);
  }
  return out;
}

int Trajectory::region_index(const std::string& name) const {
  std::vector<std::string> names;
  const auto& regions = system->network().regions;
  for (std::size_t r = 0; r < regions.size(); ++r) {
    if (regions[r].name == name) return static_cast<int>(r);
    names.push_back(regions[r].name);
  }
  throw std::out_of_range(text("unknown region ", quote(name), "; ", suggestion(name, names)));
}

}  // namespace lutetia

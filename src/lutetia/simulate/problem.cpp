#include "lutetia/simulate/problem.hpp"

#include <algorithm>
#include <cmath>

namespace lutetia {

std::vector<double> state_scales(const System& system, const Schedule& schedule,
                                 const Rates& rates) {
  std::vector<double> scale(system.size(), 1.0);
  std::vector<double> given(system.blocks().size(), 0.0), held(given);
  for (std::size_t b = 0; b < system.blocks().size(); ++b) {
    double largest = 0.0;
    for (const GivenDose& dose : schedule.given)
      largest = std::max(largest, amount_into(dose, system, static_cast<int>(b)));
    given[b] = held[b] = largest;
  }
  // Daughters: as many as their parents make within their mean life, or all there will ever be.
  for (const Lineage& line : system.lineages()) {
    const double share = rates.slots[line.share];
    auto lambda = [&](int block) {
      return system.decay_constant(rates, system.blocks()[block].tracer);
    };
    given[line.daughter] += share * given[line.parent];
    held[line.daughter] += share * held[line.parent] * lambda(line.parent) / lambda(line.daughter);
    held[line.daughter] = std::min(held[line.daughter], given[line.daughter]);
  }
  for (std::size_t b = 0; b < system.blocks().size(); ++b) {
    const Block& block = system.blocks()[b];
    if (!(given[b] > 0.0)) continue;
    for (const auto* states : {&block.states, &block.reservoirs, &block.infusions})
      for (const int s : *states)
        if (s >= 0) scale[s] = held[b];
    if (block.bag >= 0) scale[block.bag] = held[b];
    if (block.decayed >= 0) scale[block.decayed] = given[b];
  }
  return scale;
}

ErrorGroups::ErrorGroups(const System& system) {
  std::vector<std::vector<int>> groups(system.error_group_count());
  for (int i = 0; i < system.size(); ++i) groups[system.error_groups()[i]].push_back(i);
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.size() < b.size(); });
  for (const std::vector<int>& group : groups) {
    runs.add(0, static_cast<int>(members.size()), static_cast<int>(group.size()));
    members.insert(members.end(), group.begin(), group.end());
    weights.insert(weights.end(), group.size(), 1.0 / static_cast<double>(group.size()));
  }
}

}  // namespace lutetia

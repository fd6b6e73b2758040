#include "lutetia/simulate/problem.hpp"

#include <algorithm>
#include <cmath>

namespace lutetia {

std::vector<double> state_scales(const System& system, const Schedule& schedule) {
  std::vector<double> scale(system.size(), 1.0);
  for (std::size_t b = 0; b < system.blocks().size(); ++b) {
    const Block& block = system.blocks()[b];
    double largest = 0.0;
    for (const GivenDose& dose : schedule.given)
      largest = std::max(largest, amount_into(dose, system, static_cast<int>(b)));
    if (!(largest > 0.0)) continue;
    for (const auto* states : {&block.states, &block.reservoirs, &block.infusions})
      for (const int s : *states)
        if (s >= 0) scale[s] = largest;
    if (block.decayed >= 0) scale[block.decayed] = largest;
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

#include "lutetia/simulate/activity_curves.hpp"

#include <algorithm>

namespace lutetia {

ActivitySums activity_sums(const System& system) {
  ActivitySums out;
  for (const Block& block : system.blocks()) {
    if (block.tracer < 0) continue;
    const std::string& nuclide = system.structure().tracers[block.tracer].nuclide;
    if (std::find(out.nuclides.begin(), out.nuclides.end(), nuclide) != out.nuclides.end())
      continue;
    out.nuclides.push_back(nuclide);
    out.tracers.push_back(block.tracer);
  }
  for (const std::string& nuclide : out.nuclides)
    for (const Region& region : system.network().regions) {
      for (const Block& block : system.blocks())
        if (block.tracer >= 0 && system.structure().tracers[block.tracer].nuclide == nuclide)
          for (const RegionPart& part : region.parts)
            if (const int state = block.states[part.compartment]; state < 0)
              continue;
            else if (part.share < 0)
              out.states.push_back(state);
            else
              out.parts.push_back({state, part.share});
      out.ends.push_back(static_cast<int>(out.states.size()));
      out.part_ends.push_back(static_cast<int>(out.parts.size()));
    }
  return out;
}

}  // namespace lutetia

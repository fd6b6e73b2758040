#include "lutetia/radiobiology/effect_rate.hpp"

#include <stdexcept>

#include "lutetia/core/text.hpp"

namespace lutetia {

void check_tissue(const Tissue& tissue) {
  if (!(tissue.alpha_beta > 0.0))
    throw std::invalid_argument(text("alpha_beta must be positive, found ", tissue.alpha_beta));
  if (!(tissue.rbe_max >= 0.0))
    throw std::invalid_argument(text("rbe_max must not be negative, found ", tissue.rbe_max));
  check_repair(tissue.repair);
}

}  // namespace lutetia

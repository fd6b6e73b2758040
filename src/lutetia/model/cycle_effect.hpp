/// @file Cycle effect, empirical form: how a parameter of a lesion or organ follows the cycles.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lutetia/document/fields.hpp"

namespace lutetia {

/// A parameter multiplied by a factor that depends on the number of the cycle; every term is one
/// in the first cycle. It holds from the start of the administration that begins the cycle.
struct CycleEffect {
  enum class Term {
    none,              ///< 1
    per_cycle_factor,  ///< factor^(cycle − 1)
    exponential,       ///< exp(−decline · (cycle − 1))
    free_per_cycle     ///< factors[cycle − 1]; the last one holds for later cycles
  };
  std::string parameter;  ///< "liver_1.receptor_density"; "lesions.volume" means every lesion
  Term term = Term::none;
  std::vector<double> numbers = {};         ///< the factor, the decline, or the factors
  std::vector<Provenance> provenance = {};  ///< of the numbers; empty where they are computed
  Location where = {};
  /// Begin a phase in every cycle, even where the factor is one: a fit differentiates by it.
  bool always = false;

  double factor(int cycle) const;  ///< @param cycle  1 for the first
};

/// A list of cycle effects; those with a problem are left out.
/// @param of_owner  provenance of numbers that have none of their own nor of their effect
std::vector<CycleEffect> read_cycle_effects(const Node* node, Problems& problems,
                                            const Provenance& of_owner = {});

/// Every number by name, "cycle effect lesions.volume decline"; without the first factor of a list,
/// which is one.
std::vector<std::pair<std::string, SourcedQuantity>> numbers_of(
    const std::vector<CycleEffect>& effects);

}  // namespace lutetia

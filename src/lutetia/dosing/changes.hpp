/// @file Parameters that change during a course: cycle effects and windows → rates per phase.
///
/// Parameters are constant between changes. Amounts stay where they are when a volume changes;
/// everything computed from a parameter (flow, receptors, serum of the rest) follows it.
#pragma once

#include <vector>

#include "lutetia/dosing/schedule.hpp"
#include "lutetia/model/cycle_effect.hpp"

namespace lutetia {

/// Rates that hold from a time on.
struct RatePhase {
  double start;  ///< [h]
  Rates rates;
  std::vector<double> values = {};   ///< of all parameters, changes included
  std::vector<double> factors = {};  ///< by which each was multiplied
  bool by_cycle = false;             ///< a cycle effect changes where it begins, …
  bool by_window = false;            ///< … a window begins or ends there
};

/// Report parameters that do not exist or are computed by a formula.
void check_changes(const std::vector<CycleEffect>& effects, const std::vector<Window>& windows,
                   const System& system, Problems& problems);

/// Phases of a course in order of time, the first from the beginning. Adds to the schedule the
/// times at which the integration must stop.
/// @param values  of all parameters before any change, shape (parameters)
/// @param end  of the run [h]; what changes later is left out
/// @throws ModelError for a parameter that does not exist or is computed by a formula, and for
/// numbers a change makes impossible
std::vector<RatePhase> rate_phases(const std::vector<CycleEffect>& effects,
                                   const std::vector<Window>& windows, const System& system,
                                   const std::vector<double>& values, double end,
                                   Schedule& schedule);

}  // namespace lutetia

/// @file System + rates + schedule + output times → trajectory.
#pragma once

#include <memory>
#include <vector>

#include "lutetia/simulate/options.hpp"
#include "lutetia/simulate/trajectory.hpp"

namespace lutetia {

/// Integrate from the first event to `end`, stopping exactly at every event.
///
/// Rates change where a phase begins. Outputs come from dense output and never influence the steps.
/// Nothing is clipped.
/// @param times  output times, ascending, from the first event or zero on [h]
/// @param end    end of the run [h]; at least the last event and the last output time
/// @throws std::invalid_argument when times, end or options are out of range
/// @throws ModelError when rates are negative or flows do not close
/// @throws SolverError naming time, state and nearest event
Trajectory simulate(std::shared_ptr<const System> system, const std::vector<RatePhase>& phases,
                    const Schedule& schedule, const std::vector<double>& times, double end,
                    const SimulationOptions& options = {});

/// The same with one set of rates for the whole run.
Trajectory simulate(std::shared_ptr<const System> system, const Rates& rates,
                    const Schedule& schedule, const std::vector<double>& times, double end,
                    const SimulationOptions& options = {});

/// Ten half-lives of the longest-lived nuclide after the last administration, but six weeks at most
/// (6.3 half-lives of Lu-177); what is left then is the tail of the time-integrated activity.
double default_end(const System& system, const Rates& rates, const Schedule& schedule);

/// About `per_cycle` output times in each cycle, dense after each administration, the end of every
/// infusion (where blood peaks) and the end of the run.
std::vector<double> default_times(const Schedule& schedule, double end, int per_cycle = 50);

}  // namespace lutetia

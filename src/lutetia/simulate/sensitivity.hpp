/// @file Forward sensitivities: the exact derivative of every step a run takes.
#pragma once

#include <memory>
#include <vector>

#include "lutetia/linalg/lanes.hpp"
#include "lutetia/simulate/simulate.hpp"
#include "lutetia/system/tangent.hpp"

namespace lutetia {

/// What a run is differentiated by.
struct Directions {
  std::vector<int> parameters;  ///< positions in System::parameter_values()
  std::vector<int> doses;       ///< positions in Schedule::given: amount and label scale together

  int count() const { return static_cast<int>(parameters.size() + doses.size()); }
};

/// ∂x/∂p of a trajectory for each direction p; a dose by its relative size (1 = as given).
struct Sensitivities {
  int directions = 0;
  std::vector<double> states;       ///< shape (times, states, directions) [nmol per unit of p]
  std::vector<double> integrals;    ///< shape (marks, states, directions) [nmol·h per unit of p]
  std::vector<double> last_state;   ///< shape (states, directions)
  std::vector<RateTangents> rates;  ///< of the last phase, by chunks of parameters
};

/// Run and differentiate along. The steps are those of simulate(): the derivative is that of the
/// numbers it returns, at the steps it takes.
/// @throws ModelError for a parameter the schedule itself depends on (decay constants, molar
/// masses), which has no derivative here
std::pair<Trajectory, Sensitivities> simulate_with_sensitivities(
    std::shared_ptr<const System> system, const std::vector<RatePhase>& phases,
    const Directions& directions, const Schedule& schedule, const std::vector<double>& times,
    double end, const SimulationOptions& options = {});

}  // namespace lutetia

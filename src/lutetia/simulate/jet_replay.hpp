/// @file The oracle of the sensitivities: a run repeated in dual numbers at the steps it took.
#pragma once

#include "lutetia/simulate/sensitivity.hpp"

namespace lutetia {

/// The same as simulate_with_sensitivities(), some hundred times slower: every step is made again
/// in ceres::Jet, with a Jacobian from the right-hand side alone and a plain LU, all of it dual
/// numbers. Nothing of the derivative of a step is written by hand. Events that move are carried as
/// there.
std::pair<Trajectory, Sensitivities> simulate_with_jets(
    std::shared_ptr<const System> system, const std::vector<RatePhase>& phases,
    const Directions& directions, const Schedule& schedule, const std::vector<double>& times,
    double end, const SimulationOptions& options = {});

}  // namespace lutetia

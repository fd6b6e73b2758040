/// @file Events whose time moves along a direction.
///
/// At an event x⁺ = g(x⁻) at the time τ(p) the derivative S at fixed time becomes, in three steps,
///   X⁻ = S⁻ + f⁻(x⁻) τ'    of the state at the moving event, f⁻ with the rates before it
///   X⁺ = g_x X⁻ + g_p      after it
///   S⁺ = X⁺ − f⁺(x⁺) τ'    at fixed time again.
/// X obeys the same equation as S because f does not know the time, so the last step waits until
/// the segment ends: the steps of the segment move along with the event that begins it, as those of
/// a run with the event elsewhere would. (At fixed time the first step after an infusion begins
/// would be differentiated where the concentration is zero and its effect has a kink.) Outputs
/// within take the last step each, S = X − f(x) τ', and ∫S dt = ∫X dt − (x_end − x_start) τ'.
///
/// What else happens at the same time and stays there happens first: x⁻ is the state after it.
#pragma once

#include <span>
#include <vector>

#include "lutetia/simulate/directions.hpp"
#include "lutetia/simulate/trajectory.hpp"

namespace lutetia {

/// How one event moves along one direction.
struct Motion {
  int direction;           ///< position in Directions::doses
  double speed;            ///< τ' [h per unit of the direction]
  std::vector<int> doses;  ///< those that move; empty for a void
  bool cycle;              ///< a cycle begins here, with its mark and its rates
};

/// Motions of every event, shape (events, those that move).
std::vector<std::vector<Motion>> motions(const Schedule& schedule, const Directions& directions);

/// The state before what moves happens and after all that stays.
/// @param x  before the event, shape (states)
std::vector<double> before_moving(const Event& event, const Motion& motion,
                                  const Schedule& schedule, const Rates& rates,
                                  std::span<const double> x);

/// Rates right before what moves: a cycle that moves takes the change of its rates along, a window
/// that begins or ends at the same time stays and has changed them already.
const Rates& rates_before_moving(const Event& event, const Motion& motion, const Trajectory& run);

}  // namespace lutetia

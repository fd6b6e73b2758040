/// @file Forward sensitivities: the exact derivative of every step a run takes.
#pragma once

#include <memory>
#include <vector>

#include "lutetia/linalg/lanes.hpp"
#include "lutetia/simulate/directions.hpp"
#include "lutetia/simulate/simulate.hpp"
#include "lutetia/system/system_tangent.hpp"

namespace lutetia {

/// Derivatives of ActivityCurves. They are at fixed u: where a step moves along with the event that
/// began its segment, that at fixed time is less by its speed times the slope of the curve.
struct CurveDerivatives {
  /// A step that moves along a direction [h per unit of the direction].
  struct MovingInterval {
    std::size_t interval;
    int direction;
    double speed;
  };
  /// An event that moves along a direction; a curve that jumps there has an impulse in its
  /// derivative.
  struct MovingKnot {
    std::size_t knot;
    int direction;
    double speed;
    bool cycle;  ///< a cycle begins here and moves along
    std::vector<double>
        before;  ///< activities before what moves happens, (nuclides, regions) [MBq]
  };

  /// Shape (intervals, nuclides, regions, directions) [MBq per unit of the direction].
  std::vector<ActivityCurves::Values> values;
  std::vector<MovingInterval> intervals;
  std::vector<MovingKnot> knots;
};

/// ∂x/∂p of a trajectory at fixed times, for each direction p: parameters first, then doses.
struct Sensitivities {
  int directions = 0;
  std::vector<double> states;      ///< shape (times, states, directions) [nmol per unit of p]
  std::vector<double> integrals;   ///< shape (marks, states, directions) [nmol·h per unit of p]
  std::vector<double> last_state;  ///< shape (states, directions)
  std::vector<std::vector<RateTangents>> phases;  ///< as phase_tangents()
  CurveDerivatives curves;                        ///< empty unless curves are asked for
};

/// Derivatives of the rates of every phase by the parameters as given, before the factors of the
/// phase, shape (phases, chunks of lane_count directions); directions of doses move no rate.
std::vector<std::vector<RateTangents>> phase_tangents(const Trajectory& run,
                                                      const Directions& directions);

/// Run and differentiate along. The steps are those of simulate(): the derivative is that of the
/// numbers it returns, at the steps it takes. Where an event moves, the derivative jumps as that of
/// the exact solution does (motion.hpp), and steps between events keep their size. Output times and
/// the end of the run stay; marks at the starts of cycles move with them. An output exactly at an
/// event that moves has the derivative of its side.
/// @throws ModelError, std::invalid_argument as check_directions()
std::pair<Trajectory, Sensitivities> simulate_with_sensitivities(
    std::shared_ptr<const System> system, const std::vector<RatePhase>& phases,
    const Directions& directions, const Schedule& schedule, const std::vector<double>& times,
    double end, const SimulationOptions& options = {});

}  // namespace lutetia

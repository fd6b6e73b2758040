/// @file What a run is differentiated by: parameters, and what can change about its doses.
#pragma once

#include <vector>

#include "lutetia/dosing/changes.hpp"
#include "lutetia/system/tangent.hpp"

namespace lutetia {

/// How a dose changes along a direction: derivatives of what stands in GivenDose, per unit of the
/// direction.
struct DoseChange {
  int dose;                     ///< position in Schedule::given
  double labeled_amount = 0.0;  ///< [nmol]
  double amount = 0.0;          ///< [nmol]
  double start = 0.0;           ///< [h]; the end moves along
  double duration = 0.0;        ///< [h]
};

/// Doses that change together, such as an infusion and the amino acids around it.
using DoseDirection = std::vector<DoseChange>;

/// A parameter that moves with others, or differently from phase to phase.
struct ParameterChange {
  int parameter;                 ///< position in System::parameter_values()
  std::vector<double> by_phase;  ///< derivative of its value in each phase, shape (phases)
};
using ParameterDirection = std::vector<ParameterChange>;

struct Directions {
  /// By one parameter as given: positions in System::parameter_values(). In every phase its value
  /// moves by the factor it has there.
  std::vector<int> parameters;
  std::vector<DoseDirection> doses = {};
  std::vector<ParameterDirection> joint = {};

  /// Columns: parameters, doses, joint ones.
  int count() const { return static_cast<int>(parameters.size() + doses.size() + joint.size()); }
};

/// How every direction moves the parameters of a phase, shape (count()).
/// @param phase  number of the phase
std::vector<ParameterSeeds> parameter_seeds(const Directions& directions, const RatePhase& values,
                                            std::size_t phase);

/// A dose by its relative size: label and peptide scale together.
DoseDirection relative_size(const Schedule& schedule, int dose);

/// Doses after a finite change along a direction.
std::vector<GivenDose> changed(std::vector<GivenDose> given, const DoseDirection& direction,
                               double by);

/// Refuse what has no derivative.
/// @throws ModelError for a parameter the schedule itself is computed from (decay constants, molar
/// masses, times of voids), the duration of a bolus, and what only happens together:
/// administrations that begin a cycle at the same time, a cycle that begins where a window changes
/// parameters
/// @throws std::invalid_argument for a position that does not exist, the label of an unlabeled
/// dose, or one event that would have to move at two speeds
void check_directions(const Directions& directions, const System& system, const Schedule& schedule,
                      const std::vector<RatePhase>& phases);

}  // namespace lutetia

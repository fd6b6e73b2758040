/// @file What a simulation returns: states at output times, their time integrals, and how it went.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lutetia/dosing/changes.hpp"
#include "lutetia/simulate/activity_curves.hpp"
#include "lutetia/simulate/options.hpp"
#include "lutetia/solver/stepper.hpp"

namespace lutetia {

/// How well amounts are conserved, relative to what was given; the worst over all outputs.
struct MassBalance {
  double total = 0.0;    ///< peptide: in compartments, urine, cleared, reservoirs
  double labeled = 0.0;  ///< same for the label, with what decayed
};

struct Trajectory {
  std::shared_ptr<const System> system;
  std::vector<RatePhase> phases;  ///< by start; one when nothing changes
  Schedule schedule;
  std::vector<double> times;       ///< output times [h]
  std::vector<double> states;      ///< shape (times, states), row-major [nmol]
  std::vector<double> marks;       ///< cycle starts and the end of the run [h]
  std::vector<double> integrals;   ///< ∫₀^mark x dt, shape (marks, states), row-major [nmol·h]
  std::vector<double> last_state;  ///< at the end of the run, shape (states)
  double end = 0.0;                ///< [h]
  StepCounters counters;
  MassBalance mass_balance;
  double lowest_relative = 0.0;  ///< most negative state over its block's given amount
  double rtol = 0.0;
  ActivityCurves curves;  ///< empty unless asked for

  /// Rates at the end of the run.
  const Rates& rates() const { return phases.back().rates; }
  /// Rates at a time; a phase holds from its start on.
  const Rates& rates_at(double time) const { return phases[phase_at(time)].rates; }
  std::size_t phase_at(double time) const;
  /// ∫x dt of a state over a cycle, the first of which begins with the run [nmol·h].
  double integral(int state, std::size_t cycle) const;
  /// Amount in a region of one block at every output time [nmol].
  std::vector<double> amount(int block, int region) const;
  /// Decaying activity in a region, summed over labeled blocks of a nuclide ("" = all) [MBq].
  std::vector<double> activity(int region, const std::string& nuclide) const;
  /// Position of a region.
  /// @throws std::out_of_range naming the nearest
  int region_index(const std::string& name) const;
};

}  // namespace lutetia

/// @file Time-integrated activity per region and cycle: from the run, plus an analytic tail to
/// infinity.
#pragma once

#include <string>
#include <vector>

#include "lutetia/simulate/trajectory.hpp"

namespace lutetia {

/// What happens after the last simulated time.
enum class Tail {
  none,      ///< nothing: the integral ends with the run
  physical,  ///< A/λ: activity stays where it is, daughters where their parents are; an upper bound
             ///< where it washes out
  linear  ///< −1ᵀK⁻¹x: the model itself, linearized at the end of the run
};

/// Time-integrated activity of one nuclide.
struct TimeIntegratedActivity {
  std::string nuclide;
  std::vector<std::string> regions;
  std::vector<double> cycle_starts;           ///< [h]
  std::vector<double> administered_activity;  ///< per cycle [MBq]
  std::vector<double>
      values;  ///< shape (regions, cycles), row-major [MBq·h]; the last cycle holds the tail
  std::vector<double> tail;  ///< per region [MBq·h]

  double value(std::size_t region, std::size_t cycle) const {
    return values[region * cycle_starts.size() + cycle];
  }
  double total(std::size_t region) const;
  double tail_share(std::size_t region) const;  ///< of the total [1]
  double administered_total() const;
};

/// Integrate every nuclide of a run, Ã = ∫A dt from each cycle start to the next and from the last
/// to infinity.
///
/// A labeled block at the end of the run obeys x' = Kx with K its Jacobian at that time (receptors
/// as free as they are then), so ∫x dt = −K⁻¹x exactly in that linearization.
std::vector<TimeIntegratedActivity> time_integrated_activity(const Trajectory& run,
                                                             Tail tail = Tail::linear);

/// ∫x dt of every compartment of a labeled block after the end of the run [nmol·h].
std::vector<double> tail_integrals(const Trajectory& run, const Block& block, Tail tail);

/// Share of a compartment that counts to a region in a cycle [1].
double share_in_cycle(const Trajectory& run, const RegionPart& part, std::size_t cycle);

/// Atoms of a labeled block in a compartment at the end of a run, and those that decays of its
/// ancestors will leave there if all of them stay [nmol].
double atoms_to_come(const Trajectory& run, const Block& block, std::size_t compartment);

/// Physical tail of an activity: A/λ [MBq·h]. @param half_life effective or physical [h]
double tail_of(double activity, double half_life);

}  // namespace lutetia

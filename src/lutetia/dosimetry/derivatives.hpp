/// @file Derivatives of what is asked of a run: activity, time-integrated activity, absorbed dose.
#pragma once

#include <string>
#include <vector>

#include "lutetia/dosimetry/absorbed_dose.hpp"
#include "lutetia/simulate/sensitivity.hpp"

namespace lutetia {

/// Of activity(region), shape (times, directions) [MBq per unit of the direction].
std::vector<double> activity_derivative(const Trajectory& run, const Sensitivities& sensitivities,
                                        int region, const std::string& nuclide);

/// Of the mass of a region in a cycle, shape (directions) [kg per unit of the direction].
std::vector<double> mass_derivative(const Trajectory& run, const Sensitivities& sensitivities,
                                    const std::string& region, std::size_t cycle);

/// Of the time-integrated activity of one nuclide [MBq·h per unit of the direction].
struct TiaDerivative {
  std::string nuclide;
  std::vector<double> values;  ///< shape (regions, cycles, directions); the last holds the tail
  std::vector<double> tail;    ///< shape (regions, directions)
};

/// Of time_integrated_activity(), same order of nuclides. A cycle that starts later gives its begin
/// to the cycle before it; the end of the run stays, and the linear tail starts there.
std::vector<TiaDerivative> tia_derivatives(const Trajectory& run,
                                           const Sensitivities& sensitivities,
                                           Tail tail = Tail::linear);

/// Of absorbed_dose(), shape (targets, cycles, directions) [Gy per unit of the direction]: through
/// the time-integrated activity, and through the S values, which follow the mass of the target.
/// @param targets  target_regions(run)
/// @param tia, derivatives  of the run, with the same tail
std::vector<double> dose_derivative(const Trajectory& run, const Sensitivities& sensitivities,
                                    const std::vector<TargetRegion>& targets,
                                    const std::vector<TimeIntegratedActivity>& tia,
                                    const std::vector<TiaDerivative>& derivatives,
                                    const std::vector<Nuclide>& nuclides,
                                    const std::vector<SValues>& s_values, const std::string& sex,
                                    DoseConvention convention = DoseConvention::s_values);

}  // namespace lutetia

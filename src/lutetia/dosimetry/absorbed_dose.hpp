/// @file Time-integrated activity × S values → absorbed dose per region and cycle.
#pragma once

#include <string>
#include <vector>

#include "lutetia/dosimetry/s_values.hpp"
#include "lutetia/dosimetry/tia.hpp"

namespace lutetia {

/// Which energy counts where; numbers compare only within one convention.
enum class DoseConvention {
  s_values,        ///< organ tables and spheres, photons and cross-dose included
  local_electrons  ///< all electron and alpha energy where it is emitted, no photons
};

/// Absorbed dose of every region that has a mass, summed over nuclides.
struct DoseTable {
  DoseConvention convention;
  std::vector<std::string> regions;
  std::vector<double> masses;                 ///< per region [kg]
  std::vector<double> cycle_starts;           ///< [h]
  std::vector<double> administered_activity;  ///< per cycle, all nuclides [MBq]
  std::vector<double>
      values;  ///< shape (regions, cycles), row-major [Gy]; the last cycle to infinity
  std::vector<ByEmission<double>> parts;  ///< of the values, same shape [Gy]
  /// ∂value/∂ln(mass of the region in that cycle), same shape [Gy]; −value when all energy is
  /// absorbed where it is emitted.
  std::vector<double> mass_response;
  std::vector<double> tail;            ///< per region, contained in the last cycle [Gy]
  std::vector<std::string> self_kind;  ///< per region: where its self S value comes from

  double total(std::size_t region) const;
};

/// Regions of a run that have a mass.
std::vector<TargetRegion> target_regions(const Trajectory& run);

/// S(target ← source) in a convention.
/// @param table  not used by local_electrons
SValue s_value(DoseConvention convention, const SValues* table, const Nuclide& nuclide,
               const std::string& sex, const TargetRegion& target, const std::string& source);

/// What each source region adds to the dose of a target per own time-integrated activity, in a
/// convention, shape (sources): cross_factors(), and the self value at the place of the target. The
/// dose is the sum of these factors times Ã.
std::vector<SValue> dose_factors(DoseConvention convention, const SValues* table,
                                 const Nuclide& nuclide, const std::string& sex,
                                 const TargetRegion& target,
                                 const std::vector<std::string>& sources);

/// Absorbed dose D(r_T) = Σ_S Ã(r_S)·S(r_T ← r_S), the remainder of the body among the sources.
/// @param nuclides  descriptions of the nuclides in `tia`, same order
/// @param s_values  their tables, same order; may be empty for local_electrons
/// @throws DataError when an S value cannot be given
DoseTable absorbed_dose(const std::vector<TargetRegion>& targets,
                        const std::vector<TimeIntegratedActivity>& tia,
                        const std::vector<Nuclide>& nuclides, const std::vector<SValues>& s_values,
                        const std::string& sex,
                        DoseConvention convention = DoseConvention::s_values);

}  // namespace lutetia

/// @file What irradiates a lesion whose mass changes while its activity stays: its own activity,
/// nuclide by nuclide, and that of the rest of the body.
#pragma once

#include <string>
#include <vector>

#include "lutetia/dosimetry/dose_rates.hpp"
#include "lutetia/radiobiology/tumor_response.hpp"

namespace lutetia {

/// Exposures of every lesion, shape (lesions, nuclides + 1). Those of the own activity follow the
/// S value of the present mass: alpha particles by their part, electrons and photons, which one
/// activity emits, by the sum of theirs. The last is that of all other activity, which does not
/// depend on the mass of the lesion. Below the smallest sphere of the fit S values stay those of
/// this sphere: activity that stays in a vanishing mass would give an infinite dose rate.
/// @param lesions  at the masses the factors refer to, without masses of cycles
/// @param curves, tia  of the run
/// @throws DataError when an S value cannot be given
std::vector<std::vector<LesionExposure>> exposures_at_present_mass(
    const ActivityCurves& curves, const std::vector<TargetRegion>& lesions,
    const std::vector<TimeIntegratedActivity>& tia, const std::vector<Nuclide>& nuclides,
    const std::vector<SValues>& s_values, const std::string& sex, DoseConvention convention);

}  // namespace lutetia

/// @file Probability that no clonogenic cell survives.
#pragma once

#include <vector>

#include "lutetia/radiobiology/tumor_response.hpp"

namespace lutetia {

/// SF = Σ vᵢ·exp(−α·BEDᵢ) over the parts of a lesion.
/// @param histogram  share vᵢ and BEDᵢ [Gy] of each part; shares add up to one
double surviving_fraction(double alpha, const std::vector<DoseBin>& histogram);

/// TCP = exp(−N₀·SF), Poisson (Munro and Gilbert 1961, doi:10.1259/0007-1285-34-400-246).
double tumor_control_probability(double clonogens, double alpha,
                                 const std::vector<DoseBin>& histogram);

/// Mean of TCP over tumors whose α is log-normal.
/// @param mean  of α [1/Gy]
/// @param cv    its coefficient of variation [1]; 0: every tumor has the mean
double population_tcp(double clonogens, double mean, double cv,
                      const std::vector<DoseBin>& histogram);

}  // namespace lutetia

/// @file Derivatives of dose and protraction by what a run is differentiated by.
#pragma once

#include <vector>

#include "lutetia/dosimetry/dose_rate_derivatives.hpp"
#include "lutetia/radiobiology/damage.hpp"

namespace lutetia {

/// Derivatives of what each cycle adds, shape (regions, cycles, directions), per unit of the
/// direction: exact for the curves that damage_by_cycle() integrates.
///
/// Q is quadratic in the dose rate, so Q' follows from the rate, its derivative and what either has
/// left unrepaired. Where an event moves and the rate jumps from r⁻ to r⁺, its derivative has the
/// impulse −(r⁺ − r⁻)τ': it adds to D' and Y' by itself and to Q' by 2Y itself. The start of a
/// cycle that moves gives its begin to the cycle before.
/// @param repair  of each region
std::vector<Damage> damage_derivatives_by_cycle(const DoseRates& rates,
                                                const DoseRateDerivatives& derivatives,
                                                const std::vector<Repair>& repair,
                                                const std::vector<double>& cycle_starts);

}  // namespace lutetia

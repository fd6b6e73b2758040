/// @file Absorbed dose, unrepaired damage and protraction of dose rates, carried through all
/// cycles.
#pragma once

#include <vector>

#include "lutetia/dosimetry/dose_rates.hpp"
#include "lutetia/radiobiology/tissues.hpp"

namespace lutetia {

/// What a region has collected up to a time. Nothing is reset between cycles: damage of the cycle
/// before that is not repaired yet counts.
struct Damage {
  double dose = 0.0;         ///< D of electrons and photons [Gy]
  double alpha_dose = 0.0;   ///< D_α of alpha particles [Gy]
  double unrepaired = 0.0;   ///< Σ w_i Y_i, Y_i' = Ḋ − μ_i Y_i [Gy]
  double protraction = 0.0;  ///< Q, Q' = 2Ḋ Σ w_i Y_i [Gy²]

  double total_dose() const { return dose + alpha_dose; }
};

/// Damage of every region at some times, shape (regions, times).
/// @param repair  of each region. @param times  ascending [h]; infinity: all of it
/// @throws std::invalid_argument when repairs are not one per region or times do not ascend
std::vector<Damage> damage(const DoseRates& rates, const std::vector<Repair>& repair,
                           const std::vector<double>& times);

/// What each cycle adds, from its start to the next or to infinity; what is before the first counts
/// to it. Shape (regions, cycles); the unrepaired damage is that at the end of the cycle.
std::vector<Damage> damage_by_cycle(const DoseRates& rates, const std::vector<Repair>& repair,
                                    const std::vector<double>& cycle_starts);

/// BED of a tissue [Gy].
double biologically_effective_dose(const Damage& damage, const Tissue& tissue);

/// Damage of one dose rate without alpha particles, shape (times).
std::vector<Damage> damage(const DoseRate& rate, const Repair& repair,
                           const std::vector<double>& times);

}  // namespace lutetia

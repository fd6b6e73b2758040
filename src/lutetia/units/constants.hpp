/// @file Physical constants and what follows from them in internal units.
///
/// Exact SI values of 2019 (CODATA 2018, doi:10.1103/RevModPhys.93.025010).
#pragma once

#include <numbers>

namespace lutetia::constants {

inline constexpr double ln2 = std::numbers::ln2;
inline constexpr double pi = std::numbers::pi;
inline constexpr double avogadro = 6.02214076e23;         ///< [1/mol]
inline constexpr double joule_per_mev = 1.602176634e-13;  ///< [J/MeV]
inline constexpr double seconds_per_hour = 3600.0;        ///< [s/h]
inline constexpr double decays_per_mbq_h = 1e6 * seconds_per_hour;

/// Activity of one nmol per unit of decay constant [MBq/(nmol/h)]: A = λ·N·this.
inline constexpr double activity_per_decay_rate = avogadro * 1e-9 / decays_per_mbq_h;

/// κ, absorbed dose per energy and decay in one kilogram [Gy·kg/(MBq·h·MeV)].
inline constexpr double dose_per_energy = joule_per_mev * decays_per_mbq_h;

}  // namespace lutetia::constants

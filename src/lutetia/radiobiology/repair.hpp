/// @file Repair of sublethal damage while a dose rate is a polynomial: integrals in closed form.
///
/// Unrepaired damage Y' = Ḋ − μY and protraction Q' = 2ḊY are linear and quadratic in Ḋ, so over an
/// interval of length h with Ḋ = Σ c_k u^k, u from 0 to 1,
///   Y⁺ = e^(−μh) Y + h Σ_k into_k c_k
///   Q⁺ = Q + 2h (Y Σ_k read_k c_k + h Σ_jk cross_jk c_j c_k),
/// with numbers that depend on μh alone: computed once for all regions.
#pragma once

#include <array>
#include <vector>

#include "lutetia/dosimetry/dose_rate.hpp"

namespace lutetia {

/// A part of the damage that is repaired with a half-life of its own.
struct RepairComponent {
  double half_life;     ///< [h]; 0: repaired at once, infinity: never
  double weight = 1.0;  ///< share of the damage [1]

  double rate() const;  ///< μ = ln 2 / T_rep [1/h]
};
/// Components of one tissue; their weights add up to 1.
using Repair = std::vector<RepairComponent>;

/// @throws std::invalid_argument unless half-lives are not negative and weights add up to 1
void check_repair(const Repair& repair);

/// Integrals of an interval with m = μh.
struct RepairWeights {
  double keep;                                      ///< e^(−m)
  std::array<double, DoseRate::coefficients> into;  ///< ∫₀¹ v^k e^(−m(1−v)) dv
  std::array<double, DoseRate::coefficients> read;  ///< ∫₀¹ u^k e^(−mu) du
  /// ∫₀¹ u^j ∫₀^u v^k e^(−m(u−v)) dv du
  std::array<std::array<double, DoseRate::coefficients>, DoseRate::coefficients> cross;
};

/// @param m  repair rate × length, from 0 to infinity
RepairWeights repair_weights(double m);

/// A piece cut off after a share of its interval, over its own u.
DoseRate::Piece beginning_of(const DoseRate::Piece& piece, double share);

}  // namespace lutetia

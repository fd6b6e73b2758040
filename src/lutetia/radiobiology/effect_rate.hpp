/// @file The rate at which a dose rate acts on a tissue, and factors on it that hold for a time.
#pragma once

#include <span>
#include <vector>

#include "lutetia/radiobiology/tissues.hpp"

namespace lutetia {

/// A factor that holds from `from` until just before `to` [h].
struct FactorWindow {
  double from;
  double to;
  double factor;
};

/// Product of the factors that hold at a time; 1 when none does.
inline double factor_at(const std::vector<FactorWindow>& windows, double time) {
  double out = 1.0;
  for (const FactorWindow& w : windows)
    if (time >= w.from && time < w.to) out *= w.factor;
  return out;
}

/// d(BED)/dt = Ḋ·(1 + 2Y/(α/β)) + RBE_max·Ḋ_α with the unrepaired dose Y = Σ wᵢYᵢ,
/// Yᵢ' = Ḋ − μᵢYᵢ, as states of a larger set of equations. α times it is the rate at which cells
/// die.
struct EffectRate {
  const Tissue& tissue;

  std::size_t states() const { return tissue.repair.size(); }

  /// Y [Gy] of the states Yᵢ.
  double unrepaired(std::span<const double> y) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < states(); ++i) sum += tissue.repair[i].weight * y[i];
    return sum;
  }
  /// @param dose_rate  of electrons and photons [Gy/h]
  double low_let(double unrepaired, double dose_rate) const {
    return dose_rate * (1.0 + 2.0 * unrepaired / tissue.alpha_beta);
  }
  /// @param alpha_rate  dose rate of alpha particles [Gy/h]
  double alpha_particles(double alpha_rate) const { return tissue.rbe_max * alpha_rate; }

  /// Yᵢ' [Gy/h]; what is repaired at once stays zero.
  void slopes(std::span<const double> y, std::span<double> out, double dose_rate,
              double half_life_factor = 1.0) const {
    for (std::size_t i = 0; i < states(); ++i)
      out[i] = tissue.repair[i].half_life == 0.0
                   ? 0.0
                   : dose_rate - tissue.repair[i].rate() / half_life_factor * y[i];
  }
};

/// Throws unless α/β is positive, RBE not negative and the repair complete.
void check_tissue(const Tissue& tissue);

}  // namespace lutetia

/// @file The linear-quadratic parameters of a tissue, and factors on them that hold for a time.
#pragma once

#include <cmath>
#include <vector>

#include "lutetia/units/constants.hpp"

namespace lutetia {

/// How a tissue answers to an absorbed dose rate Ḋ: cells die at the rate α·Ḋ·(1 + 2Y/(α/β)), where
/// the unrepaired dose Y follows Y' = Ḋ − μ·Y (Lea–Catcheside), so that the integral is α·BED.
struct Radiosensitivity {
  double alpha;             ///< [1/Gy]
  double alpha_beta;        ///< [Gy]; infinity: no quadratic part
  double repair_half_time;  ///< [h]; 0: repaired at once, infinity: never
};

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

/// The unrepaired dose Y of a tissue, as a state of a larger set of equations.
struct UnrepairedDose {
  double alpha_beta;        ///< [Gy]
  double repair_half_time;  ///< [h]

  /// Y' [Gy/h]; with immediate repair Y stays at zero.
  double slope(double unrepaired, double dose_rate, double half_time_factor = 1.0) const {
    const double half_time = repair_half_time * half_time_factor;
    if (half_time == 0.0) return 0.0;
    return dose_rate - constants::ln2 / half_time * unrepaired;
  }
  /// d(BED)/dt = Ḋ·(1 + 2Y/(α/β)) [Gy/h].
  double bed_rate(double unrepaired, double dose_rate) const {
    return dose_rate * (1.0 + 2.0 * unrepaired / alpha_beta);
  }
};

}  // namespace lutetia

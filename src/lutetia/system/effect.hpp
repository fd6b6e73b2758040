/// @file The factor of a saturable effect, 1 + change·s^hill/(half^hill + s^hill), and what else
/// the solver needs of it.
#pragma once

#include <cmath>
#include <type_traits>

#include "lutetia/linalg/lanes.hpp"
#include "lutetia/system/dual.hpp"

namespace lutetia {

/// Factor of an effect. Below zero, where only the error of a step leads, nothing is there to act.
template <class T>
T effect_factor(const T& s, const T& change, const T& half, const T& hill) {
  using std::pow;
  // Numbers alone may take the short way; derivatives by the exponent itself need the long one.
  constexpr bool plain = std::is_same_v<T, double>;
  if (!(s > T(0.0))) return T(1.0) + (hill == T(1.0) ? change * s / half : T(0.0) * s);
  if (plain && hill == T(1.0)) return T(1.0) + change * s / (half + s);
  const T power = pow(s / half, hill);
  return T(1.0) + change * power / (T(1.0) + power);
}
inline Lanes effect_factor(const Lanes& s, const Lanes& change, const Lanes& half,
                           const Lanes& hill) {
  return lanewise(effect_factor<double>, s, change, half, hill);
}

/// A factor with its derivatives by s, change, half and hill, and those of its slope by s.
struct EffectDerivatives {
  double value = 1.0;
  double s = 0.0, change = 0.0, half = 0.0, hill = 0.0;
  double ss = 0.0, s_change = 0.0, s_half = 0.0, s_hill = 0.0;
};

/// @param by_hill  whether those by hill are asked for; they cost a logarithm
inline EffectDerivatives effect_derivatives(double s, double change, double half, double hill,
                                            bool by_hill = true) {
  EffectDerivatives out;
  const bool simple = hill == 1.0;
  if (!(s > 0.0)) {
    if (!simple) return out;
    out.value = 1.0 + change * s / half;
    out.s_change = 1.0 / half;
    out.s = change * out.s_change;
    out.change = s * out.s_change;
    out.half = -out.s * s / half;
    out.s_half = -out.s / half;
    return out;
  }
  const double ratio = s / half;
  // So little that the square of its inverse overflows is as good as nothing: amino acids two
  // months after they were given.
  if (!simple && ratio < 1e-100) return out;
  const double power = simple ? ratio : std::pow(ratio, hill), below = 1.0 / (1.0 + power);
  const double slope = hill * below * below;         // of the occupied share by ln ratio, / power
  const double bend = hill * (1.0 - power) * below;  // of ln(that slope·power) by ln ratio
  const double per_s = simple ? 1.0 / half : power / s;  // power / s
  out.change = power * below;
  out.value = 1.0 + change * out.change;
  out.s_change = slope * per_s;
  out.s = change * out.s_change;
  out.half = -change * slope * power / half;
  out.ss = simple ? -2.0 * out.s * below / half : out.s * (bend - 1.0) / s;
  out.s_half = -out.s * bend / half;
  if (!by_hill) return out;
  const double log_ratio = std::log(ratio);
  out.hill = change * slope * power * log_ratio / hill;
  out.s_hill = out.s * (1.0 / hill + bend * log_ratio / hill);
  return out;
}

/// d factor / ds.
inline double effect_slope(double s, double change, double half, double hill) {
  return effect_derivatives(s, change, half, hill, false).s;
}
inline Lanes effect_slope(const Lanes& s, const Lanes& change, const Lanes& half,
                          const Lanes& hill) {
  return lanewise([](double a, double b, double c, double d) { return effect_slope(a, b, c, d); },
                  s, change, half, hill);
}

namespace detail {
template <class T>
EffectDerivatives derivatives_at(const Dual<T>& s, const Dual<T>& change, const Dual<T>& half,
                                 const Dual<T>& hill) {
  return effect_derivatives(s.value, change.value, half.value, hill.value, any_nonzero(hill.d));
}
}  // namespace detail

template <class T>
Dual<T> effect_factor(const Dual<T>& s, const Dual<T>& change, const Dual<T>& half,
                      const Dual<T>& hill) {
  const EffectDerivatives by = detail::derivatives_at(s, change, half, hill);
  return {by.value, by.s * s.d + by.change * change.d + by.half * half.d + by.hill * hill.d};
}
template <class T>
Dual<T> effect_slope(const Dual<T>& s, const Dual<T>& change, const Dual<T>& half,
                     const Dual<T>& hill) {
  const EffectDerivatives by = detail::derivatives_at(s, change, half, hill);
  return {by.s, by.ss * s.d + by.s_change * change.d + by.s_half * half.d + by.s_hill * hill.d};
}

}  // namespace lutetia

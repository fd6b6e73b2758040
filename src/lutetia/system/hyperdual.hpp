/// @file Numbers with two infinitesimals: one along a stage, one along four parameters at once.
///
/// f(y + εk + δS) has the mixed coefficient (∂/∂δ) J(y)k: the derivative of a Jacobian-vector
/// product, exact, from the formula of f alone. Used for the few terms that are not products.
#pragma once

#include <cmath>

#include "lutetia/linalg/lanes.hpp"

namespace lutetia {

struct HyperDual {
  double value = 0.0, e = 0.0;  ///< value, coefficient of ε
  Lanes d{}, ed{};              ///< coefficients of δ and εδ

  HyperDual() = default;
  explicit HyperDual(double v) : value(v) {}
  HyperDual(double v, double e_part, Lanes d_part) : value(v), e(e_part), d(d_part) {}

  HyperDual& operator+=(const HyperDual& b) {
    value += b.value;
    e += b.e;
    d += b.d;
    ed += b.ed;
    return *this;
  }
  HyperDual& operator*=(const HyperDual& b) { return *this = *this * b; }

  friend HyperDual operator+(HyperDual a, const HyperDual& b) { return a += b; }
  friend HyperDual operator*(const HyperDual& a, const HyperDual& b) {
    HyperDual out;
    out.value = a.value * b.value;
    out.e = a.e * b.value + a.value * b.e;
    out.d = a.d * b.value + a.value * b.d;
    out.ed = a.ed * b.value + a.e * b.d + a.d * b.e + a.value * b.ed;
    return out;
  }
};

}  // namespace lutetia

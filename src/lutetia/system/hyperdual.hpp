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
  friend HyperDual operator/(const HyperDual& a, const HyperDual& b) {
    const double r = 1.0 / b.value;
    return a * chain(b, r, -r * r, 2.0 * r * r * r);
  }
  friend bool operator>(const HyperDual& a, const HyperDual& b) { return a.value > b.value; }
  friend bool operator==(const HyperDual& a, const HyperDual& b) { return a.value == b.value; }

  /// g(x) from g, g', g'' at its value.
  friend HyperDual chain(const HyperDual& x, double g, double first, double second) {
    HyperDual out;
    out.value = g;
    out.e = first * x.e;
    out.d = first * x.d;
    out.ed = first * x.ed + (second * x.e) * x.d;
    return out;
  }
  friend HyperDual exp(const HyperDual& x) {
    const double v = std::exp(x.value);
    return chain(x, v, v, v);
  }
  friend HyperDual log(const HyperDual& x) {
    const double r = 1.0 / x.value;
    return chain(x, std::log(x.value), r, -r * r);
  }
  /// Of a positive base. One so small that the square of its inverse overflows is as good as zero:
  /// amino acids two months after they were given.
  friend HyperDual pow(const HyperDual& x, const HyperDual& y) {
    if (x.value < 1e-100) return y.value == 1.0 ? x : HyperDual(0.0);
    return exp(y * log(x));
  }
};

}  // namespace lutetia

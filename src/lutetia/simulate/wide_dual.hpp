/// @file Dual numbers over dual numbers: the part of the right-hand side that depends on states.
#pragma once

#include <array>
#include <cmath>

namespace lutetia {

/// value + Σ d_l ε_l for a scalar that may be a dual number itself; ceres::Jet cannot be nested.
template <class Scalar, int Count>
struct WideDual {
  Scalar value;
  std::array<Scalar, Count> d;

  WideDual(double v = 0.0) : WideDual(Scalar(v)) {}
  explicit WideDual(const Scalar& v) : value(v) { d.fill(Scalar(0.0)); }

  WideDual& operator+=(const WideDual& b) {
    value += b.value;
    for (int l = 0; l < Count; ++l) d[l] += b.d[l];
    return *this;
  }
  WideDual& operator-=(const WideDual& b) {
    value -= b.value;
    for (int l = 0; l < Count; ++l) d[l] -= b.d[l];
    return *this;
  }
  WideDual& operator*=(const WideDual& b) {
    for (int l = 0; l < Count; ++l) d[l] = d[l] * b.value + value * b.d[l];
    value *= b.value;
    return *this;
  }
  WideDual& operator/=(const WideDual& b) {
    value /= b.value;
    for (int l = 0; l < Count; ++l) d[l] = (d[l] - value * b.d[l]) / b.value;
    return *this;
  }
  friend WideDual operator+(WideDual a, const WideDual& b) { return a += b; }
  friend WideDual operator-(WideDual a, const WideDual& b) { return a -= b; }
  friend WideDual operator*(WideDual a, const WideDual& b) { return a *= b; }
  friend WideDual operator/(WideDual a, const WideDual& b) { return a /= b; }
  friend bool operator>(const WideDual& a, const WideDual& b) { return a.value > b.value; }
  friend bool operator==(const WideDual& a, const WideDual& b) { return a.value == b.value; }

  /// Of a positive base; one whose inverse overflows when it is squared is as good as zero.
  friend WideDual pow(const WideDual& a, const WideDual& b) {
    using std::log;
    using std::pow;
    if (a.value < Scalar(1e-100)) return b.value == Scalar(1.0) ? a : WideDual(0.0);
    WideDual out(pow(a.value, b.value));
    for (int l = 0; l < Count; ++l)
      out.d[l] = out.value * (b.value / a.value * a.d[l] + log(a.value) * b.d[l]);
    return out;
  }
};

}  // namespace lutetia

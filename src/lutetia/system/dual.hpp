/// @file A number with its derivatives by several parameters at once.
#pragma once

#include "lutetia/linalg/lane_group.hpp"

namespace lutetia {

/// T holds the columns of the derivative: Lanes or a group of them. The long way around for terms
/// that are not products; all else is differentiated where it is used.
template <class T>
struct Dual {
  double value = 0.0;
  T d{};

  Dual() = default;
  explicit Dual(double v) : value(v) {}
  Dual(double v, const T& derivative) : value(v), d(derivative) {}

  Dual& operator+=(const Dual& b) {
    value += b.value;
    d += b.d;
    return *this;
  }
  Dual& operator*=(const Dual& b) { return *this = *this * b; }
  friend Dual operator*(const Dual& a, const Dual& b) {
    return {a.value * b.value, a.d * b.value + a.value * b.d};
  }
};

}  // namespace lutetia

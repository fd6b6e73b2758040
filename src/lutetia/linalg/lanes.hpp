/// @file Four numbers that are computed with together: columns of a derivative, or patients in lock
/// step.
#pragma once

#include <boost/align/aligned_allocator.hpp>
#include <cmath>
#include <vector>

namespace lutetia {

inline constexpr int lane_count = 4;

/// A GCC and Clang vector as a number. 32 bytes are as wide as AVX2; the compiler splits them in
/// two on the baseline, and wider vectors are badly lowered there. The bare vector would be aligned
/// as the instruction set of the function that asks likes it, so the alignment is fixed here.
struct alignas(lane_count * sizeof(double)) Lanes {
  using Vector = double __attribute__((vector_size(lane_count * sizeof(double))));
  Vector v{};

  Lanes() = default;
  Lanes(double all) : v(Vector{} + all) {}  // NOLINT: mixes with plain numbers
  explicit Lanes(const Vector& vector) : v(vector) {}

  double operator[](int lane) const { return v[lane]; }
  void set(int lane, double value) { v[lane] = value; }

  Lanes operator-() const { return Lanes(-v); }
  Lanes& operator+=(const Lanes& b) { return v += b.v, *this; }
  Lanes& operator-=(const Lanes& b) { return v -= b.v, *this; }
  Lanes& operator*=(const Lanes& b) { return v *= b.v, *this; }
  friend Lanes operator+(const Lanes& a, const Lanes& b) { return Lanes(a.v + b.v); }
  friend Lanes operator-(const Lanes& a, const Lanes& b) { return Lanes(a.v - b.v); }
  friend Lanes operator*(const Lanes& a, const Lanes& b) { return Lanes(a.v * b.v); }
  friend Lanes operator/(const Lanes& a, const Lanes& b) { return Lanes(a.v / b.v); }
};

/// Numbers in one value of T.
template <class T>
inline constexpr int width = 1;
template <>
inline constexpr int width<Lanes> = lane_count;

inline void set_lane(double& x, int, double value) { x = value; }
inline void set_lane(Lanes& x, int lane, double value) { x.set(lane, value); }

/// f of plain numbers, lane by lane.
template <class F>
double lanewise(const F& f, double a, double b, double c, double d) {
  return f(a, b, c, d);
}
template <class F>
Lanes lanewise(const F& f, const Lanes& a, const Lanes& b, const Lanes& c, const Lanes& d) {
  Lanes out;
  for (int l = 0; l < lane_count; ++l) out.set(l, f(a[l], b[l], c[l], d[l]));
  return out;
}

inline double magnitude(double x) { return std::abs(x); }
inline Lanes magnitude(const Lanes& x) { return Lanes(x.v < 0.0 ? -x.v : x.v); }

inline double larger(double a, double b) { return a < b ? b : a; }
inline Lanes larger(const Lanes& a, const Lanes& b) { return Lanes(a.v < b.v ? b.v : a.v); }
inline double smaller(double a, double b) { return b < a ? b : a; }
inline Lanes smaller(const Lanes& a, const Lanes& b) { return Lanes(b.v < a.v ? b.v : a.v); }

/// The largest lane; not a number if one is not.
inline double largest(double x) { return x; }
inline double largest(const Lanes& x) {
  double out = x[0];
  for (int l = 1; l < lane_count; ++l)
    if (x[l] > out || std::isnan(x[l])) out = x[l];
  return out;
}
/// The smallest lane.
inline double smallest(double x) { return x; }
inline double smallest(const Lanes& x) { return -largest(-x); }

inline bool all_finite(double x) { return std::isfinite(x); }
inline bool all_finite(const Lanes& x) { return std::isfinite(x[0] + x[1] + x[2] + x[3]); }

/// A vector whose loops may use the widest registers.
template <class T>
using AlignedVector = std::vector<T, boost::alignment::aligned_allocator<T, 64>>;

}  // namespace lutetia

/// @file Lanes side by side: more columns of a derivative for one pass over a matrix.
#pragma once

#include "lutetia/linalg/lanes.hpp"

namespace lutetia {

/// `Count` Lanes as one vector. A substitution waits for its own results and loads an index and a
/// factor for every product: three Lanes at once cost twice as much as one.
template <int Count>
struct LaneGroup {
  Lanes parts[Count];

  LaneGroup& operator+=(const LaneGroup& b) {
    for (int p = 0; p < Count; ++p) parts[p] += b.parts[p];
    return *this;
  }
  LaneGroup& operator-=(const LaneGroup& b) {
    for (int p = 0; p < Count; ++p) parts[p] -= b.parts[p];
    return *this;
  }
  friend LaneGroup operator+(const LaneGroup& a, const LaneGroup& b) {
    LaneGroup out;
    for (int p = 0; p < Count; ++p) out.parts[p] = a.parts[p] + b.parts[p];
    return out;
  }
  friend LaneGroup operator-(const LaneGroup& a, const LaneGroup& b) {
    LaneGroup out;
    for (int p = 0; p < Count; ++p) out.parts[p] = a.parts[p] - b.parts[p];
    return out;
  }
  friend LaneGroup operator*(double a, const LaneGroup& b) {
    const Lanes all(a);
    LaneGroup out;
    for (int p = 0; p < Count; ++p) out.parts[p] = all * b.parts[p];
    return out;
  }
  friend LaneGroup operator*(const LaneGroup& a, double b) { return b * a; }
};

template <int Count>
inline constexpr int width<LaneGroup<Count>> = Count* lane_count;

/// Lanes number p of a group; Lanes themselves are a group of one.
inline Lanes& part(Lanes& x, int) { return x; }
template <int Count>
Lanes& part(LaneGroup<Count>& x, int p) {
  return x.parts[p];
}

inline bool any_nonzero(const Lanes& x) { return largest(magnitude(x)) > 0.0; }
template <int Count>
bool any_nonzero(const LaneGroup<Count>& x) {
  for (const Lanes& p : x.parts)
    if (any_nonzero(p)) return true;
  return false;
}

/// The same memory as groups T, or as plain numbers: sums over whole arrays then use registers as
/// wide as there are.
template <class T>
T* grouped(Lanes* x) {
  return reinterpret_cast<T*>(x);
}
inline double* numbers(Lanes* x) { return reinterpret_cast<double*>(x); }
inline const double* numbers(const Lanes* x) { return reinterpret_cast<const double*>(x); }

}  // namespace lutetia

/// @file The stage derivatives of a step as the tangent of the stepper sees them.
#pragma once

#include <span>
#include <tuple>

#include "lutetia/system/system_tangent.hpp"

namespace lutetia {

/// Those of every width of a group, with their scratch memory.
using Tangents =
    std::tuple<SystemTangent<Lanes>, SystemTangent<LaneGroup<2>>, SystemTangent<LaneGroup<3>>,
               SystemTangent<LaneGroup<4>>, SystemTangent<LaneGroup<5>>>;
inline Tangents of_every_width(const System& system) {
  return Tangents(system, system, system, system, system);
}

/// A problem in one phase of a run; T is what holds the columns from `chunk` on.
template <class Problem>
struct PhaseProblem {
  const Rates& rates;
  std::span<const RateTangents> chunks;
  Tangents& tangents;
  Problem& problem;

  template <class T>
  void begin_tangent(int chunk, std::span<const double> x, std::span<const T> s,
                     std::span<T> out) const {
    SystemTangent<T>& tangent = std::get<SystemTangent<T>>(tangents);
    tangent.use(rates, chunks.subspan(chunk, width<T> / lane_count));
    tangent.begin(x, s);
    tangent.start(out);
  }
  template <class T>
  void remainder_tangent(std::span<const double> delta, std::span<const T> d,
                         std::span<T> out) const {
    std::get<SystemTangent<T>>(tangents).remainder(delta, d, out);
  }
  template <class T>
  void add_jacobian_tangent(std::span<const double> k, std::span<const T> rho,
                            std::span<T> out) const {
    std::get<SystemTangent<T>>(tangents).add_jacobian(k, rho, out);
  }
  template <class T>
  void solve(std::span<T> x) const {
    problem.solve(x);
  }
};

}  // namespace lutetia

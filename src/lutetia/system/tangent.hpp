/// @file Derivatives of a system's rates with respect to its parameters, and what the derivative of
/// a Rosenbrock stage needs of the right-hand side.
#pragma once

#include <span>
#include <vector>

#include "lutetia/linalg/lanes.hpp"
#include "lutetia/system/system.hpp"

namespace lutetia {

/// ∂rates/∂θ for one chunk of lane_count parameters; rates no parameter of the chunk moves are left
/// out of the lists.
struct RateTangents {
  struct Linear {
    int row, column;
    Lanes value;
  };
  struct Product {
    int term;
    Lanes value;
  };
  std::vector<Linear> linear;
  std::vector<Product> product;
  std::vector<Lanes> modulated, effects, weights;  ///< as in BasicRates
  std::vector<Lanes> slots;                        ///< of every quantity of the tape
};

/// One chunk per lane_count parameters, the last padded with zeros.
/// @param values      of all parameters, shape (parameters)
/// @param parameters  positions of those to differentiate by; −1 for a column that moves no rate
std::vector<RateTangents> rate_tangents(const System& system, std::span<const double> values,
                                        const std::vector<int>& parameters);

/// Derivatives of what a Rosenbrock step takes from a system, for one chunk of columns; S = ∂x/∂θ
/// at the start of the step, D = ∂Δ/∂θ of a stage, shapes (size).
class SystemTangent {
 public:
  SystemTangent(const System& system, const Rates& rates, const RateTangents& tangents)
      : system_(system), rates_(rates), tangents_(tangents) {}

  /// out = d f(x)/dθ = J S + f_θ.
  void start(std::span<const double> x, std::span<const Lanes> s, std::span<Lanes> out) const;
  /// out = dρ/dθ of the remainder at Δ, shape (remainder_size()).
  void remainder(std::span<const double> x, std::span<const double> delta, std::span<const Lanes> s,
                 std::span<const Lanes> d, std::span<Lanes> out) const;
  /// out += dJ/dθ k = (J_θ + J_x[S]) k.
  void add_jacobian(std::span<const double> x, std::span<const double> k, std::span<const Lanes> s,
                    std::span<Lanes> out) const;

 private:
  /// Call use(m, f) for each modulated term; f(states) is its flux at a view of the states.
  template <class Use>
  void for_each_modulated(const Use& use) const;
  void add_flux(const ModulatedTerm& term, const Lanes& flux, std::span<Lanes> out) const;

  const System& system_;
  const Rates& rates_;
  const RateTangents& tangents_;
};

}  // namespace lutetia

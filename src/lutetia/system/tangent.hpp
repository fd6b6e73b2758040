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

/// out = J(y) S_y + f_θ(y) + (J_θ(y₀) + J_y(y₀)[S₀]) k, shape (size), for one chunk.
void stage_tangent(const System& system, const Rates& rates, const RateTangents& tangents,
                   std::span<const double> y, std::span<const double> k,
                   std::span<const double> start, std::span<const Lanes> s_y,
                   std::span<const Lanes> s_start, std::span<Lanes> out);

}  // namespace lutetia

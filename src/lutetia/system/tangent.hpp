/// @file Derivatives of a system's rates with respect to its parameters, and what the derivative of
/// a Rosenbrock stage needs of the right-hand side.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "lutetia/linalg/lanes.hpp"
#include "lutetia/system/system.hpp"

namespace lutetia {

/// ∂rates/∂θ for one chunk of lane_count parameters; rates no parameter of the chunk moves are left
/// out of the lists.
struct RateTangents {
  /// Rows of ∂J/∂θ of the linear terms.
  struct Linear {
    RowRuns rows;
    std::vector<int> columns;
    std::vector<Lanes> values;
  };
  struct Product {
    int term;
    Lanes value;
  };
  Linear linear;
  std::vector<Product> product;
  std::vector<Lanes> modulated, effects, weights;  ///< as in BasicRates
  std::vector<Lanes> slots;                        ///< of every quantity of the tape
};

/// How a direction moves parameters: position of each, and the derivative of its value. Empty for a
/// direction that moves no rate.
using ParameterSeeds = std::vector<std::pair<int, double>>;

/// One chunk per lane_count directions, the last padded with zeros.
/// @param values  of all parameters, shape (parameters)
std::vector<RateTangents> rate_tangents(const System& system, std::span<const double> values,
                                        const std::vector<ParameterSeeds>& directions);

}  // namespace lutetia

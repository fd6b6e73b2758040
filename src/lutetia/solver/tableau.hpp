/// @file Rosenbrock methods as coefficient tables.
///
/// Transformed form (Hairer & Wanner, Solving Ordinary Differential Equations II, IV.7), W = I/(hγ)
/// − J:
///   Y_i   = y₀ + Σ_{j<i} a_ij k_j
///   W k_i = f(t + c_i h, Y_i) + Σ_{j<i} (C_ij/h) k_j + h d_i ∂f/∂t
///   y₁    = Y_s + k_s,  error estimate k_s   (stiffly accurate methods)
///   y(t + θh) = (1−θ) y₀ + θ (y₁ + (1−θ) Σ_m θ^m Σ_j H_mj k_j)
#pragma once

#include <array>
#include <cstddef>

namespace lutetia {

template <std::size_t Stages, std::size_t DenseRows>
struct RosenbrockTableau {
  static constexpr std::size_t stages = Stages;
  static constexpr std::size_t dense_rows = DenseRows;

  int order;        ///< of the solution
  int error_order;  ///< of the embedded solution
  int dense_order;  ///< of the interpolant
  double gamma;
  std::array<std::array<double, Stages>, Stages> a;  ///< strictly lower triangle used
  std::array<std::array<double, Stages>, Stages> C;  ///< strictly lower triangle used
  std::array<double, Stages> c;
  std::array<double, Stages> d;
  std::array<std::array<double, Stages>, DenseRows> H;

  /// Y_i = Y_{i−1} + k_{i−1}: row i of a repeats the row above it and adds a 1, as stiffly accurate
  /// methods do.
  constexpr bool row_extends_previous(std::size_t i) const {
    if (i < 2 || a[i][i - 1] != 1.0) return false;
    for (std::size_t j = 0; j + 1 < i; ++j)
      if (a[i][j] != a[i - 1][j]) return false;
    return true;
  }

  /// Weights w of y(θ) = (1−θ) y₀ + θ y₁ + Σ_j w_j k_j.
  constexpr std::array<double, Stages> dense_weights(double theta) const {
    std::array<double, Stages> w{};
    double power = theta * (1.0 - theta);
    for (const auto& row : H) {
      for (std::size_t j = 0; j < Stages; ++j) w[j] += power * row[j];
      power *= theta;
    }
    return w;
  }

  /// Weights w of ∫₀¹ y dθ = (y₀ + y₁)/2 + Σ_j w_j k_j, from ∫θ^(m+1)(1−θ) = 1/((m+2)(m+3)).
  constexpr std::array<double, Stages> integral_weights() const {
    std::array<double, Stages> w{};
    for (std::size_t m = 0; m < DenseRows; ++m)
      for (std::size_t j = 0; j < Stages; ++j)
        w[j] += H[m][j] / static_cast<double>((m + 2) * (m + 3));
    return w;
  }
};

}  // namespace lutetia

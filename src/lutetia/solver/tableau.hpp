/// @file Rosenbrock methods as coefficient tables.
///
/// Transformed form (Hairer & Wanner, Solving Ordinary Differential Equations II, IV.7), W = I/(hγ)
/// − J:
///   Y_i   = y₀ + Σ_{j<i} a_ij k_j
///   W k_i = f(t + c_i h, Y_i) + Σ_{j<i} (C_ij/h) k_j + h d_i ∂f/∂t
///   y₁    = Y_s + k_s,  error estimate k_s   (stiffly accurate methods)
///   y(t + θh) = (1−θ) y₀ + θ (y₁ + (1−θ) Σ_m θ^m Σ_j H_mj k_j)
///
/// A solved stage knows J k_j = k_j/(hγ) − r_j, where r_j is its right-hand side. With f split at
/// y₀, f(t + c_i h, y₀ + Δ) = f₀ + J Δ + ρ(Δ), this removes every product with J but the first:
///   (I + a) r = f₀ 1 + (C + a/γ) k/h + ρ + h d ∂f/∂t,  Δ = a k,
/// a triangular system of numbers, solved once: with M = (I + a)⁻¹,
///   r_i = (M 1)_i f₀ + Σ_{j<i} (M (C + a/γ))_ij k_j/h + Σ_{j≤i} M_ij ρ(Δ_j) + (M d)_i h ∂f/∂t.
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

  /// M of the right-hand sides above.
  constexpr std::array<std::array<double, Stages>, Stages> of_remainders() const {
    std::array<std::array<double, Stages>, Stages> m{};
    for (std::size_t i = 0; i < Stages; ++i) {
      m[i][i] = 1.0;
      if (row_extends_previous(i)) {  // exactly, where subtraction would leave rounding
        m[i][i - 1] = -1.0;
        continue;
      }
      for (std::size_t k = 0; k < i; ++k)
        for (std::size_t j = 0; j <= k; ++j) m[i][j] -= a[i][k] * m[k][j];
    }
    return m;
  }
  /// M (C + a/γ).
  constexpr std::array<std::array<double, Stages>, Stages> of_stages() const {
    const auto m = of_remainders();
    std::array<std::array<double, Stages>, Stages> out{};
    for (std::size_t i = 0; i < Stages; ++i)
      for (std::size_t k = 0; k <= i; ++k)
        for (std::size_t j = 0; j < k; ++j) out[i][j] += m[i][k] * (C[k][j] + a[k][j] / gamma);
    return out;
  }
  /// M times a vector over the stages.
  constexpr std::array<double, Stages> combined(const std::array<double, Stages>& v) const {
    const auto m = of_remainders();
    std::array<double, Stages> out{};
    for (std::size_t i = 0; i < Stages; ++i)
      for (std::size_t j = 0; j <= i; ++j) out[i] += m[i][j] * v[j];
    return out;
  }
  /// M 1, the weights of f₀.
  constexpr std::array<double, Stages> of_start() const {
    std::array<double, Stages> ones{};
    for (double& one : ones) one = 1.0;
    return combined(ones);
  }

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

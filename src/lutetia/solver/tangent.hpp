/// @file The exact derivative of a Rosenbrock step, four columns at a time with the step's own LU.
///
/// Differentiating W k_i = f(Y_i) + Σ (C_ij/h) k_j at fixed h, with S = ∂x/∂θ and K_i = ∂k_i/∂θ:
///   W K_i = J(Y_i) S_i + f_θ(Y_i) + (J_θ(y₀) + J_y(y₀)[S₀]) k_i + Σ (C_ij/h) K_j,
///   S_i = S₀ + Σ a_ij K_j,  ∂y₁/∂θ = S_s + K_s.
/// The size of the step is not differentiated: it follows the values alone.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "lutetia/linalg/lanes.hpp"
#include "lutetia/solver/rosenbrock.hpp"

namespace lutetia {

/// What a stage's derivative needs of a problem: out = J(Y) S_Y + f_θ(Y) + (J_θ + J_y[S₀]) k for
/// chunk c of the columns.
template <class P>
concept TangentProblem = requires(P& p, std::span<const double> v, std::span<const Lanes> s,
                                  std::span<Lanes> out) {
  p.tangent(0, v, v, v, s, s, out);  // chunk, Y, k, y₀, S_Y, S₀, out
  p.solve(out);
};

template <const auto& Tableau>
class RosenbrockTangent {
 public:
  static constexpr std::size_t stages = Tableau.stages;

  /// @param chunks  groups of lane_count columns
  RosenbrockTangent(int size, int chunks)
      : size_(size),
        chunks_(chunks),
        k_(stages * size * chunks),
        before_(size * chunks),
        after_(size * chunks),
        y_(size),
        combination_(size),
        values_(stages * size) {}

  /// Differentiate the step `base` has just made with this problem.
  /// @param s  columns before the step, shape (chunks, size); after it on return
  template <TangentProblem P>
  void step(const Rosenbrock<Tableau>& base, P& problem, std::span<Lanes> s) {
    h_ = base.step_size();
    std::copy(s.begin(), s.end(), before_.begin());
    stage_values(base, std::make_index_sequence<stages>{});
    for (int chunk = 0; chunk < chunks_; ++chunk)
      all_stages(base, problem, chunk, std::make_index_sequence<stages>{});
    std::copy(after_.begin(), after_.end(), s.begin());
  }

  /// Columns at t + θh of the last step.
  void interpolate(double theta, std::span<Lanes> out) const {
    add_weighted(1.0 - theta, theta, Tableau.dense_weights(theta), 0.0, out);
  }
  /// out += ∫ S dt over the last step.
  void add_integral(std::span<Lanes> out) const {
    std::array<double, stages> weights = Tableau.integral_weights();
    for (double& w : weights) w *= h_;
    add_weighted(0.5 * h_, 0.5 * h_, weights, 1.0, out);
  }

 private:
  Lanes* stage(int chunk, std::size_t i) { return k_.data() + (chunk * stages + i) * size_; }
  const Lanes* stage(int chunk, std::size_t i) const {
    return k_.data() + (chunk * stages + i) * size_;
  }

  /// Y_i of every stage; the base keeps only the last one.
  template <std::size_t... I>
  void stage_values(const Rosenbrock<Tableau>& base, std::index_sequence<I...>) {
    (stage_value<I>(base), ...);
  }
  template <std::size_t I>
  void stage_value(const Rosenbrock<Tableau>& base) {
    double* const y = values_.data() + I * size_;
    std::copy(base.before().begin(), base.before().end(), y);
    for (std::size_t j = 0; j < I; ++j)
      for (int n = 0; n < size_; ++n) y[n] += Tableau.a[I][j] * base.stage_values(j)[n];
  }

  template <class P, std::size_t... I>
  void all_stages(const Rosenbrock<Tableau>& base, P& problem, int chunk,
                  std::index_sequence<I...>) {
    (one_stage<I>(base, problem, chunk), ...);
    const Lanes* const last = stage(chunk, stages - 1);
    for (int n = 0; n < size_; ++n) after_[chunk * size_ + n] = y_[n] + last[n];
  }

  template <std::size_t I, class P>
  void one_stage(const Rosenbrock<Tableau>& base, P& problem, int chunk) {
    const std::size_t size = size_;
    const std::span<Lanes> k(stage(chunk, I), size);
    const std::span<const Lanes> start(before_.data() + chunk * size, size);
    stage_sums<Tableau, I>(start.data(), stage(chunk, 0), y_.data(), combination_.data(), size,
                           std::make_index_sequence<I>{});
    problem.tangent(chunk, std::span<const double>(values_.data() + I * size, size),
                    base.stage_values(I), base.before(), std::span<const Lanes>(y_), start, k);
    if constexpr (I > 0)
      for (std::size_t n = 0; n < size; ++n) k[n] += combination_[n] / h_;
    problem.solve(k);
  }

  /// out = keep·out + b·before + a·after + Σ weights·stages.
  void add_weighted(double b, double a, const std::array<double, stages>& weights, double keep,
                    std::span<Lanes> out) const {
    for (int chunk = 0; chunk < chunks_; ++chunk)
      for (int n = 0; n < size_; ++n) {
        const std::size_t at = chunk * static_cast<std::size_t>(size_) + n;
        Lanes sum = b * before_[at] + a * after_[at];
        for (std::size_t j = 0; j < stages; ++j) sum += weights[j] * stage(chunk, j)[n];
        out[at] = keep == 0.0 ? sum : out[at] + sum;
      }
  }

  int size_, chunks_;
  std::vector<Lanes> k_;  ///< shape (chunks, stages, size)
  std::vector<Lanes> before_, after_, y_, combination_;
  std::vector<double> values_;  ///< Y_i, shape (stages, size)
  double h_ = 0.0;
};

}  // namespace lutetia

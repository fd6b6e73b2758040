/// @file The exact derivative of a Rosenbrock step, four columns at a time with the step's own LU.
///
/// Differentiating the right-hand sides of tableau.hpp at fixed h, with S = ∂x/∂θ, K_i = ∂k_i/∂θ
/// and D_i = Σ a_ij K_j:
///   W K_i = (M 1)_i ∂f₀/∂θ + Σ_{j<i} (M (C + a/γ))_ij K_j/h + Σ_{j≤i} M_ij ∂ρ(Δ_j)/∂θ
///           + (∂J/∂θ) k_i,  ∂y₁/∂θ = S + D_s + K_s.
/// The size of the step is not differentiated: it follows the values alone.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "lutetia/linalg/lanes.hpp"
#include "lutetia/solver/rosenbrock.hpp"

namespace lutetia {

/// What a step's derivative needs of a problem, for chunk c of the columns, besides solve().
template <class P>
concept TangentProblem = requires(P& p, std::span<const double> v, std::span<const Lanes> s,
                                  std::span<Lanes> out) {
  p.start_tangent(0, v, s, out);            // out = df(x)/dθ; (c, x, S, out)
  p.remainder_tangent(0, v, v, s, s, out);  // out = dρ/dθ; (c, x, Δ, S, D, out)
  // dJ/dθ k as remainders to add and rows to add; (c, x, k, S, ρ, out)
  p.add_jacobian_tangent(0, v, v, s, out, out);
  p.scatter_remainder(s, out);
  p.solve(out);
};

template <const auto& Tableau>
class RosenbrockTangent {
 public:
  static constexpr std::size_t stages = Tableau.stages;

  /// @param chunks  groups of lane_count columns
  RosenbrockTangent(int size, int remainder_size, int chunks)
      : size_(size),
        remainder_size_(remainder_size),
        chunks_(chunks),
        k_(stages * size * chunks),
        before_(size * chunks),
        after_(size * chunks),
        rho_(stages * remainder_size),
        rho_sum_(remainder_size),
        f0_(size),
        delta_(size),
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
  using Columns = std::span<const Lanes>;
  using Values = std::span<const double>;

  Lanes* stage(int chunk, std::size_t i) { return k_.data() + (chunk * stages + i) * size_; }
  const Lanes* stage(int chunk, std::size_t i) const {
    return k_.data() + (chunk * stages + i) * size_;
  }

  /// Δ_i of every stage; the base keeps only the last one.
  template <std::size_t... I>
  void stage_values(const Rosenbrock<Tableau>& base, std::index_sequence<I...>) {
    (stage_value<I>(base), ...);
  }
  template <std::size_t I>
  void stage_value(const Rosenbrock<Tableau>& base) {
    double* const delta = values_.data() + I * size_;
    std::fill(delta, delta + size_, 0.0);
    for (std::size_t j = 0; j < I; ++j)
      for (int n = 0; n < size_; ++n) delta[n] += Tableau.a[I][j] * base.stage_values(j)[n];
  }

  template <class P, std::size_t... I>
  void all_stages(const Rosenbrock<Tableau>& base, P& problem, int chunk,
                  std::index_sequence<I...>) {
    const std::size_t size = size_, rest = remainder_size_;
    const Columns start(before_.data() + chunk * size, size);
    problem.start_tangent(chunk, base.before(), start, std::span<Lanes>(f0_));
    for (std::size_t i = 0; i < stages; ++i) {
      ((i == I ? sums<I>(chunk) : void()), ...);
      if (i == 0) {
        std::fill(rho_sum_.begin(), rho_sum_.end(), Lanes());
      } else {
        problem.remainder_tangent(chunk, base.before(), Values(values_.data() + i * size, size),
                                  start, Columns(delta_),
                                  std::span<Lanes>(rho_.data() + i * rest, rest));
        ((i == I ? sums_of_remainders<I>() : void()), ...);
      }
      const std::span<Lanes> r(stage(chunk, i), size);  // until it is solved in place
      problem.add_jacobian_tangent(chunk, base.before(), base.stage_values(i), start,
                                   std::span<Lanes>(rho_sum_), r);
      problem.scatter_remainder(Columns(rho_sum_), r);
      problem.solve(r);
    }
    const Lanes* const last = stage(chunk, stages - 1);
    for (std::size_t n = 0; n < size; ++n)
      after_[chunk * size + n] = start[n] + delta_[n] + last[n];
  }
  template <std::size_t I>
  void sums(int chunk) {
    stage_sums<Tableau, I>(f0_.data(), stage(chunk, 0), delta_.data(), stage(chunk, I), h_, size_,
                           std::make_index_sequence<I>{});
  }
  template <std::size_t I>
  void sums_of_remainders() {
    remainder_sums<Tableau, I>(rho_.data(), rho_sum_.data(), rho_sum_.size(),
                               std::make_index_sequence<I>{});
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

  int size_, remainder_size_, chunks_;
  std::vector<Lanes> k_;  ///< shape (chunks, stages, size)
  std::vector<Lanes> before_, after_;
  std::vector<Lanes> rho_;  ///< of one chunk, shape (stages, remainder size)
  std::vector<Lanes> rho_sum_, f0_, delta_;
  std::vector<double> values_;  ///< Δ_i, shape (stages, size)
  double h_ = 0.0;
};

}  // namespace lutetia

/// @file One step of a Rosenbrock method, its interpolant and its integral. See tableau.hpp for the
/// equations.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "lutetia/solver/problem.hpp"
#include "lutetia/solver/stage_sums.hpp"
#include "lutetia/solver/tableaus.hpp"

namespace lutetia {

enum class StepStatus { done, singular_matrix, not_finite };

/// Stage loop over a constant tableau. Keeps the stages of the last step for dense output.
template <const auto& Tableau>
class Rosenbrock {
 public:
  static constexpr std::size_t stages = Tableau.stages;

  explicit Rosenbrock(int size)
      : size_(size),
        k_(stages * size),
        before_(size),
        after_(size),
        y_(size),
        combination_(size),
        time_derivative_(size) {}

  /// Compute x(t + h) from x(t); nothing is accepted or rejected here.
  template <StiffProblem P>
  StepStatus step(P& problem, double t, std::span<const double> x, double h) {
    std::copy(x.begin(), x.end(), before_.begin());
    t_ = t;
    h_ = h;
    if (!problem.factorize(t, x, 1.0 / (h * Tableau.gamma))) return StepStatus::singular_matrix;
    const bool depends_on_time = problem.time_derivative(t, x, time_derivative_);
    all_stages(problem, depends_on_time, std::make_index_sequence<stages>{});
    const double* const last = stage(stages - 1);
    for (int n = 0; n < size_; ++n) after_[n] = y_[n] + last[n];
    double sum = 0.0;
    for (const double x_n : after_) sum += x_n;
    return std::isfinite(sum) ? StepStatus::done : StepStatus::not_finite;
  }

  std::span<const double> before() const { return before_; }
  std::span<const double> after() const { return after_; }
  std::span<const double> error() const {
    return {stage(stages - 1), static_cast<std::size_t>(size_)};
  }
  /// Stage k_i of the last step.
  std::span<const double> stage_values(std::size_t i) const {
    return {stage(i), static_cast<std::size_t>(size_)};
  }
  double time() const { return t_; }  ///< start of the last step
  double step_size() const { return h_; }

  /// x(t + θh) of the last step, 0 ≤ θ ≤ 1.
  void interpolate(double theta, std::span<double> out) const {
    const std::array<double, stages> w = Tableau.dense_weights(theta);
    for (int n = 0; n < size_; ++n) out[n] = (1.0 - theta) * before_[n] + theta * after_[n];
    add_stages(w, out);
  }

  /// out += ∫ x dt over the last step, exact for the interpolant.
  void add_integral(std::span<double> out) const {
    std::array<double, stages> weights = Tableau.integral_weights();
    for (double& w : weights) w *= h_;
    for (int n = 0; n < size_; ++n) out[n] += 0.5 * h_ * (before_[n] + after_[n]);
    add_stages(weights, out);
  }

 private:
  double* stage(std::size_t i) { return k_.data() + i * size_; }
  const double* stage(std::size_t i) const { return k_.data() + i * size_; }

  template <class P, std::size_t... I>
  void all_stages(P& problem, bool depends_on_time, std::index_sequence<I...>) {
    (one_stage<I>(problem, depends_on_time), ...);
  }

  template <std::size_t I, class P>
  void one_stage(P& problem, bool depends_on_time) {
    const std::span<double> k(stage(I), size_);
    stage_sums<Tableau, I>(before_.data(), k_.data(), y_.data(), combination_.data(), y_.size(),
                           std::make_index_sequence<I>{});
    problem.rhs(t_ + Tableau.c[I] * h_, y_, k);
    if constexpr (I > 0) add(1.0 / h_, combination_, k);
    if (depends_on_time && Tableau.d[I] != 0.0) add(h_ * Tableau.d[I], time_derivative_, k);
    problem.solve(k);
  }

  static void add(double factor, std::span<const double> from, std::span<double> to) {
    const double* const __restrict x = from.data();
    double* const __restrict y = to.data();
    for (std::size_t n = 0; n < to.size(); ++n) y[n] += factor * x[n];
  }

  /// to += Σ_j weights[j] k_j, in one pass.
  void add_stages(const std::array<double, stages>& weights, std::span<double> to) const {
    add_stages(weights, to, std::make_index_sequence<stages>{});
  }
  template <std::size_t... J>
  void add_stages(const std::array<double, stages>& weights, std::span<double> to,
                  std::index_sequence<J...>) const {
    const double* const __restrict k = k_.data();
    double* const __restrict out = to.data();
    const std::size_t size = size_;
#pragma GCC ivdep
    for (std::size_t n = 0; n < size; ++n) out[n] += (... + (weights[J] * k[J * size + n]));
  }

  int size_;
  std::vector<double> k_;  ///< stages, shape (stages, size)
  std::vector<double> before_, after_, y_, combination_, time_derivative_;
  double t_ = 0.0, h_ = 0.0;
};

}  // namespace lutetia

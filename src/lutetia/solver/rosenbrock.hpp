/// @file One step of a Rosenbrock method, its interpolant and its integral. See tableau.hpp for the equations.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "lutetia/solver/problem.hpp"
#include "lutetia/solver/tableaus.hpp"

namespace lutetia {

enum class StepStatus { done, singular_matrix, not_finite };

/// Stage loop over a constant tableau. Keeps the stages of the last step for dense output.
template <const auto& Tableau>
class Rosenbrock {
 public:
  static constexpr std::size_t stages = Tableau.stages;

  explicit Rosenbrock(int size)
      : size_(size), k_(stages * size), before_(size), after_(size), y_(size), time_derivative_(size) {}

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
    double sum = 0.0;
    for (int n = 0; n < size_; ++n) {
      after_[n] = y_[n] + last[n];
      sum += after_[n];
    }
    return std::isfinite(sum) ? StepStatus::done : StepStatus::not_finite;
  }

  std::span<const double> before() const { return before_; }
  std::span<const double> after() const { return after_; }
  std::span<const double> error() const { return {stage(stages - 1), static_cast<std::size_t>(size_)}; }
  double time() const { return t_; }  ///< start of the last step
  double step_size() const { return h_; }

  /// x(t + θh) of the last step, 0 ≤ θ ≤ 1.
  void interpolate(double theta, std::span<double> out) const {
    double weight = theta * (1.0 - theta);
    std::array<double, stages> w{};
    for (const auto& row : Tableau.H) {
      for (std::size_t j = 0; j < stages; ++j) w[j] += weight * row[j];
      weight *= theta;
    }
    for (int n = 0; n < size_; ++n) out[n] = (1.0 - theta) * before_[n] + theta * after_[n];
    add_stages(w, 1.0, out);
  }

  /// out += ∫ x dt over the last step, exact for the interpolant.
  void add_integral(std::span<double> out) const {
    static constexpr auto weights = Tableau.integral_weights();
    for (int n = 0; n < size_; ++n) out[n] += 0.5 * h_ * (before_[n] + after_[n]);
    add_stages(weights, h_, out);
  }

 private:
  double* stage(std::size_t i) { return k_.data() + i * size_; }
  const double* stage(std::size_t i) const { return k_.data() + i * size_; }

  template <class P, std::size_t... I>
  void all_stages(P& problem, bool depends_on_time, std::index_sequence<I...>) {
    (one_stage<I>(problem, depends_on_time), ...);
  }

  /// Y_i and the C-combination in one pass over the earlier stages, then the right-hand side and the solve.
  template <std::size_t I, class P>
  void one_stage(P& problem, bool depends_on_time) {
    double* const k = stage(I);
    combine<I>(std::make_index_sequence<I>{});
    std::span<double> out(k, size_);
    problem.rhs(t_ + Tableau.c[I] * h_, y_, out);
    if constexpr (I > 0) {
      const double* const c = combination_.data();
      for (int n = 0; n < size_; ++n) k[n] += c[n];
    }
    if (depends_on_time && Tableau.d[I] != 0.0)
      for (int n = 0; n < size_; ++n) k[n] += h_ * Tableau.d[I] * time_derivative_[n];
    problem.solve(out);
  }

  template <std::size_t I, std::size_t... J>
  void combine(std::index_sequence<J...>) {
    combination_.resize(size_);
    const double* const k = k_.data();
    const double* const x = before_.data();
    double* const y = y_.data();
    double* const c = combination_.data();
    const int size = size_;
    const double inverse_h = 1.0 / h_;
    for (int n = 0; n < size; ++n) {
      double ya = x[n], yc = 0.0;
      ((ya += Tableau.a[I][J] * k[J * size + n], yc += Tableau.C[I][J] * k[J * size + n]), ...);
      y[n] = ya;
      c[n] = yc * inverse_h;
    }
  }

  void add_stages(const std::array<double, stages>& weights, double factor, std::span<double> out) const {
    for (std::size_t j = 0; j < stages; ++j) {
      const double w = factor * weights[j];
      const double* const k = stage(j);
      for (int n = 0; n < size_; ++n) out[n] += w * k[n];
    }
  }

  int size_;
  std::vector<double> k_;  ///< stages, shape (stages, size)
  std::vector<double> before_, after_, y_, time_derivative_, combination_;
  double t_ = 0.0, h_ = 0.0;
};

}  // namespace lutetia

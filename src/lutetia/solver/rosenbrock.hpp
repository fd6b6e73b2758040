/// @file One step of a Rosenbrock method, its interpolant and its integral. See tableau.hpp for the
/// equations.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include "lutetia/linalg/lanes.hpp"
#include "lutetia/solver/problem.hpp"
#include "lutetia/solver/stage_sums.hpp"
#include "lutetia/solver/tableaus.hpp"

namespace lutetia {

enum class StepStatus { done, singular_matrix, not_finite };

/// Stage loop over a constant tableau; T is double, or Lanes for four problems in lock step. Keeps
/// the stages of the last step for dense output.
template <const auto& Tableau, class T = double>
class Rosenbrock {
 public:
  static constexpr std::size_t stages = Tableau.stages;

  /// @param remainder_size  of the problem
  Rosenbrock(int size, int remainder_size)
      : size_(size),
        remainder_size_(remainder_size),
        stride_(padded(size)),
        remainder_stride_(padded(remainder_size)),
        k_(stages * stride_),
        rho_(stages * remainder_stride_),
        rho_sum_(remainder_stride_),
        before_(stride_),
        after_(stride_),
        f0_(stride_),
        delta_(stride_),
        time_derivative_(stride_) {}

  /// Compute x(t + h) from x(t); nothing is accepted or rejected here.
  template <StiffProblem<T> P>
  StepStatus step(P& problem, double t, std::span<const T> x, double h) {
    std::copy(x.begin(), x.end(), before_.begin());
    t_ = t;
    h_ = h;
    if (!problem.factorize(t, x, 1.0 / (h * Tableau.gamma))) return StepStatus::singular_matrix;
    problem.rhs(t, x, span(f0_.data()));
    const bool depends_on_time = problem.time_derivative(t, x, span(time_derivative_.data()));
    all_stages(problem, depends_on_time, std::make_index_sequence<stages>{});
    const T* const last = stage(stages - 1);
    T sum{};
    for (std::size_t n = 0; n < stride_; ++n) {
      after_[n] = before_[n] + delta_[n] + last[n];
      sum += after_[n];
    }
    return all_finite(sum) ? StepStatus::done : StepStatus::not_finite;
  }

  std::span<const T> before() const { return span(before_.data()); }
  std::span<const T> after() const { return span(after_.data()); }
  std::span<const T> error() const { return span(stage(stages - 1)); }
  /// Stage k_i of the last step.
  std::span<const T> stage_values(std::size_t i) const { return span(stage(i)); }
  double step_size() const { return h_; }
  /// Weights w of x(t + θh) = (1−θ) x(t) + θ x(t + h) + Σ_i w_i k_i.
  static constexpr std::array<double, stages> dense_weights(double theta) {
    return Tableau.dense_weights(theta);
  }

  /// x(t + θh) of the last step, 0 ≤ θ ≤ 1.
  void interpolate(double theta, std::span<T> out) const {
    const std::array<double, stages> w = Tableau.dense_weights(theta);
    for (int n = 0; n < size_; ++n) out[n] = (1.0 - theta) * before_[n] + theta * after_[n];
    add_stages(w, out);
  }

  /// out += ∫ x dt over the last step, exact for the interpolant.
  void add_integral(std::span<T> out) const {
    std::array<double, stages> weights = Tableau.integral_weights();
    for (double& w : weights) w *= h_;
    for (int n = 0; n < size_; ++n) out[n] += 0.5 * h_ * (before_[n] + after_[n]);
    add_stages(weights, out);
  }

 private:
  /// Stages begin where wide registers like it.
  static std::size_t padded(int size) {
    constexpr std::size_t alignment = 8;
    return (size + alignment - 1) / alignment * alignment;
  }

  T* stage(std::size_t i) { return k_.data() + i * stride_; }
  const T* stage(std::size_t i) const { return k_.data() + i * stride_; }
  std::span<T> span(T* first) { return {first, static_cast<std::size_t>(size_)}; }
  std::span<const T> span(const T* first) const { return {first, static_cast<std::size_t>(size_)}; }
  std::span<T> remainder(T* first) { return {first, static_cast<std::size_t>(remainder_size_)}; }

  /// The sums are written out for every stage, all else is one loop: eight copies of it would not
  /// fit where a processor keeps its instructions.
  template <class P, std::size_t... I>
  void all_stages(P& problem, bool depends_on_time, std::index_sequence<I...>) {
    for (std::size_t i = 0; i < stages; ++i) {
      T* const r = stage(i);  // its right-hand side, until it is solved in place
      ((i == I ? sums<I>() : void()), ...);
      if (i > 0) {  // at the start there is no remainder
        problem.remainder(t_ + Tableau.c[i] * h_, before(), span(delta_.data()),
                          remainder(rho_.data() + i * remainder_stride_));
        ((i == I ? sums_of_remainders<I>() : void()), ...);
        problem.scatter_remainder(remainder(rho_sum_.data()), span(r));
      }
      if (depends_on_time) {
        const double of_time = h_ * StageWeights<Tableau>::of_time[i];
        for (std::size_t n = 0; n < stride_; ++n) r[n] += of_time * time_derivative_[n];
      }
      problem.solve(span(r));
    }
  }
  template <std::size_t I>
  void sums() {
    stage_sums<Tableau, I>(f0_.data(), k_.data(), delta_.data(), stage(I), h_, stride_,
                           std::make_index_sequence<I>{});
  }
  template <std::size_t I>
  void sums_of_remainders() {
    remainder_sums<Tableau, I>(rho_.data(), rho_sum_.data(), remainder_stride_,
                               std::make_index_sequence<I>{});
  }

  /// to += Σ_j weights[j] k_j, in one pass.
  void add_stages(const std::array<double, stages>& weights, std::span<T> to) const {
    add_stages(weights, to, std::make_index_sequence<stages>{});
  }
  template <std::size_t... J>
  void add_stages(const std::array<double, stages>& weights, std::span<T> to,
                  std::index_sequence<J...>) const {
    const T* const __restrict k = k_.data();
    T* const __restrict out = to.data();
    const std::size_t stride = stride_, size = to.size();
#pragma GCC ivdep
    for (std::size_t n = 0; n < size; ++n) out[n] += (... + (weights[J] * k[J * stride + n]));
  }

  int size_, remainder_size_;
  std::size_t stride_, remainder_stride_;  ///< of the arrays: the size, filled up with zeros
  AlignedVector<T> k_;                     ///< stages, shape (stages, stride)
  AlignedVector<T> rho_;                   ///< their remainders, shape (stages, remainder stride)
  AlignedVector<T> rho_sum_, before_, after_, f0_, delta_, time_derivative_;
  double t_ = 0.0, h_ = 0.0;
};

/// One step and the norm of its error: infinity when it could not be computed.
template <const auto& Tableau, class T, StiffProblem<T> P>
StepStatus attempt_step(Rosenbrock<Tableau, T>& method, P& problem, double t, std::span<const T> x,
                        double h, double& norm) {
  const StepStatus status = method.step(problem, t, x, h);
  norm = status == StepStatus::done
             ? problem.error_norm(method.error(), method.before(), method.after())
             : std::numeric_limits<double>::infinity();
  return status;
}

/// All the work of an attempt is behind this call; a problem may overload it to have it compiled
/// in another way.
template <const auto& Tableau, class T, StiffProblem<T> P>
StepStatus attempt(Rosenbrock<Tableau, T>& method, P& problem, double t, std::span<const T> x,
                   double h, double& norm) {
  return attempt_step(method, problem, t, x, h, norm);
}

}  // namespace lutetia

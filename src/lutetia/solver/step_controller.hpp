/// @file Step size from error norms: proportional-integral control with memory of the last accepted step.
#pragma once

#include <algorithm>
#include <cmath>

namespace lutetia {

/// h_new = h·clamp(safety·‖e‖^(−α)·‖e_prev‖^β), α = 0.7/q, β = 0.4/q with q = order of the estimate + 1
/// (Hairer & Wanner II, IV.2; Gustafsson 1991, doi:10.1145/210232.210242).
class StepController {
 public:
  explicit StepController(int error_order) : q_(error_order + 1.0) {}

  /// Forget the past: the right-hand side has changed.
  void restart() {
    previous_ = 1.0;
    rejected_ = false;
    first_ = true;
  }

  /// @param norm  error norm of the attempted step; ≤ 1 accepts
  /// @return the factor for the next step
  double accept(double norm) {
    const double e = std::max(norm, smallest);
    double factor = safety * std::pow(e, (first_ ? -1.0 : -0.7) / q_);
    if (!first_) factor *= std::pow(previous_, 0.4 / q_);
    factor = std::clamp(factor, 0.2, first_ ? 20.0 : 10.0);
    if (rejected_) factor = std::min(factor, 1.0);
    previous_ = e;
    rejected_ = first_ = false;
    return factor;
  }
  double reject(double norm) {
    rejected_ = true;
    return std::clamp(safety * std::pow(norm, -1.0 / q_), 0.1, 0.9);
  }
  /// The step could not be computed at all.
  double fail() {
    rejected_ = true;
    return 0.1;
  }

 private:
  static constexpr double safety = 0.9;
  static constexpr double smallest = 1e-4;
  double q_;
  double previous_ = 1.0;
  bool rejected_ = false;
  bool first_ = true;
};

}  // namespace lutetia

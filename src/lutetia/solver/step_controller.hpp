/// @file Step size from error norms: each step is sized so that the last error would just have
/// passed.
#pragma once

#include <algorithm>
#include <cmath>

namespace lutetia {

/// h_new = h·clamp(safety·‖e‖^(−1/q)), q = order of the estimate + 1 (Hairer & Wanner I, II.4).
///
/// No memory of earlier errors: proportional-integral control damps the steps of methods whose
/// stability limits them. L-stable methods have no such limit, and there it only holds the error
/// below its target.
class StepController {
 public:
  explicit StepController(int error_order) : q_(error_order + 1.0) {}

  /// Forget the past: the right-hand side has changed.
  void restart() {
    rejected_ = false;
    first_ = true;
  }

  /// @param norm  error norm of the attempted step; ≤ 1 accepts
  /// @return the factor for the next step
  double accept(double norm) {
    const double most = rejected_ ? 1.0 : first_ ? 20.0 : 10.0;
    rejected_ = first_ = false;
    return std::clamp(safety * std::pow(norm, -1.0 / q_), 0.2, most);
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
  double q_;
  bool rejected_ = false;
  bool first_ = true;
};

}  // namespace lutetia

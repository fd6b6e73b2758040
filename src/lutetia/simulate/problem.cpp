#include "lutetia/simulate/problem.hpp"

#include <algorithm>
#include <cmath>

namespace lutetia {

SystemProblem::SystemProblem(const System& system, const Rates& rates, double rtol, double atol_fraction,
                             const std::vector<double>& scale)
    : system_(system),
      rates_(rates),
      lu_(system.symbolic_lu()),
      jacobian_(system.pattern().nonzeros()),
      rtol_(rtol),
      group_sum_(system.error_group_count()),
      inverse_group_size_(system.error_group_count(), 0.0) {
  for (const double s : scale) atol_.push_back(rtol * atol_fraction * s);
  for (const int group : system.error_groups()) inverse_group_size_[group] += 1.0;
  for (double& size : inverse_group_size_) size = 1.0 / size;
}

double SystemProblem::weighted(std::size_t i, std::span<const double> error, std::span<const double> before,
                               std::span<const double> after) const {
  return error[i] / (atol_[i] + rtol_ * std::max(std::abs(before[i]), std::abs(after[i])));
}

double SystemProblem::error_norm(std::span<const double> error, std::span<const double> before,
                                 std::span<const double> after) {
  std::fill(group_sum_.begin(), group_sum_.end(), 0.0);
  const std::vector<int>& group = system_.error_groups();
  for (std::size_t i = 0; i < error.size(); ++i) {
    const double e = weighted(i, error, before, after);
    group_sum_[group[i]] += e * e;
  }
  double worst = 0.0;
  for (std::size_t g = 0; g < group_sum_.size(); ++g) worst = std::max(worst, group_sum_[g] * inverse_group_size_[g]);
  return std::sqrt(worst);
}

int SystemProblem::worst_state(std::span<const double> error, std::span<const double> before,
                               std::span<const double> after) const {
  int worst = 0;
  double largest = -1.0;
  for (std::size_t i = 0; i < error.size(); ++i) {
    if (!std::isfinite(after[i])) return static_cast<int>(i);
    const double e = std::abs(weighted(i, error, before, after));
    if (e > largest) {
      largest = e;
      worst = static_cast<int>(i);
    }
  }
  return worst;
}

}  // namespace lutetia

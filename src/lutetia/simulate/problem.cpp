#include "lutetia/simulate/problem.hpp"

#include <algorithm>
#include <cmath>

namespace lutetia {

std::vector<double> state_scales(const System& system, const Schedule& schedule) {
  std::vector<double> scale(system.size(), 1.0);
  for (std::size_t b = 0; b < system.blocks().size(); ++b) {
    const Block& block = system.blocks()[b];
    double largest = 0.0;
    for (const GivenDose& dose : schedule.given)
      largest = std::max(largest, amount_into(dose, system, static_cast<int>(b)));
    if (!(largest > 0.0)) continue;
    for (const auto* states : {&block.states, &block.reservoirs, &block.infusions})
      for (const int s : *states)
        if (s >= 0) scale[s] = largest;
    if (block.decayed >= 0) scale[block.decayed] = largest;
  }
  return scale;
}

SystemProblem::SystemProblem(const System& system, const Rates& rates, double rtol,
                             double atol_fraction, const std::vector<double>& scale)
    : system_(system),
      rates_(&rates),
      lu_(system.symbolic_lu()),
      jacobian_(system.pattern().nonzeros()),
      rtol_(rtol),
      squared_(system.size()) {
  for (const double s : scale) atol_.push_back(rtol * atol_fraction * s);
  collect_groups();
}

void SystemProblem::collect_groups() {
  std::vector<std::vector<int>> members(system_.error_group_count());
  for (int i = 0; i < size(); ++i) members[system_.error_groups()[i]].push_back(i);
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) { return a.size() < b.size(); });
  for (const std::vector<int>& group : members) {
    groups_.add(0, static_cast<int>(members_.size()), static_cast<int>(group.size()));
    members_.insert(members_.end(), group.begin(), group.end());
    member_weights_.insert(member_weights_.end(), group.size(),
                           1.0 / static_cast<double>(group.size()));
  }
}

double SystemProblem::error_norm(std::span<const double> error, std::span<const double> before,
                                 std::span<const double> after) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < error.size(); ++i) {
    const double e = weighted(i, error, before, after);
    squared_[i] = e * e;
  }
  double worst = 0.0;
  groups_.for_each(member_weights_.data(), members_.data(), squared_.data(),
                   [&](int, double mean) { worst = std::max(worst, mean); });
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

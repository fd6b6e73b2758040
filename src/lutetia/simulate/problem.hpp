/// @file A compiled system as the stepper sees it: right-hand side, linear algebra, error norm.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "lutetia/dosing/schedule.hpp"
#include "lutetia/linalg/row_runs.hpp"
#include "lutetia/linalg/static_lu.hpp"
#include "lutetia/system/system.hpp"

namespace lutetia {

/// Amount that sets the absolute tolerance of each state, shape (size) [nmol]: the largest single
/// dose of its block.
std::vector<double> state_scales(const System& system, const Schedule& schedule);

/// Holds the scratch memory of one thread; System and Rates stay shared and constant.
class SystemProblem {
 public:
  /// @param scale  typical amount of each state, shape (size) [nmol]; sets its absolute tolerance
  SystemProblem(const System& system, const Rates& rates, double rtol, double atol_fraction,
                const std::vector<double>& scale);

  /// Go on with other rates of the same system; false when they are those in use.
  bool use(const Rates& rates) {
    const bool other = rates_ != &rates;
    rates_ = &rates;
    return other;
  }

  int size() const { return system_.size(); }
  void rhs(double, std::span<const double> x, std::span<double> out) const {
    system_.rhs<double>(*rates_, x, out);
  }
  bool time_derivative(double, std::span<const double>, std::span<double>) const { return false; }
  bool factorize(double, std::span<const double> x, double diagonal) {
    system_.jacobian(*rates_, x, jacobian_);
    return lu_.factorize(diagonal, jacobian_);
  }
  void solve(std::span<double> b) const { lu_.solve(b); }
  void solve(std::span<Lanes> b) const { lu_.solve(b); }

  /// RMS within an organ of one block, maximum over organs: many similar lesions must not dilute
  /// the error.
  double error_norm(std::span<const double> error, std::span<const double> before,
                    std::span<const double> after);

  /// The state with the largest weighted error, or the first that is not finite.
  int worst_state(std::span<const double> error, std::span<const double> before,
                  std::span<const double> after) const;
  int failed_pivot() const { return lu_.failed_pivot(); }

 private:
  void collect_groups();
  double weighted(std::size_t i, std::span<const double> error, std::span<const double> before,
                  std::span<const double> after) const {
    return error[i] / (atol_[i] + rtol_ * std::max(std::abs(before[i]), std::abs(after[i])));
  }

  const System& system_;
  const Rates* rates_;
  StaticLu lu_;
  std::vector<double> jacobian_;
  double rtol_;
  std::vector<double> atol_;
  std::vector<double> squared_;         ///< weighted error of each state, squared
  RowRuns groups_;                      ///< groups of the error norm; their entries are states
  std::vector<int> members_;            ///< states, group by group
  std::vector<double> member_weights_;  ///< 1 / size of the group of each member
};

}  // namespace lutetia

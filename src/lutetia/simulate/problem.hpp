/// @file A compiled system as the stepper sees it: right-hand side, linear algebra, error norm.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "lutetia/dosing/schedule.hpp"
#include "lutetia/linalg/row_runs.hpp"
#include "lutetia/linalg/static_lu.hpp"
#include "lutetia/simulate/options.hpp"
#include "lutetia/solver/rosenbrock.hpp"
#include "lutetia/system/system.hpp"

namespace lutetia {

/// Amount that sets the absolute tolerance of each state, shape (size) [nmol]: the largest single
/// dose of its block; of a daughter, what such doses hold of it.
std::vector<double> state_scales(const System& system, const Schedule& schedule,
                                 const Rates& rates);

/// The groups of the error norm as rows of a matrix of weights.
struct ErrorGroups {
  explicit ErrorGroups(const System& system);

  RowRuns runs;                 ///< one row per group; its entries are states
  std::vector<int> members;     ///< states, group by group
  std::vector<double> weights;  ///< 1 / size of the group of each member
};

/// Holds the scratch memory of one thread; System and rates stay shared and constant. T is double,
/// or Lanes for four members of a batch in lock step.
template <class T = double>
class SystemProblem {
 public:
  /// @param scale  typical amount of each state, shape (size) [nmol]; sets its absolute tolerance
  SystemProblem(const System& system, const BasicRates<T>& rates, const SimulationOptions& options,
                const std::vector<T>& scale)
      : system_(system),
        rates_(&rates),
        lu_(system.symbolic_lu()),
        at_(system.linearization<T>()),
        groups_(system),
        linear_(system.symbolic_lu().nonzeros()),
        rtol_(options.rtol),
        squared_(system.size()),
        instructions_(options.instructions) {
    place_linear();
    for (const T& s : scale) atol_.push_back(options.rtol * options.atol_fraction * s);
  }

  /// Go on with other rates of the same system; false when they are those in use.
  bool use(const BasicRates<T>& rates) {
    const bool other = rates_ != &rates;
    rates_ = &rates;
    if (other) place_linear();
    return other;
  }

  int size() const { return system_.size(); }
  void rhs(double, std::span<const T> x, std::span<T> out) const {
    system_.rhs<T>(*rates_, x, out);
  }
  bool time_derivative(double, std::span<const T>, std::span<T>) const { return false; }
  bool factorize(double, std::span<const T> x, double diagonal) {
    T* const w = lu_.values().data();
    std::copy(linear_.begin(), linear_.end(), w);
    const int* const places = system_.symbolic_lu().places().data();
    system_.linearize<T>(*rates_, x, at_,
                         [=](int position, const T& value) { w[places[position]] -= value; });
    for (int i = 0; i < size(); ++i) w[i] += diagonal;
    return lu_.factorize();
  }
  int remainder_size() const { return system_.remainder_size(); }
  void remainder(double, std::span<const T> x, std::span<const T> delta, std::span<T> out) const {
    system_.remainder<T>(*rates_, at_, x, delta, out);
  }
  void scatter_remainder(std::span<const T> rho, std::span<T> out) const {
    system_.scatter_remainder<T>(rho, out);
  }
  template <class R>
  void solve(std::span<R> x) const {
    lu_.solve(x);
  }

  /// RMS within an organ of one block, maximum over organs and lanes: many similar lesions must not
  /// dilute the error.
  double error_norm(std::span<const T> error, std::span<const T> before, std::span<const T> after) {
    const std::size_t size = error.size();
#pragma GCC ivdep
    for (std::size_t i = 0; i < size; ++i) {
      const T e = weighted(i, error, before, after);
      squared_[i] = e * e;
    }
    T worst{};
    groups_.runs.for_each(groups_.weights.data(), groups_.members.data(), squared_.data(),
                          [&](int, const T& mean) { worst = larger(worst, mean); });
    return std::sqrt(largest(worst));
  }

  /// The state with the largest weighted error, or the first that is not finite.
  int worst_state(std::span<const T> error, std::span<const T> before,
                  std::span<const T> after) const {
    int worst = 0;
    double most = -1.0;
    for (std::size_t i = 0; i < error.size(); ++i) {
      if (!all_finite(after[i])) return static_cast<int>(i);
      const double e = largest(magnitude(weighted(i, error, before, after)));
      if (e > most) {
        most = e;
        worst = static_cast<int>(i);
      }
    }
    return worst;
  }
  Instructions instructions() const { return instructions_; }
  int failed_pivot() const { return lu_.failed_pivot(); }

 private:
  /// The linear terms of the matrix never change while the rates hold.
  void place_linear() { system_.symbolic_lu().template place_negated<T>(rates_->linear, linear_); }
  T weighted(std::size_t i, std::span<const T> error, std::span<const T> before,
             std::span<const T> after) const {
    return error[i] / (atol_[i] + rtol_ * larger(magnitude(before[i]), magnitude(after[i])));
  }

  const System& system_;
  const BasicRates<T>* rates_;
  BasicLu<T> lu_;
  Linearization<T> at_;
  ErrorGroups groups_;
  AlignedVector<T> linear_;  ///< −(linear terms), where the LU wants them
  double rtol_;
  AlignedVector<T> atol_;
  AlignedVector<T> squared_;  ///< weighted error of each state, squared
  Instructions instructions_;
};

/// An attempted step of a system, compiled for the instructions of the run.
template <const auto& Tableau, class T>
StepStatus attempt(Rosenbrock<Tableau, T>& method, SystemProblem<T>& problem, double t,
                   std::span<const T> x, double h, double& norm) {
  StepStatus status{};
  with_instructions(problem.instructions(),
                    [&] { status = attempt_step(method, problem, t, x, h, norm); });
  return status;
}

}  // namespace lutetia

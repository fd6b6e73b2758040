/// @file Rosenbrock steppers that fulfil Boost.Odeint's controlled- and dense-output-stepper
/// concepts.
///
/// Use in integrate_adaptive and integrate_times with a StiffProblem passed by std::ref:
///   integrate_adaptive(ControlledRosenbrock<rodas5p>(2), std::ref(problem), x, 0.0, 1.0, 1e-3);
#pragma once

#include <boost/numeric/odeint/stepper/controlled_step_result.hpp>
#include <boost/numeric/odeint/stepper/stepper_categories.hpp>
#include <boost/numeric/odeint/util/unwrap_reference.hpp>
#include <limits>
#include <stdexcept>

#include "lutetia/solver/rosenbrock.hpp"
#include "lutetia/solver/step_controller.hpp"

namespace lutetia {

namespace odeint = boost::numeric::odeint;

/// Work done by a stepper.
struct StepCounters {
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  std::size_t factorizations = 0;
  std::size_t rhs_calls = 0;
  std::size_t solves = 0;
};

/// Tries steps of proposed size and adapts the proposal.
template <const auto& Tableau, class T = double>
class ControlledRosenbrock {
 public:
  using state_type = std::vector<T>;
  using deriv_type = state_type;
  using value_type = double;
  using time_type = double;
  using stepper_category = odeint::controlled_stepper_tag;

  /// @param remainder_size  of the problem; as a rule the size
  ControlledRosenbrock(int size, int remainder_size)
      : method_(size, remainder_size), controller_(Tableau.error_order) {}
  explicit ControlledRosenbrock(int size) : ControlledRosenbrock(size, size) {}

  /// Try x(t) → x(t + dt). On success x and t advance; dt becomes the next proposal either way.
  /// @throws std::runtime_error when dt has shrunk to nothing
  template <class System>
  odeint::controlled_step_result try_step(System system, state_type& x, double& t, double& dt) {
    typename odeint::unwrap_reference<System>::type& problem = system;
    if (!(std::abs(dt) > smallest_step(t))) throw std::runtime_error("the step became too small");
    last_status_ = attempt(method_, problem, t, std::span<const T>(x), dt, last_norm_);
    ++counters_.factorizations;
    counters_.rhs_calls += last_status_ == StepStatus::singular_matrix ? 0 : 1;
    counters_.solves += last_status_ == StepStatus::singular_matrix ? 0 : Tableau.stages;
    if (last_norm_ <= 1.0) {
      ++counters_.accepted;
      t += dt;
      std::copy(method_.after().begin(), method_.after().end(), x.begin());
      dt *= controller_.accept(last_norm_);
      return odeint::success;
    }
    ++counters_.rejected;
    dt *= std::isfinite(last_norm_) ? controller_.reject(last_norm_) : controller_.fail();
    return odeint::fail;
  }

  /// Forget the error history; call it after every discontinuity.
  void reset() { controller_.restart(); }

  const Rosenbrock<Tableau, T>& method() const { return method_; }
  const StepCounters& counters() const { return counters_; }
  StepStatus last_status() const { return last_status_; }

  /// Steps at or below this cannot advance t.
  static double smallest_step(double t) {
    return 16.0 * std::numeric_limits<double>::epsilon() * std::abs(t);
  }

 private:
  Rosenbrock<Tableau, T> method_;
  StepController controller_;
  StepCounters counters_;
  StepStatus last_status_ = StepStatus::done;
  double last_norm_ = 0.0;
};

/// Adds interpolation between the accepted steps.
template <const auto& Tableau>
class DenseRosenbrock {
 public:
  using state_type = std::vector<double>;
  using deriv_type = state_type;
  using value_type = double;
  using time_type = double;
  using stepper_category = odeint::dense_output_stepper_tag;

  explicit DenseRosenbrock(int size) : stepper_(size) {}

  void initialize(const state_type& x, double t, double dt) {
    x_ = x;
    t_ = previous_ = t;
    dt_ = dt;
    stepper_.reset();
  }

  /// Advance by one accepted step; returns its interval.
  template <class System>
  std::pair<double, double> do_step(System system) {
    previous_ = t_;
    constexpr int most_attempts = 500;
    for (int attempt = 0; attempt < most_attempts; ++attempt)
      if (stepper_.try_step(system, x_, t_, dt_) == odeint::success) return {previous_, t_};
    throw std::runtime_error("no acceptable step was found");
  }

  void calc_state(double t, state_type& x) const {
    x.resize(x_.size());
    if (t_ == previous_)
      x = x_;
    else
      stepper_.method().interpolate((t - previous_) / (t_ - previous_), x);
  }

  const state_type& current_state() const { return x_; }
  double current_time() const { return t_; }
  const state_type& previous_state() const {
    previous_state_.assign(stepper_.method().before().begin(), stepper_.method().before().end());
    return previous_state_;
  }
  double previous_time() const { return previous_; }
  double current_time_step() const { return dt_; }
  const StepCounters& counters() const { return stepper_.counters(); }

 private:
  ControlledRosenbrock<Tableau> stepper_;
  state_type x_;
  mutable state_type previous_state_;
  double t_ = 0.0, previous_ = 0.0, dt_ = 0.0;
};

}  // namespace lutetia

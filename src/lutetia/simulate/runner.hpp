/// @file The loop of a run: steps to every event, jumps, outputs, balances. A follower may go
/// along.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "lutetia/core/text.hpp"
#include "lutetia/simulate/problem.hpp"
#include "lutetia/simulate/trajectory.hpp"

namespace lutetia {

/// A checked trajectory before its run.
Trajectory prepared(std::shared_ptr<const System> system, const std::vector<RatePhase>& phases,
                    const Schedule& schedule, const std::vector<double>& times, double end,
                    const SimulationOptions& options);

/// A follower of a run sees every accepted step, jump, change of rates, output and mark; this one
/// looks away. Outputs and marks come in order.
struct NoFollower {
  template <class Method, class Problem>
  void step(const Method&, Problem&) {}
  void stop(std::span<const double> /*x*/) {}
  void begin(const Event&, std::span<const double> /*x*/) {}
  void use(double /*time*/) {}
  void jump(const Jump&, double /*before*/) {}
  void interpolate(double /*theta*/, std::span<const double> /*x*/) {}
  void output() {}
  void mark() {}
};

template <const auto& Tableau, class Follower = NoFollower>
class Runner {
 public:
  Runner(Trajectory& out, const SimulationOptions& options, Follower follower = {})
      : follower_(std::move(follower)),
        out_(out),
        options_(options),
        system_(*out.system),
        scale_(state_scales(system_, out.schedule)),
        problem_(system_, out.phases.front().rates, options, scale_),
        stepper_(system_.size(), system_.remainder_size()),
        x_(system_.size(), 0.0),
        integral_(system_.size(), 0.0) {
    for (const Block& block : system_.blocks()) amounts_.push_back(block.amounts());
  }

  void run() {
    out_.states.assign(out_.times.size() * x_.size(), 0.0);
    out_.marks = out_.schedule.cycle_starts;
    out_.marks.push_back(out_.end);
    for (const Event& event : out_.schedule.events) {
      integrate_to(event.time);
      follower_.stop(x_);
      output_up_to(event.time, options_.at_event == AtEvent::before);
      mark_up_to(event.time);
      follower_.begin(event, x_);
      change_rates(event);
      follower_.use(event.time);
      for (const Jump& jump : event.jumps) {
        follower_.jump(jump, x_[jump.state]);
        const double brought = apply(jump, out_.rates_at(event.time), x_);
        if (jump.kind == Jump::Kind::add) given_[block_of(jump.state)] += brought;
      }
      started_ = true;
    }
    integrate_to(out_.end);
    follower_.stop(x_);
    output_up_to(out_.end, true);
    mark_up_to(out_.end);
    out_.last_state = x_;
    out_.counters = stepper_.counters();
  }

  Follower& follower() { return follower_; }

 private:
  /// Rates of the phase that begins. Receptors may not fall below what they hold: a label given
  /// later would follow their negative number.
  void change_rates(const Event& event) {
    const Rates& rates = out_.rates_at(event.time);
    if (!problem_.use(rates)) return;
    const Network& network = system_.network();
    for (const BindingProcess& p : network.bindings) {
      double held = 0.0;
      for (const Block& block : system_.blocks()) {
        if (block.total() && block.states[p.to] >= 0) held += x_[block.states[p.to]];
        if (block.ligand < 0)
          for (const int c : p.unavailable) held += x_[block.states[c]];
      }
      const double receptors = rates.slots[p.receptors];
      if (held - receptors > out_.rtol * (1.0 + held + receptors))
        throw ModelError(
            {.what = text("the change at ", event.time, " h leaves fewer receptors in ",
                          quote(network.compartments[p.to].organ), " than are occupied then"),
             .found = text(receptors, " nmol"),
             .expected = text("at least ", held, " nmol"),
             .hint = "change receptors when little is bound, such as at the start of "
                     "a cycle"});
    }
  }

  /// The clock of a segment starts at zero: at 4000 h a day would tick too coarsely to empty a bag.
  void integrate_to(double stop) {
    const double length = stop - segment_;
    if (started_) {  // before, every amount is zero
      stepper_.reset();
      double h = options_.first_step * std::pow(options_.rtol, 0.2);
      while (since_ < length) {
        // Reach the stop exactly, and do not leave a sliver of a step before it.
        const double left = length - since_;
        const bool last = h >= left * (1.0 - 1e-9);
        h = last ? left : std::min(h, 0.5 * left);
        attempt_step(h, length, last);
      }
    }
    segment_ = stop;
    since_ = 0.0;
  }

  /// One attempt; `h` leaves as the next proposal.
  void attempt_step(double& h, double length, bool last) {
    if (++attempts_ > options_.max_steps) fail(SolverFailure::too_many_steps, h);
    if (h <= stepper_.smallest_step(since_)) {
      if (last) {  // the stop is closer than rounding of time: nothing can happen in between
        since_ = length;
        return;
      }
      fail(stepper_.last_status() == StepStatus::not_finite        ? SolverFailure::not_finite
           : stepper_.last_status() == StepStatus::singular_matrix ? SolverFailure::singular_matrix
                                                                   : SolverFailure::step_too_small,
           h);
    }
    const double start = segment_ + since_;
    if (stepper_.try_step(std::ref(problem_), x_, since_, h) != odeint::success) return;
    if (last) since_ = length;
    with_instructions(options_.instructions, [&] { stepper_.method().add_integral(integral_); });
    follower_.step(stepper_.method(), problem_);
    while (next_output_ < out_.times.size() && out_.times[next_output_] < now()) {
      const double theta = (out_.times[next_output_] - start) / stepper_.method().step_size();
      with_instructions(options_.instructions,
                        [&] { stepper_.method().interpolate(theta, row(next_output_)); });
      follower_.interpolate(theta, row(next_output_));
      check_balance(row(next_output_));
      ++next_output_;
    }
  }

  double now() const { return segment_ + since_; }

  std::span<double> row(std::size_t output) {
    return {out_.states.data() + output * x_.size(), x_.size()};
  }

  void output_up_to(double time, bool including) {
    while (next_output_ < out_.times.size() &&
           (out_.times[next_output_] < time || (including && out_.times[next_output_] == time))) {
      std::copy(x_.begin(), x_.end(), row(next_output_).begin());
      follower_.output();
      check_balance(row(next_output_));
      ++next_output_;
    }
  }

  void mark_up_to(double time) {
    while (next_mark_ < out_.marks.size() && out_.marks[next_mark_] <= time) {
      out_.integrals.insert(out_.integrals.end(), integral_.begin(), integral_.end());
      follower_.mark();
      ++next_mark_;
    }
  }

  int block_of(int state) const {
    for (std::size_t b = 0; b < system_.blocks().size(); ++b) {
      const Block& block = system_.blocks()[b];
      for (const auto* states : {&block.states, &block.reservoirs})
        if (std::find(states->begin(), states->end(), state) != states->end())
          return static_cast<int>(b);
    }
    throw InternalError("an event changes a state that is in no block");
  }

  /// Σ states − given, relative to given; outputs and the end are checked, nothing is corrected.
  void check_balance(std::span<const double> x) {
    for (std::size_t b = 0; b < system_.blocks().size(); ++b) {
      const Block& block = system_.blocks()[b];
      const double given = given_[static_cast<int>(b)];
      if (given <= 0.0) continue;
      double sum = 0.0;
      for (const int s : amounts_[b]) {
        sum += x[s];
        out_.lowest_relative = std::min(out_.lowest_relative, x[s] / given);
      }
      double& worst = block.tracer >= 0 ? out_.mass_balance.labeled : out_.mass_balance.total;
      worst = std::max(worst, std::abs(sum - given) / given);
    }
  }

  [[noreturn]] void fail(SolverFailure reason, double h) const {
    const auto& method = stepper_.method();
    const int state = reason == SolverFailure::singular_matrix
                          ? problem_.failed_pivot()
                          : problem_.worst_state(method.error(), method.before(), method.after());
    std::string nearest = "none";
    double distance = std::numeric_limits<double>::infinity();
    for (const Event& event : out_.schedule.events)
      if (std::abs(event.time - now()) < distance) {
        distance = std::abs(event.time - now());
        nearest = text(event.name, " at ", event.time, " h");
      }
    throw SolverError(reason, now(), h, state >= 0 ? system_.state_names()[state] : "unknown",
                      nearest, stepper_.counters().accepted);
  }

  Follower follower_;
  Trajectory& out_;
  const SimulationOptions& options_;
  const System& system_;
  std::vector<double> scale_;
  std::vector<std::vector<int>> amounts_;  ///< states that hold the amount of each block
  SystemProblem<> problem_;
  ControlledRosenbrock<Tableau> stepper_;
  std::vector<double> x_, integral_;
  std::map<int, double> given_;
  double segment_ = 0.0, since_ = 0.0;  ///< start of the segment, time since then [h]
  bool started_ = false;
  std::size_t attempts_ = 0, next_output_ = 0, next_mark_ = 0;
};

}  // namespace lutetia

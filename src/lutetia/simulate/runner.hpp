/// @file The loop of a run: steps to every event, jumps, outputs, marks. A follower may go along,
/// or four runs go in lock step.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "lutetia/core/text.hpp"
#include "lutetia/simulate/problem.hpp"
#include "lutetia/simulate/recorder.hpp"
#include "lutetia/solver/stepper.hpp"

namespace lutetia {

/// A checked trajectory before its run.
Trajectory prepared(std::shared_ptr<const System> system, const std::vector<RatePhase>& phases,
                    const Schedule& schedule, const std::vector<double>& times, double end,
                    const SimulationOptions& options);

/// A follower of a single run sees every accepted step, jump, change of rates, output and mark;
/// this one looks away. Outputs and marks come in order.
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

/// T is double for one run, or Lanes for up to four that stop at the same times and want the same
/// outputs; lanes that are left repeat the last run.
template <const auto& Tableau, class T = double, class Follower = NoFollower>
class Runner {
 public:
  /// @param runs  prepared, of one system
  Runner(std::span<Trajectory> runs, const SimulationOptions& options, Follower follower = {})
      : follower_(std::move(follower)),
        recorders_(runs.begin(), runs.end()),
        first_(runs.front()),
        options_(options),
        system_(*first_.system),
        rates_(phase_rates()),
        problem_(system_, *rates_.front(), options, scales()),
        stepper_(system_.size(), system_.remainder_size()),
        x_(system_.size()),
        integral_(system_.size()),
        shown_(system_.size()),
        lane_(system_.size()) {}

  void run() {
    for (std::size_t e = 0; e < first_.schedule.events.size(); ++e) {
      const double time = first_.schedule.events[e].time;
      integrate_to(time);
      output_up_to(time, options_.at_event == AtEvent::before);
      mark_up_to(time);
      while (phase_ + 1 < rates_.size() && first_.phases[phase_ + 1].start <= time) ++phase_;
      const bool others = problem_.use(*rates_[phase_]);
      for (std::size_t m = 0; m < recorders_.size(); ++m)
        with_lane(m, [&](std::span<double> x) { happen(recorders_[m], e, others, x); });
      started_ = true;
    }
    integrate_to(first_.end);
    output_up_to(first_.end, true);
    mark_up_to(first_.end);
    for (std::size_t m = 0; m < recorders_.size(); ++m)
      recorders_[m].end(lane(x_, m), stepper_.counters());
  }

  Follower& follower() { return follower_; }

 private:
  static constexpr bool alone = width<T> == 1;

  /// Rates of every phase, those of all lanes side by side.
  std::vector<const BasicRates<T>*> phase_rates() {
    std::vector<const BasicRates<T>*> out;
    for (std::size_t p = 0; p < first_.phases.size(); ++p) {
      std::vector<const Rates*> members;
      for (const Recorder& r : recorders_) members.push_back(&r.run().phases[p].rates);
      if constexpr (alone)
        out.push_back(members.front());
      else
        lane_rates_.push_back(in_lanes(members));
    }
    for (const auto& rates : lane_rates_) out.push_back(&rates);
    return out;
  }
  std::vector<T> scales() {
    std::vector<T> out(system_.size());
    for (int l = 0; l < width<T>; ++l) {
      const std::size_t m = std::min<std::size_t>(l, recorders_.size() - 1);
      const auto scale = state_scales(system_, recorders_[m].run().schedule);
      for (std::size_t n = 0; n < out.size(); ++n) set_lane(out[n], l, scale[n]);
    }
    return out;
  }

  /// Numbers of one lane.
  std::span<const double> lane(const std::vector<T>& all, std::size_t m) {
    if constexpr (alone) {
      return all;
    } else {
      for (std::size_t n = 0; n < all.size(); ++n) lane_[n] = all[n][static_cast<int>(m)];
      return lane_;
    }
  }
  /// Let f change the states of one run.
  template <class F>
  void with_lane(std::size_t m, const F& f) {
    if constexpr (alone) {
      f(std::span<double>(x_));
    } else {
      lane(x_, m);
      f(std::span<double>(lane_));
      const int end = m + 1 == recorders_.size() ? lane_count : static_cast<int>(m) + 1;
      for (int l = static_cast<int>(m); l < end; ++l)
        for (std::size_t n = 0; n < x_.size(); ++n) x_[n].set(l, lane_[n]);
    }
  }

  /// An event of one run.
  void happen(Recorder& recorder, std::size_t e, bool other_rates, std::span<double> x) {
    const Event& event = recorder.run().schedule.events[e];
    follower_.begin(event, x);
    if (other_rates) recorder.check_receptors(event, x);
    follower_.use(event.time);
    for (const Jump& jump : event.jumps) {
      follower_.jump(jump, x[jump.state]);
      recorder.apply(jump, recorder.run().rates_at(event.time), x);
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
    if constexpr (alone) follower_.stop(x_);
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
    const auto& method = stepper_.method();
    with_instructions(options_.instructions, [&] { method.add_integral(integral_); });
    follower_.step(method, problem_);
    for (; next_output_ < first_.times.size() && first_.times[next_output_] < now();
         ++next_output_) {
      const double theta = (first_.times[next_output_] - start) / method.step_size();
      with_instructions(options_.instructions, [&] { method.interpolate(theta, shown_); });
      if constexpr (alone) follower_.interpolate(theta, shown_);
      write(shown_);
    }
  }

  double now() const { return segment_ + since_; }

  void output_up_to(double time, bool including) {
    for (; next_output_ < first_.times.size() &&
           (first_.times[next_output_] < time || (including && first_.times[next_output_] == time));
         ++next_output_) {
      write(x_);
      follower_.output();
    }
  }
  void write(const std::vector<T>& x) {
    for (std::size_t m = 0; m < recorders_.size(); ++m) {
      const std::span<const double> from = lane(x, m);
      std::copy(from.begin(), from.end(), recorders_[m].row(next_output_).begin());
      recorders_[m].check_balance(from);
    }
  }

  void mark_up_to(double time) {
    for (; next_mark_ < first_.marks.size() && first_.marks[next_mark_] <= time; ++next_mark_) {
      for (std::size_t m = 0; m < recorders_.size(); ++m) recorders_[m].mark(lane(integral_, m));
      follower_.mark();
    }
  }

  [[noreturn]] void fail(SolverFailure reason, double h) const {
    const auto& method = stepper_.method();
    const int state = reason == SolverFailure::singular_matrix
                          ? problem_.failed_pivot()
                          : problem_.worst_state(method.error(), method.before(), method.after());
    std::string nearest = "none";
    double distance = std::numeric_limits<double>::infinity();
    for (const Event& event : first_.schedule.events)
      if (std::abs(event.time - now()) < distance) {
        distance = std::abs(event.time - now());
        nearest = text(event.name, " at ", event.time, " h");
      }
    throw SolverError(reason, now(), h, state >= 0 ? system_.state_names()[state] : "unknown",
                      nearest, stepper_.counters().accepted);
  }

  Follower follower_;
  std::vector<Recorder> recorders_;
  const Trajectory& first_;
  const SimulationOptions& options_;
  const System& system_;
  std::vector<BasicRates<T>> lane_rates_;
  std::vector<const BasicRates<T>*> rates_;  ///< of every phase
  SystemProblem<T> problem_;
  ControlledRosenbrock<Tableau, T> stepper_;
  std::vector<T> x_, integral_, shown_;
  std::vector<double> lane_;            ///< scratch: one lane of them
  double segment_ = 0.0, since_ = 0.0;  ///< start of the segment, time since then [h]
  bool started_ = false;
  std::size_t attempts_ = 0, next_output_ = 0, next_mark_ = 0, phase_ = 0;
};

}  // namespace lutetia

#include "lutetia/simulate/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "lutetia/simulate/problem.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

void check_arguments(const Schedule& schedule, const std::vector<double>& times, double end,
                     const SimulationOptions& o) {
  auto refuse = [](const std::string& what) { throw std::invalid_argument(what); };
  if (!(o.rtol >= 1e-13 && o.rtol <= 0.1))
    refuse(text("rtol must be between 1e-13 and 0.1, found ", o.rtol));
  if (!(o.atol_fraction > 0.0))
    refuse(text("atol_fraction must be positive, found ", o.atol_fraction));
  if (!(o.first_step > 0.0)) refuse(text("first_step must be positive, found ", o.first_step));
  const double start = schedule.events.empty() ? 0.0 : std::min(0.0, schedule.events.front().time);
  if (!std::isfinite(end) || end <= 0.0)
    refuse(text("the end of the run must be positive, found ", end, " h"));
  if (!schedule.events.empty() && end < schedule.events.back().time)
    refuse(text("the run ends at ", end, " h, before the last event (", schedule.events.back().name,
                ") at ", schedule.events.back().time, " h"));
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!std::isfinite(times[i]) || times[i] < start)
      refuse(text("output time ", times[i], " h is not a time of the run"));
    if (i > 0 && times[i] < times[i - 1])
      refuse(text("output times must ascend, found ", times[i], " h after ", times[i - 1], " h"));
    if (times[i] > end)
      refuse(text("output time ", times[i], " h is after the end of the run at ", end, " h"));
  }
}

template <const auto& Tableau>
class Runner {
 public:
  Runner(Trajectory& out, const SimulationOptions& options)
      : out_(out),
        options_(options),
        system_(*out.system),
        scale_(state_scales(system_, out.schedule)),
        problem_(system_, out.rates, options.rtol, options.atol_fraction, scale_),
        stepper_(system_.size()),
        x_(system_.size(), 0.0),
        integral_(system_.size(), 0.0) {}

  void run() {
    out_.states.assign(out_.times.size() * x_.size(), 0.0);
    out_.marks = out_.schedule.cycle_starts;
    out_.marks.push_back(out_.end);
    for (const Event& event : out_.schedule.events) {
      integrate_to(event.time);
      output_up_to(event.time, options_.at_event == AtEvent::before);
      mark_up_to(event.time);
      for (const Jump& jump : event.jumps) apply(jump);
      problem_.use(out_.rates_at(event.time));
      started_ = true;
    }
    integrate_to(out_.end);
    output_up_to(out_.end, true);
    mark_up_to(out_.end);
    out_.last_state = x_;
    out_.counters = stepper_.counters();
  }

 private:
  void apply(const Jump& jump) {
    double& x = x_[jump.state];
    if (jump.kind == Jump::Kind::set) x = jump.value;
    if (jump.kind == Jump::Kind::move) {
      const double moved = jump.value * x;
      x -= moved;
      x_[jump.to] += moved;
    }
    if (jump.kind != Jump::Kind::add) return;
    x += jump.value;
    given_[block_of(jump.state)] += jump.value;
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
    stepper_.method().add_integral(integral_);
    while (next_output_ < out_.times.size() && out_.times[next_output_] < now()) {
      stepper_.method().interpolate(
          (out_.times[next_output_] - start) / stepper_.method().step_size(), row(next_output_));
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
      check_balance(row(next_output_));
      ++next_output_;
    }
  }

  void mark_up_to(double time) {
    while (next_mark_ < out_.marks.size() && out_.marks[next_mark_] <= time) {
      out_.integrals.insert(out_.integrals.end(), integral_.begin(), integral_.end());
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
      for (const int s : block.amounts()) {
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

  Trajectory& out_;
  const SimulationOptions& options_;
  const System& system_;
  std::vector<double> scale_;
  SystemProblem problem_;
  ControlledRosenbrock<Tableau> stepper_;
  std::vector<double> x_, integral_;
  std::map<int, double> given_;
  double segment_ = 0.0, since_ = 0.0;  ///< start of the segment, time since then [h]
  bool started_ = false;
  std::size_t attempts_ = 0, next_output_ = 0, next_mark_ = 0;
};

}  // namespace

Trajectory simulate(std::shared_ptr<const System> system, const std::vector<RatePhase>& phases,
                    const Schedule& schedule, const std::vector<double>& times, double end,
                    const SimulationOptions& options) {
  check_arguments(schedule, times, end, options);
  for (const RatePhase& phase : phases) system->check(phase.rates);
  Trajectory out;
  out.system = std::move(system);
  out.phases = phases;
  out.rates = phases.back().rates;
  out.schedule = schedule;
  out.times = times;
  out.end = end;
  out.rtol = options.rtol;
  switch (options.method) {
    case Method::rodas5p:
      Runner<rodas5p>(out, options).run();
      break;
    case Method::rodas4p:
      Runner<rodas4p>(out, options).run();
      break;
  }
  return out;
}

Trajectory simulate(std::shared_ptr<const System> system, const Rates& rates,
                    const Schedule& schedule, const std::vector<double>& times, double end,
                    const SimulationOptions& options) {
  constexpr double ever = std::numeric_limits<double>::infinity();
  return simulate(std::move(system), std::vector<RatePhase>{{-ever, rates}}, schedule, times, end,
                  options);
}

double default_end(const System& system, const Rates& rates, const Schedule& schedule) {
  double slowest = 0.0;
  for (std::size_t t = 0; t < system.structure().tracers.size(); ++t) {
    const double half_life = constants::ln2 / system.decay_constant(rates, static_cast<int>(t));
    slowest = std::max(slowest, half_life);
  }
  const double six_weeks = parse_as("6 week", dimension::time);
  constexpr double half_lives = 10.0;
  return schedule.last_end +
         (slowest > 0.0 ? std::min(half_lives * slowest, six_weeks) : six_weeks);
}

std::vector<double> default_times(const Schedule& schedule, double end, int per_cycle) {
  std::vector<double> starts = schedule.cycle_starts;
  if (starts.empty()) starts.push_back(0.0);
  std::vector<double> out{end};
  double length = end - starts.back();
  for (std::size_t c = 0; c < starts.size(); ++c) {
    const double stop = c + 1 < starts.size() ? starts[c + 1] : end;
    // The last cycle is sampled as the one before it, so that equal cycles show equal peaks.
    if (c + 1 < starts.size()) length = stop - starts[c];
    // Cubic spacing: minutes after the administration, days at the end of the cycle.
    for (int i = 0; i < per_cycle; ++i) {
      const double u = static_cast<double>(i) / per_cycle;
      out.push_back(starts[c] + length * u * u * u);
    }
  }
  const bool labeled = !schedule.cycle_starts.empty();  // then amino acids and the like peak unseen
  for (const GivenDose& dose : schedule.given)
    if (dose.block >= 0 || !labeled) out.push_back(dose.time + dose.duration);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  while (out.back() > end) out.pop_back();
  return out;
}

}  // namespace lutetia

#include "lutetia/simulate/jet_replay.hpp"

#include <ceres/jet.h>

#include <algorithm>

#include "lutetia/linalg/plain_lu.hpp"
#include "lutetia/simulate/motion.hpp"
#include "lutetia/simulate/runner.hpp"
#include "lutetia/simulate/wide_dual.hpp"

namespace lutetia {
namespace {

using Jet = ceres::Jet<double, lane_count>;  ///< by four directions
constexpr int wide = 8;
using WideJet = WideDual<Jet, wide>;  ///< and by eight states, for the Jacobian

std::vector<WideJet> widened(const std::vector<Jet>& jets) {
  std::vector<WideJet> out;
  for (const Jet& jet : jets) out.emplace_back(jet);
  return out;
}

/// What stands in GivenDose, in dual numbers.
struct JetDose {
  Jet labeled_amount, amount, start, duration;
};

/// Four columns of the directions, from `first` on.
template <const auto& Tableau>
class JetFollower {
 public:
  JetFollower(const Trajectory& run, const Directions& directions, int first, Sensitivities& out)
      : run_(run),
        directions_(directions),
        first_(first),
        out_(out),
        motions_(motions(run.schedule, directions)),
        size_(run.system->size()),
        x_(size_, Jet(0.0)),
        integral_(size_, Jet(0.0)),
        stages_(Tableau.stages, std::vector<Jet>(size_)) {
    for (std::size_t p = 0; p < run.phases.size(); ++p)
      rates_.push_back(rates_of(run.phases[p], p));
    for (const BasicRates<Jet>& r : rates_)
      wide_rates_.push_back({widened(r.linear),
                             widened(r.product),
                             widened(r.modulated),
                             widened(r.effects),
                             widened(r.weights),
                             {}});
    for (const GivenDose& dose : run.schedule.given)
      doses_.push_back(
          {Jet(dose.labeled_amount), Jet(dose.amount), Jet(dose.time), Jet(dose.duration)});
    for (std::size_t d = 0; d < directions.doses.size(); ++d)
      for (const DoseChange& change : directions.doses[d])
        if (const int lane = lane_of(static_cast<int>(directions.parameters.size() + d));
            lane >= 0) {
          doses_[change.dose].labeled_amount.v[lane] += change.labeled_amount;
          doses_[change.dose].amount.v[lane] += change.amount;
          doses_[change.dose].start.v[lane] += change.start;
          doses_[change.dose].duration.v[lane] += change.duration;
        }
  }

  template <class Method, class Problem>
  void step(const Method& method, Problem&) {
    const double h = method.step_size();
    jacobian();
    lu_.factorize(run_.system->pattern(), 1.0 / (h * Tableau.gamma), jacobian_);
    before_ = x_;
    for (std::size_t i = 0; i < Tableau.stages; ++i) {
      x_ = before_;
      std::vector<Jet> earlier(size_, Jet(0.0));
      for (std::size_t j = 0; j < i; ++j)
        for (int n = 0; n < size_; ++n) {
          x_[n] += Tableau.a[i][j] * stages_[j][n];
          earlier[n] += Tableau.C[i][j] / h * stages_[j][n];
        }
      run_.system->rhs<Jet>(rates_[phase_], x_, stages_[i]);
      for (int n = 0; n < size_; ++n) stages_[i][n] += earlier[n];
      lu_.solve(stages_[i]);
    }
    for (int n = 0; n < size_; ++n) x_[n] += stages_.back()[n];
    const auto mean = combination(0.5, 0.5, Tableau.integral_weights());
    for (int n = 0; n < size_; ++n) integral_[n] += h * mean[n];
  }

  void stop(std::span<const double> x) {
    for (const Frame& frame : frames_) carry(frame, x, run_.phases[phase_].rates, -1.0);
    frames_.clear();
  }

  void begin(const Event& event, std::span<const double> x) {
    time_ = Jet(event.time);
    for (const Motion& motion : motions_[&event - run_.schedule.events.data()]) {
      const int lane = lane_of(static_cast<int>(directions_.parameters.size()) + motion.direction);
      if (lane < 0) continue;
      const auto mid = before_moving(event, motion, run_.schedule, run_.rates_at(event.time), x);
      frames_.push_back({lane, motion.speed});
      time_.v[lane] = motion.speed;
      carry(frames_.back(), mid, rates_before_moving(event, motion, run_), 1.0);
      for (int n = 0; motion.cycle && n < size_; ++n)
        out_.integrals[entry(marks_ - 1, n) + lane] += motion.speed * mid[n];
    }
  }

  void use(double time) {
    while (phase_ + 1 < rates_.size() && run_.phases[phase_ + 1].start <= time) ++phase_;
  }

  void jump(const Jump& jump, double) {
    const Jet value =
        value_of(jump) * (jump.share < 0 ? Jet(1.0) : rates_[phase_].slots[jump.share]);
    if (jump.kind == Jump::Kind::add) x_[jump.state] += value;
    if (jump.kind == Jump::Kind::set) x_[jump.state] = value;
    if (jump.kind != Jump::Kind::move) return;
    const Jet moved = value * x_[jump.state];
    x_[jump.state] -= moved;
    x_[jump.to] += moved;
  }

  void interpolate(double theta, std::span<const double> x) {
    std::vector<Jet> at = combination(1.0 - theta, theta, Tableau.dense_weights(theta));
    for (const Frame& frame : frames_) {
      const auto flow = flow_of(x, run_.phases[phase_].rates);
      for (int n = 0; n < size_; ++n) at[n].v[frame.lane] -= frame.speed * flow[n];
    }
    write(at, outputs_++, out_.states);
  }
  void output() { write(x_, outputs_++, out_.states); }
  void mark() { write(integral_, marks_++, out_.integrals); }
  void finish() { write(x_, 0, out_.last_state); }

 private:
  struct Frame {
    int lane;
    double speed;
  };

  int lane_of(int column) const {
    return column >= first_ && column < first_ + lane_count ? column - first_ : -1;
  }

  BasicRates<Jet> rates_of(const RatePhase& phase, std::size_t number) const {
    std::vector<Jet> values(phase.values.begin(), phase.values.end());
    const auto seeds = parameter_seeds(directions_, phase, number);
    for (std::size_t d = 0; d < seeds.size(); ++d)
      if (const int lane = lane_of(static_cast<int>(d)); lane >= 0)
        for (const auto& [parameter, by] : seeds[d]) values[parameter].v[lane] += by;
    return run_.system->rates<Jet>(values);
  }

  /// ∂f/∂x at x on the pattern, eight columns at a time.
  void jacobian() {
    const Pattern& pattern = run_.system->pattern();
    jacobian_.resize(pattern.nonzeros());
    std::vector<WideJet> y(size_), f(size_);
    for (int first = 0; first < size_; first += wide) {
      for (int n = 0; n < size_; ++n) {
        y[n] = WideJet(x_[n]);
        if (n >= first && n < first + wide) y[n].d[n - first] = Jet(1.0);
      }
      run_.system->rhs<WideJet>(wide_rates_[phase_], y, f);
      for (int i = 0; i < size_; ++i)
        for (int p = pattern.row_start[i]; p < pattern.row_start[i + 1]; ++p)
          if (const int j = pattern.columns[p]; j >= first && j < first + wide)
            jacobian_[p] = f[i].d[j - first];
    }
  }

  std::vector<Jet> combination(double b, double a,
                               const std::array<double, Tableau.stages>& weights) const {
    std::vector<Jet> out(size_);
    for (int n = 0; n < size_; ++n) {
      out[n] = b * before_[n] + a * x_[n];
      for (std::size_t j = 0; j < Tableau.stages; ++j) out[n] += weights[j] * stages_[j][n];
    }
    return out;
  }

  /// Of the doses as they are: an amount, or what runs from the bags at the time of the event.
  Jet value_of(const Jump& jump) const {
    if (jump.kind == Jump::Kind::move) return Jet(jump.value);
    Jet out(0.0);
    for (const auto& [dose, part] : jump.parts) {
      const JetDose& d = doses_[dose];
      const Jet& amount = jump.labeled ? d.labeled_amount : d.amount;
      out += jump.kind == Jump::Kind::add
                 ? amount
                 : amount / d.duration * exp(-jump.decay * (time_ - d.start));
    }
    return out;
  }

  std::vector<double> flow_of(std::span<const double> x, const Rates& rates) const {
    std::vector<double> out(size_);
    run_.system->rhs<double>(rates, x, out);
    return out;
  }
  void carry(const Frame& frame, std::span<const double> x, const Rates& rates, double sign) {
    const auto flow = flow_of(x, rates);
    for (int n = 0; n < size_; ++n) {
      x_[n].v[frame.lane] += sign * frame.speed * flow[n];
      integral_[n].v[frame.lane] += sign * frame.speed * x[n];
    }
  }

  std::size_t row_length() const { return static_cast<std::size_t>(size_) * directions_.count(); }
  std::size_t entry(std::size_t row, int state) const {
    return row * row_length() + static_cast<std::size_t>(state) * directions_.count() + first_;
  }
  void write(const std::vector<Jet>& from, std::size_t row, std::vector<double>& to) const {
    if (to.size() < (row + 1) * row_length()) to.resize((row + 1) * row_length());
    const int lanes = std::min(lane_count, directions_.count() - first_);
    for (int n = 0; n < size_; ++n)
      for (int l = 0; l < lanes; ++l) to[entry(row, n) + l] = from[n].v[l];
  }

  const Trajectory& run_;
  const Directions& directions_;
  int first_;
  Sensitivities& out_;
  std::vector<std::vector<Motion>> motions_;
  int size_;
  std::vector<Jet> x_, integral_, before_;
  std::vector<std::vector<Jet>> stages_;
  std::vector<BasicRates<Jet>> rates_;
  std::vector<BasicRates<WideJet>> wide_rates_;
  std::vector<JetDose> doses_;
  std::vector<Jet> jacobian_;
  PlainLu<Jet> lu_;
  std::vector<Frame> frames_;
  Jet time_;  ///< of the event, with its motion
  std::size_t phase_ = 0, outputs_ = 0, marks_ = 0;
};

template <const auto& Tableau>
void replay(const Trajectory& prepared_run, const SimulationOptions& options,
            const Directions& directions, Trajectory& run, Sensitivities& out) {
  for (int first = 0; first < directions.count(); first += lane_count) {
    run = prepared_run;
    Runner<Tableau, double, JetFollower<Tableau>> runner(
        {&run, 1}, options, JetFollower<Tableau>(run, directions, first, out));
    runner.run();
    runner.follower().finish();
  }
}

}  // namespace

std::pair<Trajectory, Sensitivities> simulate_with_jets(
    std::shared_ptr<const System> system, const std::vector<RatePhase>& phases,
    const Directions& directions, const Schedule& schedule, const std::vector<double>& times,
    double end, const SimulationOptions& options) {
  check_directions(directions, *system, schedule, phases);
  const Trajectory start = prepared(std::move(system), phases, schedule, times, end, options);
  std::pair<Trajectory, Sensitivities> out;
  out.second.directions = directions.count();
  out.second.phases = phase_tangents(start, directions);
  if (options.method == Method::rodas5p)
    replay<rodas5p>(start, options, directions, out.first, out.second);
  else
    replay<rodas4p>(start, options, directions, out.first, out.second);
  return out;
}

}  // namespace lutetia

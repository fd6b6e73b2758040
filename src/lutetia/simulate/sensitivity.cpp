#include "lutetia/simulate/sensitivity.hpp"

#include <algorithm>
#include <optional>

#include "lutetia/simulate/curve_follower.hpp"
#include "lutetia/simulate/motion.hpp"
#include "lutetia/simulate/phase_problem.hpp"
#include "lutetia/solver/tangent.hpp"

namespace lutetia {
namespace {

/// Groups of the default method; compiling them for the other would double the program.
template <const auto& Tableau>
constexpr int widest_compiled = 1;
template <>
constexpr int widest_compiled<rodas5p> = ColumnGroups::widest;

/// Groups pay where a register holds Lanes.
int widest_group(Instructions set) {
  return set == Instructions::baseline ? 1 : ColumnGroups::widest;
}

/// Goes along with a run and differentiates what it sees.
template <const auto& Tableau>
class TangentFollower {
 public:
  TangentFollower(Trajectory& run, const Directions& directions, const SimulationOptions& options,
                  Sensitivities& out)
      : run_(run),
        directions_(directions),
        motions_(motions(run.schedule, directions)),
        out_(out),
        size_(run.system->size()),
        tangents_(of_every_width(*run.system)),
        tangent_(size_, run.system->remainder_size(), run.system->remainder_states(),
                 static_cast<int>(out.phases.front().size()), widest_group(options.instructions)),
        columns_(tangent_.columns()),
        s_(columns_.size()),
        integral_(columns_.size()),
        at_(columns_.size()),
        instructions_(options.instructions) {
    if (options.curves) curves_.emplace(std::span(&run, 1), options.instructions);
    const std::size_t all = static_cast<std::size_t>(size_) * directions.count();
    out_.states.reserve(run.times.size() * all);
    out_.integrals.reserve(run.marks.size() * all);
  }

  template <class Method, class Problem>
  void step(const Method& method, Problem& problem) {
    PhaseProblem<Problem> stages{rates(), out_.phases[phase_], tangents_, problem};
    with_instructions(instructions_, [&] { tangent_.step(method, stages, s_, integral_); });
    if (!curves_) return;
    curves_->step(method, problem);
    add_curves(method);
  }

  /// The end of a segment: what moved with its begin is taken back to the time of the run.
  void stop(std::span<const double> x) {
    for (const Frame& frame : frames_) carry(frame, x, rates(), -1.0);
    frames_.clear();
  }

  /// Before an event: what moves is carried to the moving event.
  void begin(const Event& event, std::span<const double> x) {
    if (curves_) curves_->begin(event, x);
    for (const Motion& motion : motions_[&event - run_.schedule.events.data()]) {
      const auto mid = before_moving(event, motion, run_.schedule, run_.rates_at(event.time), x);
      frames_.push_back(
          {static_cast<int>(directions_.parameters.size()) + motion.direction, motion.speed});
      carry(frames_.back(), mid, rates_before_moving(event, motion, run_), 1.0);
      if (curves_)
        out_.curves.knots.push_back(
            {run_.curves.knots.size() - 1, frames_.back().column, motion.speed, motion.cycle,
             curves_->activities(mid, rates_before_moving(event, motion, run_))});
      if (motion.cycle) move_mark(frames_.back(), mid);
    }
  }

  void use(double time) {
    if (curves_) curves_->use(time);
    while (phase_ + 1 < run_.phases.size() && run_.phases[phase_ + 1].start <= time) ++phase_;
  }

  /// A jump before it happens.
  void jump(const Jump& jump, double before) {
    for (int c = 0; c < columns_.chunks(); ++c) {
      Lanes& s = s_[columns_.place(c, jump.state)];
      const Lanes by_value = value_tangent(jump, c);
      if (jump.kind == Jump::Kind::add) s += by_value;
      if (jump.kind == Jump::Kind::set) s = by_value;
      if (jump.kind != Jump::Kind::move) continue;
      const double fraction = jump.value * jump.share_at(rates());
      const Lanes moved = fraction * s + by_value * before;
      s -= moved;
      s_[columns_.place(c, jump.to)] += moved;
    }
  }

  void interpolate(double theta, std::span<const double> x) {
    with_instructions(instructions_, [&] { tangent_.interpolate(theta, s_, at_); });
    for (const Frame& frame : frames_) add(frame, flow(x, rates()), -1.0, at_);
    append(at_, out_.states);
  }
  void output() { append(s_, out_.states); }
  void mark() { append(integral_, out_.integrals); }
  void finish() {
    append(s_, out_.last_state);
    if (curves_) curves_->end(run_.end);
  }

 private:
  /// The activities of all regions in the last step, differentiated; what moves is noted.
  template <class Method>
  void add_curves(const Method& method) {
    const std::size_t interval = run_.curves.intervals() - 1, columns = directions_.count();
    for (const Frame& frame : frames_)
      out_.curves.intervals.push_back({interval, frame.column, frame.speed});
    auto& values = out_.curves.values;
    const std::size_t begin = values.size();
    values.resize(begin + run_.curves.row() * columns);
    for (int place = 0; place < ActivityCurves::places; ++place) {
      const double u = place / (ActivityCurves::places - 1.0);
      with_instructions(instructions_, [&] { tangent_.interpolate(u, s_, at_); });
      if (curves_->any_shares()) {
        shown_.resize(size_);
        with_instructions(instructions_, [&] { method.interpolate(u, shown_); });
      }
      for (std::size_t r = 0; r < run_.curves.row(); ++r)
        for (int chunk = 0; chunk < columns_.chunks(); ++chunk) {
          const auto& slots = out_.phases[phase_][chunk].slots;
          const Lanes sum = curves_->template activity<Lanes>(
              r, [&](int state) { return at_[columns_.place(chunk, state)]; },
              [&](int state, Tape::Slot share) {
                return rates().slots[share] * at_[columns_.place(chunk, state)] +
                       slots[share] * shown_[state];
              });
          const std::size_t first = static_cast<std::size_t>(chunk) * lane_count;
          for (std::size_t c = first; c < std::min(first + lane_count, columns); ++c)
            values[begin + r * columns + c][place] = sum[static_cast<int>(c - first)];
        }
    }
  }

  const Rates& rates() const { return run_.phases[phase_].rates; }

  /// A column that moves along with the event that began the segment.
  struct Frame {
    int column;
    double speed;
  };

  std::span<const double> flow(std::span<const double> x, const Rates& with) {
    flow_.resize(size_);
    run_.system->rhs<double>(with, x, flow_);
    return flow_;
  }
  /// to += sign·speed·values in the column of a frame.
  void add(const Frame& frame, std::span<const double> values, double sign,
           AlignedVector<Lanes>& to) const {
    const int chunk = frame.column / lane_count, lane = frame.column % lane_count;
    for (int n = 0; n < size_; ++n) {
      Lanes& of_state = to[columns_.place(chunk, n)];
      of_state.set(lane, of_state[lane] + sign * frame.speed * values[n]);
    }
  }
  /// S += ± f(x) τ' and ∫S += ± x τ'.
  void carry(const Frame& frame, std::span<const double> x, const Rates& with, double sign) {
    add(frame, flow(x, with), sign, s_);
    add(frame, x, sign, integral_);
  }

  /// The mark of a cycle that begins has been written for a time that stays.
  void move_mark(const Frame& frame, std::span<const double> x) {
    const std::size_t columns = directions_.count();
    double* const row = out_.integrals.data() + out_.integrals.size() - size_ * columns;
    for (int n = 0; n < size_; ++n) row[n * columns + frame.column] += frame.speed * x[n];
  }

  /// Derivative of the value of a jump: by the doses it is made of, and by the parameters of a
  /// share.
  Lanes value_tangent(const Jump& jump, int chunk) const {
    Lanes out{};
    const double share = jump.share_at(rates());
    for (std::size_t d = 0; d < directions_.doses.size(); ++d)
      if (const std::size_t column = directions_.parameters.size() + d;
          static_cast<int>(column / lane_count) == chunk)
        out.set(static_cast<int>(column % lane_count),
                share * by_doses(jump, directions_.doses[d], speed_of(column)));
    if (jump.share >= 0) out += jump.value * out_.phases[phase_][chunk].slots[jump.share];
    return out;
  }

  /// Of the value of a jump where it happens: what runs from a bag is amount / duration, and falls
  /// with the time since its start.
  double by_doses(const Jump& jump, const DoseDirection& direction, double speed) const {
    const bool runs = jump.kind == Jump::Kind::set;
    double out = runs ? -jump.value * jump.decay * speed : 0.0;
    for (const auto& [dose, part] : jump.parts)
      for (const DoseChange& change : direction) {
        if (change.dose != dose) continue;
        const GivenDose& given = run_.schedule.given[dose];
        out += part * (jump.labeled ? change.labeled_amount / given.labeled_amount
                                    : change.amount / given.amount);
        if (runs) out += part * (jump.decay * change.start - change.duration / given.duration);
      }
    return out;
  }
  double speed_of(std::size_t column) const {
    for (const Frame& frame : frames_)
      if (frame.column == static_cast<int>(column)) return frame.speed;
    return 0.0;
  }

  /// Columns without padding, states first.
  void append(const AlignedVector<Lanes>& from, std::vector<double>& to) const {
    const std::size_t columns = directions_.count(), begin = to.size();
    to.resize(begin + size_ * columns);
    for (int c = 0; c < columns_.chunks(); ++c) {
      const std::size_t first = c * lane_count;
      const std::size_t lanes = std::min<std::size_t>(lane_count, columns - first);
      double* row = to.data() + begin + first;
      for (int n = 0; n < size_; ++n, row += columns) {
        const double* const all = numbers(&from[columns_.place(c, n)]);
        if (lanes == lane_count)
          std::copy_n(all, lane_count, row);
        else
          std::copy_n(all, lanes, row);
      }
    }
  }

  const Trajectory& run_;
  const Directions& directions_;
  std::vector<std::vector<Motion>> motions_;
  Sensitivities& out_;
  int size_;
  Tangents tangents_;
  RosenbrockTangent<Tableau, widest_compiled<Tableau>> tangent_;
  ColumnGroups columns_;
  AlignedVector<Lanes> s_, integral_, at_;  ///< arrays of columns
  std::vector<double> flow_, shown_;
  std::vector<Frame> frames_;
  std::size_t phase_ = 0;
  Instructions instructions_;
  std::optional<CurveFollower<double>> curves_;
};

template <const auto& Tableau>
void run_along(Trajectory& run, const SimulationOptions& options, const Directions& directions,
               Sensitivities& out) {
  out.phases = phase_tangents(run, directions);
  Runner<Tableau, double, TangentFollower<Tableau>> runner(
      {&run, 1}, options, TangentFollower<Tableau>(run, directions, options, out));
  runner.run();
  runner.follower().finish();
}

}  // namespace

std::vector<std::vector<RateTangents>> phase_tangents(const Trajectory& run,
                                                      const Directions& directions) {
  std::vector<std::vector<RateTangents>> out;
  for (std::size_t p = 0; p < run.phases.size(); ++p)
    out.push_back(rate_tangents(*run.system, run.phases[p].values,
                                parameter_seeds(directions, run.phases[p], p)));
  return out;
}

std::pair<Trajectory, Sensitivities> simulate_with_sensitivities(
    std::shared_ptr<const System> system, const std::vector<RatePhase>& phases,
    const Directions& directions, const Schedule& schedule, const std::vector<double>& times,
    double end, const SimulationOptions& options) {
  check_directions(directions, *system, schedule, phases);
  std::pair<Trajectory, Sensitivities> out{
      prepared(std::move(system), phases, schedule, times, end, options), {}};
  auto& [run, sensitivities] = out;
  sensitivities.directions = directions.count();
  switch (options.method) {
    case Method::rodas5p:
      run_along<rodas5p>(run, options, directions, sensitivities);
      break;
    case Method::rodas4p:
      run_along<rodas4p>(run, options, directions, sensitivities);
      break;
  }
  return out;
}

}  // namespace lutetia

#include "lutetia/simulate/sensitivity.hpp"

#include <algorithm>

#include "lutetia/core/text.hpp"
#include "lutetia/simulate/runner.hpp"
#include "lutetia/solver/tangent.hpp"

namespace lutetia {
namespace {

/// Rates of one phase and their derivatives by the parameters as given, before its factors.
struct PhaseTangents {
  double start;
  const Rates* rates;
  std::vector<RateTangents> chunks;
};

void scale(std::vector<Lanes>& values, const Lanes& factor) {
  for (Lanes& v : values) v *= factor;
}

std::vector<PhaseTangents> tangents_of(const Trajectory& run, const std::vector<int>& columns) {
  std::vector<PhaseTangents> out;
  for (const RatePhase& phase : run.phases) {
    PhaseTangents tangents{phase.start, &phase.rates,
                           rate_tangents(*run.system, phase.values, columns)};
    for (std::size_t c = 0; c < tangents.chunks.size(); ++c) {
      Lanes factor{};
      for (std::size_t l = 0; l < lane_count; ++l)
        if (const std::size_t p = c * lane_count + l; p < columns.size() && columns[p] >= 0)
          factor.set(static_cast<int>(l), phase.factors[columns[p]]);
      RateTangents& chunk = tangents.chunks[c];
      for (auto& t : chunk.linear) t.value *= factor;
      for (auto& t : chunk.product) t.value *= factor;
      for (auto* values : {&chunk.modulated, &chunk.effects, &chunk.weights, &chunk.slots})
        scale(*values, factor);
    }
    out.push_back(std::move(tangents));
  }
  return out;
}

/// The stage derivatives of the phase a run is in.
template <class Problem>
struct PhaseProblem {
  const System& system;
  const PhaseTangents& phase;
  Problem& problem;

  SystemTangent of(int chunk) const { return {system, *phase.rates, phase.chunks[chunk]}; }
  void start_tangent(int chunk, std::span<const double> x, std::span<const Lanes> s,
                     std::span<Lanes> out) const {
    of(chunk).start(x, s, out);
  }
  void remainder_tangent(int chunk, std::span<const double> x, std::span<const double> delta,
                         std::span<const Lanes> s, std::span<const Lanes> d,
                         std::span<Lanes> out) const {
    of(chunk).remainder(x, delta, s, d, out);
  }
  void add_jacobian_tangent(int chunk, std::span<const double> x, std::span<const double> k,
                            std::span<const Lanes> s, std::span<Lanes> out) const {
    of(chunk).add_jacobian(x, k, s, out);
  }
  void scatter_remainder(std::span<const Lanes> rho, std::span<Lanes> out) const {
    system.scatter_remainder<Lanes>(rho, out);
  }
  void solve(std::span<const Lanes> b, std::span<Lanes> x) const { problem.solve(b, x); }
};

/// Goes along with a run and differentiates what it sees.
template <const auto& Tableau>
class TangentFollower {
 public:
  TangentFollower(const Trajectory& run, const std::vector<PhaseTangents>& phases,
                  const Directions& directions, Sensitivities& out)
      : run_(run),
        phases_(phases),
        directions_(directions),
        out_(out),
        size_(run.system->size()),
        chunks_(static_cast<int>(phases.front().chunks.size())),
        tangent_(size_, run.system->remainder_size(), chunks_),
        s_(size_ * chunks_),
        integral_(s_.size()),
        at_(s_.size()) {}

  template <class Method, class Problem>
  void step(const Method& method, Problem& problem) {
    PhaseProblem<Problem> stages{*run_.system, phases_[phase_], problem};
    tangent_.step(method, stages, s_);
    tangent_.add_integral(integral_);
  }

  void use(double time) {
    while (phase_ + 1 < phases_.size() && phases_[phase_ + 1].start <= time) ++phase_;
  }

  /// A jump before it happens.
  void jump(const Jump& jump, double before) {
    for (int c = 0; c < chunks_; ++c) {
      Lanes& s = s_[c * size_ + jump.state];
      const Lanes by_value = value_tangent(jump, c);
      if (jump.kind == Jump::Kind::add) s += by_value;
      if (jump.kind == Jump::Kind::set) s = by_value;
      if (jump.kind != Jump::Kind::move) continue;
      const double fraction = jump.value * jump.share_at(*phases_[phase_].rates);
      const Lanes moved = fraction * s + by_value * before;
      s -= moved;
      s_[c * size_ + jump.to] += moved;
    }
  }

  void interpolate(double theta) {
    tangent_.interpolate(theta, at_);
    append(at_, out_.states);
  }
  void output() { append(s_, out_.states); }
  void mark() { append(integral_, out_.integrals); }
  void finish() { append(s_, out_.last_state); }

 private:
  /// Derivative of the value of a jump: by the doses it is made of, and by the parameters of a
  /// share.
  Lanes value_tangent(const Jump& jump, int chunk) const {
    Lanes out{};
    const int parameters = static_cast<int>(directions_.parameters.size());
    for (const auto& [dose, part] : jump.parts)
      for (std::size_t d = 0; d < directions_.doses.size(); ++d)
        if (const int column = parameters + static_cast<int>(d);
            directions_.doses[d] == dose && column / lane_count == chunk)
          out.set(column % lane_count,
                  out[column % lane_count] + part * jump.share_at(*phases_[phase_].rates));
    if (jump.share >= 0) out += jump.value * phases_[phase_].chunks[chunk].slots[jump.share];
    return out;
  }

  /// Columns without padding, states first.
  void append(const std::vector<Lanes>& from, std::vector<double>& to) const {
    const int columns = directions_.count();
    for (int n = 0; n < size_; ++n)
      for (int p = 0; p < columns; ++p)
        to.push_back(from[(p / lane_count) * size_ + n][p % lane_count]);
  }

  const Trajectory& run_;
  const std::vector<PhaseTangents>& phases_;
  const Directions& directions_;
  Sensitivities& out_;
  int size_, chunks_;
  RosenbrockTangent<Tableau> tangent_;
  std::vector<Lanes> s_, integral_, at_;
  std::size_t phase_ = 0;
};

template <const auto& Tableau>
void run_along(Trajectory& run, const SimulationOptions& options, const Directions& directions,
               Sensitivities& out) {
  std::vector<int> columns = directions.parameters;
  columns.resize(directions.count(), -1);
  std::vector<PhaseTangents> phases = tangents_of(run, columns);
  Runner<Tableau, TangentFollower<Tableau>> runner(
      run, options, TangentFollower<Tableau>(run, phases, directions, out));
  runner.run();
  runner.follower().finish();
  out.rates = std::move(phases.back().chunks);
}

/// A parameter the schedule was computed from would move its jumps, which are taken as given.
void refuse_schedule_parameters(const System& system, const Directions& directions) {
  const Network& network = system.network();
  std::vector<Tape::Slot> of_schedule = network.decay_constants;
  for (const auto& [name, slot] : network.slots)
    if (name.ends_with(".molar_mass")) of_schedule.push_back(slot);
  for (const NetworkVoiding& v : network.voiding) {
    of_schedule.push_back(v.first);
    of_schedule.push_back(v.interval);
  }
  Problems problems;
  for (const Tape::Slot slot : of_schedule)
    for (const Tape::Slot on : network.tape.dependencies(slot))
      for (const int p : directions.parameters)
        if (network.tape.input_of(on) == p)
          problems.add(
              {.what = text("no derivative with respect to ", quote(network.parameters[p].name)),
               .where = network.parameters[p].where,
               .hint = "times or amounts of the schedule depend on it"});
  problems.throw_if_any();
}

}  // namespace

std::pair<Trajectory, Sensitivities> simulate_with_sensitivities(
    std::shared_ptr<const System> system, const std::vector<RatePhase>& phases,
    const Directions& directions, const Schedule& schedule, const std::vector<double>& times,
    double end, const SimulationOptions& options) {
  refuse_schedule_parameters(*system, directions);
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

/// @file Goes along with a run, or with four in lock step, and keeps the activity between steps.
#pragma once

#include <span>
#include <vector>

#include "lutetia/simulate/activity_curves.hpp"
#include "lutetia/simulate/runner.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {

template <class T = double>
class CurveFollower : public NoFollower {
 public:
  /// @param runs  prepared; their curves are filled
  CurveFollower(std::span<Trajectory> runs, Instructions instructions)
      : runs_(runs), sums_(activity_sums(*runs.front().system)), instructions_(instructions) {
    for (std::size_t n = 0; n < sums_.tracers.size(); ++n) {
      T factor{};
      for (int l = 0; l < width<T>; ++l) {
        const Trajectory& run = runs[std::min<std::size_t>(l, runs.size() - 1)];
        set_lane(factor, l,
                 run.system->decay_constant(run.rates(), sums_.tracers[n]) *
                     constants::activity_per_decay_rate);
      }
      factors_.push_back(factor);
    }
    for (Trajectory& run : runs_) {
      run.curves = {};
      run.curves.nuclides = sums_.nuclides;
      run.curves.regions = run.system->network().regions.size();
    }
    find_shares();
  }

  /// Shares are those of the phase from its start on.
  void use(double time) {
    const auto& phases = runs_.front().phases;
    const std::size_t before = phase_;
    while (phase_ + 1 < phases.size() && phases[phase_ + 1].start <= time) ++phase_;
    if (phase_ != before) find_shares();
  }

  /// Steps add up to the time of the next event but for rounding: it ends there.
  void begin(const Event& event, std::span<const double>) { end(event.time); }
  void end(double time) {
    for (Trajectory& run : runs_) {
      auto& knots = run.curves.knots;
      if (knots.empty())
        knots.push_back(time);
      else
        knots.back() = time;
    }
  }

  template <class Method, class Problem>
  void step(const Method& method, Problem&) {
    for (Trajectory& run : runs_) {
      ActivityCurves& curves = run.curves;
      curves.knots.push_back(curves.knots.back() + method.step_size());
      curves.values.resize(curves.values.size() + curves.row());
    }
    with_instructions(instructions_, [&] { add(method); });
  }

  /// Activities of all regions in a state, shape (nuclides, regions) [MBq].
  std::vector<double> activities(std::span<const double> x, const Rates& rates) const {
    std::vector<double> out;
    for (std::size_t r = 0; r < sums_.ends.size(); ++r)
      out.push_back(activity<double>(
          r, [&](int state) { return x[state]; },
          [&](int state, Tape::Slot share) { return rates.slots[share] * x[state]; }));
    return out;
  }
  /// Activity of one of them, from amounts given by their states, and by states and shares; several
  /// at once as Lanes.
  template <class Value, class Amount, class Part>
  Value activity(std::size_t r, const Amount& amount, const Part& part) const {
    Value sum{};
    for (int s = begin_of(sums_.ends, r); s < sums_.ends[r]; ++s) sum += amount(sums_.states[s]);
    for (int p = begin_of(sums_.part_ends, r); p < sums_.part_ends[r]; ++p)
      sum += part(sums_.parts[p].state, sums_.parts[p].share);
    return sum * factors_[r / runs_.front().curves.regions];
  }
  bool any_shares() const { return !sums_.parts.empty(); }

 private:
  static int begin_of(const std::vector<int>& ends, std::size_t r) {
    return r == 0 ? 0 : ends[r - 1];
  }

  /// Shares of the phase in every run.
  void find_shares() {
    shares_.resize(sums_.parts.size());
    for (std::size_t p = 0; p < shares_.size(); ++p)
      for (int l = 0; l < width<T>; ++l) {
        const Trajectory& run = runs_[std::min<std::size_t>(l, runs_.size() - 1)];
        set_lane(shares_[p], l, run.phases[phase_].rates.slots[sums_.parts[p].share]);
      }
  }

  /// The activities of all regions in the last interval. Sums over the states come first: dense
  /// output is linear in the ends of the step and its stages.
  template <class Method>
  void add(const Method& method) {
    constexpr std::size_t stages = Method::stages;
    constexpr auto weights = [] {
      std::array<std::array<double, stages>, ActivityCurves::places> out{};
      for (std::size_t place = 0; place < out.size(); ++place)
        out[place] = Method::dense_weights(static_cast<double>(place) / (out.size() - 1));
      return out;
    }();
    const std::size_t row = sums_.ends.size();
    int state = 0, part = 0;
    for (std::size_t r = 0; r < row; ++r) {
      T before{}, after{};
      std::array<T, stages> k{};
      for (; state < sums_.ends[r]; ++state) {
        const int n = sums_.states[state];
        before += method.before()[n];
        after += method.after()[n];
        for (std::size_t j = 0; j < stages; ++j) k[j] += method.stage_values(j)[n];
      }
      for (; part < sums_.part_ends[r]; ++part) {
        const int n = sums_.parts[part].state;
        const T& share = shares_[part];
        before += share * method.before()[n];
        after += share * method.after()[n];
        for (std::size_t j = 0; j < stages; ++j) k[j] += share * method.stage_values(j)[n];
      }
      for (int place = 0; place < ActivityCurves::places; ++place) {
        const double u = place / (ActivityCurves::places - 1.0);
        T value = (1.0 - u) * before + u * after;
        for (std::size_t j = 0; j < stages; ++j) value += weights[place][j] * k[j];
        value *= factors_[r / runs_.front().curves.regions];
        for (std::size_t m = 0; m < runs_.size(); ++m) {
          auto& values = runs_[m].curves.values;
          values[values.size() - row + r][place] = lane_of(value, static_cast<int>(m));
        }
      }
    }
  }
  static double lane_of(double x, int) { return x; }
  static double lane_of(const Lanes& x, int lane) { return x[lane]; }

  std::span<Trajectory> runs_;
  ActivitySums sums_;
  std::vector<T> factors_;  ///< activity per amount, per nuclide [MBq/nmol]
  std::vector<T> shares_;   ///< of the parts of the sums in this phase [1]
  std::size_t phase_ = 0;
  Instructions instructions_;
};

/// Run with or without curves, as the options say.
template <const auto& Tableau, class T>
void run_plain(std::span<Trajectory> runs, const SimulationOptions& options) {
  if (!options.curves) return Runner<Tableau, T>(runs, options).run();
  Runner<Tableau, T, CurveFollower<T>> runner(runs, options,
                                              CurveFollower<T>(runs, options.instructions));
  runner.run();
  runner.follower().end(runs.front().end);
}

}  // namespace lutetia

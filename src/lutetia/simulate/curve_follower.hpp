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
      : runs_(runs),
        sums_(activity_sums(*runs.front().system)),
        at_(runs.front().system->size()),
        instructions_(instructions) {
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
    add(method.before(), 0);
    for (int place = 1; place + 1 < ActivityCurves::places; ++place) {
      const double u = place / (ActivityCurves::places - 1.0);
      with_instructions(instructions_, [&] { method.interpolate(u, at_); });
      add(at_, place);
    }
    add(method.after(), ActivityCurves::places - 1);
  }

 private:
  /// The activities of all regions at one place of the last interval.
  void add(std::span<const T> x, int place) {
    const std::size_t row = sums_.ends.size();
    const std::size_t per_nuclide = row / std::max<std::size_t>(factors_.size(), 1);
    int state = 0;
    for (std::size_t r = 0; r < row; ++r) {
      T sum{};
      for (; state < sums_.ends[r]; ++state) sum += x[sums_.states[state]];
      sum *= factors_[r / per_nuclide];
      for (std::size_t m = 0; m < runs_.size(); ++m) {
        auto& values = runs_[m].curves.values;
        values[values.size() - row + r][place] = lane_of(sum, static_cast<int>(m));
      }
    }
  }
  static double lane_of(double x, int) { return x; }
  static double lane_of(const Lanes& x, int lane) { return x[lane]; }

  std::span<Trajectory> runs_;
  ActivitySums sums_;
  std::vector<T> factors_;  ///< activity per amount, per nuclide [MBq/nmol]
  std::vector<T> at_;       ///< scratch: the states at a place
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

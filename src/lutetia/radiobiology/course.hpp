/// @file Integration of a few equations driven by dose rates, from one point of non-smoothness to
/// the next.
#pragma once

#include <algorithm>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_fehlberg78.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "lutetia/core/error.hpp"
#include "lutetia/core/text.hpp"
#include "lutetia/dosimetry/dose_rate.hpp"
#include "lutetia/radiobiology/effect_rate.hpp"

namespace lutetia {

/// Absorbed dose rate of one region, with the part of alpha particles apart: their damage is not
/// repaired, and they are more effective per gray.
struct Exposure {
  DoseRate low_let;               ///< electrons and photons [Gy/h]
  DoseRate alpha_particles = {};  ///< [Gy/h]; without knots: none

  bool has_alpha_particles() const { return !alpha_particles.knots.empty(); }
};

/// Times at which a right-hand side is not smooth.
class Stops {
 public:
  explicit Stops(double start) : times_{start} {}

  void add(double time) { times_.push_back(time); }
  void add(const DoseRate& rate) {
    times_.insert(times_.end(), rate.knots.begin(), rate.knots.end());
  }
  void add(const Exposure& exposure) {
    add(exposure.low_let);
    add(exposure.alpha_particles);
  }
  void add(const std::vector<FactorWindow>& windows) {
    for (const FactorWindow& w : windows) times_.insert(times_.end(), {w.from, w.to});
  }
  /// Ascending, each once, from the first of `times` on; later than the last is left out.
  std::vector<double> until(double start, const std::vector<double>& times) const {
    std::vector<double> out = times_;
    out.insert(out.end(), times.begin(), times.end());
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    const double end = times.empty() ? start : times.back();
    std::erase_if(out, [&](double t) { return t < start || t > end; });
    return out;
  }

 private:
  std::vector<double> times_;
};

/// Throws unless output times ascend and none lies before the start.
inline void check_times(double start, const std::vector<double>& times) {
  if (!std::is_sorted(times.begin(), times.end()) || (!times.empty() && times.front() < start))
    throw std::invalid_argument(text("times must ascend from ", start, " h on"));
}

/// The first state that is no number; the size when all are.
inline std::size_t first_not_finite(const std::vector<double>& x) {
  const auto bad = std::find_if(x.begin(), x.end(), [](double v) { return !std::isfinite(v); });
  return static_cast<std::size_t>(bad - x.begin());
}

/// Integrate x' = slopes(x, t) over the stops; `observe(i, x)` sees the state at times[i].
/// Between two stops everything is smooth, so a method of order eight takes few steps; the time
/// handed to `slopes` never reaches the stop a step ends at, where the next piece begins.
/// @param names      of the states, for errors
/// @param tolerance  relative and absolute, so states should be of order one
/// @throws SolverError
template <class Slopes, class Observe>
void integrate_course(const Slopes& slopes, std::vector<double>& x,
                      const std::vector<std::string>& names, const std::vector<double>& stops,
                      const std::vector<double>& times, double tolerance, const Observe& observe) {
  namespace odeint = boost::numeric::odeint;
  using State = std::vector<double>;
  auto stepper =
      odeint::make_controlled(tolerance, tolerance, odeint::runge_kutta_fehlberg78<State>());
  std::size_t next = 0, accepted = 0;
  double proposed = std::numeric_limits<double>::infinity();
  State before;
  for (std::size_t i = 0; i < stops.size(); ++i) {
    for (; next < times.size() && times[next] == stops[i]; ++next) observe(next, x);
    if (i + 1 == stops.size()) break;
    const double end = stops[i + 1], last = std::nextafter(end, stops[i]);
    const auto within = [&](const State& state, State& out, double t) {
      slopes(state, out, std::min(t, last));
    };
    for (double t = stops[i]; t < end;) {
      const double left = end - t, tried = std::min(proposed, left);
      double now = t, step = tried;
      before = x;
      const bool success = stepper.try_step(within, x, now, step) == odeint::success;
      const std::size_t bad = first_not_finite(x);
      if (bad < x.size()) {  // an error that is no number passes for a small one
        x = before;
        step = 0.1 * tried;
      } else if (success) {
        ++accepted;
        t = tried == left ? end : now;
        step = std::max(step, tried < left ? 0.0 : proposed);  // a cut step says little
        if (!std::isfinite(step)) step = tried;
      }
      proposed = step;
      if (!(proposed > 1e-12 * (std::abs(t) + 1.0)))
        throw SolverError(
            bad < x.size() ? SolverFailure::not_finite : SolverFailure::step_too_small, t, step,
            names[bad < x.size() ? bad : 0], text("the dose rate after ", stops[i], " h"),
            accepted);
    }
  }
}

}  // namespace lutetia

/// @file A run that can be repeated with other parameters and other doses.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "lutetia/simulate/sensitivity.hpp"
#include "support/doses.hpp"

namespace lutetia::testing {

inline const std::string protected_therapy =
    one_therapy.substr(0, one_therapy.size() - 1) + ", amino_acids: lysine_arginine}";

/// Everything one integration needs.
struct Course {
  std::vector<RatePhase> phases;
  Schedule schedule;
};

struct Repeatable {
  Setup setup;
  std::shared_ptr<const System> system;
  std::vector<double> times;
  double end;

  Repeatable(Setup of, std::vector<double> outputs, double until)
      : setup(std::move(of)),
        system(std::make_shared<const System>(setup.compiled())),
        times(std::move(outputs)),
        end(until) {}

  /// With other parameters, and doses changed along a direction.
  Course course(const std::vector<double>& values, const DoseDirection& direction = {},
                double by = 0.0) const {
    const Rates rates = system->rates<double>(values);
    Course out;
    out.schedule = schedule_of(changed(expand(setup.regimen, *system, rates).given, direction, by),
                               *system, rates);
    add_voids(out.schedule, *system, rates, end);
    out.phases = rate_phases(setup.patient.cycle_effects, setup.regimen.windows, *system, values,
                             end, out.schedule);
    return out;
  }
  Course course() const { return course(system->parameter_values()); }

  Trajectory run(const Course& course, double rtol) const {
    SimulationOptions options;
    options.rtol = rtol;
    return simulate(system, course.phases, course.schedule, times, end, options);
  }
  std::pair<Trajectory, Sensitivities> differentiated(const Directions& directions,
                                                      double rtol) const {
    const Course base = course();
    SimulationOptions options;
    options.rtol = rtol;
    return simulate_with_sensitivities(system, base.phases, directions, base.schedule, times, end,
                                       options);
  }
};

/// Position of the first labeled dose.
inline int therapy_of(const Schedule& schedule) {
  const auto found = std::find_if(schedule.given.begin(), schedule.given.end(),
                                  [](const GivenDose& dose) { return dose.block >= 0; });
  return static_cast<int>(found - schedule.given.begin());
}

/// (f(h) − f(−h)) / 2h with the error of second order taken away: f(h), f(−h), f(h/2), f(−h/2).
inline double fourth_order(double high, double low, double near_high, double near_low, double h) {
  return (4.0 * (near_high - near_low) / h - (high - low) / (2.0 * h)) / 3.0;
}

/// Amount of a block in a region at every time, or its integral up to every mark, from values of
/// shape (rows, states, columns).
inline std::vector<double> region_sums(const System& system, const std::vector<double>& values,
                                       int block, int region, int columns = 1, int column = 0) {
  const std::size_t row = static_cast<std::size_t>(system.size()) * columns;
  std::vector<double> out(values.size() / row, 0.0);
  for (std::size_t r = 0; r < out.size(); ++r)
    for (const auto& [c, share] : system.network().regions[region].parts)
      if (const int s = system.blocks()[block].states[c]; s >= 0)
        out[r] += values[r * row + static_cast<std::size_t>(s) * columns + column];
  return out;
}

inline double peak_of(const std::vector<double>& values) {
  double out = 0.0;
  for (const double v : values) out = std::max(out, std::abs(v));
  return out;
}

}  // namespace lutetia::testing

/// @file The case both solvers integrate, what is asked of them, and how an answer is judged.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lutetia/simulate/simulate.hpp"

namespace lutetia::bench {

/// One region as sums over labeled states, ready for any solver.
struct ObservedRegion {
  std::string name;
  std::vector<int> states;
};

struct Workload {
  std::shared_ptr<const System> system;
  Rates rates;
  Schedule schedule;
  std::vector<double> times;  ///< output times [h]
  double end = 0.0;           ///< [h]
  std::vector<double> scale;  ///< of each state, sets its absolute tolerance [nmol]
  std::vector<ObservedRegion> regions;
  double to_activity = 0.0;      ///< [MBq/nmol]
  double compile_seconds = 0.0;  ///< model text and system, not part of any run
};

/// What a solver hands back.
struct Answer {
  std::vector<double> activity;  ///< shape (regions, times) [MBq]
  std::vector<double> tia;       ///< shape (regions, cycles) [MBq·h]
  StepCounters counters;
};

/// Largest deviations from a reference.
struct Deviation {
  double peak = 0.0;       ///< of an activity, relative to the peak of its region
  double cumulated = 0.0;  ///< of a time-integrated activity, relative
};

/// Four cycles, six lesions, 50 outputs per cycle, 20 regions.
Workload reference_workload(const std::filesystem::path& models);

/// The package's own solver, from rates to activities.
Answer solve_with_lutetia(const Workload& work, const SimulationOptions& options);

/// SUNDIALS CVODE(S), BDF with KLU and the analytic Jacobian, same tolerances, stopped at every
/// event.
Answer solve_with_cvode(const Workload& work, double rtol, double atol_fraction);

Deviation deviation(const Workload& work, const Answer& answer, const Answer& reference);

}  // namespace lutetia::bench

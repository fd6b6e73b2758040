/// @file The case both solvers integrate, what is asked of them, and how an answer is judged.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lutetia/simulate/sensitivity.hpp"
#include "lutetia/study/case.hpp"

namespace lutetia::bench {

/// One region as sums over labeled states, ready for any solver.
struct ObservedRegion {
  std::string name;
  std::vector<int> states;
};

struct Workload {
  std::shared_ptr<const System> system;
  std::vector<RatePhase> phases;
  Schedule schedule;
  std::vector<double> times;  ///< output times [h]
  double end = 0.0;           ///< [h]
  std::vector<double> scale;  ///< of each state, sets its absolute tolerance [nmol]
  std::vector<ObservedRegion> regions;
  double to_activity = 0.0;  ///< [MBq/nmol]

  /// The one phase of a course whose parameters never change.
  const RatePhase& phase() const { return phases.front(); }
};

/// What a solver hands back.
struct Answer {
  std::vector<double> activity;  ///< shape (regions, times) [MBq]
  std::vector<double> tia;       ///< shape (regions, cycles) [MBq·h]
  std::vector<double> activity_by =
      {};  ///< derivatives, shape (regions, times, parameters) [MBq per unit]
  StepCounters counters;
};

/// Largest deviations from a reference.
struct Deviation {
  double peak = 0.0;       ///< of an activity, relative to the peak of its region
  double cumulated = 0.0;  ///< of a time-integrated activity, relative
};

/// The case all questions are about, read from its files.
Case reference_case(const std::filesystem::path& models);

/// Four cycles, six lesions, 50 outputs per cycle, 20 regions.
Workload workload_of(const Case& reference);

/// The package's own solver, from rates to activities and time-integrated activities.
Answer solve_with_lutetia(const Workload& work, const SimulationOptions& options);

/// The same with derivatives of both by parameters.
Answer differentiate_with_lutetia(const Workload& work, const std::vector<int>& parameters,
                                  const SimulationOptions& options);

/// How CVODES corrects derivatives: together with the states, or after them.
enum class Corrector { simultaneous, staggered };

struct CvodesOptions {
  double rtol;
  double atol_fraction = SimulationOptions{}.atol_fraction;
  bool shipped_operations = false;   ///< use vectors and matrices as SUNDIALS was compiled
  bool integrals = true;             ///< time-integrated activities as quadratures
  std::vector<int> parameters = {};  ///< to differentiate the activities by
  Corrector corrector = Corrector::staggered;
};

/// SUNDIALS CVODES, BDF with KLU and the analytic Jacobian, same tolerances, stopped at every
/// event, integrals as quadratures. The right-hand side of derivatives is analytic, too;
/// derivatives of the integrals are left out.
Answer solve_with_cvodes(const Workload& work, const CvodesOptions& options);

Deviation deviation(const Workload& work, const Answer& answer, const Answer& reference);

/// A solver at one tolerance: the error it reached and its time.
struct Point {
  double error, time;
};
/// Time to reach an error, log-log between the tolerances around it; nan outside of them.
double time_at_error(const std::vector<Point>& coarse_to_fine, double error);

/// Twenty parameters that matter, the most important first.
extern const std::vector<std::string> varied_parameters;

}  // namespace lutetia::bench

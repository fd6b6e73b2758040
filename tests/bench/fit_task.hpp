/// @file A fit as the benchmark asks for it, and the three ways to derivatives of its objective.
#pragma once

#include "lutetia/estimation/objective.hpp"
#include "lutetia/fit/patient_predictor.hpp"
#include "workload.hpp"

namespace lutetia::bench {

/// Twelve regions of the reference patient seen by three scans in each of the first cycles, and
/// ten parameters to fit to them.
struct FitTask {
  Workload work;  ///< the course as far as the last scan; outputs are the scans
  std::vector<FreeParameter> free;
  std::vector<int> parameters;  ///< of the system, as `free`
  std::vector<Scan> scans;      ///< region by region, in the order of the outputs
  Prior prior;                  ///< of logarithms; its mean is the patient
  std::vector<Objective> fits;  ///< one for each virtual patient, each without a predictor
};

/// @param cycles    with scans
/// @param patients  drawn from the prior, with errors
FitTask fit_task(const Library& library, const Case& reference, std::size_t cycles, int patients);

/// The package's own: the exact derivative of the steps taken.
Predictor with_sensitivities(const Library& library, const Case& reference, const FitTask& task,
                             double rtol);

/// Differences of a predictor by steps of a coordinate, for it is asked for values alone. Steps
/// that Ceres would choose are relative to coordinates that start at zero.
enum class Differences { forward, central };
Predictor with_differences(Predictor values, Differences kind, double step);

/// Forward sensitivities of CVODES, without integrals.
Predictor with_cvodes(const FitTask& task, double rtol, Corrector corrector);

/// A fit of the task with derivatives of one kind.
Objective with_predictor(Objective fit, const Predictor& predictor);

}  // namespace lutetia::bench

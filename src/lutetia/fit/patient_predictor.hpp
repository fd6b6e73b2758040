/// @file A patient's run as a function of the coordinates of a fit: what the scans should show, and
/// what is asked of the run besides.
#pragma once

#include <memory>
#include <optional>

#include "lutetia/estimation/predictor.hpp"
#include "lutetia/fit/free_parameter.hpp"
#include "lutetia/simulate/sensitivity.hpp"
#include "lutetia/study/study.hpp"

namespace lutetia {

/// What a scan measures: the decaying activity of one nuclide in a region at a time.
struct Scan {
  std::string region;
  std::string nuclide;
  double time;  ///< since the beginning of the regimen [h]
};

/// A patient under one regimen, compiled once, for any values of the coordinates. Constant, shared
/// by threads.
class PatientCourse {
 public:
  /// @param patient  their cycle effects hold besides the free parameters
  /// @throws ModelError, FileError, DataError  for what cannot run
  /// @throws std::invalid_argument  for a time before the first event
  PatientCourse(const Library& library, const Model& model, const Patient& patient,
                const Regimen& regimen, std::vector<FreeParameter> free,
                const SimulationOptions& options);

  const System& system() const { return *system_; }
  const FreeParameters& free() const { return free_; }
  const std::vector<double>& cycle_starts() const { return cycle_starts_; }

  /// What is wrong with scans: regions or nuclides that do not exist, times before their nuclide is
  /// given.
  /// @throws ModelError with all of it
  void check_scans(const std::vector<Scan>& scans) const;

  /// Integrate to the last of these times. Administrations after it are left out.
  /// @param derivatives  by the coordinates, in the order of free()
  /// @throws SolverError, ModelError when there is no run with these coordinates
  /// @throws std::invalid_argument without a time
  std::pair<Trajectory, Sensitivities> run(const Eigen::VectorXd& phi,
                                           const std::vector<double>& times,
                                           bool derivatives) const;
  /// Integrate to the end, as simulate() chooses it.
  std::pair<Trajectory, Sensitivities> whole_run(const Eigen::VectorXd& phi,
                                                 const std::vector<double>& times,
                                                 bool derivatives) const;

 private:
  std::pair<Trajectory, Sensitivities> integrate(const Eigen::VectorXd& phi,
                                                 const std::vector<double>& times,
                                                 std::optional<double> end, bool derivatives) const;

  std::shared_ptr<const System> system_;
  Regimen regimen_;  ///< with its amino acids
  std::vector<CycleEffect> cycle_effects_;
  std::vector<double> cycle_starts_;
  FreeParameters free_;
  SimulationOptions options_;
};

/// Activities the scans should show [MBq]. A run that fails is no prediction.
Predictor predict_scans(std::shared_ptr<const PatientCourse> course, std::vector<Scan> scans);

}  // namespace lutetia

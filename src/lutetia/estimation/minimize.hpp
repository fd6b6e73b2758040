/// @file The most probable coordinates, with Ceres: from one start and from many.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "lutetia/estimation/objective.hpp"

namespace lutetia {

struct MinimizeOptions {
  int max_iterations = 200;
  double function_tolerance = 1e-10;
  double gradient_tolerance = 1e-5;  ///< of the objective/2 by z, where the prior gives unit scale
  double parameter_tolerance = 1e-9;
};

enum class MinimizeStatus {
  converged,         ///< at a minimum
  not_converged,     ///< the best so far
  start_infeasible,  ///< no value at the start, nor between it and the mean of the prior
  cancelled          ///< the best so far
};

/// Where a search ended.
struct Minimum {
  MinimizeStatus status = MinimizeStatus::start_infeasible;
  std::string message;       ///< why not converged
  Eigen::VectorXd start, z;  ///< whitened; the start as it was used
  double objective = 0.0;    ///< O; NaN without a value
  double gradient = 0.0;     ///< largest entry of that of O/2 by z at the end, if it is known
  int iterations = 0;
  int evaluations = 0;  ///< of the objective
  int derivatives = 0;  ///< of them, with derivatives
  int failures = 0;     ///< evaluations without a value: steps that were taken back
  int halvings = 0;     ///< of the distance of the start to the mean of the prior

  bool converged() const { return status == MinimizeStatus::converged; }
};

/// Minimize from a start: Levenberg–Marquardt with dense QR for least squares; BFGS for the rest,
/// from the minimum of the least-squares objective most like it. An evaluation that fails is a step
/// taken back. Converged means that O is within 1e-3 of a minimum by its gradient and expected
/// curvature (within 1e-3 of itself where it is large because no prediction is near the data), not
/// that steps became short.
///
/// @param cancel  ends the search at its best so far when it becomes true
/// @throws std::invalid_argument as Objective::check() or for a start of another size; what the
///   predictor throws
Minimum minimize(const Objective& objective, const Eigen::VectorXd& start,
                 const MinimizeOptions& options = {}, const std::atomic<bool>* cancel = nullptr);

/// Minimize from several starts on several threads, results in the order of the starts.
/// @param done  counts searches that ended
std::vector<Minimum> minimize_from(const Objective& objective,
                                   const std::vector<Eigen::VectorXd>& starts, int threads,
                                   const MinimizeOptions& options = {},
                                   const std::atomic<bool>* cancel = nullptr,
                                   std::atomic<int>* done = nullptr);

/// Keep Ceres from writing to the standard error about evaluations that fail.
void silence_ceres();

}  // namespace lutetia

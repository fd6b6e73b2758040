#include "lutetia/estimation/search.hpp"

#include <ceres/ceres.h>
#include <glog/logging.h>

#include <limits>
#include <mutex>

namespace lutetia {
namespace {

/// Steps in a row that are taken back before a search gives up.
constexpr int most_failures = 20;
constexpr double unknown = std::numeric_limits<double>::infinity();

using Vector = Eigen::VectorXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// What a search has seen: Ceres keeps nothing of one that ends in failure.
struct Seen {
  Minimum& counts;
  Vector best = {};
  double lowest = unknown;  ///< O/2 at the best, but for a constant
  std::string why = {};     ///< the last evaluation without a value had none

  void value(const Vector& z, double half) {
    if (!(half < lowest)) return;
    lowest = half;
    best = z;
  }
};

/// One cost function for the patient: all residuals of one evaluation.
class PatientCost : public ceres::CostFunction {
 public:
  PatientCost(const Objective& objective, Seen& seen) : o_(objective), seen_(seen) {
    const int q = o_.coordinates();
    set_num_residuals(static_cast<int>(o_.measurements.size()) + q + (o_.pull ? 1 : 0));
    mutable_parameter_block_sizes()->push_back(q);
  }
  bool Evaluate(double const* const* parameters, double* values,
                double** jacobians) const override {
    const bool derivatives = jacobians && jacobians[0];
    const Eigen::Map<const Vector> z(parameters[0], o_.coordinates());
    const auto r = residuals(o_, z, derivatives, &seen_.why);
    count(seen_.counts, derivatives, r.has_value());
    if (!r) return false;
    seen_.value(z, 0.5 * r->values.squaredNorm());
    Eigen::Map<Vector>(values, r->values.size()) = r->values;
    if (derivatives)
      Eigen::Map<RowMajor>(jacobians[0], r->values.size(), o_.coordinates()) = r->jacobian;
    return true;
  }

 private:
  const Objective& o_;
  Seen& seen_;
};

/// O/2 and its gradient by z.
class PatientFunction : public ceres::FirstOrderFunction {
 public:
  PatientFunction(const Objective& objective, Seen& seen) : o_(objective), seen_(seen) {}
  int NumParameters() const override { return o_.coordinates(); }
  bool Evaluate(const double* z_data, double* cost, double* gradient) const override {
    const Eigen::Map<const Vector> z(z_data, o_.coordinates());
    const auto at = evaluate(o_, z, gradient != nullptr, &seen_.why);
    count(seen_.counts, gradient != nullptr, at.has_value());
    if (!at) return false;
    *cost = 0.5 * at->total();
    seen_.value(z, *cost);
    if (gradient) Eigen::Map<Vector>(gradient, z.size()) = half_gradient(o_, z, *at);
    return true;
  }

 private:
  const Objective& o_;
  Seen& seen_;
};

class Cancellation : public ceres::IterationCallback {
 public:
  explicit Cancellation(const std::atomic<bool>* cancel) : cancel_(cancel) {}
  ceres::CallbackReturnType operator()(const ceres::IterationSummary&) override {
    return cancel_ && *cancel_ ? ceres::SOLVER_TERMINATE_SUCCESSFULLY : ceres::SOLVER_CONTINUE;
  }

 private:
  const std::atomic<bool>* cancel_;
};

template <class Options>
void set(Options& solver, const MinimizeOptions& options, ceres::IterationCallback& callback) {
  solver.max_num_iterations = options.max_iterations;
  solver.function_tolerance = options.function_tolerance;
  solver.gradient_tolerance = options.gradient_tolerance;
  solver.parameter_tolerance = options.parameter_tolerance;
  solver.logging_type = ceres::SILENT;
  solver.callbacks.push_back(&callback);
}

template <class Summary>
void settle(const Summary& summary, const Seen& seen, Minimum& m) {
  m.iterations += std::max(0, static_cast<int>(summary.iterations.size()) - 1);
  m.gradient = summary.iterations.empty() ? unknown : summary.iterations.back().gradient_max_norm;
  if (summary.termination_type == ceres::FAILURE) {
    m.gradient = unknown;
    if (seen.best.size() > 0) m.z = seen.best;
  }
  const bool ended = summary.termination_type == ceres::CONVERGENCE && seen.why.empty();
  m.status = summary.termination_type == ceres::USER_SUCCESS ? MinimizeStatus::cancelled
             : ended                                         ? MinimizeStatus::converged
                                                             : MinimizeStatus::not_converged;
  m.message = summary.message;
  if (!seen.why.empty()) m.message += " The last evaluation without a value: " + seen.why;
}

}  // namespace

void count(Minimum& m, bool derivatives, bool value) {
  ++m.evaluations;
  m.derivatives += derivatives;
  m.failures += !value;
}

// Below fatal: Ceres logs a first evaluation that fails as an error, whatever its logging type.
// Searches on other threads read the level, so it is written once.
void silence_ceres() {
  static std::mutex silencing;
  const std::lock_guard lock(silencing);
  if (FLAGS_minloglevel < 3) FLAGS_minloglevel = 3;
}

void levenberg_marquardt(const Objective& o, const MinimizeOptions& options,
                         const std::atomic<bool>* cancel, Minimum& m) {
  Seen seen{m};
  Cancellation cancellation(cancel);
  ceres::Problem problem;
  problem.AddResidualBlock(new PatientCost(o, seen), nullptr, m.z.data());
  ceres::Solver::Options solver;
  set(solver, options, cancellation);
  solver.linear_solver_type = ceres::DENSE_QR;
  solver.max_num_consecutive_invalid_steps = most_failures;
  ceres::Solver::Summary summary;
  ceres::Solve(solver, &problem, &summary);
  settle(summary, seen, m);
}

void bfgs(const Objective& o, const MinimizeOptions& options, const std::atomic<bool>* cancel,
          Minimum& m) {
  Seen seen{m};
  Cancellation cancellation(cancel);
  ceres::GradientProblem problem(new PatientFunction(o, seen));
  ceres::GradientProblemSolver::Options solver;
  set(solver, options, cancellation);
  solver.line_search_direction_type = ceres::BFGS;
  ceres::GradientProblemSolver::Summary summary;
  ceres::Solve(solver, problem, m.z.data(), &summary);
  settle(summary, seen, m);
}

}  // namespace lutetia

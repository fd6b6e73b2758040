#include "lutetia/estimation/minimize.hpp"

#include <ceres/ceres.h>
#include <glog/logging.h>

#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

/// A start that has no value is halved towards the mean of the prior this often, then the mean
/// itself is tried.
constexpr int most_halvings = 6;
/// Steps in a row that are taken back before a search gives up.
constexpr int most_failures = 20;
/// Where Ceres ends short of its tolerances, a gradient of O/2 by z below this still means the
/// minimum: the prior curves O/2 by at least one, so O is within coordinates · 1e-6 of it.
constexpr double flat = 1e-3;

using Vector = Eigen::VectorXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void count(Minimum& m, bool derivatives, bool value) {
  ++m.evaluations;
  m.derivatives += derivatives;
  m.failures += !value;
}

/// One cost function for the patient: all residuals of one evaluation.
class PatientCost : public ceres::CostFunction {
 public:
  PatientCost(const Objective& objective, Minimum& counts) : o_(objective), counts_(counts) {
    const int q = o_.coordinates();
    set_num_residuals(static_cast<int>(o_.measurements.size()) + q + (o_.pull ? 1 : 0));
    mutable_parameter_block_sizes()->push_back(q);
  }
  bool Evaluate(double const* const* z, double* values, double** jacobians) const override {
    const bool derivatives = jacobians && jacobians[0];
    const auto r = residuals(o_, Eigen::Map<const Vector>(z[0], o_.coordinates()), derivatives);
    count(counts_, derivatives, r.has_value());
    if (!r) return false;
    Eigen::Map<Vector>(values, r->values.size()) = r->values;
    if (derivatives)
      Eigen::Map<RowMajor>(jacobians[0], r->values.size(), o_.coordinates()) = r->jacobian;
    return true;
  }

 private:
  const Objective& o_;
  Minimum& counts_;
};

/// O/2 and its gradient by z.
class PatientFunction : public ceres::FirstOrderFunction {
 public:
  PatientFunction(const Objective& objective, Minimum& counts) : o_(objective), counts_(counts) {}
  int NumParameters() const override { return o_.coordinates(); }
  bool Evaluate(const double* z_data, double* cost, double* gradient) const override {
    const Eigen::Map<const Vector> z(z_data, o_.coordinates());
    const auto at = evaluate(o_, z, gradient != nullptr);
    count(counts_, gradient != nullptr, at.has_value());
    if (!at) return false;
    *cost = 0.5 * at->total();
    if (gradient)
      Eigen::Map<Vector>(gradient, z.size()) =
          0.5 * o_.prior.factor().transpose() * at->gradient + o_.prior_weight * z;
    return true;
  }

 private:
  const Objective& o_;
  Minimum& counts_;
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

void judge(Minimum& m, ceres::TerminationType type, double gradient, std::string message) {
  m.gradient = gradient;
  m.message.clear();
  if (type == ceres::USER_SUCCESS) {
    m.status = MinimizeStatus::cancelled;
    m.message = "cancelled";
  } else if (type == ceres::CONVERGENCE || gradient < flat) {
    m.status = MinimizeStatus::converged;
  } else {
    m.status = MinimizeStatus::not_converged;
    m.message = std::move(message);
  }
}

void levenberg_marquardt(const Objective& o, const MinimizeOptions& options,
                         const std::atomic<bool>* cancel, Minimum& m) {
  ceres::Problem problem;
  problem.AddResidualBlock(new PatientCost(o, m), nullptr, m.z.data());
  ceres::Solver::Options solver;
  solver.linear_solver_type = ceres::DENSE_QR;
  solver.max_num_iterations = options.max_iterations;
  solver.function_tolerance = options.function_tolerance;
  solver.gradient_tolerance = options.gradient_tolerance;
  solver.parameter_tolerance = options.parameter_tolerance;
  solver.max_num_consecutive_invalid_steps = most_failures;
  solver.logging_type = ceres::SILENT;
  Cancellation cancellation(cancel);
  solver.callbacks.push_back(&cancellation);
  ceres::Solver::Summary summary;
  ceres::Solve(solver, &problem, &summary);
  m.iterations += static_cast<int>(summary.iterations.size()) - 1;
  judge(m, summary.termination_type,
        summary.iterations.empty() ? std::numeric_limits<double>::infinity()
                                   : summary.iterations.back().gradient_max_norm,
        summary.message);
}

void bfgs(const Objective& o, const MinimizeOptions& options, const std::atomic<bool>* cancel,
          Minimum& m) {
  ceres::GradientProblem problem(new PatientFunction(o, m));
  ceres::GradientProblemSolver::Options solver;
  solver.line_search_direction_type = ceres::BFGS;
  solver.max_num_iterations = options.max_iterations;
  solver.function_tolerance = options.function_tolerance;
  solver.gradient_tolerance = options.gradient_tolerance;
  solver.parameter_tolerance = options.parameter_tolerance;
  solver.logging_type = ceres::SILENT;
  Cancellation cancellation(cancel);
  solver.callbacks.push_back(&cancellation);
  ceres::GradientProblemSolver::Summary summary;
  ceres::Solve(solver, problem, m.z.data(), &summary);
  m.iterations += std::max(0, static_cast<int>(summary.iterations.size()) - 1);
  judge(m, summary.termination_type,
        summary.iterations.empty() ? std::numeric_limits<double>::infinity()
                                   : summary.iterations.back().gradient_max_norm,
        summary.message);
}

/// A start with a value: the given one, or one nearer to the mean of the prior.
bool find_start(const Objective& o, const Vector& start, Minimum& m) {
  std::string why;
  Vector z = start;
  for (m.halvings = 0; m.halvings <= most_halvings + 1; ++m.halvings) {
    const bool value = evaluate(o, z, false, &why).has_value();
    count(m, false, value);
    if (value) {
      m.start = m.z = z;
      return true;
    }
    if (m.halvings < most_halvings)
      z *= 0.5;
    else
      z.setZero();
  }
  m.status = MinimizeStatus::start_infeasible;
  m.message = text("no value at the start nor at the mean of the prior: ", why);
  return false;
}

}  // namespace

void silence_ceres() { FLAGS_minloglevel = std::max(FLAGS_minloglevel, 2); }

Minimum minimize(const Objective& o, const Vector& start, const MinimizeOptions& options,
                 const std::atomic<bool>* cancel) {
  silence_ceres();
  o.check();
  Minimum m;
  m.start = m.z = start;
  m.objective = std::numeric_limits<double>::quiet_NaN();
  if (!find_start(o, start, m)) return m;
  if (o.least_squares()) {
    levenberg_marquardt(o, options, cancel, m);
  } else {
    const Objective near = simplified(o);
    const Vector before = m.z;
    if (!near.measurements.empty()) levenberg_marquardt(near, options, cancel, m);
    if (!evaluate(o, m.z, false)) m.z = before;
    bfgs(o, options, cancel, m);
  }
  const auto at = evaluate(o, m.z, false, &m.message);
  count(m, false, at.has_value());
  if (at)
    m.objective = at->total();
  else
    m.status = MinimizeStatus::not_converged;
  return m;
}

std::vector<Minimum> minimize_from(const Objective& objective, const std::vector<Vector>& starts,
                                   int threads, const MinimizeOptions& options,
                                   const std::atomic<bool>* cancel, std::atomic<int>* done) {
  objective.check();
  std::vector<Minimum> out(starts.size());
  std::atomic<std::size_t> next{0};
  std::exception_ptr failed;
  std::mutex failing;
  auto work = [&] {
    for (std::size_t i = next++; i < starts.size(); i = next++) {
      try {
        if (cancel && *cancel) {
          out[i].start = out[i].z = starts[i];
          out[i].objective = std::numeric_limits<double>::quiet_NaN();
          out[i].status = MinimizeStatus::cancelled;
          out[i].message = "cancelled";
        } else {
          out[i] = minimize(objective, starts[i], options, cancel);
        }
      } catch (...) {
        const std::lock_guard lock(failing);
        failed = std::current_exception();
        next = starts.size();
      }
      if (done) ++*done;
    }
  };
  std::vector<std::jthread> pool;
  for (int t = 1; t < threads; ++t) pool.emplace_back(work);
  work();
  pool.clear();
  if (failed) std::rethrow_exception(failed);
  return out;
}

}  // namespace lutetia

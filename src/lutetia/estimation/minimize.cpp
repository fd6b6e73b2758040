#include "lutetia/estimation/minimize.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>
#include <mutex>
#include <thread>

#include "lutetia/core/text.hpp"
#include "lutetia/estimation/search.hpp"

namespace lutetia {
namespace {

/// A start that has no value is halved towards the mean of the prior this often, then the mean
/// itself is tried.
constexpr int most_halvings = 6;
/// A gradient of O/2 by z below this, times the root of the weight of the prior, means the minimum
/// whatever ended the search: the prior curves O/2 by its weight at least, so O is within
/// coordinates · 1e-6 of it.
constexpr double flat = 1e-3;
/// Where the gradient is larger since the data curve O more, how much lower the minimum may lie by
/// its expected curvature: a hundredth of what tells two minima apart. Far from all data that
/// curvature is too small; then it is the share of O, if the search ended by itself.
constexpr double near_enough = 1e-3;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

using Vector = Eigen::VectorXd;

/// A start with a value: the given one, or one nearer to the mean of the prior.
bool find_start(const Objective& o, const Vector& start, Minimum& m) {
  std::string why;
  Vector z = start;
  for (m.halvings = 0;; ++m.halvings) {
    const bool value = evaluate(o, z, false, &why).has_value();
    count(m, false, value);
    if (value) {
      m.start = m.z = z;
      return true;
    }
    if (m.halvings > most_halvings) break;
    if (m.halvings < most_halvings)
      z *= 0.5;
    else
      z.setZero();
  }
  m.status = MinimizeStatus::start_infeasible;
  m.message = text("no value at the start nor at the mean of the prior: ", why);
  return false;
}

/// How far O at z is above its minimum by its gradient and expected curvature.
double excess(const Objective& o, const ObjectiveValue& at, const Vector& z) {
  const Eigen::MatrixXd& factor = o.prior.factor();
  Eigen::MatrixXd half_hessian = factor.transpose() * information(o, z, at) * factor;
  half_hessian.diagonal().array() += o.prior_weight;
  if (o.pull) {
    const Vector by = factor.transpose() * o.pull->gradient;
    half_hessian += o.pull->weight * by * by.transpose();
  }
  const Vector g = half_gradient(o, z, at);
  return g.dot(half_hessian.ldlt().solve(g));
}

/// Whether a search ended at a minimum: the word of Ceres is not enough. It also speaks of
/// convergence when its steps became short because none of them led down.
void judge(const Objective& o, Minimum& m) {
  std::optional<ObjectiveValue> at;
  std::string why;
  const bool cancelled = m.status == MinimizeStatus::cancelled;
  const double small = flat * std::sqrt(o.prior_weight);
  bool proven = m.gradient < small;
  if (!proven && !cancelled) {
    at = evaluate(o, m.z, true, &why);
    count(m, true, at.has_value());
    if (at) {
      m.gradient = half_gradient(o, m.z, *at).lpNorm<Eigen::Infinity>();
      const double scale = m.converged() ? std::max(1.0, std::abs(at->total())) : 1.0;
      proven = m.gradient < small || excess(o, *at, m.z) < near_enough * scale;
    }
  }
  if (!at) {
    at = evaluate(o, m.z, false, &why);
    count(m, false, at.has_value());
  }
  m.objective = at ? at->total() : nan;
  if (cancelled) {
    m.message = "cancelled";
  } else if (at && proven) {
    m.status = MinimizeStatus::converged;
    m.message.clear();
  } else {
    m.status = MinimizeStatus::not_converged;
    if (!at) m.message = why;
  }
}

}  // namespace

Minimum minimize(const Objective& o, const Vector& start, const MinimizeOptions& options,
                 const std::atomic<bool>* cancel) {
  silence_ceres();
  o.check();
  if (start.size() != o.coordinates())
    throw std::invalid_argument(
        text("a start has ", o.coordinates(), " coordinates, found ", start.size()));
  Minimum m;
  m.start = m.z = start;
  m.objective = nan;
  if (!find_start(o, start, m)) return m;
  if (!o.least_squares()) {
    const Vector before = m.z;
    levenberg_marquardt(simplified(o), options, cancel, m);
    const bool value = evaluate(o, m.z, false).has_value();
    count(m, false, value);
    if (!value) m.z = before;
    bfgs(o, options, cancel, m);
  } else {
    levenberg_marquardt(o, options, cancel, m);
  }
  judge(o, m);
  return m;
}

std::vector<Minimum> minimize_from(const Objective& objective, const std::vector<Vector>& starts,
                                   int threads, const MinimizeOptions& options,
                                   const std::atomic<bool>* cancel, std::atomic<int>* done) {
  silence_ceres();
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
          out[i].objective = nan;
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

// Searches that end where the answer is known.
#include "lutetia/estimation/minimize.hpp"

#include <Eigen/Cholesky>
#include <Eigen/LU>

#include "support/fits.hpp"

namespace lutetia {
namespace {

using namespace testing;

/// Linear predictions with normal errors under a full prior: everything has a closed form.
struct LinearGaussian {
  MatrixXd a{{1.0, 0.4, -0.2}, {0.3, 1.2, 0.5}, {-0.6, 0.1, 0.9}, {0.8, -0.7, 0.3}};
  Eigen::Vector4d y{2.1, -0.4, 1.3, 0.7}, sd{0.3, 0.2, 0.5, 0.4};
  Eigen::Vector3d mean{0.5, -0.2, 1.0};
  MatrixXd covariance{{0.5, 0.2, -0.1}, {0.2, 0.8, 0.15}, {-0.1, 0.15, 0.3}};

  Objective objective() const {
    Objective out;
    out.predictor = {4, 3, [a = a](const VectorXd& phi, bool derivatives, Prediction& p) {
                       p.values = a * phi;
                       if (derivatives) p.jacobian = a;
                       return std::optional<std::string>();
                     }};
    out.groups = {{.kind = ErrorKind::fixed}};
    for (int j = 0; j < 4; ++j)
      out.measurements.push_back({.value = y(j), .standard_deviation = sd(j)});
    out.prior = Prior({"c1", "c2", "c3"}, mean, covariance);
    return out;
  }
  /// Half of the second derivative of O.
  MatrixXd precision(double weight = 1.0) const {
    const MatrixXd w = sd.array().square().inverse().matrix().asDiagonal();
    return a.transpose() * w * a + weight * covariance.inverse();
  }
  VectorXd mode(double weight = 1.0) const {
    const MatrixXd w = sd.array().square().inverse().matrix().asDiagonal();
    return precision(weight).inverse() *
           (a.transpose() * w * y + weight * covariance.inverse() * mean);
  }
};

Minimum converged(const Objective& o, const VectorXd& start) {
  const Minimum m = minimize(o, start, to_rounding());
  CHECK_MESSAGE(m.converged(), m.message);
  CHECK(m.message.empty());
  return m;
}

/// A constant measured n times, in one coordinate.
Objective constant(const ErrorModel& model, const std::vector<double>& values, double prior_sd) {
  Objective out;
  const int n = static_cast<int>(values.size());
  out.predictor = predictor_of<1>(n, [n](const auto& x) { return std::vector(n, exp(x[0])); });
  out.groups = {model};
  for (const double y : values) out.measurements.push_back({.value = y});
  out.prior = independent_prior(VectorXd::Zero(model.estimated ? 2 : 1), prior_sd);
  return out;
}

/// The lowest of O on a line of z, to 1e-10 by ternary search; O has one minimum there.
double lowest_on_line(const Objective& o, double low, double high) {
  auto value = [&](double z) { return evaluate(o, VectorXd::Constant(1, z), false)->total(); };
  while (high - low > 1e-9) {
    const double left = low + (high - low) / 3.0, right = high - (high - low) / 3.0;
    (value(left) < value(right) ? high : low) = value(left) < value(right) ? right : left;
  }
  return 0.5 * (low + high);
}

}  // namespace

TEST_CASE("a linear model with normal errors ends at its conjugate posterior") {
  const LinearGaussian problem;
  const Objective o = problem.objective();
  const Minimum m = converged(o, Eigen::Vector3d(2.0, -1.0, 0.5));
  CHECK((mode_of(o, m) - problem.mode()).lpNorm<Eigen::Infinity>() < 1e-9);
  // O at the mode, from its definition.
  const VectorXd r = (problem.y - problem.a * problem.mode()).cwiseQuotient(problem.sd),
                 d = problem.mode() - problem.mean;
  const double o_mode = r.squaredNorm() + 2.0 * problem.sd.array().log().sum() +
                        d.dot(problem.covariance.inverse() * d);
  CHECK_NEAR(m.objective, o_mode, 1e-9, 0.0);
  // Information and prior are the precision of the posterior.
  const MatrixXd info = information(o, m.z, evaluate(o, m.z, true).value()) +
                        (o.prior.factor() * o.prior.factor().transpose()).inverse();
  CHECK((info - problem.precision()).norm() < 1e-12 * info.norm());
  CHECK(m.failures == 0);
  CHECK(m.halvings == 0);
  CHECK(m.start == VectorXd(Eigen::Vector3d(2.0, -1.0, 0.5)));
}

TEST_CASE("a prior of little weight leaves the mode to the data") {
  const LinearGaussian problem;
  for (const double weight : {0.25, 1e-6}) {
    CAPTURE(weight);
    Objective o = problem.objective();
    o.prior_weight = weight;
    const Minimum m = converged(o, VectorXd::Zero(3));
    CHECK((mode_of(o, m) - problem.mode(weight)).lpNorm<Eigen::Infinity>() < 1e-9);
  }
}

TEST_CASE("a pull of any weight leads along the profile") {
  const LinearGaussian problem;
  const Eigen::Vector3d by(1.0, -0.5, 2.0);
  const VectorXd mode = problem.mode(), direction = problem.precision().inverse() * by;
  double before = by.dot(mode);
  for (const double weight : {0.5, 300.0}) {
    CAPTURE(weight);
    Objective o = problem.objective();
    o.pull = Pull{by, 8.0, weight};
    const VectorXd phi = mode_of(o, converged(o, VectorXd::Zero(3)));
    // The mode among all with this h: from the unconstrained one along H⁻¹ ∂h/∂φ.
    const double h = by.dot(phi);
    const VectorXd profile = mode + direction * (h - by.dot(mode)) / by.dot(direction);
    CHECK((phi - profile).lpNorm<Eigen::Infinity>() < 1e-9);
    CHECK(h > before + 0.1);  // ever nearer to the target
    CHECK(h < 8.0);
    before = h;
  }
  CHECK_NEAR(before, 8.0, 0.01, 0.0);
}

TEST_CASE("a search among steep walls is judged by their curvature") {
  // One step of Levenberg–Marquardt leaves 1e-4 of the way: O is near its minimum, its gradient not
  // near zero.
  const LinearGaussian problem;
  Objective o = problem.objective();
  const Eigen::Vector3d by(1.0, -0.5, 2.0);
  o.pull = Pull{by, by.dot(problem.mode()) + 0.2, 1e4};
  const Minimum one = minimize(o, o.prior.whitened(problem.mode()), {.max_iterations = 1}),
                exact = converged(o, VectorXd::Zero(3));
  CHECK(one.gradient > 0.1);
  CHECK(one.objective < exact.objective + 1e-3);
  CHECK_MESSAGE(one.converged(), one.message);
}

TEST_CASE("one scan of a mono-exponential updates a normal prior in logarithms") {
  // ln f = φ1 − φ2 t: exactly normal. One scan at 24 h, uptake and rate correlated beforehand.
  const double t = 24.0, y = 3.0, s = 0.1;
  Objective o;
  o.predictor =
      predictor_of<2>(1, [t](const auto& x) { return std::vector{exp(x[0] - x[1] * t)}; });
  o.groups = {{.kind = ErrorKind::log_normal, .b = s}};
  o.measurements = {{.value = y}};
  const Eigen::Vector2d mean(std::log(8.0), 0.02);
  const MatrixXd covariance{{0.16, 1e-4}, {1e-4, 2.5e-5}};
  o.prior = Prior({"ln uptake", "rate"}, mean, covariance);
  const Minimum m = converged(o, Eigen::Vector2d(-1.0, 1.0));
  const Eigen::Vector2d g(1.0, -t), gain = covariance * g / (g.dot(covariance * g) + s * s);
  const Eigen::Vector2d expected = mean + gain * (std::log(y) - g.dot(mean));
  CHECK((mode_of(o, m) - expected).lpNorm<Eigen::Infinity>() < 1e-9);
  const MatrixXd posterior =
      (information(o, m.z, evaluate(o, m.z, true).value()) + covariance.inverse()).inverse();
  const Eigen::RowVector2d by = g.transpose() * covariance;
  CHECK((posterior - covariance + gain * by).norm() < 1e-12);
}

TEST_CASE("a calibration factor takes what all scans of a series share") {
  // ln y_j = φ + δ: φ ~ N(0, v), δ ~ N(0, τ²) for the first three, s² each.
  const double v = 4.0, tau = 0.05, s = 0.1;
  Objective o = constant({.kind = ErrorKind::log_normal, .b = s}, {1.3, 1.4, 1.2, 1.0}, 1.0);
  for (int j = 0; j < 3; ++j) o.measurements[j].series = 0;
  o.series = 1;
  MatrixXd covariance{{v, 0.0}, {0.0, tau * tau}};
  o.prior = Prior({"ln activity", "calibration"}, VectorXd::Zero(2), covariance);
  const VectorXd found = mode_of(o, converged(o, VectorXd::Zero(2)));
  const MatrixXd g{{1.0, 1.0}, {1.0, 1.0}, {1.0, 1.0}, {1.0, 0.0}};
  VectorXd ln_y(4);
  for (int j = 0; j < 4; ++j) ln_y(j) = std::log(o.measurements[j].value);
  const VectorXd expected = (g.transpose() * g / (s * s) + covariance.inverse()).inverse() *
                            (g.transpose() * ln_y) / (s * s);
  CHECK((found - expected).lpNorm<Eigen::Infinity>() < 1e-9);
  CHECK(found(1) > 0.01);
}

TEST_CASE("an estimated scale is the spread that was found") {
  const std::vector<double> values{0.7, 1.6, 1.1, 0.8, 1.3, 0.9};
  const ErrorModel model{.kind = ErrorKind::log_normal, .b = 0.1, .estimated = true};
  const Objective o = constant(model, values, 1000.0);
  double mean = 0.0, square = 0.0;
  for (const double y : values) mean += std::log(y) / 6.0;
  for (const double y : values) square += (std::log(y) - mean) * (std::log(y) - mean) / 6.0;
  const VectorXd found = mode_of(o, converged(o, VectorXd::Zero(2)));
  // A prior of 1000 pulls by τ/(n 1e6); BFGS ends where O no longer changes, near √1e-16.
  CHECK_NEAR(found(0), mean, 0.0, 1e-6);
  CHECK_NEAR(0.1 * std::exp(found(1)), std::sqrt(square), 1e-6, 0.0);
}

TEST_CASE("predicted variances lead to the root of their likelihood") {
  const std::vector<double> values{0.7, 1.6, 1.1, 0.8};
  const double b = 0.3;
  const ErrorModel model{.kind = ErrorKind::proportional_model, .b = b};
  const Objective o = constant(model, values, 1000.0);
  double mean = 0.0, square = 0.0;
  for (const double y : values) {
    mean += y / 4.0;
    square += y * y / 4.0;
  }
  // b² f² + ȳ f − mean(y²) = 0
  const double expected = (-mean + std::sqrt(mean * mean + 4.0 * b * b * square)) / (2.0 * b * b);
  CHECK_NEAR(std::exp(mode_of(o, converged(o, VectorXd::Zero(1)))(0)), expected, 1e-6, 0.0);
}

TEST_CASE("censored values pull a fit down to where its objective is lowest") {
  for (const ErrorKind kind :
       {ErrorKind::fixed, ErrorKind::combined_sd, ErrorKind::log_normal, ErrorKind::student_t}) {
    CAPTURE(static_cast<int>(kind));
    Objective o = constant({.kind = kind, .a = 0.1, .b = 0.1}, {1.2, 1.0, 1.1}, 1.0);
    for (Measurement& y : o.measurements) y.standard_deviation = 0.1;
    const double without = lowest_on_line(o, -1.0, 1.0);
    o.measurements[2] = {.standard_deviation = 0.1, .censored = true, .limit = 0.9};
    const Minimum m = converged(o, VectorXd::Constant(1, 0.5));
    const double expected = lowest_on_line(o, -1.0, 1.0);
    CHECK(expected < without - 0.005);
    // A search by values resolves a minimum to the root of their rounding.
    CHECK_NEAR(m.z(0), expected, 0.0, 1e-6);
  }
}

TEST_CASE("default tolerances leave the objective within a thousandth of its minimum") {
  for (const ErrorKind kind : {ErrorKind::log_normal, ErrorKind::proportional_model}) {
    const Objective o = constant({.kind = kind, .b = 0.01}, {1.2, 1.0, 1.1, 1.3, 0.9, 1.05}, 1.0);
    const Minimum exact = converged(o, VectorXd::Zero(1)), m = minimize(o, VectorXd::Zero(1));
    CHECK(m.converged());
    CHECK(m.objective >= exact.objective - 1e-9 * std::abs(exact.objective));
    CHECK_NEAR(m.objective, exact.objective, 0.0, 1e-3);
  }
}

}  // namespace lutetia

// The objective: its gradient for every error model, calibration, scales, pull.
#include "lutetia/estimation/objective.hpp"

#include <Eigen/LU>
#include <limits>

#include "support/objectives.hpp"

namespace lutetia {
namespace {

using namespace testing;

VectorXd place(const Objective& o, double more = 0.0) {
  VectorXd out(o.coordinates());
  for (Eigen::Index i = 0; i < out.size(); ++i) out(i) = 0.4 * std::cos(1.0 + 2.0 * i) + more;
  return out;
}

double total(const Objective& o, const VectorXd& z) {
  return evaluate(o, z, false).value().total();
}

/// Differences of O along every coordinate against its gradient.
void check_gradient(const Objective& o) {
  o.check();
  const VectorXd z = place(o);
  const ObjectiveValue at = evaluate(o, z, true).value();
  const VectorXd gradient = 2.0 * half_gradient(o, z, at);
  CHECK_NEAR(at.total(), total(o, z), 1e-15, 0.0);
  for (Eigen::Index i = 0; i < z.size(); ++i) {
    CAPTURE(i);
    auto along = [&](double step) { return total(o, z + step * VectorXd::Unit(z.size(), i)); };
    // The differences err by h⁴ and by the rounding of O over h: 1e-12 and 1e-16/1e-3 of O.
    CHECK_NEAR(gradient(i), slope_of(along, 0.0, 1e-3), 1e-9, 1e-12 * std::abs(at.total()) + 1e-10);
  }
}

}  // namespace

TEST_CASE("the objective follows its differences for every error model") {
  for (ErrorModel model : error_models())
    for (const bool estimated : {false, true})
      for (const bool censored : {false, true}) {
        CAPTURE(static_cast<int>(model.kind));
        CAPTURE(estimated);
        CAPTURE(censored);
        model.estimated = estimated;
        Objective o = washout(model, censored);
        check_gradient(o);
        o.prior_weight = 0.01;
        o.pull = Pull{VectorXd::LinSpaced(o.coordinates(), -1.0, 2.0), 0.7, 3.0};
        check_gradient(o);
      }
}

TEST_CASE("the objective is the sum of its deviances and the exponent of its prior") {
  const Objective o = washout({.kind = ErrorKind::combined_sd, .a = 0.3, .b = 0.1});
  const VectorXd z = place(o);
  const VectorXd phi = o.prior.coordinates(z);
  const ObjectiveValue at = evaluate(o, z, true).value();
  double sum = 0.0;
  for (int j = 0; j < 6; ++j) {
    const double t = j < 2 ? 4.0 : j < 4 ? 24.0 : 96.0;
    const double calibration = j < 2 ? 0.0 : phi(j == 4 ? 4 : 3);
    const double f = std::exp(phi(j % 2) - std::exp(phi(2)) * t + calibration);
    CHECK_NEAR(at.predictions(j), f, 1e-14, 0.0);
    sum += deviance(o.groups[j % 2], o.measurements[j], f).value;
  }
  CHECK_NEAR(at.likelihood, sum, 1e-14, 0.0);
  CHECK_NEAR(at.prior, z.squaredNorm(), 1e-15, 0.0);
}

TEST_CASE("residuals are the objective but for a constant, with their derivatives") {
  for (const ErrorModel& model : error_models()) {
    Objective o = washout(model);
    CAPTURE(static_cast<int>(model.kind));
    const bool expected = model.kind == ErrorKind::fixed ||
                          model.kind == ErrorKind::proportional_data ||
                          model.kind == ErrorKind::log_normal;
    CHECK(o.least_squares() == expected);
    CHECK_FALSE(washout(model, true).least_squares());
    if (!expected) continue;
    o.prior_weight = 0.3;
    o.pull = Pull{VectorXd::LinSpaced(5, -1.0, 2.0), 0.7, 3.0};
    const VectorXd z = place(o), other = place(o, 0.2);
    const Residuals r = residuals(o, z, true).value(), s = residuals(o, other, false).value();
    CHECK_NEAR(r.values.squaredNorm() - s.values.squaredNorm(), total(o, z) - total(o, other),
               1e-12, 1e-12);
    const VectorXd gradient = half_gradient(o, z, evaluate(o, z, true).value());
    CHECK((r.jacobian.transpose() * r.values - gradient).norm() < 1e-12 * gradient.norm());
    // Information of the measurements is that of their residuals.
    const MatrixXd data = r.jacobian.topRows(6), factor = o.prior.factor();
    const MatrixXd info =
        factor.transpose() * information(o, z, evaluate(o, z, true).value()) * factor;
    CHECK((data.transpose() * data - info).norm() < 1e-12 * info.norm());
  }
}

TEST_CASE("information holds what is known of a scale of errors, and both together") {
  ErrorModel model{.kind = ErrorKind::proportional_model, .b = 0.2, .estimated = true};
  const Objective o = washout(model);
  const VectorXd z = place(o);
  const MatrixXd info = information(o, z, evaluate(o, z, true).value());
  CHECK((info - info.transpose()).norm() < 1e-13 * info.norm());
  // Three measurements of the group: 2 each; R'/R = 2/f and ∂f/∂ln(uptake) = f, so 2 each.
  CHECK_NEAR(info(5, 5), 6.0, 1e-14, 0.0);
  CHECK_NEAR(info(5, 0), 6.0, 1e-14, 0.0);
  CHECK(info(5, 1) == 0.0);                 // the other group
  CHECK_NEAR(info(5, 4), 2.0, 1e-14, 0.0);  // one of them is planar
}

TEST_CASE("what resembles an objective is least squares on the same coordinates") {
  for (ErrorModel model : error_models()) {
    CAPTURE(static_cast<int>(model.kind));
    model.estimated = true;
    const Objective o = washout(model, true), near = simplified(o);
    CHECK(near.least_squares());
    CHECK(near.coordinates() == o.coordinates());
    REQUIRE(near.measurements.size() == 5);  // without the censored one
    const VectorXd z = place(o);
    const ObjectiveValue a = evaluate(o, z, true).value(), b = evaluate(near, z, true).value();
    const std::vector<int> kept{0, 1, 2, 3, 5};
    CHECK((a.predictions(kept) - b.predictions).norm() == 0.0);
    CHECK((a.jacobian(kept, Eigen::all) - b.jacobian).norm() == 0.0);
  }
}

TEST_CASE("an objective has no value where a prediction is none, and says why") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  auto why = [](double value, double slope, ErrorKind kind) {
    Objective o;
    o.predictor = {1, 1, [=](const VectorXd&, bool derivatives, Prediction& p) {
                     p.values = VectorXd::Constant(1, value);
                     if (derivatives) p.jacobian = MatrixXd::Constant(1, 1, slope);
                     return std::optional<std::string>();
                   }};
    o.groups = {{.kind = kind, .b = 0.1}};
    o.measurements = {{.value = 1.0, .standard_deviation = 1.0}};
    o.prior = independent_prior(VectorXd::Zero(1), 1.0);
    std::string out, of_residuals;
    const bool value_at = evaluate(o, VectorXd::Zero(1), true, &out).has_value();
    CHECK(residuals(o, VectorXd::Zero(1), true, &of_residuals).has_value() == value_at);
    CHECK(of_residuals == out);
    CHECK(value_at == out.empty());
    return out;
  };
  CHECK(why(2.0, 1.0, ErrorKind::log_normal) == "");
  CHECK(why(nan, 1.0, ErrorKind::fixed) == "prediction 1 is not finite");
  CHECK(why(2.0, nan, ErrorKind::fixed) == "prediction 1 is not finite");
  CHECK(why(0.0, 1.0, ErrorKind::log_normal) == "prediction 1 is not positive: 0");
  CHECK(why(-2.0, 1.0, ErrorKind::fixed) == "");
  CHECK(why(1e200, 1.0, ErrorKind::fixed) == "the likelihood is not finite");
  const Objective o = washout(error_models()[0]);
  std::string reason;
  CHECK_FALSE(evaluate(o, VectorXd::Constant(5, nan), false, &reason).has_value());
  CHECK(reason == "a coordinate is not finite");
}

}  // namespace lutetia

/// @file Objectives whose searches go wrong in known ways, and one with all there is to estimate.
#pragma once

#include "support/fits.hpp"

namespace lutetia::testing {

/// Steps from far below overshoot exp(φ) = 2 into where there is no value.
inline Objective half_space(double limit, ErrorModel model = {.kind = ErrorKind::fixed}) {
  Objective out = exponential_objective();
  out.groups = {model};
  out.predictor = failing(
      out.predictor, [=](const VectorXd& phi) { return phi(0) > limit; }, "the model fails here");
  return out;
}

/// Two coordinates whose sum is wanted, the first of which may not exceed one: searches get stuck
/// at the wall, short of the minimum along it.
inline Objective wall(const ErrorModel& model, double limit = 1.0) {
  Objective out;
  out.predictor = failing(
      predictor_of<2>(2,
                      [](const auto& x) {
                        return std::vector{exp(x[0] + x[1]), exp(x[0] * x[0] + 2.0 * x[1] * x[1])};
                      }),
      [limit](const VectorXd& phi) { return phi(0) > limit; }, "beyond the wall");
  out.groups = {model};
  out.measurements = {{.value = 20.0, .standard_deviation = 0.01},
                      {.value = 7.0, .standard_deviation = 0.1}};
  out.prior = independent_prior(VectorXd::Zero(2), 1.0);
  return out;
}

/// No derivatives beyond a limit, but values.
inline Objective without_derivatives(const ErrorModel& model, double limit = -1e9) {
  Objective o = exponential_objective();
  o.groups = {model};
  o.predictor.predict = [inner = o.predictor.predict, limit](
                            const VectorXd& phi, bool derivatives,
                            Prediction& p) -> std::optional<std::string> {
    if (derivatives && phi(0) > limit) return "no derivative here";
    return inner(phi, derivatives, p);
  };
  return o;
}

/// Uptake that washes out, in two regions, seen by two series of scans: an objective with all there
/// is to estimate. Coordinates: two uptakes, one rate, two calibrations, a scale if estimated.
inline Objective washout(const ErrorModel& model, bool censored = false) {
  Objective out;
  out.predictor = predictor_of<3>(6, [](const auto& x) {
    using std::exp;
    std::vector<std::decay_t<decltype(x[0])>> f;
    for (const double t : {4.0, 24.0, 96.0})
      for (int region = 0; region < 2; ++region) f.push_back(exp(x[region] - exp(x[2]) * t));
    return f;
  });
  out.groups = {model, {.kind = ErrorKind::log_normal, .b = 0.1}};
  const std::vector<double> values{9.0, 4.6, 7.1, 3.9, 2.4, 1.9};
  for (int j = 0; j < 6; ++j)
    out.measurements.push_back({.value = values[j],
                                .standard_deviation = 0.4,
                                .group = j % 2,
                                .series = j < 2    ? -1
                                          : j == 4 ? 1
                                                   : 0});
  if (censored) {
    out.measurements[4].censored = true;
    out.measurements[4].limit = 2.6;
  }
  out.series = 2;
  const int q = model.estimated ? 6 : 5;
  VectorXd mean(q);
  mean.setZero();
  mean.head(3) << 2.0, 1.5, -4.0;
  MatrixXd root = 0.3 * MatrixXd::Identity(q, q);
  root(1, 0) = 0.1;
  root(2, 1) = -0.2;
  root(4, 3) = 0.05;
  const std::vector<std::string> names{"uptake_1", "uptake_2", "rate", "spect", "planar", "scale"};
  out.prior = Prior({names.begin(), names.begin() + q}, mean, root * root.transpose());
  return out;
}

}  // namespace lutetia::testing

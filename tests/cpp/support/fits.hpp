/// @file Small models to fit, with exact derivatives, and differences to check derivatives with.
#pragma once

#include <ceres/jet.h>

#include <array>
#include <string>
#include <vector>

#include "lutetia/estimation/minimize.hpp"
#include "support/near.hpp"

namespace lutetia::testing {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// (f(x+h) − f(x−h))/2h with the error of second order taken away.
template <class F>
auto slope_of(const F& f, double x, double h) {
  return (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h);
}

/// A predictor from a function of q coordinates of any number type to a list of predictions.
template <int q, class Model>
Predictor predictor_of(int measurements, const Model& model) {
  return {measurements, q,
          [model](const VectorXd& phi, bool derivatives,
                  Prediction& out) -> std::optional<std::string> {
            using Jet = ceres::Jet<double, q>;
            std::array<Jet, q> x;
            for (int i = 0; i < q; ++i) x[i] = Jet(phi(i), i);
            const std::vector<Jet> f = model(x);
            const Eigen::Index n = static_cast<Eigen::Index>(f.size());
            out.values.resize(n);
            if (derivatives) out.jacobian.resize(n, q);
            for (Eigen::Index j = 0; j < n; ++j) {
              out.values(j) = f[j].a;
              if (derivatives) out.jacobian.row(j) = f[j].v.transpose();
            }
            return std::nullopt;
          }};
}

/// A predictor that has no value where `fails` of the coordinates is true.
template <class Fails>
Predictor failing(Predictor predictor, const Fails& fails, const std::string& why) {
  predictor.predict = [inner = predictor.predict, fails, why](
                          const VectorXd& phi, bool derivatives,
                          Prediction& out) -> std::optional<std::string> {
    if (fails(phi)) return why;
    return inner(phi, derivatives, out);
  };
  return predictor;
}

/// Independent coordinates c1, c2, … of one standard deviation.
inline Prior independent_prior(const VectorXd& mean, double sd) {
  std::vector<std::string> names;
  for (Eigen::Index i = 0; i < mean.size(); ++i) names.push_back(text("c", i + 1));
  return {names, mean, sd * sd * MatrixXd::Identity(mean.size(), mean.size())};
}

/// Searches that end where rounding does, for comparison with closed forms.
inline MinimizeOptions to_rounding() {
  return {.max_iterations = 200,
          .function_tolerance = 0.0,
          .gradient_tolerance = 1e-11,
          .parameter_tolerance = 1e-14};
}

/// exp(φ1), fitted to one value: steps from far below overshoot.
inline Objective exponential_objective() {
  Objective out;
  out.predictor = predictor_of<1>(1, [](const auto& x) { return std::vector{exp(x[0])}; });
  out.groups = {{.kind = ErrorKind::fixed}};
  out.measurements = {{.value = 2.0, .standard_deviation = 0.1}};
  out.prior = independent_prior(VectorXd::Zero(1), 2.0);
  return out;
}

inline VectorXd mode_of(const Objective& o, const Minimum& m) { return o.prior.coordinates(m.z); }

/// Every kind, Student's t twice.
inline std::vector<ErrorModel> error_models() {
  return {
      {.kind = ErrorKind::fixed},
      {.kind = ErrorKind::proportional_data, .b = 0.2},
      {.kind = ErrorKind::proportional_model, .b = 0.2},
      {.kind = ErrorKind::combined_sd, .a = 0.3, .b = 0.1},
      {.kind = ErrorKind::combined_variance, .a = 0.3, .b = 0.1},
      {.kind = ErrorKind::log_normal, .b = 0.15},
      {.kind = ErrorKind::student_t, .b = 0.1},
      {.kind = ErrorKind::student_t, .b = 0.1, .degrees = 7.0},
  };
}

inline bool in_logarithms(const ErrorModel& m) {
  return m.kind == ErrorKind::log_normal || m.kind == ErrorKind::student_t;
}

inline Measurement measured(double value) { return {.value = value, .standard_deviation = 0.4}; }

inline Measurement below(double limit) {
  return {.standard_deviation = 0.4, .censored = true, .limit = limit};
}

}  // namespace lutetia::testing

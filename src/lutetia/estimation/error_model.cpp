#include "lutetia/estimation/error_model.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numbers>

namespace lutetia {
namespace {

using std::numbers::pi;

double squared(double x) { return x * x; }

/// Variance and its logarithmic derivative by f.
struct Variance {
  double value, relative_slope;
};

Variance variance(const ErrorModel& m, const Measurement& y, double f, double scale) {
  const double s2 = squared(scale);
  switch (m.kind) {
    case ErrorKind::fixed:
      return {s2 * squared(y.standard_deviation), 0.0};
    case ErrorKind::proportional_data:
      // What is censored has no value; its limit stands for it.
      return {s2 * squared(m.b * (y.censored ? y.limit : y.value)), 0.0};
    case ErrorKind::proportional_model:
      return {s2 * squared(m.b * f), 2.0 / f};
    case ErrorKind::combined_sd:
      return {s2 * squared(m.a + m.b * f), 2.0 * m.b / (m.a + m.b * f)};
    case ErrorKind::combined_variance: {
      const double v = squared(m.a) + squared(m.b * f);
      return {s2 * v, 2.0 * squared(m.b) * f / v};
    }
    case ErrorKind::log_normal:
    case ErrorKind::student_t:
      break;
  }
  return {s2 * squared(m.b), 0.0};  // of ln y
}

bool in_logarithms(const ErrorModel& m) {
  return m.kind == ErrorKind::log_normal || m.kind == ErrorKind::student_t;
}

/// ln Φ(u) of the distribution of the error, its derivative, and minus its second one.
struct LogTail {
  double value, slope, curvature;
};

LogTail log_tail(const ErrorModel& m, double u) {
  if (m.kind == ErrorKind::student_t) {
    const boost::math::students_t t(m.degrees);
    const double below = boost::math::cdf(t, u);
    const double slope = boost::math::pdf(t, u) / below;
    return {std::log(below), slope, slope * (slope + (m.degrees + 1.0) * u / (m.degrees + u * u))};
  }
  // erfc underflows beyond 38. Of the asymptotic series 945/u¹⁰ < 2e-12 is left out here. Slope and
  // curvature are no differences of large numbers, so they hold however far out.
  if (u < -30.0) {
    const double u2 = u * u;
    const double rest =
        -1.0 / u2 + 3.0 / (u2 * u2) - 15.0 / (u2 * u2 * u2) + 105.0 / (u2 * u2 * u2 * u2);
    const double slope = -u / (1.0 + rest);
    return {-0.5 * u2 - std::log(-u) - 0.5 * std::log(2.0 * pi) + std::log1p(rest), slope,
            slope * u * rest / (1.0 + rest)};
  }
  const double below = 0.5 * std::erfc(-u / std::numbers::sqrt2);
  const double slope = std::exp(-0.5 * u * u) / (std::sqrt(2.0 * pi) * below);
  return {std::log(below), slope, slope * (slope + u)};
}

/// (limit − f)/√R or its logarithmic form, and its derivatives by f and τ.
struct Margin {
  double u, by_prediction, by_scale;
};

Margin margin(const ErrorModel& m, const Measurement& y, double f, double scale) {
  const Variance r = variance(m, y, f, scale);
  const double sd = std::sqrt(r.value);
  if (in_logarithms(m)) {
    const double u = (std::log(y.limit) - std::log(f)) / sd;
    return {u, -1.0 / (f * sd), -u};
  }
  const double u = (y.limit - f) / sd;
  return {u, -1.0 / sd - 0.5 * u * r.relative_slope, -u};
}

}  // namespace

const std::vector<std::pair<std::string, ErrorKind>>& error_kinds() {
  static const std::vector<std::pair<std::string, ErrorKind>> kinds{
      {"fixed", ErrorKind::fixed},
      {"proportional_data", ErrorKind::proportional_data},
      {"proportional_model", ErrorKind::proportional_model},
      {"combined_sd", ErrorKind::combined_sd},
      {"combined_variance", ErrorKind::combined_variance},
      {"log_normal", ErrorKind::log_normal},
      {"student_t", ErrorKind::student_t}};
  return kinds;
}

Deviance deviance(const ErrorModel& m, const Measurement& y, double f, double scale) {
  if (y.censored) {
    const Margin at = margin(m, y, f, scale);
    const LogTail tail = log_tail(m, at.u);
    return {-2.0 * tail.value, -2.0 * tail.slope * at.by_prediction,
            -2.0 * tail.slope * at.by_scale};
  }
  const Variance r = variance(m, y, f, scale);
  if (m.kind == ErrorKind::student_t) {
    const double nu = m.degrees, e = std::log(y.value) - std::log(f);
    const double u2 = squared(e) / r.value;
    // Normalized so that it tends to the log-normal form for many degrees of freedom.
    const double constant =
        -2.0 * (std::lgamma(0.5 * (nu + 1.0)) - std::lgamma(0.5 * nu) - 0.5 * std::log(0.5 * nu));
    const double weight = (nu + 1.0) / (nu + u2);
    return {
        (nu + 1.0) * std::log1p(u2 / nu) + std::log(r.value) + 2.0 * std::log(y.value) + constant,
        -2.0 * weight * e / (r.value * f), 2.0 - 2.0 * weight * u2};
  }
  if (m.kind == ErrorKind::log_normal) {
    const double e = std::log(y.value) - std::log(f);
    return {squared(e) / r.value + std::log(r.value) + 2.0 * std::log(y.value),
            -2.0 * e / (r.value * f), 2.0 - 2.0 * squared(e) / r.value};
  }
  const double e = y.value - f, u2 = squared(e) / r.value;
  return {u2 + std::log(r.value), -2.0 * e / r.value + (1.0 - u2) * r.relative_slope,
          2.0 * (1.0 - u2)};
}

MeasurementInformation information(const ErrorModel& m, const Measurement& y, double f,
                                   double scale) {
  if (y.censored) {
    const Margin at = margin(m, y, f, scale);
    const double curvature = std::max(0.0, log_tail(m, at.u).curvature);
    return {curvature * squared(at.by_prediction), curvature * at.by_prediction * at.by_scale,
            curvature * squared(at.by_scale)};
  }
  const Variance r = variance(m, y, f, scale);
  const double nu = m.degrees;
  if (m.kind == ErrorKind::student_t)
    return {(nu + 1.0) / ((nu + 3.0) * r.value * squared(f)), 0.0, 2.0 * nu / (nu + 3.0)};
  if (m.kind == ErrorKind::log_normal) return {1.0 / (r.value * squared(f)), 0.0, 2.0};
  return {1.0 / r.value + 0.5 * squared(r.relative_slope), r.relative_slope, 2.0};
}

bool is_least_squares(const ErrorModel& m, const Measurement& y) {
  return !y.censored && !m.estimated &&
         (m.kind == ErrorKind::fixed || m.kind == ErrorKind::proportional_data ||
          m.kind == ErrorKind::log_normal);
}

Residual residual(const ErrorModel& m, const Measurement& y, double f) {
  const Variance r = variance(m, y, f, 1.0);
  const double sd = std::sqrt(r.value);
  if (m.kind == ErrorKind::log_normal)
    return {(std::log(f) - std::log(y.value)) / sd, 1.0 / (f * sd),
            std::log(r.value) + 2.0 * std::log(y.value)};
  return {(f - y.value) / sd, 1.0 / sd, std::log(r.value)};
}

void simplify(ErrorModel& model, Measurement& measurement) {
  model.estimated = false;
  if (in_logarithms(model)) {
    model.kind = ErrorKind::log_normal;
    return;
  }
  measurement.standard_deviation =
      std::sqrt(variance(model, measurement, measurement.value, 1.0).value);
  model.kind = ErrorKind::fixed;
}

}  // namespace lutetia

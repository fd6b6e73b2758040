/// @file How a measurement scatters about its prediction.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lutetia {

/// With prediction f, measured y, standard deviation sd of the measurement, and numbers a, b of the
/// group; R is the variance.
enum class ErrorKind {
  fixed,               ///< R = sd²
  proportional_data,   ///< R = b² y²; biased low by about 2 b²
  proportional_model,  ///< R = b² f²
  combined_sd,         ///< R = (a + b f)², a sum of standard deviations ("combined 1")
  combined_variance,   ///< R = a² + b² f², a sum of variances ("combined 2")
  log_normal,          ///< ln y ~ N(ln f, b²)
  student_t            ///< (ln y − ln f)/b has Student's t distribution; for outliers
};

/// Every kind with its name, in the order above.
const std::vector<std::pair<std::string, ErrorKind>>& error_kinds();

/// Error model of a group of measurements.
struct ErrorModel {
  ErrorKind kind = ErrorKind::log_normal;
  double a = 0.0;        ///< standard deviation [unit of the measurements]
  double b = 0.0;        ///< relative standard deviation [1]
  double degrees = 4.0;  ///< of freedom of Student's t
  /// The logarithm of a factor on all standard deviations of the group is a coordinate of the fit.
  bool estimated = false;
};

struct Measurement {
  double value = 0.0;               ///< y > 0; not used when censored
  double standard_deviation = 0.0;  ///< for ErrorKind::fixed
  int group = 0;                    ///< error model
  bool censored = false;            ///< known to be below the limit, no more
  double limit = 0.0;               ///< of detection
  int series = -1;                  ///< whose calibration factor multiplies its prediction
};

/// −2 ln p(y | f) without ln 2π, as a density of y whatever the error model, and its derivatives.
struct Deviance {
  double value;
  double by_prediction;  ///< ∂/∂f
  double by_scale;       ///< ∂/∂τ, standard deviations e^τ times as large
};

/// @param prediction  f; positive for all but ErrorKind::fixed
/// @param scale       e^τ
Deviance deviance(const ErrorModel& model, const Measurement& measurement, double prediction,
                  double scale = 1.0);

/// Expected information about (f, τ): of a censored measurement that observed, of Student's t no
/// less than zero (far below what is predicted, such a value says the less the farther it is).
struct MeasurementInformation {
  double prediction;  ///< 1/R + ½(R'/R)²
  double cross;       ///< R'/R
  double scale;       ///< 2
};
MeasurementInformation information(const ErrorModel& model, const Measurement& measurement,
                                   double prediction, double scale = 1.0);

/// Deviance = residual² + a constant, with derivative by f; only where is_least_squares().
struct Residual {
  double value, by_prediction, constant;
};
bool is_least_squares(const ErrorModel& model, const Measurement& measurement);
Residual residual(const ErrorModel& model, const Measurement& measurement, double prediction);

/// Make both much like what they are, but a case of least squares, from where a fit may start.
void simplify(ErrorModel& model, Measurement& measurement);

}  // namespace lutetia

/// @file What a fit asks of a model: predictions of the measurements and their derivatives.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <optional>
#include <string>

namespace lutetia {

/// Predictions of all measurements at one set of coordinates.
struct Prediction {
  Eigen::VectorXd values;    ///< shape (measurements), in the units of the measurements
  Eigen::MatrixXd jacobian;  ///< shape (measurements, coordinates); only when asked for
};

/// Anything that predicts measurements from unbounded coordinates φ, such as logarithms of
/// parameters. It is called from several threads at once.
struct Predictor {
  int measurements = 0;
  int coordinates = 0;
  /// Predict, with derivatives if asked. @return why there is no prediction, if there is none
  std::function<std::optional<std::string>(const Eigen::VectorXd& phi, bool derivatives,
                                           Prediction& out)>
      predict;
};

}  // namespace lutetia

/// @file The objective of a fit: −2 ln of the posterior density of the coordinates, and its parts.
///
/// O(φ) = Σ_j −2 ln p(y_j | f_j(φ)) + (φ−μ)ᵀ Ω⁻¹ (φ−μ), without the n ln 2π of the likelihood and
/// the constants of the prior. Coordinates are those of the predictor, then one logarithm of a
/// calibration factor per series of scans, then one logarithm of a scale of errors per group that
/// has one to estimate.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lutetia/estimation/error_model.hpp"
#include "lutetia/estimation/predictor.hpp"
#include "lutetia/estimation/prior.hpp"

namespace lutetia {

/// A value, and how to come near it, as a further term of an objective: weight·(h(φ) − target)².
/// The minimum lies on the profile of h whatever the weight.
struct Pull {
  Eigen::VectorXd gradient;  ///< of h, which is linear: h = gradient·φ
  double target = 0.0, weight = 0.0;
};

struct Objective {
  Predictor predictor;
  std::vector<Measurement> measurements;
  std::vector<ErrorModel> groups;
  int series = 0;  ///< calibration factors
  Prior prior;     ///< of all coordinates
  /// On the term of the prior: 1, or small for a fit by likelihood that stays regular.
  double prior_weight = 1.0;
  std::optional<Pull> pull = {};

  int coordinates() const { return prior.size(); }
  /// True when Levenberg–Marquardt can minimize it.
  bool least_squares() const;
  /// @throws std::invalid_argument when sizes do not fit together, no measurement is above its
  /// limit
  ///   of detection, or a measurement or error model is impossible
  void check() const;
};

/// The objective and what it is made of at one place.
struct ObjectiveValue {
  double likelihood = 0.0;      ///< −2 ln L without n ln 2π
  double prior = 0.0;           ///< zᵀz
  Eigen::VectorXd predictions;  ///< with calibration, shape (measurements)
  Eigen::MatrixXd jacobian;     ///< of the predictions, shape (measurements, coordinates)
  Eigen::VectorXd gradient;     ///< of the likelihood's part by φ, shape (coordinates)
  double total() const { return likelihood + prior; }
};

/// Evaluate at φ = μ + L z. @param why  why there is no value, when there is none
/// @throws std::invalid_argument when z has another number of coordinates
std::optional<ObjectiveValue> evaluate(const Objective& objective, const Eigen::VectorXd& z,
                                       bool derivatives, std::string* why = nullptr);

/// Gradient of O/2 by z, shape (coordinates). @param at  with derivatives
Eigen::VectorXd half_gradient(const Objective& objective, const Eigen::VectorXd& z,
                              const ObjectiveValue& at);

/// Residuals of a least-squares objective: whitened data, then z (and the pull, if any); their
/// squares sum up to the objective less a constant.
struct Residuals {
  Eigen::VectorXd values;    ///< shape (measurements + coordinates [+ 1])
  Eigen::MatrixXd jacobian;  ///< by z
};
std::optional<Residuals> residuals(const Objective& objective, const Eigen::VectorXd& z,
                                   bool derivatives, std::string* why = nullptr);

/// Expected information of the measurements about φ, Σ_j GᵀG i_j with what is known of the scales,
/// shape (coordinates, coordinates). @param at  with derivatives
Eigen::MatrixXd information(const Objective& objective, const Eigen::VectorXd& z,
                            const ObjectiveValue& at);

/// A least-squares objective much like this one, on the same coordinates.
Objective simplified(const Objective& objective);

}  // namespace lutetia

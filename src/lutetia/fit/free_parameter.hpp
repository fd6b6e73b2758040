/// @file What a fit may change about a patient: parameters, alone or together, in all cycles or
/// some.
#pragma once

#include <string>
#include <vector>

#include "lutetia/dosing/changes.hpp"
#include "lutetia/simulate/directions.hpp"

namespace lutetia {

/// A coordinate φ of a fit and how it moves parameters of the model.
///
/// As a value, φ is the logarithm (or logit) of the parameter itself. As a factor, every parameter
/// is multiplied by exp(φ·e(c)) in cycle c: e = (0, 1, 2, …) is a factor per cycle, (0, 1, 1, …)
/// one after the first cycle, (0, 1, 0, …) one in the second, (1, 1, …) one shared by all its
/// parameters.
struct FreeParameter {
  enum class Transform { log, logit };
  std::string name;                     ///< of the coordinate
  std::vector<std::string> parameters;  ///< of the model; a value has one
  bool factor = false;
  Transform transform = Transform::log;  ///< of a value
  std::vector<double> exponents = {};    ///< of a factor, per cycle; the last holds for later ones

  double exponent(std::size_t cycle) const;  ///< @param cycle  0 for the first
};

/// θ of a coordinate and dθ/dφ.
struct Transformed {
  double value, derivative;
};
Transformed transformed(FreeParameter::Transform transform, double phi);

/// Values of all parameters in the first cycle, and cycle effects for those that differ later.
struct FittedValues {
  std::vector<double> values;
  std::vector<CycleEffect> effects;
};

/// Free parameters as they act on one system.
class FreeParameters {
 public:
  FreeParameters() = default;
  /// @throws ModelError with every parameter that is none, is computed by a formula, or is moved by
  ///   two values, and every coordinate that moves none or gives a value to several
  FreeParameters(std::vector<FreeParameter> free, const System& system, std::size_t cycles);

  int size() const { return static_cast<int>(free_.size()); }
  const std::vector<FreeParameter>& all() const { return free_; }
  /// Positions in System::parameter_values() of all they move.
  std::vector<int> positions() const;

  /// @param phi  coordinates, shape (size())
  FittedValues values(const double* phi) const;
  /// Derivatives of the values of every phase by the coordinates.
  std::vector<ParameterDirection> directions(const double* phi,
                                             const std::vector<RatePhase>& phases,
                                             const std::vector<double>& cycle_starts) const;

 private:
  std::vector<FreeParameter> free_;
  std::vector<std::vector<int>> positions_;  ///< of the parameters of each
  std::vector<std::string> names_;           ///< of all parameters of the system
  std::vector<double> given_;                ///< their values
  std::size_t cycles_ = 1;
};

}  // namespace lutetia

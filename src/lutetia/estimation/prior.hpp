/// @file What is known of the coordinates before a patient is measured: a normal distribution.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace lutetia {

/// φ = μ + L z with z ~ N(0, I): independent coordinates of unit spread, in which a fit works.
class Prior {
 public:
  Prior() = default;
  /// @param covariance  shape (coordinates, coordinates), positive definite; a coordinate about
  ///   which nothing is known has a large variance, never none
  /// @throws std::invalid_argument naming the first coordinate that is not finite or whose variance
  ///   the others leave no room for
  Prior(std::vector<std::string> names, Eigen::VectorXd mean, const Eigen::MatrixXd& covariance);

  const std::vector<std::string>& names() const { return names_; }
  int size() const { return static_cast<int>(names_.size()); }
  const Eigen::VectorXd& mean() const { return mean_; }
  const Eigen::MatrixXd& factor() const { return factor_; }  ///< L, lower triangular

  Eigen::VectorXd coordinates(const Eigen::VectorXd& z) const { return mean_ + factor_ * z; }
  Eigen::VectorXd whitened(const Eigen::VectorXd& phi) const;

 private:
  std::vector<std::string> names_;
  Eigen::VectorXd mean_;
  Eigen::MatrixXd factor_;
};

}  // namespace lutetia

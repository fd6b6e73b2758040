#include "lutetia/estimation/prior.hpp"

#include <cmath>
#include <stdexcept>

#include "lutetia/core/text.hpp"

namespace lutetia {

Prior::Prior(std::vector<std::string> names, Eigen::VectorXd mean,
             const Eigen::MatrixXd& covariance)
    : names_(std::move(names)), mean_(std::move(mean)), factor_(covariance) {
  const Eigen::Index n = size();
  if (mean_.size() != n || covariance.rows() != n || covariance.cols() != n)
    throw std::invalid_argument(text("a prior of ", n, " coordinates needs as many means and a ", n,
                                     " x ", n, " covariance, found ", mean_.size(), " and ",
                                     covariance.rows(), " x ", covariance.cols()));
  // Written out to name the coordinate at which it ends.
  factor_.setZero();
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) {
      const double rest = covariance(i, j) - factor_.row(i).head(j).dot(factor_.row(j).head(j));
      // Rounding of products of standard deviations and correlations is forgiven.
      const double off = std::abs(covariance(i, j) - covariance(j, i));
      if (off > 1e-12 * std::sqrt(covariance(i, i) * covariance(j, j)))
        throw std::invalid_argument(text("the covariance of ", quote(names_[i]), " and ",
                                         quote(names_[j]), " is not symmetric: ", covariance(i, j),
                                         " and ", covariance(j, i)));
      factor_(i, j) = i == j ? std::sqrt(rest) : rest / factor_(j, j);
    }
    if (!std::isfinite(mean_(i)) || !(factor_(i, i) > 1e-10 * std::sqrt(covariance(i, i))) ||
        !factor_.row(i).allFinite())
      throw std::invalid_argument(text("the prior of ", quote(names_[i]),
                                       " needs a finite mean and a positive variance besides what "
                                       "the coordinates before it explain"));
  }
}

Eigen::VectorXd Prior::whitened(const Eigen::VectorXd& phi) const {
  return factor_.triangularView<Eigen::Lower>().solve(phi - mean_);
}

}  // namespace lutetia

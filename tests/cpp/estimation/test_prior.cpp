// Priors: whitening, and what is no normal distribution.
#include "lutetia/estimation/prior.hpp"

#include <Eigen/LU>
#include <limits>

#include "support/fits.hpp"

namespace lutetia {
namespace {

using namespace testing;

const std::vector<std::string> names{"kidney", "spleen", "tumor"};

MatrixXd covariance() {
  MatrixXd out(3, 3);
  out << 0.18, 0.05, -0.02, 0.05, 0.24, 0.03, -0.02, 0.03, 0.7;
  return out;
}

Prior prior() { return {names, Eigen::Vector3d(1.5, -0.3, 2.8), covariance()}; }

std::string refusal(const MatrixXd& of, const VectorXd& mean = VectorXd::Zero(3)) {
  return message_of<std::invalid_argument>([&] { (void)Prior(names, mean, of); });
}

}  // namespace

TEST_CASE("whitening and back is the identity") {
  const Prior p = prior();
  const Eigen::Vector3d phi(0.2, 0.7, -1.1);
  CHECK((p.coordinates(p.whitened(phi)) - phi).norm() < 1e-14);
  CHECK(p.coordinates(VectorXd::Zero(3)) == p.mean());
  CHECK(p.size() == 3);
}

TEST_CASE("whitened coordinates are independent and of unit spread") {
  const Prior p = prior();
  CHECK((p.factor() * p.factor().transpose() - covariance()).norm() < 1e-15);
  CHECK(p.factor()(0, 2) == 0.0);
  // zᵀz is the exponent of the density.
  const Eigen::Vector3d phi(0.2, 0.7, -1.1), off = phi - p.mean();
  CHECK_NEAR(p.whitened(phi).squaredNorm(), off.dot(covariance().inverse() * off), 1e-13, 0.0);
}

TEST_CASE("a prior says which coordinate is impossible") {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinity = std::numeric_limits<double>::infinity();
  auto with = [](int i, int j, double value) {
    MatrixXd out = covariance();
    out(i, j) = out(j, i) = value;
    return out;
  };
  auto message = [](const std::string& name) {
    return text("the prior of '", name,
                "' needs a finite mean and a positive variance besides what the coordinates before "
                "it explain");
  };
  CHECK(refusal(covariance()) == "accepted");
  CHECK(refusal(with(1, 1, 0.0)) == message("spleen"));
  CHECK(refusal(with(1, 1, -0.2)) == message("spleen"));
  CHECK(refusal(with(2, 2, nan)) == message("tumor"));
  CHECK(refusal(with(0, 0, infinity)) == message("kidney"));
  CHECK(refusal(with(2, 1, nan)) == message("tumor"));
  CHECK(refusal(covariance(), Eigen::Vector3d(0.0, nan, 0.0)) == message("spleen"));
  // A sum of two others: no room is left for the third.
  MatrixXd sums(3, 2);
  sums << 0.4, 0.0, 0.1, 0.3, 0.5, 0.3;
  CHECK(refusal(sums * sums.transpose()) == message("tumor"));
  CHECK(refusal(sums * sums.transpose() + 1e-6 * MatrixXd::Identity(3, 3)) == "accepted");
}

TEST_CASE("a covariance is symmetric but for rounding") {
  MatrixXd out = covariance();
  out(2, 0) = 0.02;
  CHECK(refusal(out) == "the covariance of 'tumor' and 'kidney' is not symmetric: 0.02 and -0.02");
  out(2, 0) = std::nextafter(out(0, 2), 1.0);
  CHECK(refusal(out) == "accepted");
}

TEST_CASE("a prior has as many means and variances as names") {
  const std::string needed = "a prior of 3 coordinates needs as many means and a 3 x 3 covariance";
  CHECK(refusal(covariance(), VectorXd::Zero(2)) == needed + ", found 2 and 3 x 3");
  CHECK(refusal(MatrixXd::Identity(3, 2)) == needed + ", found 3 and 3 x 2");
}

}  // namespace lutetia

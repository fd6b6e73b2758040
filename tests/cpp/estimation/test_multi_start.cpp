// Searches from several starts.
#include "support/fits.hpp"

namespace lutetia {

using namespace testing;

// The Bateman function is the same when absorption and elimination change places and the volume
// follows. A weak prior decides which of the two minima is lower, not whether there are two.
TEST_CASE("flip-flop kinetics have two minima, and searches from several starts find both") {
  const std::vector<double> times{0.5, 1.0, 2.0, 4.0, 8.0, 24.0};
  auto bateman = [times](const auto& x) {
    const auto ka = exp(x[0]), ke = exp(x[1]), volume = exp(x[2]);
    std::vector<std::decay_t<decltype(ka)>> f;
    for (const double t : times)
      f.push_back(ka / (volume * (ka - ke)) * (exp(-ke * t) - exp(-ka * t)));
    return f;
  };
  const Eigen::Vector3d truth(std::log(1.0), std::log(0.1), std::log(1.0)),
      flipped(std::log(0.1), std::log(1.0), std::log(0.1));
  Objective o;
  o.predictor = predictor_of<3>(6, bateman);
  o.groups = {{.kind = ErrorKind::log_normal, .b = 0.02}};
  Prediction clean;
  (void)o.predictor.predict(truth, false, clean);
  for (const double f : clean.values) o.measurements.push_back({.value = f});
  o.prior = independent_prior(Eigen::Vector3d(-0.5, -1.0, -0.5), 2.0);
  std::vector<VectorXd> starts;
  for (const double a : {-0.8, 0.8})
    for (const double e : {-0.7, 0.7})
      for (const double v : {-0.5, 0.5}) starts.push_back(Eigen::Vector3d(a, e, v));
  std::atomic<int> done{0};
  const auto alone = minimize_from(o, starts, 1, {}, nullptr, &done);
  CHECK(done == 8);
  int at_truth = 0, at_flipped = 0;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    CHECK(alone[i].start == starts[i]);
    CHECK(alone[i].converged());
    // A prior of two around values that are 1 to 2 off moves them by the 2 % of the data squared.
    at_truth += (mode_of(o, alone[i]) - truth).norm() < 0.01;
    at_flipped += (mode_of(o, alone[i]) - flipped).norm() < 0.01;
  }
  CHECK(at_truth >= 2);
  CHECK(at_flipped >= 2);
  CHECK(at_truth + at_flipped == 8);
  const auto together = minimize_from(o, starts, 3);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    CHECK(together[i].z == alone[i].z);
    CHECK(together[i].objective == alone[i].objective);
    CHECK(together[i].evaluations == alone[i].evaluations);
  }
}

}  // namespace lutetia

// What weighting costs: the mean of a constant estimated from four values with proportional errors.
#include <boost/math/tools/toms748_solve.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>

#include "support/fits.hpp"

namespace lutetia {
namespace {

using namespace testing;

constexpr int repetitions = 20000;
constexpr int points = 4;

using Sample = std::array<double, points>;

/// One plus b times a standard normal number, none below zero: activities are positive. Boost's
/// generators give the same numbers everywhere.
std::vector<Sample> samples_of(double b) {
  boost::random::mt19937_64 generator(1);
  boost::random::normal_distribution<double> normal;
  std::vector<Sample> out(repetitions);
  for (Sample& sample : out)
    for (double& y : sample) do
        y = 1.0 + b * normal(generator);
      while (y <= 0.0);
  return out;
}

/// Where the sum of the deviances is lowest; all are convex enough to have one stationary point.
double estimate(const ErrorModel& model, const Sample& sample) {
  auto slope = [&](double f) {
    double sum = 0.0;
    for (const double y : sample) sum += deviance(model, {.value = y}, f).by_prediction;
    return sum;
  };
  std::uintmax_t evaluations = 100;
  const auto [low, high] = boost::math::tools::toms748_solve(
      slope, 1e-5, 10.0, boost::math::tools::eps_tolerance<double>(40), evaluations);
  return 0.5 * (low + high);
}

Objective objective_of(const ErrorModel& model, const Sample& sample) {
  Objective out;
  out.predictor =
      predictor_of<1>(points, [](const auto& x) { return std::vector(points, exp(x[0])); });
  out.groups = {model};
  for (const double y : sample) out.measurements.push_back({.value = y});
  out.prior = independent_prior(VectorXd::Zero(1), 1000.0);  // next to nothing
  return out;
}

void check_bias(ErrorKind kind, const std::vector<double>& expected) {
  const std::array<double, 3> spreads{0.1, 0.2, 0.3};
  for (std::size_t i = 0; i < spreads.size(); ++i) {
    CAPTURE(spreads[i]);
    const ErrorModel model{.kind = kind, .b = spreads[i]};
    const std::vector<Sample> samples = samples_of(spreads[i]);
    double sum = 0.0;
    for (const Sample& sample : samples) sum += estimate(model, sample);
    // Three standard errors of the widest are 0.0045, of the others 0.003 and less.
    CHECK_NEAR(sum / repetitions, expected[i], 0.0, 0.003);
    WorstError searched;
    for (std::size_t s = 0; s < 100; ++s) {
      const Minimum m = minimize(objective_of(model, samples[s]), VectorXd::Zero(1));
      REQUIRE(m.converged());
      const double direct = estimate(model, samples[s]);
      searched.add(std::exp(1000.0 * m.z(0)), direct, direct, text("sample ", s));
    }
    // O within 1e-10 of itself leaves some 1e-5 of the standard error.
    CHECK_WORST(searched, 1e-5);
  }
}

}  // namespace

// Means measured by an independent implementation; theory: 1 − 2b²(1 − 1/n) with weights of the
// data, 1 − ½b²(1 − 1/n) of logarithms, to second order in b.
TEST_CASE("weights of the data are biased low") {
  check_bias(ErrorKind::proportional_data, {0.985, 0.938, 0.857});
}

TEST_CASE("predicted variances with their logarithm are hardly biased") {
  check_bias(ErrorKind::proportional_model, {0.998, 0.991, 0.982});
}

TEST_CASE("logarithms are biased by half the variance") {
  check_bias(ErrorKind::log_normal, {0.996, 0.985, 0.961});
}

}  // namespace lutetia

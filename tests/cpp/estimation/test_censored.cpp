// Values below the limit of detection: what they cost and tell, near the limit and far from it.
#include "lutetia/estimation/error_model.hpp"
#include "support/fits.hpp"

namespace lutetia {
namespace {

using namespace testing;

/// A limit u standard deviations from a prediction of one, when the error is 0.4 whatever f.
double tail_deviance(double u) {
  return deviance({.kind = ErrorKind::fixed}, below(1.0 + 0.4 * u), 1.0).value;
}

}  // namespace

TEST_CASE("a censored value informs as its deviance is curved") {
  // In the coordinate in which the margin is linear, ½ D'' is the information: f, or ln f.
  for (const double u : {-200.0, -40.0, -31.0, -29.0, -3.0, 0.0, 2.0}) {
    CAPTURE(u);
    const double f = 1.0 - 0.4 * u;
    const ErrorModel fixed{.kind = ErrorKind::fixed};
    auto slope = [&](double x) { return deviance(fixed, below(1.0), x).by_prediction; };
    // The differences err by 1e-16 |u| over their step; the series by 945/u⁸.
    CHECK_NEAR(information(fixed, below(1.0), f).prediction, 0.5 * slope_of(slope, f, 2e-3), 1e-8,
               1e-10);
    const ErrorModel log{.kind = ErrorKind::log_normal, .b = 0.4};
    auto log_slope = [&](double x) {
      return deviance(log, below(1.0), std::exp(x)).by_prediction * std::exp(x);
    };
    const double g = std::exp(-0.4 * u);
    CHECK_NEAR(information(log, below(1.0), g).prediction * g * g,
               0.5 * slope_of(log_slope, -0.4 * u, 2e-3), 1e-8, 1e-10);
  }
}

TEST_CASE("a value far below its limit informs as one that was measured") {
  const ErrorModel m{.kind = ErrorKind::fixed};
  // −(ln Φ)'' = 1 − 1/u² + …
  for (const double u : {-1e3, -1e5, -1e8}) {
    CAPTURE(u);
    CHECK_NEAR(information(m, below(1.0), 1.0 - 0.4 * u).prediction, 1.0 / 0.16, 2.0 / (u * u),
               1e-14);
  }
}

TEST_CASE("no censored value has negative information") {
  for (const ErrorModel& m : error_models())
    for (const double f : {0.5, 2.0, 3.0, 10.0, 1e4, 1e8}) {
      CAPTURE(static_cast<int>(m.kind));
      CAPTURE(f);
      const auto i = information(m, below(2.0), f);
      CHECK(i.prediction >= 0.0);
      CHECK(i.scale >= 0.0);
      CHECK(std::isfinite(i.cross));
    }
  // Student's: curved upward near the limit, downward beyond, where ½ D'' is negative.
  const ErrorModel t{.kind = ErrorKind::student_t, .b = 0.4};
  auto slope = [&](double x) {
    return deviance(t, below(1.0), std::exp(x)).by_prediction * std::exp(x);
  };
  for (const double x : {-0.5, 0.0, 0.2})
    CHECK_NEAR(information(t, below(1.0), std::exp(x)).prediction * std::exp(2.0 * x),
               0.5 * slope_of(slope, x, 1e-3), 1e-8, 1e-10);
  CHECK(slope_of(slope, 2.0, 1e-3) < 0.0);
  CHECK(information(t, below(1.0), std::exp(2.0)).prediction == 0.0);
}

TEST_CASE("a limit far above costs nothing, one far below costs as a measurement does") {
  // −2 ln Φ(u) from SciPy's log_ndtr, 16 digits.
  CHECK_NEAR(tail_deviance(-1.0), 2.0 * 1.8410216450092634, 1e-13, 0.0);
  CHECK_NEAR(tail_deviance(-20.0), 2.0 * 203.9171553710973, 1e-13, 0.0);
  CHECK_NEAR(tail_deviance(-29.0), 2.0 * 424.78741990973026, 1e-13, 0.0);
  CHECK_NEAR(tail_deviance(-31.0), 2.0 * 484.8539636271794, 1e-13, 0.0);
  CHECK_NEAR(tail_deviance(-50.0), 2.0 * 1254.8313611394199, 1e-13, 0.0);
  CHECK_NEAR(tail_deviance(-1000.0), 2.0 * 500007.8266948122, 1e-13, 0.0);
  CHECK(tail_deviance(50.0) == 0.0);
  for (const ErrorModel& m : error_models()) {
    CAPTURE(static_cast<int>(m.kind));
    const double far_above = deviance(m, below(1e6), 0.01).value;
    CHECK(far_above >= 0.0);
    CHECK(far_above < 1e-4);  // Student's: a tail of (ln 1e8 / 0.1)^−4
  }
}

TEST_CASE("a limit far below is followed to the last digit") {
  const ErrorModel m{.kind = ErrorKind::fixed};
  for (const double u : {-1e3, -1e6, -1e9}) {
    CAPTURE(u);
    // D' = 2 (|u| + 1/|u| − …)/sd
    CHECK_NEAR(deviance(m, below(1.0), 1.0 - 0.4 * u).by_prediction, 2.0 * (-u - 1.0 / u) / 0.4,
               1e-11, 0.0);
  }
}

}  // namespace lutetia

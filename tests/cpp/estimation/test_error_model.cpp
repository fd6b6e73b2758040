// Error models: derivatives, densities, expected information.
#include "lutetia/estimation/error_model.hpp"

#include <numbers>

#include "support/fits.hpp"

namespace lutetia {
namespace {

using namespace testing;

constexpr double sqrt_two_pi = 2.5066282746310002;

/// Standard deviation of the model as it is written in the books, of y or of ln y.
double standard_deviation(const ErrorModel& m, double f, double scale) {
  switch (m.kind) {
    case ErrorKind::fixed:
      return scale * 0.4;
    case ErrorKind::proportional_model:
      return scale * m.b * f;
    case ErrorKind::combined_sd:
      return scale * (m.a + m.b * f);
    case ErrorKind::combined_variance:
      return scale * std::hypot(m.a, m.b * f);
    default:
      return scale * m.b;
  }
}

/// ∫ g(y) p(y | f) dy with p = exp(−D/2)/√2π, y = f + sd·sinh s or f·exp(sd·sinh s). The trapezoid
/// rule converges beyond all orders; what is left out of the widest tail (Student's, ν = 4) is
/// below 1e-13.
template <class G>
double expectation(const ErrorModel& m, double f, double scale, const G& g) {
  const double sd = standard_deviation(m, f, scale), step = 0.01;
  double sum = 0.0;
  for (int i = -800; i <= 800; ++i) {
    const double u = std::sinh(i * step), du = std::cosh(i * step);
    const double y = in_logarithms(m) ? f * std::exp(sd * u) : f + sd * u;
    const double dy = (in_logarithms(m) ? sd * y : sd) * du;
    const Deviance d = deviance(m, measured(y), f, scale);
    sum += g(d) * std::exp(-0.5 * d.value) / sqrt_two_pi * dy * step;
  }
  return sum;
}

/// A weight of the data is no density of them.
bool is_density(const ErrorModel& m) { return m.kind != ErrorKind::proportional_data; }

}  // namespace

TEST_CASE("the deviance follows its differences, measured or censored, near and far") {
  for (const ErrorModel& m : error_models())
    for (const Measurement& y : {measured(2.0), measured(0.05), below(2.0), below(0.05)})
      // 0.002, 2000: hundreds of standard deviations off
      for (const double f : {0.002, 0.5, 1.9, 3.0, 40.0, 2000.0})
        for (const double scale : {1.0, 0.3}) {
          CAPTURE(static_cast<int>(m.kind));
          CAPTURE(y.censored);
          CAPTURE(f);
          const Deviance d = deviance(m, y, f, scale);
          REQUIRE(std::isfinite(d.value));
          // The differences err by 1e-12 of the derivatives and by the rounding of D over the step.
          const double rounding = 1e-12 * std::abs(d.value);
          CHECK_NEAR(
              d.by_prediction,
              slope_of([&](double x) { return deviance(m, y, x, scale).value; }, f, 3e-4 * f), 1e-8,
              (1e-11 + rounding) / f);
          CHECK_NEAR(
              d.by_scale,
              slope_of([&](double t) { return deviance(m, y, f, scale * std::exp(t)).value; }, 0.0,
                       3e-4),
              1e-8, 1e-11 + rounding);
        }
}

TEST_CASE("what is a density integrates to one over the measurements") {
  for (const ErrorModel& m : error_models())
    for (const double f : {0.5, 3.0})
      for (const double scale : {1.0, 2.5}) {
        if (!is_density(m)) continue;
        CAPTURE(static_cast<int>(m.kind));
        CHECK_NEAR(expectation(m, f, scale, [](const Deviance&) { return 1.0; }), 1.0, 1e-11, 0.0);
      }
}

TEST_CASE("the expected information is the variance of the score") {
  for (const ErrorModel& m : error_models())
    for (const double f : {0.5, 3.0})
      for (const double scale : {1.0, 2.5}) {
        if (!is_density(m)) continue;
        CAPTURE(static_cast<int>(m.kind));
        const auto i = information(m, measured(1.0), f, scale);
        auto moment = [&](auto&& product) {
          return 0.25 * expectation(m, f, scale, product);  // the score is −½ of the derivative
        };
        CHECK_NEAR(i.prediction,
                   moment([](const Deviance& d) { return d.by_prediction * d.by_prediction; }),
                   1e-9, 0.0);
        CHECK_NEAR(i.cross, moment([](const Deviance& d) { return d.by_prediction * d.by_scale; }),
                   1e-9, 1e-10);
        CHECK_NEAR(i.scale, moment([](const Deviance& d) { return d.by_scale * d.by_scale; }), 1e-9,
                   0.0);
      }
}

TEST_CASE("weights of the data inform as fixed errors do") {
  const ErrorModel m{.kind = ErrorKind::proportional_data, .b = 0.2};
  CHECK_NEAR(information(m, measured(2.0), 3.0).prediction, 1.0 / (0.4 * 0.4), 1e-14, 0.0);
}

TEST_CASE("least squares are the deviance but for a constant") {
  for (const ErrorModel& m : error_models()) {
    const Measurement y = measured(2.0);
    const bool expected = m.kind == ErrorKind::fixed || m.kind == ErrorKind::proportional_data ||
                          m.kind == ErrorKind::log_normal;
    CAPTURE(static_cast<int>(m.kind));
    CHECK(is_least_squares(m, y) == expected);
    ErrorModel estimated = m;
    estimated.estimated = true;
    CHECK_FALSE(is_least_squares(estimated, y));
    CHECK_FALSE(is_least_squares(m, below(2.0)));
    if (!expected) continue;
    for (const double f : {0.5, 2.0, 30.0}) {
      const Residual r = residual(m, y, f);
      const Deviance d = deviance(m, y, f);
      CHECK_NEAR(r.value * r.value + r.constant, d.value, 1e-13, 1e-13);
      CHECK_NEAR(2.0 * r.value * r.by_prediction, d.by_prediction, 1e-13, 1e-13);
    }
  }
}

TEST_CASE("what is simplified is least squares of the same spread") {
  for (const ErrorModel& of : error_models()) {
    CAPTURE(static_cast<int>(of.kind));
    ErrorModel m = of;
    m.estimated = true;
    Measurement y = measured(2.0);
    simplify(m, y);
    CHECK(is_least_squares(m, y));
    CHECK(y.value == 2.0);
    // Predicted right, the measurement informs about as much as before.
    const double before = of.kind == ErrorKind::proportional_data
                              ? 0.4
                              : standard_deviation(of, 2.0, 1.0) * (in_logarithms(of) ? 2.0 : 1.0);
    CHECK_NEAR(information(m, y, 2.0).prediction, 1.0 / (before * before), 1e-13, 0.0);
  }
}

}  // namespace lutetia

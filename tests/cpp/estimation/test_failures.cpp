// Searches where predictions fail: never a crash, never a success that is none.
#include <limits>

#include "support/objectives.hpp"

namespace lutetia {
namespace {

using namespace testing;

VectorXd at(double z) { return VectorXd::Constant(1, z); }

}  // namespace

TEST_CASE("steps into a half-space without values are taken back") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const ErrorModel& model : std::vector<ErrorModel>{
           {.kind = ErrorKind::fixed}, {.kind = ErrorKind::combined_sd, .a = 0.1, .b = 0.01}}) {
    CAPTURE(static_cast<int>(model.kind));
    Objective free = exponential_objective();
    free.groups = {model};
    const Minimum expected = minimize(free, at(-1.5), to_rounding());
    REQUIRE(expected.converged());
    Objective not_finite = free;
    not_finite.predictor.predict = [inner = free.predictor.predict, nan](
                                       const VectorXd& phi, bool derivatives, Prediction& p) {
      auto why = inner(phi, derivatives, p);
      if (phi(0) > 0.8) p.values(0) = nan;
      return why;
    };
    for (const Objective& o : {half_space(0.8, model), not_finite}) {
      const Minimum m = minimize(o, at(-1.5), to_rounding());
      CHECK_MESSAGE(m.converged(), m.message);
      CHECK(m.failures > 0);
      CHECK(m.halvings == 0);
      CHECK_NEAR(m.z(0), expected.z(0), 0.0, 1e-6);
      CHECK_NEAR(m.objective, expected.objective, 1e-10, 0.0);
    }
  }
}

TEST_CASE("a start without a value is moved towards the mean of the prior") {
  // φ = 2z; values exist below 0.8, so 6, 3, 1.5, 0.75 → z = 0.375 is the first.
  const Objective o = half_space(0.8);
  const Minimum m = minimize(o, at(3.0));
  CHECK(m.converged());
  CHECK(m.halvings == 3);
  CHECK(m.failures >= 3);
  CHECK(m.start(0) == 0.375);
  CHECK_NEAR(m.z(0), minimize(o, at(0.0)).z(0), 1e-6, 0.0);
  // Where even a 64th is too far, the mean is left; where it is no number, too.
  const Minimum far = minimize(o, at(1e3));
  CHECK(far.converged());
  CHECK(far.halvings == 7);
  CHECK(far.start(0) == 0.0);
  CHECK(minimize(o, at(std::numeric_limits<double>::quiet_NaN())).start(0) == 0.0);
}

TEST_CASE("without any value there is a reason and no number") {
  const Minimum m = minimize(half_space(-1e9), at(3.0));
  CHECK(m.status == MinimizeStatus::start_infeasible);
  CHECK_FALSE(m.converged());
  CHECK(m.message == "no value at the start nor at the mean of the prior: the model fails here");
  CHECK(std::isnan(m.objective));
  CHECK(m.start(0) == 3.0);
  CHECK(m.failures == 8);  // the start, six halves of it, the mean
  CHECK(m.evaluations == 8);
}

TEST_CASE("a step short of the minimum is no minimum") {
  // ln 2 = 0.693: O is 3e-3 above its minimum where values end.
  const Minimum m = minimize(half_space(0.69), at(0.0)),
                exact = minimize(exponential_objective(), at(0.0), to_rounding());
  CHECK(exact.converged());
  CHECK(m.objective > exact.objective + 1e-3);
  CHECK(m.objective < exact.objective + 1e-2);
  CHECK(m.status == MinimizeStatus::not_converged);
  CHECK_CONTAINS(m.message, "The last evaluation without a value: the model fails here");
}

TEST_CASE("a search that fails on its way keeps its best") {
  for (const ErrorKind kind : {ErrorKind::fixed, ErrorKind::combined_sd}) {
    const Objective o = without_derivatives({.kind = kind, .a = 0.1, .b = 0.01}, 0.5);
    const Minimum m = minimize(o, at(0.1));
    CHECK(m.status == MinimizeStatus::not_converged);
    CHECK_CONTAINS(m.message, "no derivative here");
    CHECK(m.z(0) > 0.2);
    CHECK_NEAR(m.objective, evaluate(o, m.z, false)->total(), 1e-15, 0.0);
    CHECK(m.objective < evaluate(o, at(0.1), false)->total());
  }
}

TEST_CASE("a search that is stuck where values end has not converged") {
  for (const ErrorModel& model : std::vector<ErrorModel>{
           {.kind = ErrorKind::fixed}, {.kind = ErrorKind::combined_sd, .a = 0.1, .b = 0.01}}) {
    CAPTURE(static_cast<int>(model.kind));
    const Objective o = wall(model);
    const Eigen::Vector2d start(0.9, -0.5);
    const Minimum m = minimize(o, start);
    CHECK(m.status == MinimizeStatus::not_converged);
    CHECK_CONTAINS(m.message, "beyond the wall");
    CHECK(m.failures > 0);
    // The best so far, with its objective and gradient.
    CHECK(m.objective < evaluate(o, start, false)->total());
    const ObjectiveValue end = evaluate(o, m.z, true).value();
    CHECK_NEAR(end.total(), m.objective, 1e-14, 0.0);
    CHECK_NEAR(half_gradient(o, m.z, end).lpNorm<Eigen::Infinity>(), m.gradient, 1e-12, 0.0);
    CHECK(m.gradient > 1.0);
  }
}

TEST_CASE("a start without derivatives says so") {
  for (const ErrorKind kind : {ErrorKind::fixed, ErrorKind::combined_sd}) {
    const Objective o = without_derivatives({.kind = kind, .a = 0.1, .b = 0.1});
    const Minimum m = minimize(o, at(0.0));
    CHECK(m.status == MinimizeStatus::not_converged);
    CHECK_CONTAINS(m.message, "The last evaluation without a value: no derivative here");
    CHECK(m.z(0) == 0.0);
    CHECK_NEAR(m.objective, evaluate(o, at(0.0), false)->total(), 1e-15, 0.0);
  }
}

TEST_CASE("after one iteration a search has not converged and keeps its best") {
  for (const ErrorModel& model : std::vector<ErrorModel>{
           {.kind = ErrorKind::fixed}, {.kind = ErrorKind::combined_sd, .a = 0.1, .b = 0.01}}) {
    CAPTURE(static_cast<int>(model.kind));
    Objective o = wall(model, 1e9);
    for (Measurement& y : o.measurements) y = {.value = 4.5, .standard_deviation = 0.1};
    const Eigen::Vector2d start(0.5, 0.9);
    const Minimum m = minimize(o, start, {.max_iterations = 1});
    CHECK(m.status == MinimizeStatus::not_converged);
    CHECK_CONTAINS(m.message, "Maximum number of iterations");
    CHECK(m.objective < evaluate(o, start, false)->total());
    CHECK(minimize(o, start).converged());
  }
}

TEST_CASE("a search in vain along wrong derivatives has not converged") {
  for (const ErrorModel& model : std::vector<ErrorModel>{
           {.kind = ErrorKind::fixed}, {.kind = ErrorKind::combined_sd, .a = 0.1, .b = 0.01}}) {
    CAPTURE(static_cast<int>(model.kind));
    Objective o = exponential_objective();
    o.groups = {model};
    o.predictor.predict = [inner = o.predictor.predict](const VectorXd& phi, bool derivatives,
                                                        Prediction& p) {
      auto why = inner(phi, derivatives, p);
      if (derivatives) p.jacobian *= -1.0;
      return why;
    };
    const Minimum m = minimize(o, at(0.0));
    CHECK(m.status == MinimizeStatus::not_converged);
    CHECK_FALSE(m.message.empty());
    CHECK(m.failures == 0);
  }
}

TEST_CASE("a search among data no prediction comes near converges all the same") {
  const Minimum m = minimize(wall({.kind = ErrorKind::fixed}, 1e9), Eigen::Vector2d(0.9, -0.5)),
                exact = minimize(wall({.kind = ErrorKind::fixed}, 1e9), Eigen::Vector2d(0.9, -0.5),
                                 to_rounding());
  CHECK(m.objective > 1e5);
  CHECK_MESSAGE(m.converged(), m.message);
  CHECK_NEAR(m.objective, exact.objective, 0.0, 1e-3);
}

}  // namespace lutetia

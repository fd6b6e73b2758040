// What an objective refuses.
#include "lutetia/estimation/objective.hpp"

#include <limits>

#include "support/objectives.hpp"

namespace lutetia {
namespace {

using namespace testing;

std::string refusal(const Objective& o) {
  return message_of<std::invalid_argument>([&] { o.check(); });
}

}  // namespace

TEST_CASE("an objective refuses what does not fit together") {
  const Objective good = washout({.kind = ErrorKind::log_normal, .b = 0.1});
  CHECK(refusal(good) == "accepted");
  auto with = [&](auto&& change) {
    Objective o = good;
    change(o);
    return refusal(o);
  };
  CHECK(with([](Objective& o) { o.measurements.pop_back(); }) ==
        "the predictor is of 6 measurements, found 5");
  CHECK(with([](Objective& o) { o.series = 3; }) ==
        "the prior must have 3 + 3 + 0 coordinates, found 5");
  CHECK(with([](Objective& o) { o.groups[0].estimated = true; }) ==
        "the prior must have 3 + 2 + 1 coordinates, found 5");
  CHECK(with([](Objective& o) {
          o.pull = Pull{VectorXd::Ones(4), 0.0, 1.0};
        }) == "a pull needs a derivative by each of 5 coordinates, found 4");
  const std::string none = "measurement 2 has no such group or series";
  CHECK(with([](Objective& o) { o.measurements[1].group = 2; }) == none);
  CHECK(with([](Objective& o) { o.measurements[1].group = -1; }) == none);
  CHECK(with([](Objective& o) { o.measurements[1].series = 2; }) == none);
  CHECK(with([](Objective& o) { o.measurements[0].value = 0.0; }) ==
        "measurement 1 must be positive");
  CHECK(with([](Objective& o) { o.measurements[0].censored = true; }) ==
        "measurement 1 needs a positive limit of detection");
  CHECK(with([](Objective& o) {
          for (Measurement& y : o.measurements) {
            y.censored = true;
            y.limit = 1.0;
          }
        }) == "no measurement is above its limit of detection");
}

TEST_CASE("an objective refuses errors without spread") {
  auto with = [](const ErrorModel& model, double sd = 0.4) {
    Objective o = washout({.kind = ErrorKind::log_normal, .b = 0.1});
    o.groups[0] = model;
    for (Measurement& y : o.measurements) y.standard_deviation = sd;
    return refusal(o);
  };
  const std::string message = "measurement 1 needs a positive standard deviation";
  for (const ErrorKind kind : {ErrorKind::proportional_data, ErrorKind::proportional_model,
                               ErrorKind::log_normal, ErrorKind::student_t}) {
    CAPTURE(static_cast<int>(kind));
    CHECK(with({.kind = kind, .a = 1.0}) == message);  // a means nothing to them
    CHECK(with({.kind = kind, .b = -0.1}) == message);
    CHECK(with({.kind = kind, .b = std::numeric_limits<double>::quiet_NaN()}) == message);
  }
  for (const ErrorKind kind : {ErrorKind::combined_sd, ErrorKind::combined_variance}) {
    CAPTURE(static_cast<int>(kind));
    CHECK(with({.kind = kind}) == message);
    CHECK(with({.kind = kind, .a = 1.0, .b = -0.1}) == message);
    CHECK(with({.kind = kind, .a = 1.0}) == "accepted");
    CHECK(with({.kind = kind, .b = 0.1}) == "accepted");
  }
  CHECK(with({.kind = ErrorKind::fixed}, 0.0) == message);
  CHECK(with({.kind = ErrorKind::student_t, .b = 0.1, .degrees = 0.0}) ==
        "measurement 1 needs positive degrees of freedom, found 0");
}

TEST_CASE("coordinates and predictions have the sizes that were announced") {
  const Objective o = washout({.kind = ErrorKind::fixed});
  CHECK(message_of<std::invalid_argument>([&] { (void)evaluate(o, VectorXd::Zero(4), true); }) ==
        "an objective of 5 coordinates, found 4");
  CHECK(message_of<std::invalid_argument>([&] { (void)residuals(o, VectorXd::Zero(6), true); }) ==
        "an objective of 5 coordinates, found 6");
  Objective wrong = o;
  wrong.predictor.predict = [](const VectorXd&, bool, Prediction& p) {
    p.values = VectorXd::Ones(6);
    p.jacobian = MatrixXd::Ones(6, 2);
    return std::optional<std::string>();
  };
  CHECK(message_of<std::invalid_argument>([&] {
          (void)evaluate(wrong, VectorXd::Zero(5), true);
        }) == "a predictor of 6 measurements and 3 coordinates gave 6 values and a 6 x 2 Jacobian");
}

}  // namespace lutetia

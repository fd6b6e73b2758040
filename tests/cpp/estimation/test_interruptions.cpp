// Searches that are cancelled or thrown out of, and their silence.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

// First, since glog has a CHECK_NEAR of its own.
#include <ceres/ceres.h>
#include <glog/logging.h>
#undef CHECK_NEAR
#include "support/objectives.hpp"

namespace lutetia {
namespace {

using namespace testing;

VectorXd at(double z) { return VectorXd::Constant(1, z); }

/// Everything written to the standard error during a call.
template <class Call>
std::string standard_error_of(const Call& call) {
  std::fflush(stderr);
  std::FILE* file = std::tmpfile();
  REQUIRE(file);
  const int before = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  call();
  std::fflush(stderr);
  dup2(before, STDERR_FILENO);
  close(before);
  std::string out(static_cast<std::size_t>(std::max(0L, std::ftell(file))), ' ');
  out.resize(static_cast<std::size_t>(lseek(fileno(file), 0, SEEK_END)));
  lseek(fileno(file), 0, SEEK_SET);
  const auto read_bytes = read(fileno(file), out.data(), out.size());
  REQUIRE(read_bytes == static_cast<ssize_t>(out.size()));
  std::fclose(file);
  return out;
}

}  // namespace

TEST_CASE("a cancelled search returns the best so far") {
  for (const ErrorModel& model : std::vector<ErrorModel>{
           {.kind = ErrorKind::fixed}, {.kind = ErrorKind::combined_sd, .a = 0.1, .b = 0.01}}) {
    CAPTURE(static_cast<int>(model.kind));
    std::atomic<bool> cancel{false};
    std::atomic<int> calls{0};
    Objective o = exponential_objective();
    o.groups = {model};
    o.predictor = failing(
        o.predictor,
        [&](const VectorXd&) {
          cancel = ++calls >= 3;
          return false;
        },
        "");
    const double at_start = evaluate(o, at(0.2), false)->total();
    calls = 0;
    cancel = false;
    const Minimum m = minimize(o, at(0.2), {}, &cancel);
    CHECK(m.status == MinimizeStatus::cancelled);
    CHECK(m.message == "cancelled");
    CHECK(m.objective < at_start);
    CHECK_NEAR(m.objective, evaluate(o, m.z, false)->total(), 1e-15, 0.0);
    CHECK(calls < 20);
    cancel = true;
    const Minimum none = minimize(o, at(0.2), {}, &cancel);
    CHECK(none.status == MinimizeStatus::cancelled);
    CHECK(none.z(0) == 0.2);
    CHECK_NEAR(none.objective, at_start, 1e-15, 0.0);
  }
}

TEST_CASE("cancelled searches that had not begun have no objective") {
  std::atomic<bool> cancel{true};
  std::atomic<int> done{0};
  const auto all =
      minimize_from(exponential_objective(), {at(-1.0), at(1.0)}, 2, {}, &cancel, &done);
  REQUIRE(all.size() == 2);
  CHECK(done == 2);
  for (const Minimum& m : all) {
    CHECK(m.status == MinimizeStatus::cancelled);
    CHECK(m.message == "cancelled");
    CHECK(std::isnan(m.objective));
    CHECK(m.evaluations == 0);
  }
  CHECK(all[1].z(0) == 1.0);
}

TEST_CASE("what a predictor throws on a thread reaches the caller") {
  for (const ErrorKind kind : {ErrorKind::fixed, ErrorKind::combined_sd})
    for (const bool derivatives_only : {false, true})
      for (const int threads : {1, 3}) {
        Objective o = exponential_objective();
        o.groups = {{.kind = kind, .a = 0.1, .b = 0.1}};
        o.predictor.predict = [inner = o.predictor.predict, derivatives_only](
                                  const VectorXd& phi, bool derivatives, Prediction& p) {
          if (phi(0) > 0.5 && (derivatives || !derivatives_only))
            throw std::runtime_error("a broken model");
          return inner(phi, derivatives, p);
        };
        CHECK(message_of<std::runtime_error>([&] {
                (void)minimize_from(o, {at(-1.0), at(-0.5), at(0.0), at(0.4)}, threads);
              }) == "a broken model");
      }
}

TEST_CASE("a start of another size is refused") {
  CHECK(message_of<std::invalid_argument>([] {
          (void)minimize(exponential_objective(), VectorXd::Zero(2));
        }) == "a start has 1 coordinates, found 2");
  CHECK(message_of<std::invalid_argument>([] {
          Objective o = exponential_objective();
          o.measurements[0].standard_deviation = 0.0;
          (void)minimize_from(o, {}, 1);
        }) == "measurement 1 needs a positive standard deviation");
}

TEST_CASE("steps that are taken back leave the standard error empty") {
  // Ceres by itself is not silent: the same without us, from where there is no value.
  struct Overshooting : ceres::SizedCostFunction<1, 1> {
    bool Evaluate(double const* const* x, double* r, double** j) const override {
      if (x[0][0] > 0.8) return false;
      r[0] = (std::exp(x[0][0]) - 2.0) / 0.1;
      if (j && j[0]) j[0][0] = std::exp(x[0][0]) / 0.1;
      return true;
    }
  };
  const int before = FLAGS_minloglevel;
  FLAGS_minloglevel = 0;
  const std::string by_itself = standard_error_of([] {
    double x = 3.0;
    ceres::Problem problem;
    problem.AddResidualBlock(new Overshooting, nullptr, &x);
    ceres::Solver::Options options;
    options.logging_type = ceres::SILENT;
    ceres::Solver::Summary summary;
    ceres::Solve(options, &problem, &summary);
  });
  CHECK_FALSE(by_itself.empty());
  int failures = 0;
  const std::string ours = standard_error_of([&] {
    failures += minimize(half_space(0.8), at(-1.5)).failures;
    failures +=
        minimize(half_space(0.8, {.kind = ErrorKind::combined_sd, .a = 0.1, .b = 0.01}), at(-1.5))
            .failures;
    failures += minimize(wall({.kind = ErrorKind::fixed}), Eigen::Vector2d(0.9, -0.5)).failures;
    failures += minimize(half_space(-1e9), at(1.0)).failures;
    failures += minimize(without_derivatives({.kind = ErrorKind::fixed}), at(0.0)).failures;
  });
  CHECK(failures > 10);
  CHECK(ours == "");
  FLAGS_minloglevel = std::max(before, FLAGS_minloglevel);
}

}  // namespace lutetia

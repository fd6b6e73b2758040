// Events, outputs and refusals of a run.
#include <algorithm>
#include <limits>
#include <stdexcept>

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

constexpr double k = 0.4;  // of one_compartment [1/h]

/// One infusion of 1 nmol into one_compartment, from `start` for `duration` hours.
double infused(double start, double duration, double time) {
  if (time <= start) return 0.0;
  const double run_for = std::min(time - start, duration);
  return -std::expm1(-k * run_for) / (k * duration) * std::exp(-k * (time - start - run_for));
}

}  // namespace

// Linear kinetics: the sum of the single infusions. 10·rtol of what was given, as for every exact
// solution.
TEST_CASE("overlapping infusions through one line add up") {
  const double rtol = 1e-8;
  const std::vector<double> hours{0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 8.0};
  const Trajectory run = setup_of(one_compartment,
                                  "{infusion: dotatate, amount: 10 nmol, duration: 3 h}, "
                                  "{infusion: dotatate, amount: 5 nmol, duration: 1 h, at: 1 h}, "
                                  "{infusion: dotatate, amount: 2 nmol, duration: 2 h, at: 2 h}, "
                                  "{bolus: dotatate, amount: 1 nmol, at: 2 h}")
                             .run(request_of(hours, 8.0, rtol));
  for (std::size_t i = 0; i < hours.size(); ++i) {
    const double t = hours[i];
    const double expected = 10.0 * infused(0.0, 3.0, t) + 5.0 * infused(1.0, 1.0, t) +
                            2.0 * infused(2.0, 2.0, t) + (t > 2.0 ? std::exp(-k * (t - 2.0)) : 0.0);
    CAPTURE(t);
    CHECK_NEAR(amount_at(run, i, "dotatate blood"), expected, 0.0, 10.0 * rtol * 18.0);
  }
}

TEST_CASE("an output at the time of an event shows the side that is asked for") {
  const Setup setup = setup_of(one_compartment,
                               "{bolus: dotatate, amount: 8 nmol, repeat: {every: 5 h, count: 2}}");
  RunRequest request = request_of({0.0, 5.0, 10.0}, 10.0, 1e-8);
  const Trajectory before = setup.run(request);
  request.options.at_event = AtEvent::after;
  const Trajectory after = setup.run(request);
  const double left = 8.0 * std::exp(-2.0);
  CHECK(amount_at(before, 0, "dotatate blood") == 0.0);
  CHECK(amount_at(after, 0, "dotatate blood") == 8.0);
  CHECK_NEAR(amount_at(before, 1, "dotatate blood"), left, 0.0, 10.0 * 1e-8 * 8.0);
  CHECK_NEAR(amount_at(after, 1, "dotatate blood"), left + 8.0, 0.0, 10.0 * 1e-8 * 8.0);
  CHECK(amount_at(before, 2, "dotatate blood") == amount_at(after, 2, "dotatate blood"));
}

TEST_CASE("an event at the very end still happens") {
  const Setup setup = setup_of(one_compartment,
                               "{bolus: dotatate, amount: 8 nmol, repeat: {every: 5 h, count: 2}}");
  RunRequest request = request_of({5.0}, 5.0, 1e-8);
  CHECK_NEAR(amount_at(setup.run(request), 0, "dotatate blood"), 8.0 * std::exp(-2.0), 0.0,
             10.0 * 1e-8 * 8.0);
  request.options.at_event = AtEvent::after;
  CHECK_NEAR(amount_at(setup.run(request), 0, "dotatate blood"), 8.0 * std::exp(-2.0) + 8.0, 0.0,
             10.0 * 1e-8 * 8.0);
}

TEST_CASE("nothing is in the body before the first administration") {
  const Setup setup = setup_of(one_compartment, "{bolus: dotatate, amount: 8 nmol, at: 3 h}");
  const Trajectory run = setup.run(request_of({0.0, 1.0, 2.9, 4.0}, 4.0, 1e-8));
  for (const std::size_t t : {0, 1, 2}) CHECK(amount_at(run, t, "dotatate blood") == 0.0);
  CHECK_NEAR(amount_at(run, 3, "dotatate blood"), 8.0 * std::exp(-k), 0.0, 10.0 * 1e-8 * 8.0);
}

// ∫ D·e^(−kt) dt = D/k·(1 − e^(−kt)); the integral of the interpolant errs by no more than the
// states do.
TEST_CASE("time integrals of a bolus follow their formula at every cycle start") {
  const Setup setup = setup_of(one_compartment,
                               "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 8 "
                               "nmol, repeat: {every: 5 h, count: 2}}");
  const Trajectory run = setup.run(request_of({}, 10.0, 1e-8));
  REQUIRE(run.marks == std::vector<double>{0.0, 5.0, 10.0});
  const int blood = state_index(*run.system, "dotatate blood"), n = run.system->size();
  const double one = -std::expm1(-5.0 * k) / k * 8.0, two = -std::expm1(-10.0 * k) / k * 8.0;
  CHECK(run.integrals[blood] == 0.0);
  CHECK_NEAR(run.integrals[n + blood], one, 10.0 * 1e-8, 0.0);
  CHECK_NEAR(run.integrals[2 * n + blood], two + one, 10.0 * 1e-8, 0.0);
}

TEST_CASE("both methods agree on the full model") {
  const Setup setup = reference_setup(one_therapy);
  RunRequest request = request_of({0.5, 1.0, 24.0, 168.0}, 168.0, 1e-7);
  const Trajectory fifth = setup.run(request);
  request.options.method = Method::rodas4p;
  const Trajectory fourth = setup.run(request);
  for (std::size_t t = 0; t < fifth.times.size(); ++t)
    for (const char* state :
         {"dotatate kidney.bound", "dotatate tumor.internalized", "dotatate veins"}) {
      CAPTURE(std::string(state));
      CHECK_NEAR(amount_at(fourth, t, state), amount_at(fifth, t, state), 100.0 * 1e-7,
                 100.0 * 1e-10);
    }
}

TEST_CASE("too few steps are reported with time, state and nearest event") {
  RunRequest request = request_of({24.0}, 24.0, 1e-6);
  request.options.max_steps = 20;
  const Setup setup = reference_setup(one_therapy);
  try {
    setup.run(request);
    FAIL("no error");
  } catch (const SolverError& error) {
    const std::string message = error.what();
    CAPTURE(message);
    CHECK(error.reason() == SolverFailure::too_many_steps);
    CHECK(error.accepted_steps() > 0);
    CHECK(error.accepted_steps() <= 20);
    CHECK(error.time() > 0.0);
    CHECK(error.time() < 24.0);
    CHECK(error.step() > 0.0);
    CHECK(error.state().starts_with("dotatate"));
    CHECK(message.find("too many steps at ") != std::string::npos);
    CHECK(message.find(error.state()) != std::string::npos);
    CHECK(message.find("administration 1 at ") != std::string::npos);
    CHECK(message.find(error.nearest_event()) != std::string::npos);
  }
}

TEST_CASE("arguments out of range are refused before anything is integrated") {
  const Setup setup =
      setup_of(one_compartment, "{infusion: dotatate, amount: 8 nmol, duration: 2 h}");
  const auto system = std::make_shared<const System>(setup.compiled());
  const Rates rates = system->rates();
  const Schedule schedule = expand(setup.regimen, *system, rates);
  auto refusal = [&](const std::vector<double>& times, double end,
                     const SimulationOptions& options) {
    return message_of<std::invalid_argument>(
        [&] { simulate(system, rates, schedule, times, end, options); });
  };
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinite = std::numeric_limits<double>::infinity();
  const SimulationOptions good;
  CHECK(refusal({1.0}, 4.0, good) == "accepted");
  CHECK(refusal({2.0, 1.0}, 4.0, good) == "output times must ascend, found 1 h after 2 h");
  CHECK(refusal({-1.0}, 4.0, good) == "output time -1 h is not a time of the run");
  CHECK(refusal({nan}, 4.0, good) == "output time nan h is not a time of the run");
  CHECK(refusal({5.0}, 4.0, good) == "output time 5 h is after the end of the run at 4 h");
  CHECK(refusal({}, 0.0, good) == "the end of the run must be positive, found 0 h");
  CHECK(refusal({}, infinite, good) == "the end of the run must be positive, found inf h");
  CHECK(refusal({}, 1.0, good) ==
        "the run ends at 1 h, before the last event (end of administration 1) at 2 h");
  for (const double rtol : {0.0, -1.0, 0.5, 1e-14, nan}) {
    SimulationOptions options;
    options.rtol = rtol;
    CHECK(refusal({}, 4.0, options).starts_with("rtol must be between 1e-13 and 0.1, found "));
  }
  SimulationOptions options;
  options.atol_fraction = 0.0;
  CHECK(refusal({}, 4.0, options) == "atol_fraction must be positive, found 0");
  options = {};
  options.first_step = -1.0;
  CHECK(refusal({}, 4.0, options) == "first_step must be positive, found -1");
}

TEST_CASE("rates that cannot be are refused by name") {
  Setup setup = setup_of(one_compartment, "{bolus: dotatate, amount: 8 nmol}");
  give(setup.patient, "clearance", "-1 L/h");
  CHECK_CONTAINS(message_of<ModelError>([&] { setup.run(request_of({}, 4.0, 1e-6)); }),
                 "'clearance', found -");
}

TEST_CASE(
    "default output times ascend and hold every start, every end of an infusion and the end") {
  const Setup setup = reference_setup(four_cycles);
  const System system = setup.compiled();
  const Rates rates = system.rates();
  const Schedule schedule = expand(setup.regimen, system, rates);
  const double end = default_end(system, rates, schedule);
  CHECK_NEAR(end, 3 * 1344.0 + 0.5 + 1008.0, 1e-12, 0.0);  // six weeks are below ten half-lives
  const std::vector<double> times = default_times(schedule, end, 50);
  CHECK(std::is_sorted(times.begin(), times.end()));
  CHECK(std::adjacent_find(times.begin(), times.end()) == times.end());
  auto holds = [&](double t) { return std::find(times.begin(), times.end(), t) != times.end(); };
  for (const GivenDose& dose : schedule.given) {
    CHECK(holds(dose.time));
    CHECK(holds(dose.time + dose.duration));
    const auto within = [&](double t) { return t >= dose.time && t < dose.time + 1344.0; };
    CHECK(std::count_if(times.begin(), times.end(), within) >= 45);
    const auto first_day = [&](double t) { return t >= dose.time && t < dose.time + 24.0; };
    CHECK(std::count_if(times.begin(), times.end(), first_day) >= 10);
  }
  CHECK(times.front() == 0.0);
  CHECK(times.back() == end);
}

TEST_CASE("an unknown region is answered with the nearest one") {
  const Trajectory run = reference_setup(one_therapy).run(request_of({1.0}, 1.0, 1e-3));
  CHECK_THROWS_WITH_AS((void)run.region_index("kidny"),
                       "unknown region 'kidny'; did you mean 'kidney'?", std::out_of_range);
}

}  // namespace lutetia

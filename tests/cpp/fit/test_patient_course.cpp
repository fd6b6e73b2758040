// A patient's course: cycle effects beside free parameters, and what cannot be predicted.
#include "support/courses.hpp"

namespace lutetia {
namespace {

using namespace testing;

std::string why(const Predictor& predictor, const VectorXd& phi, bool derivatives = false) {
  Prediction out;
  return predictor.predict(phi, derivatives, out).value_or("a prediction");
}

}  // namespace

TEST_CASE("a factor per cycle is the patient with that cycle effect") {
  const std::string density = "tumor.receptor_density";
  const double phi = std::log(0.8);
  const auto fitted = course_of(four_cycles,
                                {{.name = "decline",
                                  .parameters = {density},
                                  .factor = true,
                                  .exponents = {0.0, 1.0, 2.0, 3.0}}},
                                1e-6);
  const auto described = course_of(
      four_cycles, {}, 1e-6, 200000,
      {{.parameter = density, .term = CycleEffect::Term::per_cycle_factor, .numbers = {0.8}}});
  const std::vector<double> times{24.0, 1368.0, 2712.0, 4056.0};
  const Trajectory a = fitted->run(VectorXd::Constant(1, phi), times, false).first,
                   b = described->run(VectorXd(0), times, false).first;
  const int tumor = a.region_index("tumor");
  const auto found = a.activity(tumor, "Lu-177"), expected = b.activity(tumor, "Lu-177");
  // exp(2 ln 0.8) and 0.8² differ by rounding.
  for (std::size_t t = 0; t < times.size(); ++t) CHECK_NEAR(found[t], expected[t], 1e-12, 0.0);
  CHECK(expected[3] < 0.8 * expected[0]);
}

TEST_CASE("cycle effects of the patient hold besides the factors of a fit") {
  const CycleEffect effect{.parameter = "tumor.receptor_density",
                           .term = CycleEffect::Term::free_per_cycle,
                           .numbers = {1.0, 0.5}};
  const FreeParameter twice{.name = "factor",
                            .parameters = {"tumor.receptor_density"},
                            .factor = true,
                            .exponents = {0.0, 1.0}};
  const auto both = course_of(two_cycles, {twice}, 1e-6, 200000, {effect}),
             none = course_of(two_cycles, {}, 1e-6);
  const auto activity = [](const PatientCourse& course, const VectorXd& phi) {
    const Trajectory run = course.run(phi, {24.0, 124.0}, false).first;
    return run.activity(run.region_index("tumor"), "")[1];
  };
  CHECK_NEAR(activity(*both, VectorXd::Constant(1, std::log(2.0))), activity(*none, VectorXd(0)),
             1e-12, 0.0);
}

TEST_CASE("the end of a whole run is chosen as simulate chooses it") {
  const auto course = course_of(two_cycles, {}, 1e-6);
  const Setup setup = reference_setup(two_cycles);
  RunRequest request;
  request.times.emplace({24.0, 124.0});
  const Trajectory expected = setup.run(request),
                   found = course->whole_run(VectorXd(0), *request.times, false).first;
  CHECK(found.end == expected.end);
  CHECK(found.states == expected.states);
  CHECK(course->cycle_starts() == std::vector<double>{0.0, 100.0});
}

TEST_CASE("scans of what is not there are listed together") {
  const auto course = course_of(two_cycles, {}, 1e-6);
  const std::string message = message_of<ModelError>([&] {
    (void)predict_scans(course, {{"kidny", "Lu-177", 24.0},
                                 {"kidney", "Lu-178", 24.0},
                                 {"kidney", "Lu-177", -1.0},
                                 {"kidney", "Lu-177", 24.0}});
  });
  CHECK_CONTAINS(message,
                 "measurement 1 is of 'kidny', which the model has not; did you mean 'kidney'?");
  CHECK_CONTAINS(message,
                 "measurement 2 is of 'Lu-178', which is not given; did you mean 'Lu-177'?");
  CHECK_CONTAINS(message,
                 "measurement 3 of 'kidney' is before any Lu-177 is given, found -1 h; times count "
                 "from the start of the administration of the cycle");
  CHECK(message.find("measurement 4") == std::string::npos);
}

TEST_CASE("a run that fails is no prediction, and says why") {
  const auto short_of_steps = course_of(two_cycles, free_parameters(), 1e-6, 20);
  const Predictor short_predictor = predict_scans(short_of_steps, {{"kidney", "Lu-177", 24.0}});
  CHECK_CONTAINS(why(short_predictor, given(*short_of_steps)), "too many steps");
  CHECK_CONTAINS(why(short_predictor, given(*short_of_steps), true), "too many steps");
  // A patient of 1 g, of infinitely many receptors.
  const auto course =
      course_of(two_cycles, {value("weight"), value("kidney.receptor_density")}, 1e-6);
  const Predictor predictor = predict_scans(course, {{"kidney", "Lu-177", 24.0}});
  VectorXd phi = given(*course);
  CHECK(why(predictor, phi) == "a prediction");
  phi(0) = std::log(1e-3);
  CHECK_CONTAINS(why(predictor, phi), "'rest.volume', found -");
  CHECK_CONTAINS(why(predictor, phi), "weight 0.001 kg");
  phi = given(*course);
  phi(1) = 800.0;
  CHECK(why(predictor, phi) != "a prediction");
  // A fit over it ends without a crash, with the reason.
  Objective o;
  o.predictor = short_predictor;
  o.groups = {{.kind = ErrorKind::log_normal, .b = 0.1}};
  o.measurements = {{.value = 100.0}};
  o.prior = independent_prior(given(*short_of_steps), 0.4);
  const Minimum m = minimize(o, VectorXd::Zero(6));
  CHECK(m.status == MinimizeStatus::start_infeasible);
  CHECK_CONTAINS(m.message, "too many steps");
}

TEST_CASE("what the schedule is computed from cannot be fitted") {
  CHECK_CONTAINS(message_of<ModelError>(
                     [] { (void)course_of(two_cycles, {value("Lu-177.decay_constant")}, 1e-6); }),
                 "no derivative with respect to 'Lu-177.decay_constant'");
}

TEST_CASE("a run needs a time to end at") {
  const auto course = course_of(two_cycles, {}, 1e-6);
  CHECK(message_of<std::invalid_argument>([&] { (void)course->run(VectorXd(0), {}, false); }) ==
        "a run to the last scan needs a time");
}

}  // namespace lutetia

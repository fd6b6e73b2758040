// Predicted scans: their derivatives, and how far a run goes for them.
#include "lutetia/dosimetry/derivatives.hpp"
#include "support/courses.hpp"

namespace lutetia {
namespace {

using namespace testing;

const std::vector<double> hours{1.0, 4.0, 24.0, 96.0, 104.0, 190.0};

/// Every region at every time.
std::vector<Scan> all_scans(const PatientCourse& course) {
  std::vector<Scan> out;
  for (const std::string& region : regions_of(course))
    for (const double t : hours) out.push_back({region, "Lu-177", t});
  return out;
}

}  // namespace

TEST_CASE("predicted scans follow their differences by every coordinate in every region") {
  const auto course = course_of(two_cycles, free_parameters(), 1e-10);
  const std::vector<Scan> scans = all_scans(*course);
  const Predictor predictor = predict_scans(course, scans);
  CHECK(predictor.measurements == static_cast<int>(scans.size()));
  CHECK(predictor.coordinates == 6);
  std::mt19937_64 generator(1);
  WorstError worst;
  for (int i = 0; i < 3; ++i) {
    const VectorXd phi = draw(*course, generator);
    const Prediction at = predicted(predictor, phi, true);
    // Derivatives that go along change no step.
    CHECK(at.values == predicted(predictor, phi, false).values);
    for (int c = 0; c < phi.size(); ++c) {
      const double h = 4e-3;
      auto shifted = [&](double by) {
        return predicted(predictor, phi + by * VectorXd::Unit(phi.size(), c), false).values;
      };
      const VectorXd high = shifted(h), low = shifted(-h), near_high = shifted(0.5 * h),
                     near_low = shifted(-0.5 * h);
      for (std::size_t r = 0; r < scans.size(); r += hours.size()) {
        double peak = 0.0;
        for (std::size_t j = r; j < r + hours.size(); ++j)
          peak = std::max({peak, std::abs(at.jacobian(j, c)), 0.01 * at.values(j)});
        for (std::size_t j = r; j < r + hours.size(); ++j)
          worst.add(
              at.jacobian(j, c), fourth_order(high(j), low(j), near_high(j), near_low(j), h), peak,
              text(scans[j].region, " at ", scans[j].time, " h by ", course->free().all()[c].name));
      }
    }
  }
  CHECK_WORST(worst, 1e-7);
}

TEST_CASE("a decline acts on scans of its cycle alone") {
  const auto course = course_of(two_cycles, free_parameters(), 1e-6);
  const Predictor predictor =
      predict_scans(course, {{"tumor", "Lu-177", 24.0}, {"tumor", "Lu-177", 124.0}});
  const Prediction at = predicted(predictor, given(*course), true);
  CHECK(at.jacobian(0, 5) == 0.0);
  CHECK(at.jacobian(1, 5) > 0.1 * at.values(1));
}

TEST_CASE("looser steps give the gradient of an objective within a hundred-thousandth") {
  const auto exact_course = course_of(two_cycles, free_parameters(), 1e-10),
             course = course_of(two_cycles, free_parameters(), 1e-6);
  std::vector<Scan> scans;
  for (const char* region : {"kidney", "spleen", "liver", "tumor"})
    for (const double t : {4.0, 24.0, 96.0, 124.0}) scans.push_back({region, "Lu-177", t});
  auto objective = [&](std::shared_ptr<const PatientCourse> of) {
    Objective o;
    o.predictor = predict_scans(of, scans);
    o.groups = {{.kind = ErrorKind::log_normal, .b = 0.1}};
    o.prior = independent_prior(given(*of), 0.4);
    const Prediction here = predicted(o.predictor, given(*exact_course), false);
    for (Eigen::Index j = 0; j < here.values.size(); ++j)
      o.measurements.push_back({.value = here.values(j) * (j % 2 ? 1.1 : 0.9)});
    return o;
  };
  const Objective exact = objective(exact_course);
  Objective loose = exact;
  loose.predictor = predict_scans(course, scans);
  std::mt19937_64 generator(2);
  for (int i = 0; i < 3; ++i) {
    const VectorXd z = exact.prior.whitened(draw(*course, generator));
    const VectorXd expected = half_gradient(exact, z, evaluate(exact, z, true).value()),
                   found = half_gradient(loose, z, evaluate(loose, z, true).value());
    CHECK_NEAR((found - expected).norm() / expected.norm(), 0.0, 0.0, 1e-5);
  }
}

TEST_CASE("a run to the last scan is the whole run until then") {
  const auto course = course_of(two_cycles, free_parameters(), 1e-6);
  std::mt19937_64 generator(3);
  const VectorXd phi = draw(*course, generator);
  const std::vector<double> times{4.0, 24.0, 96.0, 124.0, 150.0};
  const auto [part, by_part] = course->run(phi, times, true);
  const auto [whole, by_whole] = course->whole_run(phi, times, true);
  CHECK(part.end == 150.0);
  CHECK(whole.end > 500.0);
  WorstError before, last;
  for (const std::string& name : regions_of(*course)) {
    const int r = part.region_index(name);
    const auto a = part.activity(r, "Lu-177"), b = whole.activity(r, "Lu-177");
    const auto da = activity_derivative(part, by_part, r, "Lu-177"),
               db = activity_derivative(whole, by_whole, r, "Lu-177");
    const double peak = peak_of(b), steepest = peak_of(db);
    for (std::size_t t = 0; t < times.size() && peak > 0.0; ++t) {
      // The last step ends where the run does; before it both are the same steps.
      WorstError& error = t + 1 < times.size() ? before : last;
      error.add(a[t], b[t], peak, text(name, " at ", times[t], " h"));
      for (int c = 0; c < 6; ++c)
        error.add(da[6 * t + c], db[6 * t + c], steepest,
                  text("derivative ", c, " of ", name, " at ", times[t], " h"));
    }
  }
  CHECK_WORST(before, 1e-14);
  CHECK_WORST(last, 1e-6);
  // Administrations after the last scan are left out, an hour away or days.
  CHECK(course->run(phi, {99.0}, true).first.end == 99.0);
  const Trajectory first = course->run(phi, {24.0}, false).first;
  CHECK(first.end == 24.0);
  CHECK(first.activity(first.region_index("kidney"), "")[0] ==
        predicted(predict_scans(course, {{"kidney", "Lu-177", 24.0}}), phi, false).values(0));
}

}  // namespace lutetia

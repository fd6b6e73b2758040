// Blood counts: nadirs of the worked example, steady state, limits of the model.
#include "lutetia/radiobiology/blood_counts.hpp"

#include <doctest/doctest.h>

#include "support/dose_rates.hpp"
#include "support/near.hpp"

using namespace lutetia;
using namespace lutetia::testing;

namespace {

constexpr double day = 24.0, cycle = 8.0 * 7.0 * day;
constexpr double infinite = std::numeric_limits<double>::infinity();
const std::vector<double> starts{0.0, cycle, 2 * cycle, 3 * cycle};

CellLine platelets(double transit_time) {
  return {.baseline = 250.0,
          .transit_time = transit_time,
          .transits = 3,
          .feedback = 0.2,
          .alpha = 0.7,
          .marrow = {.alpha_beta = infinite, .repair = {{1.0}}, .rbe_max = 1.0}};
}

Exposure marrow() { return {cycles_of_dose(0.42 * decay_of(30.0), 30.0, starts, 4 * cycle)}; }

std::vector<Nadir> nadirs_of(const CellLine& line) {
  return nadirs(blood_counts(marrow(), {no_dose()}, line, 0.0, every(2.0, 4 * cycle)), starts);
}

}  // namespace

// Tolerance as stated with the example.
TEST_CASE("worked example 20: nadirs of platelets") {
  const auto fast = nadirs_of(platelets(140.0));
  const std::vector<double> printed{200.7, 201.2, 201.1, 201.1};
  for (std::size_t c = 0; c < 4; ++c) CHECK_NEAR(fast[c].count, printed[c], 0.0, 0.3);
  CHECK_PRINTED(fast[0].time / day, "11.6");
  const auto medium = nadirs_of(platelets(250.0));
  CHECK_NEAR(medium[0].count, 199.0, 0.0, 0.3);
  CHECK_PRINTED(medium[0].time / day, "19.3");
  const auto slow = nadirs_of(platelets(400.0));
  CHECK_NEAR(slow[0].count, 198.4, 0.0, 0.3);
  CHECK_PRINTED(slow[0].time / day, "29.8");
  CHECK_NEAR(slow[1].count, 208.4, 0.0, 0.3);
  CHECK_PRINTED(slow[1].time / day, "31.0");
}

TEST_CASE("without dose counts stay where they were") {
  const auto course = blood_counts({no_dose()}, {}, platelets(250.0), 0.0, every(500.0, 8000.0));
  for (const double count : course.count) CHECK(count == 250.0);
  for (const double reserve : course.reserve) CHECK(reserve == 1.0);
}

TEST_CASE("a quadratic part lowers the nadir, repair at once takes it away") {
  CellLine line = platelets(250.0);
  const double linear = nadirs_of(line)[0].count;
  line.marrow.alpha_beta = 10.0;
  CHECK(nadirs_of(line)[0].count < linear - 0.05);
  line.marrow.repair[0].half_life = 0.0;
  CHECK_NEAR(nadirs_of(line)[0].count, linear, 1e-8, 0.0);
}

TEST_CASE("without feedback and maturation all that is killed is missing for good") {
  CellLine line = platelets(250.0);
  line.feedback = 0.0;
  const auto course = blood_counts(marrow(), {}, line, 0.0, {cycle, 12000.0}, 1e-11);
  CHECK_NEAR(course.proliferating[1], std::exp(-0.7 * 4 * 0.42), 1e-6, 0.0);
  CHECK_NEAR(course.count[1], 250.0 * std::exp(-0.7 * 4 * 0.42), 1e-6, 0.0);
}

TEST_CASE("stem cells lost in the marrow are lost for good and lower the counts") {
  CellLine line = platelets(250.0);
  line.reserve_loss = 0.05;
  const auto course = blood_counts(marrow(), {}, line, 0.0, {30000.0}, 1e-11);
  const double reserve = std::exp(-0.05 * 0.7 * 4 * 0.42);
  CHECK_NEAR(course.reserve[0], reserve, 1e-6, 0.0);
  // Steady state: (1 − f)·(C₀/C)^γ = 1.
  CHECK_NEAR(course.count[0], 250.0 * std::pow(reserve, 1.0 / 0.2), 1e-4, 0.0);
}

TEST_CASE("circulating cells are killed by the dose to blood") {
  CellLine line = platelets(1e9);  // nothing comes and goes
  line.blood_alpha = 2.0;
  line.alpha = 0.0;
  const Exposure blood{cycles_of_dose(0.1 * decay_of(30.0), 30.0, {0.0}, 600.0)};
  const auto course = blood_counts({no_dose()}, blood, line, 0.0, {5000.0});
  CHECK_NEAR(course.count[0], 250.0 * std::exp(-0.2), 1e-5, 0.0);
}

TEST_CASE("alpha particles kill circulating cells with the RBE of the blood") {
  CellLine line = platelets(1e9);
  line.blood_alpha = 0.5;
  line.blood_rbe = 5.0;
  line.marrow.rbe_max = 7.0;  // of the marrow, not of the blood
  line.alpha = 0.0;
  const DoseRate rate = cycles_of_dose(0.1 * decay_of(30.0), 30.0, {0.0}, 600.0);
  const auto course = blood_counts({no_dose()}, {rate, rate}, line, 0.0, {5000.0});
  CHECK_NEAR(course.count[0], 250.0 * std::exp(-0.05 * (1.0 + 5.0)), 1e-5, 0.0);
}

TEST_CASE("alpha particles count with their RBE, radiosensitizers within their window") {
  CellLine line = platelets(250.0);
  line.marrow.rbe_max = 3.0;
  const Exposure particles{no_dose(), marrow().low_let};
  CellLine stronger = platelets(250.0);
  stronger.alpha = 2.1;
  const auto one = blood_counts(particles, {}, line, 0.0, {400.0});
  const auto same = blood_counts(marrow(), {}, stronger, 0.0, {400.0});
  CHECK_NEAR(one.count[0], same.count[0], 1e-8, 0.0);
  CellLine sensitized = platelets(250.0);
  sensitized.alpha_windows = {{-10.0, 1e6, 3.0}};
  CHECK_NEAR(blood_counts(marrow(), {}, sensitized, 0.0, {400.0}).count[0], same.count[0], 1e-8,
             0.0);
}

TEST_CASE("grades count the limits a value is below") {
  const std::vector<double> limits{150.0, 75.0, 50.0, 25.0};
  CHECK(toxicity_grade(150.0, limits) == 0);
  CHECK(toxicity_grade(149.0, limits) == 1);
  CHECK(toxicity_grade(75.0, limits) == 1);
  CHECK(toxicity_grade(74.0, limits) == 2);
  CHECK(toxicity_grade(24.0, limits) == 4);
}

TEST_CASE("a cell line that cannot be is refused") {
  const auto refused = [](auto change) {
    CellLine line = platelets(250.0);
    change(line);
    return message_of<std::invalid_argument>(
        [&] { (void)blood_counts(marrow(), {}, line, 0.0, {1.0}); });
  };
  CHECK(refused([](auto& l) { l.baseline = 0.0; }) == "baseline must be positive, found 0");
  CHECK(refused([](auto& l) { l.transit_time = -1.0; }) ==
        "transit_time must be positive, found -1");
  CHECK(refused([](auto& l) { l.transits = 0; }) == "transits must be positive, found 0");
  CHECK(refused([](auto& l) { l.marrow.alpha_beta = 0.0; }) ==
        "alpha_beta must be positive, found 0");
  CHECK(refused([](auto& l) { l.alpha = -1.0; }) == "alpha must not be negative, found -1");
  CHECK(refused([](auto& l) { l.feedback = -1.0; }) == "feedback must not be negative, found -1");
  CHECK(refused([](auto& l) { l.blood_alpha = -1.0; }) ==
        "blood_alpha must not be negative, found -1");
  CHECK(refused([](auto& l) { l.reserve_loss = -1.0; }) ==
        "reserve_loss must not be negative, found -1");
  CHECK(message_of<std::invalid_argument>([] {
          (void)nadirs({{0.0, 1.0}, {1.0, 1.0}, {}, {}}, {0.0, 5.0});
        }) == "no time lies in cycle 2");
}

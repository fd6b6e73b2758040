// Limits of blood counts: steps of BED against dose rates, scales against the counts they give.
#include "lutetia/radiobiology/count_limit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "lutetia/radiobiology/damage.hpp"
#include "support/dose_rates.hpp"
#include "support/near.hpp"

using namespace lutetia;
using namespace lutetia::testing;

namespace {

constexpr double cycle = 8.0 * 7.0 * 24.0, step = 8.0;
constexpr double never = std::numeric_limits<double>::infinity();
const std::vector<double> starts{0.0, cycle, 2 * cycle, 3 * cycle};
constexpr std::size_t each = 168;  // steps
const Steps steps{step, {0, each, 2 * each, 3 * each}};

CellLine platelets() {
  return {.baseline = 250.0,
          .transit_time = 400.0,
          .transits = 3,
          .feedback = 0.2,
          .alpha = 0.7,
          .marrow = {.alpha_beta = 10.0, .repair = {{1.0}}, .rbe_max = 1.0},
          .reserve_loss = 0.01};
}

DoseRate marrow() { return cycles_of_dose(0.42 * decay_of(30.0), 30.0, starts, 4 * cycle); }

/// BED without protraction and protraction over α/β in each step.
struct Beds {
  std::vector<double> linear, quadratic, none = std::vector<double>(4 * each, 0.0);
};
Beds beds(const CellLine& line) {
  const auto found = damage(marrow(), line.marrow.repair, every(step, 4 * cycle));
  Beds out;
  for (std::size_t i = 1; i < found.size(); ++i) {
    out.linear.push_back(found[i].dose - found[i - 1].dose);
    out.quadratic.push_back((found[i].protraction - found[i - 1].protraction) /
                            line.marrow.alpha_beta);
  }
  return out;
}

std::vector<double> sum(const Beds& bed, double scale) {
  std::vector<double> out;
  for (std::size_t i = 0; i < bed.linear.size(); ++i)
    out.push_back(scale * (bed.linear[i] + scale * bed.quadratic[i]));
  return out;
}

}  // namespace

// A step holds its BED a few hours early or late; a nadir is flat to second order in that.
TEST_CASE("steps of BED give the nadirs of the dose rate") {
  const CellLine line = platelets();
  const auto exact = nadirs(blood_counts({marrow()}, {}, line, 0.0, every(2.0, 4 * cycle)), starts);
  const auto found = lowest_counts(line, steps, sum(beds(line), 1.0));
  REQUIRE(found.size() == 4);
  for (std::size_t c = 0; c < 4; ++c) CHECK_NEAR(found[c], exact[c].count, 1e-4, 0.0);
  CHECK(found[0] < 0.85 * line.baseline);
}

TEST_CASE("the largest scale brings the lowest count to the limit") {
  const CellLine line = platelets();
  const Beds bed = beds(line);
  for (const double least : {25.0, 150.0, 249.0}) {
    const double scale = largest_scale(line, steps, {bed.none, bed.linear, bed.quadratic}, least);
    const auto lowest = lowest_counts(line, steps, sum(bed, scale));
    // The root is good to 44 bits, and counts fall by less than their own share per share of scale.
    CHECK_NEAR(*std::min_element(lowest.begin(), lowest.end()), least, 1e-11, 0.0);
  }
}

TEST_CASE("what was given leaves less, and cycles before the first are not looked at") {
  const CellLine line = platelets();
  const Beds bed = beds(line);
  const double alone = largest_scale(line, steps, {bed.none, bed.linear, bed.quadratic}, 150.0);
  const std::vector<double> given = sum(bed, 0.5);
  CHECK(largest_scale(line, steps, {given, bed.linear, bed.quadratic}, 150.0) < alone);
  CHECK(largest_scale(line, steps, {sum(bed, 1.01 * alone), bed.linear, bed.quadratic}, 150.0) ==
        0.0);
  std::vector<double> first = sum(bed, 1.01 * alone);
  std::fill(first.begin() + each, first.end(), 0.0);
  const Steps later{step, {2 * each, 3 * each}};
  CHECK(largest_scale(line, later, {first, bed.linear, bed.quadratic}, 150.0) > 0.0);
}

TEST_CASE("scales that no dose limits, and beds that are no numbers") {
  CellLine line = platelets();
  Beds bed = beds(line);
  CHECK(largest_scale(line, steps, {bed.none, bed.none, bed.none}, 150.0) == never);
  bed.linear[3] = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(largest_scale(line, steps, {bed.none, bed.linear, bed.quadratic}, 150.0)));
  line.alpha = 0.0;
  bed = beds(line);
  CHECK(largest_scale(line, steps, {bed.none, bed.linear, bed.quadratic}, 150.0) == never);
  CHECK_THROWS_WITH_AS((void)lowest_counts(line, {0.0, {0}}, bed.linear),
                       "steps need a length, and starts that ascend and lie within",
                       std::invalid_argument);
}

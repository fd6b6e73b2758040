// Complication probability and filtration of the kidneys.
#include "lutetia/radiobiology/kidney_effect.hpp"

#include <doctest/doctest.h>

#include "support/dose_rates.hpp"
#include "support/near.hpp"

using namespace lutetia;
using namespace lutetia::testing;

TEST_CASE("worked example 15: complication probability of the kidneys") {
  CHECK_PRINTED(ntcp_lyman(40.0, 50.4, 0.10), "0.0195330");
  CHECK_PRINTED(ntcp_lyman(41.4, 50.4, 0.10), "0.0370728");
  CHECK_PRINTED(ntcp_lyman(44.0, 50.4, 0.10), "0.1020706");
  CHECK_PRINTED(ntcp_lyman(50.4, 50.4, 0.10), "0.5");
  CHECK_PRINTED(ntcp_lyman(28.0, 50.4, 0.10), "4e-6");
}

TEST_CASE("the logistic curve is near that of Lyman") {
  CHECK_PRINTED(100.0 * ntcp_logistic(28.0, 50.4, 16.0), "0.01");
  CHECK_PRINTED(100.0 * ntcp_logistic(40.0, 50.4, 16.0), "2.4");
  CHECK_PRINTED(100.0 * ntcp_logistic(41.4, 50.4, 16.0), "4.1");
  CHECK_PRINTED(100.0 * ntcp_logistic(44.0, 50.4, 16.0), "10.2");
}

namespace {

constexpr double year = 365.25 * 24.0;
const GfrLoss loss{0.01 / year, 0.10 / year, 50.4, 3.0};
const Tissue kidney{2.5, {{2.8}}, 5.0};

}  // namespace

TEST_CASE("without dose filtration falls with age alone") {
  const auto course = gfr_course({no_dose()}, kidney, loss, 0.0, {year, 10.0 * year});
  CHECK_NEAR(course.factor[0], std::exp(-0.01), 1e-8, 0.0);
  CHECK_NEAR(course.factor[1], std::exp(-0.10), 1e-8, 0.0);
  CHECK(course.bed[1] == 0.0);
}

TEST_CASE("after treatment filtration falls at the rate of the whole BED") {
  const Exposure one{cycles_of_dose(0.5, 52.0, {0.0}, 1000.0)};
  const auto course = gfr_course(one, kidney, loss, 0.0, {year, 2.0 * year, 3.0 * year}, 1e-11);
  const double decay = decay_of(52.0), dose = 0.5 / decay;
  const double bed = dose * (1.0 + dose * 2.8 / 54.8 / 2.5);
  CHECK_NEAR(course.bed[0], bed, 1e-8, 0.0);
  CHECK_NEAR(std::log(course.factor[1] / course.factor[2]), year * loss.rate(bed), 1e-8, 0.0);
  CHECK_NEAR(loss.rate(50.4), 0.06 / year, 1e-14, 0.0);
  CHECK(loss.rate(0.0) == loss.aging);
}

TEST_CASE("alpha particles count with their RBE and are not spared") {
  const DoseRate rate = cycles_of_dose(0.05, 52.0, {0.0}, 1000.0);
  const auto course = gfr_course({no_dose(), rate}, kidney, loss, 0.0, {year}, 1e-11);
  CHECK_NEAR(course.bed[0], 5.0 * 0.05 / decay_of(52.0), 1e-8, 0.0);
}

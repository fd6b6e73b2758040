// Growth rates from doubling times, diameters and Ki-67.
#include "lutetia/radiobiology/tumor_growth.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/near.hpp"

using namespace lutetia;

TEST_CASE("worked example 21: tumor growth rates from two scans") {
  const double month = 730.5;
  const double slow = growth_rate_of_diameters(20.0, 21.0, 3.0 * month);
  CHECK_PRINTED(100.0 * growth_within(slow, month), "5.0");
  const double fast = growth_rate_of_diameters(20.0, 24.0, 3.0 * month);
  CHECK_PRINTED(100.0 * growth_within(fast, month), "20.0");
  CHECK_PRINTED(std::log(2.0) / fast / month, "3.80");
}

TEST_CASE("a doubling time and its rate belong together") {
  CHECK_NEAR(growth_within(growth_rate_of_doubling_time(4800.0), 4800.0), 1.0, 1e-15, 0.0);
}

TEST_CASE("doubling times of Ki-67 with cells of 3 days and a loss of 85 %") {
  const double day = 24.0;
  // Printed as whole days.
  for (const auto& [ki67, days] :
       {std::pair{0.02, "700"}, {0.05, "284"}, {0.10, "145"}, {0.20, "76"}, {0.40, "41"}})
    CHECK_PRINTED(doubling_time_of_ki67(ki67, 3.0 * day, 0.85) / day, days);
}

TEST_CASE("impossible growth is refused") {
  using lutetia::testing::message_of;
  const auto refused = [](auto call) { return message_of<std::invalid_argument>(call); };
  CHECK(refused([] { (void)growth_rate_of_doubling_time(0.0); }) ==
        "doubling_time must be positive, found 0");
  CHECK(refused([] { (void)growth_rate_of_diameters(0.0, 1.0, 1.0); }) ==
        "first must be positive, found 0");
  CHECK(refused([] { (void)growth_rate_of_diameters(1.0, -1.0, 1.0); }) ==
        "second must be positive, found -1");
  CHECK(refused([] { (void)growth_rate_of_diameters(1.0, 1.0, 0.0); }) ==
        "interval must be positive, found 0");
  CHECK(refused([] { (void)doubling_time_of_ki67(1.5, 72.0, 0.85); }) ==
        "ki67 must lie above 0 and not above 1, found 1.5");
  CHECK(refused([] { (void)doubling_time_of_ki67(0.05, 72.0, 1.0); }) ==
        "cell_loss must lie from 0 to below 1, found 1");
}

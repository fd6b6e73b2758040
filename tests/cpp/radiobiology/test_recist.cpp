// Boundaries of the response classes. Lengths in dm: 1 mm is 0.01.
#include "lutetia/radiobiology/recist.hpp"

#include <doctest/doctest.h>

#include "support/near.hpp"

using namespace lutetia;

namespace {

const RecistRules rules{0.70, 1.20, 0.05};

std::string classes(const std::vector<double>& sums) {
  std::string out;
  for (const RecistClass c : recist_classes(sums, rules)) out += to_string(c) + ' ';
  return out;
}

}  // namespace

TEST_CASE("a partial response begins at 70 % of the baseline") {
  CHECK(classes({1.0, 0.701, 0.70, 0.5}) == "SD SD PR PR ");
}

TEST_CASE("progression is 20 % and 5 mm above the smallest sum") {
  CHECK(classes({1.0, 1.199, 1.20}) == "SD SD PD ");
  CHECK(classes({1.0, 0.60, 0.719, 0.72}) == "SD PR SD PD ");    // still below the baseline
  CHECK(classes({0.10, 0.13, 0.149, 0.151}) == "SD SD SD PD ");  // 30 % of 10 mm is 3 mm
}

TEST_CASE("a sphere that shrinks to 34.3 % of its volume is a partial response, 172.8 % progress") {
  const double before = sphere_diameter(0.05);
  CHECK_NEAR(before, 0.457078, 1e-6, 0.0);  // 50 mL: 45.7 mm
  CHECK(classes({before, sphere_diameter(0.343 * 0.05)}) == "SD PR ");
  CHECK(classes({before, sphere_diameter(0.344 * 0.05)}) == "SD SD ");
  CHECK(classes({before, sphere_diameter(1.728 * 0.05)}) == "SD PD ");
  CHECK(classes({before, sphere_diameter(1.727 * 0.05)}) == "SD SD ");
}

TEST_CASE("a sum of zero is refused") {
  CHECK(lutetia::testing::message_of<std::invalid_argument>([] {
          (void)classes({1.0, 0.0});
        }) == "sums of diameters must be positive, found 0");
}

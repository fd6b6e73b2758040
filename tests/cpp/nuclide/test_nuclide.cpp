#include "lutetia/nuclide/nuclide.hpp"

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {

using namespace testing;

TEST_CASE("worked example 22: 7.4 GBq of Lu-177 are 10.181102 nmol") {
  const double lambda = nuclide_of("Lu-177").decay_constant();
  CHECK_PRINTED(lambda, "0.004344987592");
  CHECK_PRINTED(amount_of_activity(7400.0, lambda), "10.181102");
  CHECK_NEAR(activity(amount_of_activity(7400.0, lambda), lambda), 7400.0, 4e-16, 0.0);
}

// By hand: N = A·T½/ln 2/N_A; Y-90: 1e6 Bq·64.1·3600 s/ln 2 = 3.3292e11.
TEST_CASE("one MBq of Y-90 is 5.53e-4 nmol") {
  CHECK_PRINTED(amount_of_activity(1.0, nuclide_of("Y-90").decay_constant()), "5.528e-4");
}

TEST_CASE(
    "worked example 10: an impurity of 1e-4 Lu-177m grows in proportion while Lu-177 decays") {
  const Nuclide impurity = nuclide_of("Lu-177m"), principal = nuclide_of("Lu-177");
  auto days = [](double d) { return parse_as(std::to_string(d) + " d", dimension::time); };
  CHECK_PRINTED(impurity_ratio(impurity, principal, 1e-4, days(3)), "1.349690e-4");
  CHECK_PRINTED(impurity_ratio(impurity, principal, 1e-4, days(7)), "2.013165e-4");
  CHECK_PRINTED(impurity_ratio(impurity, principal, 1e-4, days(30)), "2.006045e-3");
}

// ICRP 107 index: half-life, electron and photon energy per decay.
TEST_CASE("shipped nuclides have the numbers of their source") {
  struct Row {
    const char *name, *half_life;
    double electrons, photons;
  };
  for (const Row& row :
       {Row{"Lu-177", "6.647 d", 0.14792, 0.03509}, Row{"Y-90", "64.1 h", 0.93310, 0.0},
        Row{"Ga-68", "67.71 min", 0.73794, 0.94869}, Row{"Cu-64", "12.7 h", 0.12475, 0.18548},
        Row{"F-18", "109.77 min", 0.24160, 0.98858}, Row{"Zr-89", "78.41 h", 0.10194, 1.15808},
        Row{"In-111", "2.8047 d", 0.03481, 0.40611}, Row{"Tc-99m", "6.015 h", 0.01618, 0.12659},
        Row{"Tb-161", "6.906 d", 0.20248, 0.03652}, Row{"I-131", "8.0207 d", 0.19184, 0.38275},
        Row{"Ho-166", "26.8 h", 0.69633, 0.03007}, Row{"Lu-177m", "160.4 d", 0.26872, 1.00048}}) {
    CAPTURE(std::string(row.name));
    const Nuclide nuclide = nuclide_of(row.name);
    CHECK(nuclide.name == row.name);
    CHECK_NEAR(nuclide.half_life.quantity.value, parse_as(row.half_life, dimension::time), 1e-15,
               0.0);
    CHECK(nuclide.electron_energy == row.electrons);
    CHECK(nuclide.photon_energy == row.photons);
  }
}

}  // namespace lutetia

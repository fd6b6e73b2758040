// Worked numbers of the closed forms; computed independently with SciPy.
#include "lutetia/radiobiology/exponentials.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/near.hpp"

using namespace lutetia;

TEST_CASE("a single exponential has G = T_rep/(T_rep + T_eff)") {
  const double ln2 = std::log(2.0);
  const std::vector<ExponentialDoseRate> rate{{0.0616272, ln2 / 52.0}};
  const double dose = dose_of_exponentials(rate);
  CHECK_NEAR(protraction_of_exponentials(rate, ln2 / 2.8) / (dose * dose), 2.8 / 54.8, 1e-14, 0.0);
  CHECK_NEAR(protraction_of_exponentials(rate, 0.0), dose * dose, 1e-14, 0.0);
}

TEST_CASE("worked example 5: a bi-exponential dose rate") {
  const double ln2 = std::log(2.0);
  const std::vector<ExponentialDoseRate> rate{{0.5, ln2 / 80.0}, {-0.5, ln2 / 4.0}};
  const double dose = dose_of_exponentials(rate);
  const double protraction = protraction_of_exponentials(rate, ln2 / 1.5);
  CHECK_PRINTED(dose, "54.82241155");
  CHECK_PRINTED(protraction, "53.40019029");
  CHECK_PRINTED(dose + protraction / 10.0, "60.16243058");
}

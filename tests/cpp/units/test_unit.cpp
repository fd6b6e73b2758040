#include "lutetia/units/unit.hpp"

#include "lutetia/core/error.hpp"
#include "lutetia/units/constants.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

// Products of a few exactly rounded factors.
constexpr double rounding = 4e-16;

}  // namespace

TEST_CASE("units have their size in h, L, kg, nmol, MBq, MeV, Gy") {
  const std::vector<std::pair<const char*, double>> sizes{{"7.4 GBq", 7400.0},
                                                          {"200 mCi", 7400.0},
                                                          {"30 min", 0.5},
                                                          {"8 week", 1344.0},
                                                          {"1 month", 730.5},
                                                          {"6.647 d", 159.528},
                                                          {"3.6 s", 1e-3},
                                                          {"5 mL", 5e-3},
                                                          {"1 m^3", 1000.0},
                                                          {"2 cm^3", 2e-3},
                                                          {"310 g", 0.31},
                                                          {"100 ug", 1e-7},
                                                          {"100 µg", 1e-7},
                                                          {"2 mol", 2e9},
                                                          {"4 nM", 4.0},
                                                          {"45 %", 0.45},
                                                          {"0.45", 0.45},
                                                          {"1 mL/min/g", 60.0},
                                                          {"0.1 L/nmol/min", 6.0},
                                                          {"0.1 L/(nmol*min)", 6.0},
                                                          {"1 mGy/(MBq*s)", 3.6},
                                                          {"0.147 MeV", 0.147},
                                                          {"147 keV", 0.147},
                                                          {"2 1/d", 2.0 / 24.0},
                                                          {"+5 h", 5.0},
                                                          {"-3 h", -3.0},
                                                          {"1e3 nmol", 1000.0},
                                                          {"28 cm^2/kg", 0.28},
                                                          {"1435.6 g/mol", 1.4356e-9},
                                                          {"74 GBq/umol", 74.0},
                                                          {"2.5 L·h^-1", 2.5},
                                                          {"3 (L)/(h)", 3.0}};
  for (const auto& [written, value] : sizes) {
    CAPTURE(std::string(written));
    CHECK_NEAR(parse_quantity(written).value, value, rounding, 0.0);
  }
}

TEST_CASE("units have a dimension and activity is no rate") {
  CHECK(parse_quantity("1 GBq").dimension == dim::activity);
  CHECK(parse_quantity("1 1/s").dimension == dim::rate);
  CHECK(parse_quantity("1 Gy").dimension == dim::absorbed_dose);
  CHECK(parse_quantity("1 J/kg").dimension == dim::energy / dim::mass);
  CHECK(parse_quantity("1 mL/min").dimension == dim::flow);
  CHECK(parse_quantity("1 cm^3/h").dimension == dim::flow);
  CHECK(parse_quantity("1 nM").dimension == dim::concentration);
  CHECK(parse_quantity("20 %").dimension == dim::none);
  CHECK(parse_quantity("1 L/nmol/min").dimension == dim::association);
  CHECK(parse_quantity("1 mGy/(MBq*h)").dimension == dim::s_value);
}

TEST_CASE("the unit shown for a dimension reads back as itself") {
  for (const Dimension& d : {dim::none,
                             dim::time,
                             dim::length,
                             dim::mass,
                             dim::amount,
                             dim::activity,
                             dim::energy,
                             dim::absorbed_dose,
                             dim::area,
                             dim::volume,
                             dim::density,
                             dim::rate,
                             dim::flow,
                             dim::concentration,
                             dim::molar_mass,
                             dim::molar_activity,
                             dim::association,
                             dim::s_value,
                             dim::time_integrated_activity,
                             dim::mass_attenuation,
                             dim::flow / dim::mass,
                             dim::volume / dim::area,
                             dim::amount / dim::time,
                             dim::absorbed_dose / dim::time,
                             dim::none / dim::absorbed_dose,
                             dim::activity / dim::volume,
                             power(dim::amount, 3) / dim::energy}) {
    const std::string unit = internal_unit(d);
    CAPTURE(unit);
    CHECK(parse_unit(unit).dimension == d);
    CHECK_NEAR(parse_quantity(to_string(Quantity{12.5, d})).value, 12.5, rounding, 0.0);
    CHECK_NEAR(convert({12.5, d}, unit) * parse_unit(unit).scale, 12.5, rounding, 0.0);
  }
}

TEST_CASE("conversion leaves the internal unit and comes back") {
  CHECK_NEAR(convert({7400.0, dim::activity}, "GBq"), 7.4, rounding, 0.0);
  CHECK_NEAR(convert({6.0, dim::flow}, "mL/min"), 100.0, rounding, 0.0);
  CHECK_NEAR(parse_as("0.1 L/min", dim::flow), 6.0, rounding, 0.0);
  CHECK(to_string(Quantity{7400.0, dim::activity}) == "7400 MBq");
  CHECK(to_string(Quantity{0.45, dim::none}) == "0.45");
}

// The constants are exact in the SI, so κ is a product of exact numbers; printed to nine digits.
TEST_CASE("worked example 1: a MeV per decay for one MBq·h in one gram gives 0.576783588 Gy") {
  CHECK_PRINTED(convert({constants::dose_per_energy, dim::absorbed_dose * dim::mass /
                                                         (dim::activity * dim::time * dim::energy)},
                        "Gy*g/(MBq*h*MeV)"),
                "0.576783588");
  CHECK_PRINTED(constants::dose_per_energy * 1e6, "576.78358824");
}

TEST_CASE("what is no unit is named") {
  auto refusal = [](const char* written) {
    return testing::message_of<UnitError>([&] { (void)parse_quantity(written); });
  };
  const std::string examples = "; write for example nmol/L, mL/min/g, GBq, 1/h, Gy/(MBq*h)";
  CHECK(refusal("7.4 GBk") == "'GBk' is not a unit" + examples);
  CHECK(refusal("1 nmol/ml/mn") == "'nmol/ml/mn' is not a unit (at 'mn')" + examples);
  CHECK(refusal("1 L/") == "'L/' is not a unit" + examples);
  CHECK(refusal("1 (L/h").starts_with("'(L/h' is not a unit"));
  CHECK(refusal("1 m^x").starts_with("'m^x' is not a unit (at 'x')"));
  CHECK(refusal("1 m^99").starts_with("'m^99' is not a unit (at '99')"));
  CHECK(refusal("1 kmin").starts_with("'kmin' is not a unit"));  // minutes take no prefix
  CHECK(refusal("GBq") == "'GBq' does not start with a finite number");
  CHECK(refusal("nan h") == "'nan h' does not start with a finite number");
  CHECK(refusal("inf h") == "'inf h' does not start with a finite number");
  CHECK(refusal("1e999 h") == "'1e999 h' does not start with a finite number");
  CHECK(refusal("") == "'' does not start with a finite number");
}

TEST_CASE("a wrong dimension is answered with the right one and an example") {
  CHECK_THROWS_WITH_AS(
      parse_as("0.04 1/min", dim::association),
      "'0.04 1/min' has dimension time^-1, expected time^-1·volume·amount^-1, e.g. L/(nmol*h)",
      UnitError);
  CHECK_THROWS_WITH_AS(convert({1.0, dim::activity}, "nmol"),
                       "'nmol' has dimension amount, expected activity, e.g. MBq", UnitError);
  CHECK_THROWS_WITH_AS(parse_as("5", dim::volume),
                       "'5' has dimension 1 (dimensionless), expected volume, e.g. L", UnitError);
}

}  // namespace lutetia

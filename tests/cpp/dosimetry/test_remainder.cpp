// Photons from everything without an S value of its own, and walls of hollow organs.
#include <map>

#include "lutetia/dosimetry/absorbed_dose.hpp"
#include "lutetia/units/constants.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

double milligray(double s_value) { return convert({s_value, dimension::s_value}, "mGy/(MBq*h)"); }

struct Lutetium {
  Nuclide nuclide = nuclide_of("Lu-177");
  SValues table = read_s_values(library(), "Lu-177");
};

}  // namespace

TEST_CASE("the remainder of the body irradiates every organ and lesion alike") {
  const Lutetium lu;
  for (const TargetRegion& target :
       {TargetRegion{"kidney", 0.31, false}, TargetRegion{"red_marrow", 1.1, false},
        TargetRegion{"liver_1", 0.02, true}}) {
    const SValue s = remainder_s_value(lu.table, lu.nuclide, "male", target);
    CHECK(s.kind == SValueKind::remainder);
    CHECK_PRINTED(milligray(s.value), "9.1e-5");
    CHECK(s.parts.photon == s.value);
    CHECK(s.slope == 0.0);
  }
  CHECK(remainder_s_value(lu.table, nuclide_of("Y-90"), "male", {"kidney", 0.31, false}).value ==
        0.0);
}

// Whole body minus kidneys, liver and spleen, by hand.
TEST_CASE("a table with the whole body as source gives the remainder of that body") {
  Lutetium lu;
  PhantomSValues& male = lu.table.phantoms.at("male");
  male.s_values[{"pancreas", "whole_body"}] = 3e-7;
  const double expected = (3e-7 * 73.0 - 7.32e-7 * 0.310 - 8.73e-7 * 1.8 - 3.06e-7 * 0.150) /
                          (73.0 - 0.310 - 1.8 - 0.150);
  const TargetRegion pancreas{"pancreas", 0.14, false};
  CHECK_NEAR(remainder_s_value(lu.table, lu.nuclide, "male", pancreas).value, expected, 1e-12, 0.0);
  male.s_values[{"pancreas", "whole_body"}] = 1e-9;
  CHECK(remainder_s_value(lu.table, lu.nuclide, "male", pancreas).value == 0.0);
}

// S(organ ← body) = S(body ← organ), for photons and for electrons, and the mean over the body is
// tabulated. The remainder is a small difference of these numbers of three digits.
TEST_CASE("reciprocity with the tabulated dose of the body confirms the remainder") {
  Lutetium lu;
  for (const char* sex : {"male", "female"})
    for (const char* organ : {"kidney", "spleen"}) {
      CAPTURE(std::string(sex));
      CAPTURE(std::string(organ));
      const TargetRegion target{organ, 1.0, false};
      const double assumed = remainder_s_value(lu.table, lu.nuclide, sex, target).value;
      SValues table = lu.table;
      PhantomSValues& phantom = table.phantoms.at(sex);
      phantom.masses["whole_body"] = std::string(sex) == "male" ? 71.84 : 58.92;  // of the phantom
      phantom.s_values[{organ, "whole_body"}] = phantom.s_values.at({"whole_body", organ});
      CHECK_NEAR(remainder_s_value(table, lu.nuclide, sex, target).value, assumed, 0.35, 0.0);
    }
}

// Both directions are tabulated with two or three digits.
TEST_CASE("cross-dose by photons is reciprocal within two percent") {
  const Lutetium lu;
  const std::vector<std::string> organs{"kidney", "liver", "spleen"};
  for (const char* sex : {"male", "female"})
    for (const std::string& target : organs)
      for (const std::string& source : organs) {
        if (target == source) continue;
        const auto& values = lu.table.phantoms.at(sex).s_values;
        CHECK_NEAR(values.at({target, source}), values.at({source, target}), 0.02, 0.0);
      }
}

// D = Ã_self S_self + Σ_h Ã_h S(T←h) + Ã_RB S(T←RB) with Ã_RB = Ã_body − Ã_self − Σ_h Ã_h.
TEST_CASE("factors of the whole body and of its organs add up to the formula of the remainder") {
  const Lutetium lu;
  const std::vector<std::string> sources{"kidney", "liver",      "spleen", "red_marrow",
                                         "serum",  "whole_body", "urine"};
  const std::map<std::string, double> tia{
      {"kidney", 15e3}, {"liver", 11e3},     {"spleen", 4e3}, {"red_marrow", 900.0},
      {"serum", 3e3},   {"whole_body", 7e4}, {"urine", 5e5}};
  const TargetRegion marrow{"red_marrow", 1.1, false};
  const auto factors =
      dose_factors(DoseConvention::s_values, &lu.table, lu.nuclide, "male", marrow, sources);
  double sum = 0.0;
  for (std::size_t s = 0; s < sources.size(); ++s) sum += factors[s].value * tia.at(sources[s]);
  auto value = [&](const char* source) {
    return s_value(lu.table, lu.nuclide, "male", marrow, source).value;
  };
  const double remainder = remainder_s_value(lu.table, lu.nuclide, "male", marrow).value;
  const double expected = 900.0 * value("red_marrow") + 15e3 * value("kidney") +
                          11e3 * value("liver") + 4e3 * value("spleen") +
                          (7e4 - 900.0 - 15e3 - 11e3 - 4e3) * remainder;
  CHECK_NEAR(sum, expected, 1e-13, 0.0);
  CHECK(factors[4].kind == SValueKind::none);
  CHECK(factors[5].kind == SValueKind::remainder);
  CHECK(factors[6].value == 0.0);
  CHECK_NEAR(factors[0].parts.photon, factors[0].value, 1e-15, 0.0);

  // Without the whole body nothing is known of the remainder.
  const auto known = dose_factors(DoseConvention::s_values, &lu.table, lu.nuclide, "male", marrow,
                                  {"kidney", "red_marrow"});
  CHECK(known[0].value == value("kidney"));
  CHECK(known[1].value == value("red_marrow"));
  const auto local =
      dose_factors(DoseConvention::local_electrons, nullptr, lu.nuclide, "male", marrow, sources);
  CHECK(local[3].value == local_electron_s_value(lu.nuclide, 1.1).value);
  CHECK(local[5].value == 0.0);
}

// Half the electrons of 200 g of contents; two thirds of their photons.
TEST_CASE("a bladder wall is irradiated by the contents of the bladder") {
  const Lutetium lu;
  const TargetRegion wall{"bladder_wall", 0.05, false};
  const SValue s = s_value(lu.table, lu.nuclide, "male", wall, "bladder_content");
  CHECK(s.kind == SValueKind::wall);
  CHECK_NEAR(s.parts.electron, 0.5 * constants::dose_per_energy * 0.14792 / 0.2, 1e-14, 0.0);
  CHECK_NEAR(s.parts.photon,
             0.6667 * constants::dose_per_energy * 0.03509 *
                 photon_fraction(lu.nuclide, 0.2, lu.table.spheres) / 0.2,
             1e-14, 0.0);
  CHECK(s.parts.alpha == 0.0);
  CHECK(s.slope == 0.0);
  CHECK(s_value(lu.table, lu.nuclide, "male", wall, "kidney").kind == SValueKind::tabulated);
  CHECK(s_value(lu.table, lu.nuclide, "male", {"gi", 1.0, false}, "bladder_content").kind ==
        SValueKind::none);
}

}  // namespace lutetia

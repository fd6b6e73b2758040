// GFR computed from what the clinic measures.
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

double gfr(const std::string& covariates, const std::string& sex = "female") {
  Setup setup = setup_of(read_model(library(), "sstr2_whole_body"),
                         patient_of("{lutetia: 1, patient: anyone, weight: 60 kg, "
                                    "body_surface_area: 1.73 m^2, sex: " +
                                    sex + ", " + covariates + "}"),
                         regimen_of("{bolus: dotatate, amount: 1 nmol}"));
  const System system = setup.compiled();
  return system.rates().slots[system.network().slots.at("gfr")] / 0.06;  // mL/min
}

}  // namespace

// By hand: 142 · min(S/κ, 1)^α · max(S/κ, 1)^−1.2 · 0.9938^age · 1.012 for women
// (doi:10.1056/NEJMoa2102953).
TEST_CASE("CKD-EPI 2021") {
  CHECK_NEAR(gfr("gfr: gfr_ckd_epi, creatinine: 61.9 umol/L, age: 40 year"),
             142.0 * std::pow(0.9938, 40.0) * 1.012, 1e-9, 0.0);
  CHECK_NEAR(gfr("gfr: gfr_ckd_epi, creatinine: 159.2 umol/L, age: 70 year", "male"),
             142.0 * std::pow(2.0, -1.2) * std::pow(0.9938, 70.0), 1e-9, 0.0);
  CHECK_NEAR(gfr("gfr: gfr_ckd_epi, creatinine: 39.8 umol/L, age: 50 year", "male"),
             142.0 * std::pow(0.5, -0.302) * std::pow(0.9938, 50.0), 1e-9, 0.0);
}

// (140 − age) · weight · 1.23 / creatinine in umol/L, 1.04 for women (doi:10.1159/000180580).
TEST_CASE("Cockcroft and Gault") {
  CHECK_NEAR(gfr("gfr: gfr_cockcroft_gault, creatinine: 80 umol/L, age: 65 year"),
             75.0 * 60.0 * 1.04 / 80.0, 1e-9, 0.0);
}

TEST_CASE("tubular extraction rate of MAG3") {
  CHECK_NEAR(gfr("gfr: gfr_mag3, mag3_clearance: 250 mL/min"), 250.0 / 3.0 * 201.0 / 151.0, 1e-4,
             0.0);
}

TEST_CASE("a computed GFR needs what it is computed from, a measured one does not") {
  CHECK_NEAR(gfr("gfr: 90 mL/min"), 90.0, 1e-12, 0.0);
  CHECK_CONTAINS(message_of<ModelError>([] { (void)gfr("gfr: gfr_ckd_epi, age: 40 year"); }),
                 "has no 'creatinine'");
  CHECK_CONTAINS(message_of<ModelError>([] { (void)gfr("gfr: gfr_ckdepi"); }),
                 "did you mean 'gfr_ckd_epi'?");
  CHECK_CONTAINS(message_of<ModelError>([] { (void)gfr("gfr: reference_weight"); }),
                 "unit of 'gfr'");
}

}  // namespace lutetia

// Sweeps computed with the whole-body model for its reference patient in the published kidney mode:
// 177Lu, 30 min infusion, local electrons, constant label input, one lesion. Printed digits count.
#include "support/doses.hpp"

namespace lutetia {
namespace {

using namespace testing;

const std::vector<std::string> published{"published_kidney"};
using Values = std::vector<std::pair<std::string, std::string>>;  // parameter, value

DosePerActivity dose(const std::string& amount, const Values& values = {},
                     const std::string& more = "") {
  Setup setup = regression_setup(constant_rate_therapy(amount, more), published);
  for (const auto& [name, value] : values) {
    if (name == "tumor.volume") setup.patient.lesions.at(0).parameters.erase("volume");
    give(setup.patient, name, value);
  }
  return DosePerActivity(setup);
}

/// Label outside a compartment over all label of serum at a time.
double serum_share_outside(const Trajectory& run, std::size_t time, const std::string& pool) {
  const Block& block = run.system->blocks().at(1);
  const Region& serum = run.system->network().regions.at(run.region_index("serum"));
  double all = 0.0;
  for (const auto& [c, share] : serum.parts)
    all += run.states[time * run.system->size() + block.states[c]];
  return 1.0 - amount_at(run, time, "dotatate[Lu-177] " + pool) / all;
}

}  // namespace

TEST_CASE("the excreted fraction is no amino-acid knob") {
  CHECK_PRINTED(dose("100 nmol", {{"kidney.excreted_fraction", "0.90"}})("kidney"), "0.659");
  CHECK_PRINTED(dose("100 nmol", {{"kidney.excreted_fraction", "1.0"}})("kidney"), "0.601");
}

TEST_CASE("renal impairment raises the kidney dose") {
  for (const auto& [gfr, kidney] :
       std::vector<std::pair<std::string, std::string>>{{"0.13 L/min", "0.52"},
                                                        {"0.10 L/min", "0.62"},
                                                        {"0.07 L/min", "0.79"},
                                                        {"0.05 L/min", "0.98"},
                                                        {"0.03 L/min", "1.32"}}) {
    CAPTURE(gfr);
    CHECK_PRINTED(dose("100 nmol", {{"gfr", gfr}})("kidney"), kidney);
  }
}

TEST_CASE("peptide amount decides the dose per activity") {
  struct Row {
    std::string amount, kidney, spleen, liver, tumor;
  };
  for (const Row& row : std::vector<Row>{{"1 nmol", "1.76", "3.18", "0.43", "3.25"},
                                         {"10 nmol", "1.53", "2.67", "0.35", "3.10"},
                                         {"50 nmol", "0.907", "1.52", "0.20", "1.97"},
                                         {"200 nmol", "0.402", "0.652", "0.089", "0.84"},
                                         {"400 nmol", "0.251", "0.398", "0.056", "0.51"}}) {
    CAPTURE(row.amount);
    const DosePerActivity d = dose(row.amount);
    CHECK_PRINTED(d("kidney"), row.kidney);
    CHECK_PRINTED(d("spleen"), row.spleen);
    CHECK_PRINTED(d("liver"), row.liver);
    CHECK_PRINTED(d("tumor"), row.tumor);
  }
}

// Printed for kidney and tumor together: the kidney falls by the printed digits, the tumor by up to
// 0.75 points more.
TEST_CASE("a constant analog lowers tumor and kidney alike") {
  const DosePerActivity alone = dose("100 nmol");
  for (const auto& [free, fall] : std::vector<std::pair<std::string, std::string>>{
           {"1 nmol/L", "12"}, {"2 nmol/L", "21"}, {"5 nmol/L", "38"}}) {
    CAPTURE(free);
    const DosePerActivity with = dose("100 nmol", {{"analog_concentration", free}});
    auto found = [&](const char* region) { return 100.0 * (1.0 - with(region) / alone(region)); };
    CHECK_PRINTED(found("kidney"), fall);
    CHECK_NEAR(found("tumor"), std::stod(fall), 0.0, 0.8);
  }
}

TEST_CASE("first pass through the lesion counts at tracer amounts only") {
  const std::string into_lesion = ", route: hepatic_artery, split: {tumor: 100 %}";
  CHECK_PRINTED(
      100.0 * (dose("100 nmol", {}, into_lesion)("tumor") / dose("100 nmol")("tumor") - 1.0), "4");
  auto hours = [&](const std::string& more) {
    const DosePerActivity d = dose("1 nmol", {}, more);
    const TimeIntegratedActivity tia = time_integrated_activity(d.run(), Tail::none).at(0);
    return tia.total(index_of(tia.regions, "tumor")) / tia.administered_total();
  };
  CHECK_PRINTED(hours(""), "1.92");
  CHECK_PRINTED(hours(into_lesion), "7.93");
}

TEST_CASE("at therapeutic amounts the lesion dose follows its receptors, hardly its supply") {
  const double alone = dose("100 nmol")("tumor");
  auto change = [&](const std::string& parameter, const std::string& value) {
    return 100.0 * (dose("100 nmol", {{parameter, value}})("tumor") / alone - 1.0);
  };
  CHECK_PRINTED(change("tumor.perfusion", "0.1 mL/min/g"), "2");
  CHECK_PRINTED(change("tumor.permeability_density", "0.02 mL/min/g"), "-4");
  for (const auto& [density, tumor] :
       std::vector<std::pair<std::string, std::string>>{{"5 nmol/L", "0.42"},
                                                        {"16 nmol/L", "1.33"},
                                                        {"50 nmol/L", "4.20"},
                                                        {"150 nmol/L", "10.6"}}) {
    CAPTURE(density);
    CHECK_PRINTED(dose("100 nmol", {{"tumor.receptor_density", density}})("tumor"), tumor);
  }
}

TEST_CASE("label outside the protein pool leaves the serum within a day") {
  Setup setup = regression_setup(constant_rate_therapy("100 nmol"), published);
  const Trajectory run = setup.run(request_of({4.0, 24.0, 72.0}, 72.0, 1e-8));
  CHECK_PRINTED(100.0 * serum_share_outside(run, 0, "protein_bound"), "95");
  CHECK_PRINTED(100.0 * serum_share_outside(run, 1, "protein_bound"), "14");
  CHECK(serum_share_outside(run, 2, "protein_bound") < 1e-3);
}

}  // namespace lutetia

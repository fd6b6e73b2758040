// The tumor sink: a large receptor-positive burden takes ligand from everything else. Numbers were
// computed for the reference patient in the published kidney mode, the whole burden as one lesion.
#include "support/doses.hpp"

namespace lutetia {
namespace {

using namespace testing;

Setup with_burden(const std::string& volume, const std::string& amount,
                  const std::string& density = "15.9 nmol/L") {
  Setup setup = regression_setup(constant_rate_therapy(amount), {"published_kidney"});
  setup.patient.lesions.at(0).parameters.erase("volume");
  give(setup.patient, "tumor.volume", volume);
  give(setup.patient, "tumor.receptor_density", density);
  return setup;
}

/// Share of the kidney dose a burden of one liter takes away.
double sink(const std::string& amount, const std::string& density = "15.9 nmol/L") {
  return 1.0 - DosePerActivity(with_burden("1 L", amount, density))("kidney") /
                   DosePerActivity(with_burden("0.01 L", amount, density))("kidney");
}

}  // namespace

TEST_CASE("kidney and spleen dose against tumor volume") {
  struct Row {
    std::string volume, kidney_tracer, spleen_tracer, kidney_therapy, spleen_therapy;
  };
  for (const Row& row : std::vector<Row>{{"0.01 L", "1.60", "2.81", "0.622", "1.026"},
                                         {"0.1 L", "1.55", "2.73", "0.621", "1.026"},
                                         {"0.5 L", "1.38", "2.43", "0.616", "1.021"},
                                         {"1 L", "1.20", "2.13", "0.605", "1.006"},
                                         {"2 L", "0.95", "1.69", "0.574", "0.960"},
                                         {"3 L", "0.78", "1.40", "0.536", "0.902"}}) {
    CAPTURE(row.volume);
    const DosePerActivity tracer(with_burden(row.volume, "8 nmol")),
        therapy(with_burden(row.volume, "100 nmol"));
    CHECK_PRINTED(tracer("kidney"), row.kidney_tracer);
    CHECK_PRINTED(tracer("spleen"), row.spleen_tracer);
    CHECK_PRINTED(therapy("kidney"), row.kidney_therapy);
    CHECK_PRINTED(therapy("spleen"), row.spleen_therapy);
  }
}

TEST_CASE("the sink grows with receptors and volume and shrinks with peptide") {
  CHECK(sink("100 nmol", "30 nmol/L") > sink("100 nmol"));
  CHECK(sink("100 nmol") > sink("200 nmol"));
  CHECK(sink("8 nmol") > 5.0 * sink("100 nmol"));  // diagnostic above therapeutic
  const double small = DosePerActivity(with_burden("0.5 L", "100 nmol"))("kidney");
  CHECK(DosePerActivity(with_burden("2 L", "100 nmol"))("kidney") < small);
}

TEST_CASE("receptor organs, blood and urine fall together") {
  const DosePerActivity little(with_burden("0.01 L", "100 nmol")),
      much(with_burden("1 L", "100 nmol"));
  for (const char* organ :
       {"kidney", "spleen", "liver", "gi", "adrenals", "muscle", "red_marrow"}) {
    CAPTURE(std::string(organ));
    CHECK(much(organ) < little(organ));
  }
  auto serum = [](const DosePerActivity& d) {
    const TimeIntegratedActivity tia = time_integrated_activity(d.run(), Tail::none).at(0);
    return tia.total(index_of(tia.regions, "serum"));
  };
  CHECK(serum(much) < serum(little));
  auto urine = [](const std::string& volume) {
    const Trajectory run = with_burden(volume, "100 nmol").run(request_of({24.0}, 24.0, 1e-8));
    return amount_at(run, 0, "dotatate urine");
  };
  CHECK_PRINTED(urine("0.05 L"), "83");
  CHECK_PRINTED(urine("1 L"), "68");
}

TEST_CASE("debulking raises the dose of what remains") {
  auto remaining = [](bool debulked) {
    Setup setup =
        reference_setup(constant_rate_therapy("100 nmol", ", amino_acids: lysine_arginine"),
                        "reference_male_six_lesions");
    if (!debulked) {
      Lesion bulk = setup.patient.lesions.at(0);
      bulk.name = "bulk";
      give(setup.patient, "bulk.volume", "1.5 L");
      bulk.parameters.erase("volume");
      setup.patient.lesions.push_back(bulk);
    }
    return DosePerActivity(setup);
  };
  const DosePerActivity before = remaining(false), after = remaining(true);
  for (const char* lesion : {"liver_1", "liver_3", "node_2", "bone_1"}) {
    CAPTURE(std::string(lesion));
    CHECK(after(lesion) > 1.03 * before(lesion));
  }
}

}  // namespace lutetia

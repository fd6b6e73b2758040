// Regression numbers of two independent implementations of the whole-body model: 100 nmol with 7.4
// GBq Lu-177 in 30 min, label entering at a constant rate, one lesion of 50 mL, published kidney
// mode (models/cases/golden.yaml).
#include <array>

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

const std::vector<std::string> columns{"serum", "whole_body", "kidney", "liver",         "spleen",
                                       "tumor", "red_marrow", "muscle", "protein_bound", "urine"};

/// Fraction of the injected activity, serum per liter; urine without decay, as fraction of the
/// amount.
constexpr std::array<std::array<double, 10>, 6> fractions{{
    {7.675746e-2, 0.9268909, 2.006289e-2, 5.798061e-2, 1.794557e-2, 8.367871e-3, 2.648151e-2,
     1.952810e-1, 5.664102e-4, 0.0721145},
    {5.006719e-2, 0.8220003, 2.018779e-2, 4.255007e-2, 1.652928e-2, 8.737167e-3, 2.920723e-2,
     1.566183e-1, 1.183272e-3, 0.1753033},
    {2.237869e-2, 0.4724709, 2.320201e-2, 3.286787e-2, 1.840353e-2, 9.086585e-3, 1.441797e-2,
     7.116395e-2, 3.251562e-3, 0.5192424},
    {1.880320e-3, 0.1398567, 1.854375e-2, 2.322699e-2, 1.800711e-2, 6.832505e-3, 2.103099e-3,
     1.125051e-2, 4.714438e-3, 0.8308850},
    {1.317201e-3, 0.08244041, 1.114406e-2, 1.393551e-2, 1.085918e-2, 3.807941e-3, 1.174805e-3,
     6.326293e-3, 3.853931e-3, 0.8370571},
    {8.679293e-4, 0.03137358, 4.104313e-3, 5.132385e-3, 3.999397e-3, 1.293763e-3, 4.326620e-4,
     2.329880e-3, 2.539561e-3, 0.8370591},
}};

/// Time-integrated activity per injected activity over 60000 min [min], serum per liter.
const std::vector<std::pair<std::string, double>> coefficients{
    {"serum", 38.344753},      {"whole_body", 1224.7911}, {"kidney", 136.40635},
    {"liver", 174.03859},      {"spleen", 130.73557},     {"tumor", 46.860902},
    {"red_marrow", 21.814243}, {"gi", 118.68884},         {"adrenals", 10.368487},
    {"rest", 292.99715},       {"muscle", 115.90313}};

constexpr double activity_given = 7400.0;  // MBq
constexpr double amount_given = 100.0;     // nmol

Trajectory golden_run(double rtol) {
  Case golden = read_case(library(), "golden");
  golden.request.options.rtol = rtol;
  return run(golden.model, golden.patients.at(0), golden.regimen, golden.substances,
             golden.request);
}

double volume_of(const Trajectory& run, int region) {
  return run.rates().slots[run.system->network().regions[region].volume];
}

double fraction(const Trajectory& run, std::size_t time, const std::string& column) {
  if (column == "protein_bound") {
    const double lambda = run.system->decay_constant(run.rates(), 0);
    return activity(amount_at(run, time, "dotatate[Lu-177] protein_bound"), lambda) /
           activity_given;
  }
  const int region = run.region_index(column);
  if (column == "urine")
    return run.amount(run.system->block_index("dotatate"), region)[time] / amount_given;
  const double share = run.activity(region, "Lu-177")[time] / activity_given;
  return column == "serum" ? share / volume_of(run, region) : share;
}

void check_golden(double rtol, double tolerance) {
  const Trajectory run = golden_run(rtol);
  REQUIRE(run.times.size() == fractions.size());
  for (std::size_t t = 0; t < fractions.size(); ++t)
    for (std::size_t c = 0; c < columns.size(); ++c) {
      CAPTURE(columns[c]);
      CAPTURE(run.times[t]);
      CHECK_NEAR(fraction(run, t, columns[c]), fractions[t][c], tolerance, 0.0);
    }
  const auto tia = time_integrated_activity(run, Tail::none).at(0);
  const double minutes = convert({1.0, dimension::time}, "min");
  for (const auto& [region, expected] : coefficients) {
    CAPTURE(region);
    const double per_volume = region == "serum" ? volume_of(run, run.region_index(region)) : 1.0;
    const double coefficient =
        tia.total(index_of(tia.regions, region)) / activity_given * minutes / per_volume;
    CHECK_NEAR(coefficient, expected, tolerance, 0.0);
  }
}

/// Absorbed dose per activity [Gy/GBq] in the convention of the regression numbers.
double dose_per_activity(const Case& c, const Trajectory& run, const std::string& region) {
  const DoseTable table =
      dose_of(library(), run, c.substances, "male", DoseConvention::local_electrons, Tail::none);
  const double gigabecquerel =
      convert({table.administered_activity.at(0), dimension::activity}, "GBq");
  return table.total(index_of(table.regions, region)) / gigabecquerel;
}

}  // namespace

// The printed values have seven digits; the other implementations agree with each other to about
// 1e-6.
TEST_CASE("golden case: activity fractions and coefficients agree to 1e-5 at a tight tolerance") {
  check_golden(1e-9, 1e-5);
}

// Every step may err by 1e-6 of an organ's amount and about a hundred steps matter: 1e-4.
TEST_CASE(
    "golden case: activity fractions and coefficients agree to 1e-4 at the default tolerance") {
  check_golden(SimulationOptions{}.rtol, 1e-4);
}

TEST_CASE("golden case: absorbed doses agree to the printed digits") {
  const Case golden = read_case(library(), "golden");
  const Trajectory run = golden_run(1e-6);
  CHECK_PRINTED(dose_per_activity(golden, run, "kidney"), "0.622");
  CHECK_PRINTED(dose_per_activity(golden, run, "spleen"), "1.026");
  CHECK_PRINTED(dose_per_activity(golden, run, "liver"), "0.137");
  CHECK_PRINTED(dose_per_activity(golden, run, "tumor"), "1.32");
  CHECK_PRINTED(dose_per_activity(golden, run, "red_marrow"), "0.028");
}

TEST_CASE("golden case: more peptide saturates the receptors and lowers every dose") {
  struct Row {
    std::string amount;
    std::array<const char*, 4> dose;  // kidney, spleen, liver, tumor [Gy/GBq]
  };
  const std::vector<Row> sweep{{"1 nmol", {"1.76", "3.18", "0.43", "3.25"}},
                               {"10 nmol", {"1.53", "2.67", "0.35", "3.10"}},
                               {"50 nmol", {"0.907", "1.52", "0.20", "1.97"}},
                               {"200 nmol", {"0.402", "0.652", "0.089", "0.84"}},
                               {"400 nmol", {"0.251", "0.398", "0.056", "0.51"}}};
  Case golden = read_case(library(), "golden");
  for (const Row& row : sweep) {
    CAPTURE(row.amount);
    // 74 MBq need 0.1 nmol, so even 1 nmol suffices; dose per activity does not depend on the
    // activity.
    golden.regimen =
        regimen_of("{infusion: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: " + row.amount +
                   ", duration: 30 min, infusate_decays: false}");
    const Trajectory run = lutetia::run(golden.model, golden.patients.at(0), golden.regimen,
                                        golden.substances, golden.request);
    const std::array<const char*, 4> organs{"kidney", "spleen", "liver", "tumor"};
    for (std::size_t i = 0; i < organs.size(); ++i) {
      CAPTURE(std::string(organs[i]));
      CHECK_PRINTED(dose_per_activity(golden, run, organs[i]), row.dose[i]);
    }
  }
}

}  // namespace lutetia

// Amino-acid protection of the kidneys: numbers computed for the reference patient with the default
// split between receptors and megalin, 100 nmol, 177Lu, local electrons, constant label input.
#include "support/doses.hpp"

namespace lutetia {
namespace {

using namespace testing;

constexpr const char* protection =
    ", amino_acids: {start: -30 min, duration: 4 h, amounts: {lysine: 171 mmol, arginine: 144 "
    "mmol}}";

DosePerActivity dose_with(const std::string& amino_acids, const std::string& amount = "100 nmol") {
  return DosePerActivity(regression_setup(constant_rate_therapy(amount, amino_acids)));
}

std::string started(const std::string& start) {
  return ", amino_acids: {start: " + start +
         ", duration: 4 h, amounts: {lysine: 171 mmol, arginine: 144 mmol}}";
}

}  // namespace

TEST_CASE("amino acids spare a third of the kidney dose and nothing else") {
  const DosePerActivity with = dose_with(protection), without = dose_with("");
  CHECK_NEAR(without("kidney"), 0.929, 0.01, 0.0);
  CHECK_NEAR(with("kidney") / without("kidney"), 0.67, 0.01, 0.0);
  for (const char* other : {"tumor", "spleen", "liver"}) {
    CAPTURE(std::string(other));
    CHECK_NEAR(with(other), without(other), 0.01, 0.0);
  }
}

TEST_CASE("amino acids must start in time") {
  for (const auto& [start, kidney] :
       std::vector<std::pair<std::string, double>>{{"-120 min", 0.648},
                                                   {"-30 min", 0.622},
                                                   {"0 min", 0.631},
                                                   {"60 min", 0.704},
                                                   {"120 min", 0.756},
                                                   {"240 min", 0.824}}) {
    CAPTURE(start);
    CHECK_NEAR(dose_with(started(start))("kidney"), kidney, 0.01, 0.0);
  }
}

TEST_CASE("the mix of the library is the same infusion written by mass") {
  const double by_name = dose_with(", amino_acids: lysine_arginine")("kidney");
  CHECK_NEAR(by_name, dose_with(protection)("kidney"), 1e-3, 0.0);
  CHECK_NEAR(dose_with(", amino_acids: {mix: lysine_arginine, start: 240 min}")("kidney"), 0.824,
             0.01, 0.0);
  CHECK(dose_with(", amino_acids: none")("kidney") == dose_with("")("kidney"));
}

TEST_CASE(
    "the same amount over a longer time changes little, the same rate for longer protects more") {
  auto over = [&](const std::string& duration, const std::string& each) {
    return dose_with(", amino_acids: {start: -30 min, duration: " + duration +
                     ", amounts: {lysine: " + each + ", arginine: " + each + "}}")("kidney");
  };
  const double four = over("4 h", "157.5 mmol");
  for (const char* duration : {"2 h", "8 h", "10 h"}) {
    CAPTURE(std::string(duration));
    CHECK_NEAR(over(duration, "157.5 mmol"), four, 0.06, 0.0);
  }
  CHECK(over("10 h", "393.75 mmol") < four);
}

// Calibration: for each assumed share of receptors the fraction taken up by megalin and the maximum
// of its inhibition that give 0.622 Gy/GBq with and a given effect without amino acids.
TEST_CASE("the calibration table of the dual kidney") {
  struct Row {
    double density, fraction_under, slope_power, at_10, at_50, at_200;
    std::vector<std::pair<double, double>> fraction_and_maximum;  ///< for 20, 33, 40, 47 %
  };
  const std::vector<double> reductions{0.20, 0.33, 0.40, 0.47};
  for (const Row& row : std::vector<Row>{
           {0.91,
            0.0216,
            -0.19,
            0.70,
            0.64,
            0.61,
            {{0.0285, 0.43}, {0.0352, 0.69}, {0.0400, 0.83}, {0.0460, 0.95}}},
           {1.60,
            0.0175,
            -0.31,
            0.87,
            0.69,
            0.57,
            {{0.0245, 0.51}, {0.0312, 0.78}, {0.0360, 0.92}}},
           {2.275, 0.0136, -0.42, 1.02, 0.74, 0.53, {{0.0205, 0.61}, {0.0273, 0.90}}}}) {
    CAPTURE(row.density);
    auto kidney = [&](const std::string& amino_acids, double fraction, double maximum,
                      const std::string& amount = "100 nmol", const std::string& gfr = "") {
      Setup setup = regression_setup(constant_rate_therapy(amount, amino_acids));
      give(setup.patient, "kidney.receptor_density", text(row.density, " nmol/L"));
      give(setup.patient, "kidney.megalin_fraction", text(fraction));
      give(setup.patient, "kidney.inhibition_maximum", text(maximum));
      if (!gfr.empty()) give(setup.patient, "gfr", gfr);
      return DosePerActivity(setup)("kidney");
    };
    CHECK_NEAR(kidney("", row.fraction_under, 0.0), 0.622, 0.01, 0.0);
    for (std::size_t i = 0; i < row.fraction_and_maximum.size(); ++i) {
      const auto& [fraction, maximum] = row.fraction_and_maximum[i];
      CAPTURE(fraction);
      CHECK_NEAR(kidney("", fraction, 0.0), 0.622 / (1.0 - reductions[i]), 0.01, 0.0);
      CHECK_NEAR(kidney(protection, fraction, maximum), 0.622, 0.01, 0.0);
    }
    const auto& [fraction, maximum] = row.fraction_and_maximum[1];
    const double at_100 = kidney(protection, fraction, maximum),
                 impaired = kidney(protection, fraction, maximum, "100 nmol", "50 mL/min");
    CHECK_NEAR(std::log(at_100 / impaired) / std::log(2.0), row.slope_power, 0.0, 0.0051);
    for (const auto& [amount, expected] : std::vector<std::pair<std::string, double>>{
             {"10 nmol", row.at_10}, {"50 nmol", row.at_50}, {"200 nmol", row.at_200}}) {
      CAPTURE(amount);
      CHECK_NEAR(kidney(protection, fraction, maximum, amount), expected, 0.01, 0.0);
    }
  }
}

// The row of the published receptor density, up to 40 %: its maximum has no number.
TEST_CASE("with all protected dose on receptors megalin adds to the unprotected dose alone") {
  for (const auto& [fraction, reduction] : std::vector<std::pair<double, double>>{
           {0.0070, 0.20}, {0.0139, 0.33}, {0.0188, 0.40}}) {
    CAPTURE(fraction);
    Setup setup = regression_setup(constant_rate_therapy("100 nmol"));
    give(setup.patient, "kidney.receptor_density", "4.55 nmol/L");
    give(setup.patient, "kidney.megalin_fraction", text(fraction));
    CHECK_NEAR(DosePerActivity(setup)("kidney"), 0.622 / (1.0 - reduction), 0.01, 0.0);
  }
}

TEST_CASE("the published kidney refuses amino acids where they are given and says why") {
  const std::string message = message_of<ModelError>([] {
    (void)reference_setup(constant_rate_therapy("100 nmol", ", amino_acids: lysine_arginine"),
                          "reference_male", {"published_kidney"})
        .compiled();
  });
  CHECK_MESSAGE(message.find("'arginine' cannot be given in this model") != std::string::npos,
                message);
  CHECK_MESSAGE(message.find("fitted to patients under lysine and arginine") != std::string::npos,
                message);
}

}  // namespace lutetia

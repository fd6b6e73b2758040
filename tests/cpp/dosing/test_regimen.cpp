#include "lutetia/dosing/regimen.hpp"

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

void check_refused(const std::string& administrations, const std::string& part) {
  CAPTURE(administrations);
  CHECK_CONTAINS(message_of<ModelError>([&] { (void)regimen_of(administrations); }), part);
}

}  // namespace

TEST_CASE("an infusion is read in internal units") {
  const Administration a = regimen_of(
                               "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: "
                               "0.1 umol, duration: 30 min, at: 2 d}")
                               .administrations.at(0);
  CHECK(a.ligand == "dotatate");
  CHECK(a.nuclide == "Lu-177");
  CHECK(a.route == "intravenous");
  CHECK_NEAR(a.time, 48.0, 1e-15, 0.0);
  CHECK_NEAR(a.duration, 0.5, 1e-15, 0.0);
  CHECK_NEAR(a.activity.value().activity, 7400.0, 1e-15, 0.0);
  CHECK(a.activity.value().time == 0.0);
  CHECK_NEAR(a.peptide.amount.value(), 100.0, 1e-15, 0.0);
  CHECK(a.infusate_decays);
  CHECK_FALSE(a.residual.has_value());
}

TEST_CASE("a bolus of unlabeled peptide needs only its amount") {
  const Administration a = regimen_of("{bolus: dotatate, amount: 180 ug}").administrations.at(0);
  CHECK(a.duration == 0.0);
  CHECK(a.nuclide.empty());
  CHECK_FALSE(a.activity.has_value());
  CHECK_NEAR(a.peptide.mass.value(), 1.8e-7, 1e-15, 0.0);
}

TEST_CASE("repeats are written out and everything is ordered by time") {
  const Regimen regimen = regimen_of(
      "{bolus: dotatate, amount: 1 nmol, at: 103 week, repeat: {every: 8 week, count: 2}}, "
      "{bolus: dotatate, amount: 2 nmol, repeat: {every: 8 week, count: 4}}");
  std::vector<double> weeks, amounts;
  for (const Administration& a : regimen.administrations) {
    weeks.push_back(a.time / 168.0);
    amounts.push_back(*a.peptide.amount);
  }
  CHECK(weeks == std::vector<double>{0, 8, 16, 24, 103, 111});
  CHECK(amounts == std::vector<double>{2, 2, 2, 2, 1, 1});
}

TEST_CASE("clock times count from the first administration") {
  const Regimen regimen = regimen_of(
      "{bolus: dotatate, amount: 1 nmol, at: \"2026-03-02 09:30\"}, "
      "{bolus: dotatate, amount: 1 nmol, at: \"2026-03-01T08:00\"}");
  CHECK(regimen.administrations.at(0).time == 0.0);
  CHECK(regimen.administrations.at(1).time == 25.5);
}

TEST_CASE("a calibration clock time counts from the start of its administration") {
  const Regimen regimen = regimen_of(
      "{infusion: dotatate, nuclide: Lu-177, calibrated_activity: 8 GBq, calibration_time: "
      "\"2026-03-01 06:30\", "
      "residual_activity: 50 MBq, residual_time: \"2026-03-01 11:00\", amount: 100 nmol, duration: "
      "30 min, "
      "at: \"2026-03-01 09:30\"}");
  const Administration& a = regimen.administrations.at(0);
  CHECK(a.time == 0.0);
  CHECK(a.activity.value().time == -3.0);
  CHECK(a.residual.value().time == 1.5);
}

TEST_CASE("clock times follow the calendar") {
  const double start = parse_clock("2024-02-28 00:00").value();
  CHECK(parse_clock("2024-03-01 00:00").value() - start == 48.0);  // a leap year
  CHECK(parse_clock("1970-01-02T01:30").value() == 25.5);
  for (const char* no_clock :
       {"2026-02-30 09:30", "2026-03-01 24:00", "2026-03-01 09:60", "2026-03-01", "09:30",
        "2026-03-01x09:30", "2026-03-01 09:30 Z", "3 h", ""})
    CHECK_FALSE(parse_clock(no_clock).has_value());
}

TEST_CASE("what is missing, doubled or impossible in an administration is refused") {
  check_refused("{amount: 1 nmol}", "either an infusion or a bolus");
  check_refused("{infusion: dotatate, bolus: dotatate, amount: 1 nmol, duration: 1 h}",
                "either an infusion or a bolus");
  check_refused("{infusion: dotatate, amount: 1 nmol}", "duration");
  check_refused("{bolus: dotatate, amount: 1 nmol, duration: 1 h}", "a bolus has no duration");
  check_refused("{infusion: dotatate, amount: 1 nmol, duration: 0 h}", "must be positive");
  check_refused("{bolus: dotatate}", "the peptide amount is missing");
  check_refused("{bolus: dotatate, amount: -1 nmol}", "must be positive");
  check_refused("{bolus: dotatate, amount: 1 MBq}", "unit of 'amount'");
  check_refused("{bolus: dotatate, amount: 1 nmol, activity: 1 MBq}",
                "an activity needs a nuclide");
  check_refused("{bolus: dotatate, amount: 1 nmol, nuclide: Lu-177}",
                "is given without an activity");
  check_refused("{bolus: dotatate, amount: 1 nmol, nuclide: Lu-177, activity: 5 nmol}", "activity");
  check_refused(
      "{bolus: dotatate, amount: 1 nmol, nuclide: Lu-177, activity: 1 MBq, calibrated_activity: 1 "
      "MBq, calibration_time: 0 h}",
      "either activity or calibrated_activity");
  check_refused("{bolus: dotatate, amount: 1 nmol, nuclide: Lu-177, calibrated_activity: 1 MBq}",
                "calibration_time");
  check_refused(
      "{bolus: dotatate, amount: 1 nmol, nuclide: Lu-177, calibrated_activity: 1 MBq, "
      "calibration_time: \"2026-03-01 09:30\"}",
      "is a clock time, but the start of the administration is not");
  check_refused(
      "{bolus: dotatate, amount: 1 nmol, molar_activity: 1 MBq/nmol, nuclide: Lu-177, activity: 1 "
      "MBq}",
      "either amount or molar_activity");
  check_refused("{bolus: dotatate, amount: 1 nmol, at: -1 h}", "must not be negative");
  check_refused("{bolus: dotatate, amount: 1 nmol, repeat: {every: 8 week}}", "count");
  check_refused("{bolus: dotatate, amount: 1 nmol, amino_acids: {}}",
                "need a mix of the library, or start, duration and amounts");
  check_refused(
      "{bolus: dotatate, amount: 1 nmol, at: 1 h}, {bolus: dotatate, amount: 1 nmol, at: "
      "\"2026-03-01 09:30\"}",
      "clock time");
  check_refused("{bolus: dotatate, amount: 1 nmol, nuclid: Lu-177}", "did you mean 'nuclide'?");
  check_refused("", "administrations");
}

}  // namespace lutetia

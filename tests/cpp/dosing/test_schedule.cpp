#include "lutetia/dosing/schedule.hpp"

#include "lutetia/units/constants.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

constexpr double lambda = constants::ln2 / 159.528;  // Lu-177
constexpr double rounding = 1e-14;

struct Expanded {
  System system;
  Schedule schedule;
};

Expanded expanded(const std::string& administrations) {
  const Setup setup = setup_of(one_compartment, administrations);
  System system = setup.compiled();
  Schedule schedule = expand(setup.regimen, system, system.rates());
  return {std::move(system), std::move(schedule)};
}

GivenDose given(const std::string& administration) {
  return expanded(administration).schedule.given.at(0);
}

/// The jump of a state in an event; fails when there is none.
const Jump& jump_of(const Expanded& e, std::size_t event, const std::string& state) {
  for (const Jump& jump : e.schedule.events.at(event).jumps)
    if (e.system.state_names()[jump.state] == state) return jump;
  throw std::out_of_range("no jump of " + state);
}

}  // namespace

TEST_CASE("activity calibrated earlier has decayed by the start") {
  const GivenDose dose = given(
      "{bolus: dotatate, nuclide: Lu-177, calibrated_activity: 8 GBq, calibration_time: -3 h, "
      "amount: 100 nmol}");
  CHECK_NEAR(dose.activity, 8000.0 * std::exp(-3.0 * lambda), rounding, 0.0);
  CHECK_NEAR(dose.labeled_amount, dose.activity / (lambda * constants::activity_per_decay_rate),
             rounding, 0.0);
  CHECK_NEAR(dose.amount, 100.0, rounding, 0.0);
}

TEST_CASE("what stays in vial and lines takes its share of activity and peptide") {
  const GivenDose dose = given(
      "{bolus: dotatate, nuclide: Lu-177, activity: 7.4 GBq, residual_activity: 370 MBq, "
      "residual_time: 10 h, amount: 100 nmol}");
  const double left = 370.0 * std::exp(10.0 * lambda);
  CHECK_NEAR(dose.activity, 7400.0 - left, rounding, 0.0);
  CHECK_NEAR(dose.amount, 100.0 * (1.0 - left / 7400.0), rounding, 0.0);
  CHECK_NEAR(dose.labeled_amount / dose.amount,
             7400.0 / (lambda * constants::activity_per_decay_rate) / 100.0, rounding, 0.0);
}

TEST_CASE("peptide follows from molar activity at the start or from its mass") {
  CHECK_NEAR(
      given("{bolus: dotatate, nuclide: Lu-177, activity: 7.4 GBq, molar_activity: 74 GBq/umol}")
          .amount,
      100.0, rounding, 0.0);
  const GivenDose decayed = given(
      "{bolus: dotatate, nuclide: Lu-177, calibrated_activity: 8 GBq, calibration_time: -3 h, "
      "molar_activity: 74 GBq/umol}");
  CHECK_NEAR(decayed.amount, decayed.activity / 74.0, rounding, 0.0);
  CHECK_NEAR(given("{bolus: dotatate, amount: 143.56 ug}").amount, 100.0, rounding,
             0.0);  // 1435.6 g/mol
  const GivenDose residual = given(
      "{bolus: dotatate, nuclide: Lu-177, activity: 7.4 GBq, residual_activity: 740 MBq, "
      "residual_time: 0 h, molar_activity: 74 GBq/umol}");
  CHECK_NEAR(residual.amount, 90.0, rounding, 0.0);
}

TEST_CASE("an infusion fills its bag at the start and stops at the end") {
  const Expanded e = expanded(
      "{infusion: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol, duration: 30 min, "
      "at: 1 h}");
  REQUIRE(e.schedule.events.size() == 2);
  CHECK(e.schedule.events[0].time == 1.0);
  CHECK(e.schedule.events[0].name == "start of administration 1");
  CHECK(e.schedule.events[1].time == 1.5);
  CHECK(e.schedule.events[1].name == "end of administration 1");
  const Jump& bag = jump_of(e, 0, "dotatate intravenous reservoir");
  CHECK(bag.kind == Jump::Kind::add);
  CHECK_NEAR(bag.value, 10.0, rounding, 0.0);
  const Jump& rate = jump_of(e, 0, "dotatate intravenous infusion rate");
  CHECK(rate.kind == Jump::Kind::set);
  CHECK_NEAR(rate.value, 20.0, rounding, 0.0);
  CHECK_NEAR(jump_of(e, 0, "dotatate[Lu-177] intravenous infusion rate").value,
             2.0 * e.schedule.given[0].labeled_amount, rounding, 0.0);
  CHECK(jump_of(e, 1, "dotatate intravenous infusion rate").value == 0.0);
  CHECK(jump_of(e, 1, "dotatate intravenous infusion rate").kind == Jump::Kind::set);
  CHECK(e.schedule.last_end == 1.5);
  CHECK(e.schedule.cycle_starts == std::vector<double>{1.0});
}

TEST_CASE("events at one time are one event and cycles start with labeled administrations") {
  const Expanded e = expanded(
      "{infusion: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol, duration: 2 h}, "
      "{bolus: dotatate, amount: 5 nmol, at: 2 h}, "
      "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol, at: 24 h}");
  REQUIRE(e.schedule.events.size() == 3);
  CHECK(e.schedule.events[1].name == "end of administration 1, start of administration 2");
  CHECK_NEAR(jump_of(e, 1, "dotatate blood").value, 5.0, rounding, 0.0);
  CHECK(e.schedule.cycle_starts == std::vector<double>{0.0, 24.0});
  double amount = 0.0, label = 0.0;
  for (const GivenDose& dose : e.schedule.given) {
    amount += amount_into(dose, e.system, 0);
    label += amount_into(dose, e.system, 1);
  }
  CHECK_NEAR(amount, 25.0, rounding, 0.0);
  CHECK_NEAR(label, 2.0 * e.schedule.given[0].labeled_amount, rounding, 0.0);
}

// Two infusions of different rate, the second starting while the first has decayed for an hour.
TEST_CASE("the rate of overlapping infusions is their sum, each decayed since its start") {
  const Expanded e = expanded(
      "{infusion: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol, duration: 2 h}, "
      "{infusion: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol, duration: 4 h, at: "
      "1 h}");
  const double label = e.schedule.given[0].labeled_amount;
  CHECK_NEAR(jump_of(e, 1, "dotatate intravenous infusion rate").value, 5.0 + 2.5, rounding, 0.0);
  CHECK_NEAR(jump_of(e, 1, "dotatate[Lu-177] intravenous infusion rate").value,
             label * (0.5 * std::exp(-lambda) + 0.25), rounding, 0.0);
  CHECK_NEAR(jump_of(e, 2, "dotatate[Lu-177] intravenous infusion rate").value,
             label * 0.25 * std::exp(-lambda), rounding, 0.0);
}

TEST_CASE("a regimen asks for its ligands, tracers and ports once each") {
  const SystemStructure s =
      structure_of(regimen_of("{bolus: dotatate, nuclide: Lu-177, activity: 1 MBq, amount: 1 nmol, "
                              "repeat: {every: 1 week, count: 3}}, "
                              "{bolus: dotatoc, nuclide: Lu-177, activity: 1 MBq, amount: 1 nmol}, "
                              "{bolus: dotatate, amount: 1 nmol, infusate_decays: false}"));
  CHECK(s.ligands == std::vector<std::string>{"dotatate", "dotatoc"});
  CHECK(s.tracers == std::vector<Tracer>{{"dotatate", "Lu-177"}, {"dotatoc", "Lu-177"}});
  CHECK(s.ports == std::vector<Port>{{"intravenous", true}, {"intravenous", false}});
}

TEST_CASE("amounts that cannot be are refused") {
  auto refused = [](const std::string& administration, const std::string& part) {
    CHECK_CONTAINS(message_of<ModelError>([&] { (void)expanded(administration); }), part);
  };
  // 7.4 GBq are 10.18 nmol of Lu-177.
  refused("{bolus: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 10 nmol}",
          "the activity needs 10.181101");
  refused(
      "{bolus: dotatate, nuclide: Lu-177, activity: 7.4 GBq, residual_activity: 7.4 GBq, "
      "residual_time: 0 h, amount: 100 nmol}",
      "the residual activity is not below the activity");
  refused("{bolus: dotatate, route: intraarterial, amount: 1 nmol}", "route 'intraarterial'");
  refused("{bolus: dotatat, amount: 1 nmol}", "did you mean 'dotatate'?");
  refused("{bolus: dotatate, nuclide: Lu-178, activity: 1 MBq, amount: 1 nmol}", "Lu-178");
}

}  // namespace lutetia

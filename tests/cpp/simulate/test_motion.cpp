// Derivatives with respect to doses, their starts and durations against central differences.
#include "lutetia/simulate/motion.hpp"

#include "support/repeatable.hpp"

namespace lutetia {
namespace {

using namespace testing;

constexpr double rtol = 1e-10, shift = 4e-3;  // [h]

/// Amounts of every block and region and their integrals over cycles against central differences of
/// fourth order, relative to the peak of the derivative over time.
/// @param by  step of the differences along the direction
void check_against_differences(const Repeatable& of, const DoseDirection& direction, double by,
                               double tolerance) {
  const auto [run, s] = of.differentiated({{}, {direction}}, rtol);
  const std::vector<double> values = of.system->parameter_values();
  std::vector<Trajectory> moved;
  for (const double step : {by, -by, 0.5 * by, -0.5 * by})
    moved.push_back(of.run(of.course(values, direction, step), rtol));
  const System& system = *of.system;
  WorstError amounts, integrals;
  auto compare = [&](auto values_of, auto tangents, int b, int r, WorstError& error) {
    const auto exact = region_sums(system, tangents, b, r);
    std::vector<std::vector<double>> at;
    for (const Trajectory& run_at : moved)
      at.push_back(region_sums(system, values_of(run_at), b, r));
    // What does not depend on the direction shows rounding alone: measured by the amounts.
    const double peak = peak_of(exact), amount = peak_of(at[0]);
    const double scale = peak > 1e-9 * amount ? peak : amount;
    if (amount == 0.0) return;  // a form that cannot be there
    for (std::size_t t = 0; t < exact.size(); ++t)
      error.add(
          exact[t], fourth_order(at[0][t], at[1][t], at[2][t], at[3][t], by), scale,
          text(system.blocks()[b].name, " in ", system.network().regions[r].name, ", row ", t));
  };
  for (std::size_t b = 0; b < system.blocks().size(); ++b)
    for (std::size_t r = 0; r < system.network().regions.size(); ++r) {
      const int block = static_cast<int>(b), region = static_cast<int>(r);
      compare([](const Trajectory& x) { return x.states; }, s.states, block, region, amounts);
      compare([](const Trajectory& x) { return x.integrals; }, s.integrals, block, region,
              integrals);
    }
  CHECK_WORST(amounts, tolerance);
  CHECK_WORST(integrals, tolerance);
}

/// Every dose of an administration starts later.
DoseDirection start_of(const Schedule& schedule, int administration) {
  DoseDirection out;
  for (std::size_t g = 0; g < schedule.given.size(); ++g)
    if (schedule.given[g].administration == administration)
      out.push_back({.dose = static_cast<int>(g), .start = 1.0});
  return out;
}

const std::vector<double> hours{0.2, 0.45, 1.0, 3.0, 5.0, 24.0, 96.0};

}  // namespace

TEST_CASE("a dose scales its label and its peptide together or apart") {
  const Repeatable run(regression_setup(protected_therapy), hours, 200.0);
  const Schedule schedule = run.course().schedule;
  const int dose = therapy_of(schedule);
  const GivenDose& given = schedule.given[dose];
  check_against_differences(run, relative_size(schedule, dose), 1e-2, 1e-6);
  check_against_differences(run, {{.dose = dose, .labeled_amount = given.labeled_amount}}, 1e-2,
                            1e-6);
  check_against_differences(run, {{.dose = dose, .amount = given.amount}}, 1e-2, 1e-6);
}

TEST_CASE("an infusion may start later or run longer") {
  const Repeatable run(regression_setup(protected_therapy), hours, 200.0);
  const Schedule schedule = run.course().schedule;
  const int dose = therapy_of(schedule);
  check_against_differences(run, {{.dose = dose, .start = 1.0}}, shift, 1e-6);
  check_against_differences(run, {{.dose = dose, .duration = 1.0}}, shift, 1e-6);
}

TEST_CASE("amino acids may start earlier than their therapy, or both move") {
  const Repeatable run(regression_setup(protected_therapy), hours, 200.0);
  const Schedule schedule = run.course().schedule;
  const DoseDirection all = start_of(schedule, 1);
  DoseDirection amino_acids, longer;
  for (const DoseChange& change : all)
    if (schedule.given[change.dose].protects) {
      amino_acids.push_back(change);
      longer.push_back({.dose = change.dose, .duration = 1.0});
    }
  REQUIRE(all.size() == 3);
  REQUIRE(amino_acids.size() == 2);
  check_against_differences(run, all, shift, 1e-6);
  check_against_differences(run, amino_acids, shift, 1e-6);
  check_against_differences(run, longer, shift, 1e-6);
  check_against_differences(run, {amino_acids.front()}, shift, 1e-6);  // lysine without arginine
}

TEST_CASE("a cycle takes its mark, its effects and its voids along") {
  Setup setup = regression_setup(
      "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, duration: 30 "
      "min, amino_acids: lysine_arginine, repeat: {every: 97.3 h, count: 2}}",
      {"bladder", "receptor_recycling"});
  setup.patient.cycle_effects = parsed(
      "[{parameter: k_release_normal, term: per_cycle_factor, factor: 2}, {parameter: "
      "tumor.volume, term: free_per_cycle, factors: [1, 0.7]}]",
      [](const Node& node, Problems& problems) { return read_cycle_effects(&node, problems); });
  setup.regimen.windows = {{"drug", "liver.receptor_density", 1.4, 10.0, 60.0, {}}};
  // Neither outputs nor cycles at a void: before and after are not the same there.
  const Repeatable run(setup, {1.1, 20.6, 50.3, 97.1, 98.1, 190.4}, 200.0);
  const Schedule schedule = run.course().schedule;
  check_against_differences(run, start_of(schedule, 1), shift, 1e-6);
  check_against_differences(run, start_of(schedule, 2), shift, 1e-6);
  for (std::size_t g = 0; g < schedule.given.size(); ++g)
    if (schedule.given[g].block >= 0 && schedule.given[g].administration == 2)
      check_against_differences(run, {{.dose = static_cast<int>(g), .duration = 1.0}}, shift, 1e-6);
}

TEST_CASE("infusions that overlap, meet or share a vein move apart") {
  // The second runs while the first does, the third starts as the second ends, on two routes.
  const Repeatable run(
      regression_setup(
          "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, duration: 2 "
          "h}, {infusion: dotatate, nuclide: Lu-177, activity: 3.7 GBq, amount: 50 nmol, duration: "
          "1 h, at: 30 min, begins_cycle: false}, {infusion: dotatate, amount: 30 nmol, duration: "
          "1 "
          "h, at: 90 min}, {infusion: dotatoc, nuclide: Y-90, activity: 1 GBq, amount: 20 nmol, "
          "duration: 2 h, at: 1 h, route: hepatic_artery, infusate_decays: false, begins_cycle: "
          "false}"),
      {0.2, 0.8, 1.2, 1.7, 2.3, 2.8, 6.0, 24.0, 96.0}, 200.0);
  const Schedule schedule = run.course().schedule;
  REQUIRE(schedule.given.size() == 4);
  for (int g = 0; g < 4; ++g) {
    CAPTURE(g);
    check_against_differences(run, {{.dose = g, .start = 1.0}}, shift, 1e-6);
    check_against_differences(run, {{.dose = g, .duration = 1.0}}, shift, 1e-6);
  }
}

TEST_CASE("a bolus may be given later") {
  const Repeatable run(
      regression_setup("{bolus: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, "
                       "at: 2 h, split: {liver: 10 %}, unlabeled_as: dotatoc}, {infusion: "
                       "dotatate, amount: 20 nmol, duration: 3 h}"),
      {1.0, 2.2, 2.9, 24.0, 96.0}, 200.0);
  const Schedule schedule = run.course().schedule;
  check_against_differences(run, start_of(schedule, 1), shift, 1e-6);
  check_against_differences(run, start_of(schedule, 2), shift, 1e-6);
}

TEST_CASE("what has no derivative is refused") {
  auto message = [](const std::string& administrations, const DoseDirection& direction,
                    const std::vector<Window>& windows = {}, bool effects = false) {
    Setup setup = reference_setup(administrations);
    setup.regimen.windows = windows;
    if (effects)
      setup.patient.cycle_effects = parsed(
          "[{parameter: tumor.receptor_density, term: per_cycle_factor, factor: 0.8}]",
          [](const Node& node, Problems& problems) { return read_cycle_effects(&node, problems); });
    const Repeatable run(setup, {}, 200.0);
    return message_of<std::exception>([&] { (void)run.differentiated({{}, {direction}}, 1e-4); });
  };
  CHECK_CONTAINS(
      message("{bolus: dotatate, amount: 1 nmol}", {{.dose = 0, .duration = 1.0}}),
      "a bolus has no duration; no derivative with respect to that of 'dotatate' at 0 h; "
      "give it as an infusion");
  CHECK_CONTAINS(
      message(one_therapy + ", " + one_therapy, {{.dose = 1, .start = 1.0}}),
      "two administrations begin a cycle at 0 h; no derivative with respect to the start "
      "of one of them; start one of them at another time, or write begins_cycle: false");
  CHECK_CONTAINS(
      message(one_therapy.substr(0, one_therapy.size() - 1) + ", repeat: {every: 50 h, count: 2}}",
              {{.dose = 1, .start = 1.0}},
              {{"drug", "liver.receptor_density", 1.4, 10.0, 50.0, {}}}, true),
      "a window begins or ends at 50 h, where a cycle begins; no derivative with respect "
      "to its start; let the window begin or end at another time");
  CHECK(message("{bolus: dotatate, amount: 1 nmol}", {{.dose = 3}}) == "no dose 3 of 1");
  CHECK(message("{bolus: dotatate, amount: 1 nmol}", {{.dose = 0, .labeled_amount = 1.0}}) ==
        "dose 0 of 'dotatate' has no label");
  CHECK(
      message(one_therapy + ", {bolus: dotatoc, amount: 1 nmol}",
              {{.dose = 0, .start = 1.0}, {.dose = 1, .start = 2.0}}) ==
      "start of administration 1, start of administration 2 at 0 h would move at two speeds along "
      "one direction");
}

}  // namespace lutetia

// Derivatives of dose and protraction against central differences of fourth order of whole runs.
#include "lutetia/radiobiology/damage_derivatives.hpp"

#include "lutetia/radiobiology/linear_quadratic.hpp"
#include "support/repeatable.hpp"

namespace lutetia {
namespace {

using namespace testing;

constexpr double rtol = 1e-10;
const Repair both_parts{{2.8, 0.6}, {0.5, 0.4}};

struct Doses {
  DoseRates rates;
  std::vector<TargetRegion> targets;
  SourceTerms terms;
  std::vector<TimeIntegratedActivity> tia;
  DoseData data;
  std::vector<Repair> repair;

  Doses(const Repeatable& of, const Trajectory& run, Tail tail)
      : targets(target_regions(run)), tia(time_integrated_activity(run, tail)) {
    data = dose_data(library(), tia, of.setup.substances, DoseConvention::s_values);
    terms = source_terms(targets, tia, data.nuclides, data.s_values, of.setup.patient.sex,
                         DoseConvention::s_values);
    std::vector<std::string> names;
    for (const TargetRegion& target : targets) names.push_back(target.name);
    rates = dose_rates(run.curves, names, terms, tia);
    repair.assign(targets.size(), both_parts);
  }
  std::vector<Damage> by_cycle() const {
    return damage_by_cycle(rates, repair, tia.front().cycle_starts);
  }
};

Trajectory curves_of(const Repeatable& of, const Course& course) {
  SimulationOptions options;
  options.rtol = rtol;
  options.curves = true;
  return simulate(of.system, course.phases, course.schedule, {}, of.end, options);
}

/// Dose and protraction of every target and cycle by one direction, relative to the value per unit.
/// @param by  step of the differences along the direction
void check_against_differences(const Repeatable& of, const Directions& directions,
                               const std::function<Course(double)>& changed, double by,
                               double tolerance, Tail tail = Tail::linear) {
  const Course base = of.course();
  SimulationOptions options;
  options.rtol = rtol;
  options.curves = true;
  const auto [run, s] = simulate_with_sensitivities(of.system, base.phases, directions,
                                                    base.schedule, {}, of.end, options);
  const Doses doses(of, run, tail);
  const auto tia_change = tia_derivatives(run, s, tail);
  const auto found = damage_derivatives_by_cycle(
      doses.rates,
      dose_rate_derivatives(run, s, doses.rates, doses.targets, doses.terms, doses.tia, tia_change),
      doses.repair, run.schedule.cycle_starts);
  CHECK(run.curves.knots == curves_of(of, base).curves.knots);  // going along changes nothing

  // The derivative of the dose is known without curves.
  const auto dose = dose_derivative(run, s, doses.targets, doses.tia, tia_change,
                                    doses.data.nuclides, doses.data.s_values, of.setup.patient.sex);
  std::vector<std::vector<Damage>> moved;
  for (const double step : {by, -by, 0.5 * by, -0.5 * by})
    moved.push_back(Doses(of, curves_of(of, changed(step)), tail).by_cycle());
  const std::vector<Damage> values = doses.by_cycle();
  WorstError doses_known, dose_error, protraction_error;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string where = text(doses.rates.regions[i / run.schedule.cycle_starts.size()],
                                   ", cycle ", i % run.schedule.cycle_starts.size() + 1);
    const auto difference = [&](double Damage::*part) {
      return fourth_order(moved[0][i].*part, moved[1][i].*part, moved[2][i].*part,
                          moved[3][i].*part, by);
    };
    const double change = difference(&Damage::protraction);
    // A derivative that is small against value over step is rounding of the differences.
    const double of_dose = std::max(std::abs(dose[i]), 1e-2 * values[i].dose);
    const double of_q = std::max(std::abs(change), 1e-2 * values[i].protraction);
    doses_known.add(found[i].dose, dose[i], of_dose, where);
    dose_error.add(found[i].dose, difference(&Damage::dose), of_dose, where);
    protraction_error.add(found[i].protraction, change, of_q, where);
  }
  CHECK_WORST(doses_known, 1e-9);
  CHECK_WORST(dose_error, tolerance);
  CHECK_WORST(protraction_error, tolerance);
}

void check_direction(const Repeatable& of, const DoseDirection& direction, double by,
                     double tolerance = 1e-5, Tail tail = Tail::linear) {
  const std::vector<double> values = of.system->parameter_values();
  check_against_differences(
      of, {{}, {direction}}, [&](double step) { return of.course(values, direction, step); }, by,
      tolerance, tail);
}

DoseDirection start_of(const Schedule& schedule, int administration) {
  DoseDirection out;
  for (std::size_t g = 0; g < schedule.given.size(); ++g)
    if (schedule.given[g].administration == administration)
      out.push_back({.dose = static_cast<int>(g), .start = 1.0});
  return out;
}

/// Two cycles that overlap, the tumor smaller in the second one.
Repeatable two_cycles(const std::string& kind = "infusion",
                      const std::string& more = ", duration: 30 min, amino_acids: lysine_arginine",
                      double end = 150.0) {
  Setup setup = regression_setup(
      "{" + kind + ": dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol" + more +
      ", repeat: {every: 30 h, count: 2}}");
  setup.patient.cycle_effects = parsed(
      "[{parameter: tumor.volume, term: free_per_cycle, factors: [1, 0.7]}]",
      [](const Node& node, Problems& problems) { return read_cycle_effects(&node, problems); });
  return {std::move(setup), {}, end};
}

}  // namespace

TEST_CASE("BED by parameters, through uptake and through the mass") {
  const Repeatable of = two_cycles();
  for (const char* name : {"kidney.receptor_density", "tumor.volume", "gfr"}) {
    CAPTURE(name);
    const int parameter = of.system->parameter_index(name);
    const double value = of.system->parameter_values()[parameter];
    check_against_differences(
        of, {{parameter}, {}},
        [&](double step) {
          std::vector<double> values = of.system->parameter_values();
          values[parameter] += step;
          return of.course(values);
        },
        1e-2 * value, 1e-5);
  }
}

TEST_CASE("BED by activity, amount, duration and start of a cycle that overlaps another") {
  const Repeatable of = two_cycles();
  const Schedule schedule = of.course().schedule;
  int second = -1;
  for (std::size_t g = 0; g < schedule.given.size(); ++g)
    if (schedule.given[g].block >= 0) second = static_cast<int>(g);
  const GivenDose& given = schedule.given[second];
  check_direction(of, {{.dose = second, .labeled_amount = given.labeled_amount}}, 1e-2);
  check_direction(of, {{.dose = second, .amount = given.amount}}, 1e-2);
  check_direction(of, {{.dose = second, .duration = 1.0}}, 4e-3);
  check_direction(of, start_of(schedule, given.administration), 4e-3);
  check_direction(of, start_of(schedule, given.administration), 4e-3, 1e-5, Tail::physical);
}

// A tenth of the protraction comes after the end: the rate there, the dose of the tail and with
// them its decay change.
TEST_CASE("BED of a run that ends in the middle of a cycle") {
  const Repeatable of = two_cycles("infusion", ", duration: 30 min", 36.0);
  const Schedule schedule = of.course().schedule;
  const int last = static_cast<int>(schedule.given.size()) - 1;
  check_direction(of, {{.dose = last, .amount = schedule.given[last].amount}}, 1e-2);
  check_direction(of, start_of(schedule, schedule.given[last].administration), 4e-3);
}

TEST_CASE("BED by the start of a bolus: its dose rate jumps there") {
  const Repeatable of = two_cycles("bolus", "");
  const Schedule schedule = of.course().schedule;
  check_direction(of, start_of(schedule, schedule.given.back().administration), 4e-3);
}

}  // namespace lutetia

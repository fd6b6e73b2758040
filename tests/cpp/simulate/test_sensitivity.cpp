// Derivatives of a run with respect to parameters against central differences.
#include "lutetia/simulate/sensitivity.hpp"

#include "support/repeatable.hpp"

namespace lutetia {
namespace {

using namespace testing;

/// Compares ∂x/∂p with central differences in every state, relative to the peak of each derivative.
/// Where a derivative is less than a hundredth of x/p the error of the differences shows: relative
/// to that.
void check_against_differences(const Repeatable& of, const std::vector<std::string>& parameters,
                               double tolerance) {
  const double rtol = 1e-10, step = 1e-3;
  const std::vector<double> values = of.system->parameter_values();
  Directions directions;
  for (const std::string& name : parameters)
    directions.parameters.push_back(of.system->parameter_index(name));
  const auto [run, s] = of.differentiated(directions, rtol);
  const Trajectory plain = of.run(of.course(), rtol);
  CHECK(run.states == plain.states);  // going along changes nothing
  const int n = of.system->size(), columns = s.directions;
  for (int p = 0; p < columns; ++p) {
    CAPTURE(parameters[p]);
    std::vector<double> up = values, down = values;
    up[directions.parameters[p]] *= 1.0 + step;
    down[directions.parameters[p]] *= 1.0 - step;
    const Trajectory high = of.run(of.course(up), rtol), low = of.run(of.course(down), rtol);
    const double by = 2.0 * step * values[directions.parameters[p]];
    WorstError states, integrals;
    for (int i = 0; i < n; ++i) {
      // Rounding of 100 nmol over the step of the difference.
      const double rounding = 1e-4 / values[directions.parameters[p]];
      double peak = rounding, largest_integral = rounding;
      for (std::size_t t = 0; t < of.times.size(); ++t)
        peak = std::max({peak, std::abs(s.states[(t * n + i) * columns + p]),
                         0.01 * run.states[t * n + i] / values[directions.parameters[p]]});
      for (std::size_t t = 0; t < of.times.size(); ++t)
        states.add(s.states[(t * n + i) * columns + p],
                   (high.states[t * n + i] - low.states[t * n + i]) / by, peak,
                   text(of.system->state_names()[i], " at ", of.times[t], " h"));
      for (std::size_t m = 0; m < run.marks.size(); ++m)
        largest_integral =
            std::max({largest_integral, std::abs(s.integrals[(m * n + i) * columns + p]),
                      0.01 * run.integrals[m * n + i] / values[directions.parameters[p]]});
      for (std::size_t m = 0; m < run.marks.size(); ++m)
        integrals.add(s.integrals[(m * n + i) * columns + p],
                      (high.integrals[m * n + i] - low.integrals[m * n + i]) / by, largest_integral,
                      of.system->state_names()[i]);
    }
    CHECK_WORST(states, tolerance);
    CHECK_WORST(integrals, tolerance);
  }
}

const std::vector<double> hours{0.2, 0.5, 1.0, 4.0, 24.0, 96.0};

}  // namespace

TEST_CASE("derivatives by receptors, rates, filtration and amino acids") {
  const Setup setup = regression_setup(protected_therapy);
  const Repeatable run(setup, hours, 200.0);
  check_against_differences(
      run,
      {"kidney.receptor_density", "tumor.receptor_density", "k_protein_binding",
       "k_internalization_normal", "gfr", "kidney.inhibition_maximum", "kidney.inhibition_half",
       "kidney.inhibition_hill", "k_amino_acid_elimination", "kidney.megalin_half_saturation",
       "weight", "dotatate.k_on"},
      5e-6);
}

TEST_CASE("derivatives hold across cycles, cycle effects, windows, voids and splits") {
  Setup setup = regression_setup(
      "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, duration: 30 "
      "min, amino_acids: lysine_arginine, repeat: {every: 100 h, count: 2}}, {bolus: dotatoc, "
      "amount: 5 nmol, route: hepatic_artery, at: 20 h}",
      {"bladder", "receptor_recycling"});
  setup.patient.lesions.at(0).site = "liver";
  give(setup.patient, "voided_fraction", "0.9");
  setup.patient.cycle_effects = parsed(
      "[{parameter: tumor.receptor_density, term: per_cycle_factor, factor: 0.8}, {parameter: "
      "tumor.volume, term: free_per_cycle, factors: [1, 0.7]}]",
      [](const Node& node, Problems& problems) { return read_cycle_effects(&node, problems); });
  setup.regimen.windows = {{"drug", "liver.receptor_density", 1.4, 10.0, 60.0, {}}};
  const Repeatable run(setup, {1.0, 20.5, 50.0, 101.0, 190.0}, 200.0);
  check_against_differences(run,
                            {"tumor.receptor_density", "tumor.volume", "liver.receptor_density",
                             "k_receptor_recycling", "voided_fraction", "tumor.perfusion"},
                            1e-5);  // a power of the voided fraction: the differences err more
}

TEST_CASE("derivatives stay finite when amino acids are long gone") {
  const Repeatable run(regression_setup(protected_therapy.substr(0, protected_therapy.size() - 1) +
                                        ", repeat: {every: 8 week, count: 2}}"),
                       {}, 1400.0);
  const Directions directions{{run.system->parameter_index("gfr")}, {}};
  const auto [base, s] = run.differentiated(directions, 1e-10);
  CHECK(std::all_of(s.last_state.begin(), s.last_state.end(),
                    [](double value) { return std::isfinite(value); }));
}

TEST_CASE("what the schedule depends on has no derivative here") {
  const Repeatable run(regression_setup(one_therapy), {}, 1.0);
  CHECK_CONTAINS(message_of<ModelError>([&] {
                   (void)run.differentiated(
                       {{run.system->parameter_index("Lu-177.decay_constant")}, {}}, 1e-6);
                 }),
                 "no derivative with respect to 'Lu-177.decay_constant'");
}

}  // namespace lutetia

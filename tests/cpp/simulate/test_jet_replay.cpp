// The derivative of the steps against dual numbers through the whole integrator.
#include "lutetia/simulate/jet_replay.hpp"

#include "support/repeatable.hpp"

namespace lutetia {
namespace {

using namespace testing;

/// Amounts and integrals of every block and region, relative to the peak of each derivative.
void check_against_jets(const Repeatable& of, const Directions& directions) {
  const auto [run, exact] = of.differentiated(directions, 1e-6);
  const Course course = of.course();
  const auto [replayed, jets] =
      simulate_with_jets(of.system, course.phases, directions, course.schedule, of.times, of.end);
  CHECK(run.states == replayed.states);  // the same run
  REQUIRE(exact.states.size() == jets.states.size());
  REQUIRE(exact.integrals.size() == jets.integrals.size());
  const System& system = *of.system;
  WorstError amounts, integrals;
  for (int d = 0; d < directions.count(); ++d)
    for (std::size_t b = 0; b < system.blocks().size(); ++b)
      for (std::size_t r = 0; r < system.network().regions.size(); ++r)
        for (const auto& [values, oracle, error] :
             {std::tuple(&exact.states, &jets.states, &amounts),
              std::tuple(&exact.integrals, &jets.integrals, &integrals)}) {
          const int block = static_cast<int>(b), region = static_cast<int>(r);
          const int columns = directions.count();
          const auto found = region_sums(system, *values, block, region, columns, d);
          const auto expected = region_sums(system, *oracle, block, region, columns, d);
          const double peak = peak_of(expected);
          for (std::size_t t = 0; t < found.size() && peak > 0.0; ++t)
            error->add(found[t], expected[t], peak,
                       text("direction ", d, ", ", system.blocks()[b].name, " in ",
                            system.network().regions[r].name, ", row ", t));
        }
  CHECK_WORST(amounts, 1e-10);
  CHECK_WORST(integrals, 1e-10);
}

std::vector<int> positions(const System& system, const std::vector<std::string>& names) {
  std::vector<int> out;
  for (const std::string& name : names) out.push_back(system.parameter_index(name));
  return out;
}

}  // namespace

TEST_CASE("the derivative of the golden case is that of its steps in dual numbers") {
  const Repeatable run(regression_setup(one_therapy), {0.2, 0.5, 1.0, 4.0, 24.0, 96.0, 400.0},
                       1000.0);
  const Schedule schedule = run.course().schedule;
  check_against_jets(run, {positions(*run.system, {"kidney.receptor_density", "gfr", "weight"}),
                           {relative_size(schedule, 0),
                            {{.dose = 0, .labeled_amount = 1.0}},
                            {{.dose = 0, .amount = 1.0}},
                            {{.dose = 0, .start = 1.0}},
                            {{.dose = 0, .duration = 1.0}}}});
}

TEST_CASE("the same across cycles, effects of amino acids, windows and voids") {
  Setup setup = regression_setup(protected_therapy.substr(0, protected_therapy.size() - 1) +
                                     ", repeat: {every: 97 h, count: 2}}",
                                 {"bladder"});
  setup.patient.cycle_effects = parsed(
      "[{parameter: tumor.receptor_density, term: per_cycle_factor, factor: 0.8}]",
      [](const Node& node, Problems& problems) { return read_cycle_effects(&node, problems); });
  setup.regimen.windows = {{"drug", "liver.receptor_density", 1.4, 10.0, 60.0, {}}};
  const Repeatable run(setup, {0.3, 1.2, 5.0, 30.0, 97.3, 120.0, 190.0}, 200.0);
  const Schedule schedule = run.course().schedule;
  DoseDirection second;
  for (std::size_t g = 0; g < schedule.given.size(); ++g)
    if (schedule.given[g].administration == 2)
      second.push_back({.dose = static_cast<int>(g), .start = 1.0});
  REQUIRE(second.size() == 3);
  check_against_jets(run, {positions(*run.system, {"kidney.inhibition_hill",
                                                   "tumor.receptor_density", "voided_fraction"}),
                           {second}});
}

// Seven chunks go in groups of three and four, or alone on the baseline: what a column shares a
// pass with must not show. Rounding of another order of additions is left.
TEST_CASE("a column does not depend on those beside it") {
  const Repeatable run(regression_setup(protected_therapy), {0.3, 5.0, 60.0}, 100.0);
  const System& system = *run.system;
  const std::vector<int> parameters =
      positions(system, {"kidney.receptor_density", "tumor.receptor_density", "gfr", "weight",
                         "k_internalization_normal", "dotatate.k_on", "kidney.inhibition_maximum",
                         "kidney.inhibition_half", "kidney.inhibition_hill"});
  Directions together;
  for (int p = 0; p < 27; ++p) together.parameters.push_back(parameters[p % 9]);
  const Course course = run.course();
  const auto differentiate = [&](const Directions& directions, Instructions set, Method method) {
    return simulate_with_sensitivities(run.system, course.phases, directions, course.schedule,
                                       run.times, run.end,
                                       {.method = method, .rtol = 1e-4, .instructions = set})
        .second;
  };
  for (const Method method : {Method::rodas5p, Method::rodas4p})
    for (const Instructions set : available_instructions()) {
      CAPTURE(to_string(set));
      const Sensitivities all = differentiate(together, set, method);
      WorstError error;
      for (int p = 0; p < 9; ++p) {
        const Sensitivities one = differentiate({{parameters[p]}}, set, method);
        const double peak = peak_of(one.states), most = peak_of(one.integrals);
        REQUIRE(peak > 0.0);
        for (int column = p; column < together.count(); column += 9) {
          const std::string where = text("column ", column);
          for (std::size_t n = 0; n < one.states.size(); ++n)
            error.add(all.states[n * together.count() + column], one.states[n], peak, where);
          for (std::size_t n = 0; n < one.integrals.size(); ++n)
            error.add(all.integrals[n * together.count() + column], one.integrals[n], most, where);
        }
      }
      CHECK_WORST(error, 1e-12);
    }
}

TEST_CASE("the same for parameters that move together, some in the second cycle alone") {
  Setup setup = regression_setup(one_therapy.substr(0, one_therapy.size() - 1) +
                                 ", repeat: {every: 97 h, count: 2}}");
  // A factor of one that asks for a phase of its own.
  setup.patient.cycle_effects = {{.parameter = "tumor.receptor_density",
                                  .term = CycleEffect::Term::free_per_cycle,
                                  .numbers = {1.0, 1.0},
                                  .always = true}};
  const Repeatable run(setup, {0.3, 5.0, 97.3, 120.0, 190.0}, 200.0);
  REQUIRE(run.course().phases.size() == 2);
  const int tumor = run.system->parameter_index("tumor.receptor_density"),
            kidney = run.system->parameter_index("kidney.receptor_density"),
            spleen = run.system->parameter_index("spleen.receptor_density");
  const Directions directions{{run.system->parameter_index("gfr")},
                              {relative_size(run.course().schedule, 0)},
                              {{{tumor, {0.0, 10.0}}, {kidney, {0.0, 3.0}}},
                               {{tumor, {16.0, 16.0}}, {spleen, {7.0, 7.0}}},
                               {{spleen, {2.0, -1.0}}}}};
  check_against_jets(run, directions);
  // Before the second cycle nothing moves with the first joint direction, column 2.
  const auto [base, s] = run.differentiated(directions, 1e-6);
  for (int i = 0; i < run.system->size(); ++i)
    CHECK(s.states[(1 * run.system->size() + i) * s.directions + 2] == 0.0);
  // Together is the sum of each alone.
  const auto [same, alone] =
      run.differentiated({{}, {}, {{{tumor, {0.0, 10.0}}}, {{kidney, {0.0, 3.0}}}}}, 1e-6);
  WorstError sum;
  for (int i = 0; i < run.system->size(); ++i) {
    const std::size_t row = 4 * run.system->size() + i;
    const double one = alone.states[row * 2], other = alone.states[row * 2 + 1];
    // Rounding of 100 nmol.
    sum.add(s.states[row * s.directions + 2], one + other, 1e-6 + std::abs(one) + std::abs(other),
            run.system->state_names()[i]);
  }
  CHECK_WORST(sum, 1e-9);
}

TEST_CASE("parameters that move together must exist and have a derivative in every phase") {
  const Repeatable run(regression_setup(one_therapy), {}, 1.0);
  auto differentiate = [&](const ParameterDirection& direction) {
    (void)run.differentiated({{}, {}, {direction}}, 1e-6);
  };
  const int gfr = run.system->parameter_index("gfr"),
            decay = run.system->parameter_index("Lu-177.decay_constant"),
            count = static_cast<int>(run.system->network().parameters.size());
  CHECK(message_of<std::invalid_argument>([&] {
          differentiate({{gfr, {1.0, 1.0}}});
        }) == "a change of a parameter needs a derivative for each of 1 phases, found 2");
  CHECK(message_of<std::invalid_argument>([&] {
          differentiate({{gfr, {}}});
        }) == "a change of a parameter needs a derivative for each of 1 phases, found 0");
  CHECK(message_of<std::invalid_argument>([&] {
          differentiate({{count, {1.0}}});
        }) == text("no parameter ", count));
  CHECK(message_of<std::invalid_argument>([&] {
          differentiate({{-1, {1.0}}});
        }) == "no parameter -1");
  CHECK_CONTAINS(message_of<ModelError>([&] {
                   differentiate({{gfr, {1.0}}, {decay, {1.0}}});
                 }),
                 "no derivative with respect to 'Lu-177.decay_constant'");
}

}  // namespace lutetia

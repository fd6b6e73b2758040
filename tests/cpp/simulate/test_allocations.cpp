// Steps run in memory that is taken once: threads of a batch would wait for each other at the heap.
#include "lutetia/simulate/problem.hpp"
#include "lutetia/solver/stepper.hpp"
#include "support/allocations.hpp"
#include "support/laws.hpp"
#include "support/models.hpp"
#include "support/repeatable.hpp"

namespace lutetia {
namespace {

using namespace testing;

/// Many steps from a state in the middle of a protected therapy.
template <const auto& Tableau, class T>
void check_steps(Instructions set) {
  const System system = reference_setup(
                            "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 "
                            "nmol, duration: 30 min, amino_acids: lysine_arginine}")
                            .compiled();
  const Rates rates = system.rates();
  BasicRates<T> all;
  if constexpr (width<T> == 1)
    all = rates;
  else
    all = in_lanes(std::vector<const Rates*>{&rates});
  const std::vector<double> start = admissible_state(system, rates, 5, 10.0, 0.3);
  std::vector<T> x(start.begin(), start.end()), integral(x.size()), shown(x.size());
  SystemProblem<T> problem(system, all, {.instructions = set}, std::vector<T>(x.size(), 100.0));
  ControlledRosenbrock<Tableau, T> stepper(system.size(), system.remainder_size());
  double t = 0.0, h = 100.0;  // too large: rejected steps count as well
  const std::size_t before = allocations();
  while (stepper.counters().accepted < 100) {
    if (stepper.try_step(std::ref(problem), x, t, h) != odeint::success) continue;
    stepper.method().add_integral(integral);
    stepper.method().interpolate(0.5, shown);
  }
  CHECK(allocations() == before);
  CHECK(stepper.counters().rejected > 0);
}

}  // namespace

TEST_CASE("allocations of every kind are counted") {
  const std::size_t before = allocations();
  const std::vector<double> plain(3);
  CHECK(allocations() == before + 1);
  const std::vector<Lanes> lanes(3);
  CHECK(allocations() == before + 2);
  const AlignedVector<double> aligned(3);
  CHECK(allocations() == before + 3);
}

TEST_CASE("steps take nothing from the heap") {
  for (const Instructions set : available_instructions()) {
    CAPTURE(to_string(set));
    check_steps<rodas5p, double>(set);
    check_steps<rodas5p, Lanes>(set);
    check_steps<rodas4p, Lanes>(set);
  }
}

TEST_CASE("derivatives of steps take nothing from the heap") {
  const Repeatable of(regression_setup(protected_therapy), {1.0, 50.0}, 60.0);
  const Course course = of.course();
  Directions directions;
  for (const char* name : {"gfr", "weight", "kidney.receptor_density", "dotatate.k_on",
                           "kidney.inhibition_half", "k_release_normal"})
    directions.parameters.push_back(of.system->parameter_index(name));
  for (const Method method : {Method::rodas5p, Method::rodas4p})
    for (const Instructions set : available_instructions()) {
      CAPTURE(to_string(set));
      std::size_t taken[2], steps[2];
      for (const int finer : {0, 1}) {
        const std::size_t before = allocations();
        const auto run = simulate_with_sensitivities(
            of.system, course.phases, directions, course.schedule, of.times, of.end,
            {.method = method, .rtol = finer ? 1e-6 : 1e-4, .instructions = set});
        taken[finer] = allocations() - before;
        steps[finer] = run.first.counters.accepted;
      }
      CHECK(steps[1] > 1.5 * static_cast<double>(steps[0]));
      CHECK(taken[1] == taken[0]);
    }
}

}  // namespace lutetia

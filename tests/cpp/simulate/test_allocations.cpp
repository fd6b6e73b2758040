// Steps run in memory that is taken once: threads of a batch would wait for each other at the heap.
#include "lutetia/simulate/problem.hpp"
#include "lutetia/solver/stepper.hpp"
#include "support/allocations.hpp"
#include "support/laws.hpp"
#include "support/models.hpp"

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

}  // namespace lutetia

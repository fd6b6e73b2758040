// The same work compiled for every instruction set of this machine.
#include "lutetia/linalg/instructions.hpp"

#include <algorithm>
#include <cstdlib>

#include "lutetia/simulate/problem.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

const std::string two_protected_cycles =
    "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, duration: 30 min, "
    "amino_acids: lysine_arginine, repeat: {every: 8 week, count: 2}}";

}  // namespace

TEST_CASE("the baseline is always there, and what is chosen is available") {
  const auto& all = available_instructions();
  CHECK(all.front() == Instructions::baseline);
  CHECK(std::count(all.begin(), all.end(), chosen_instructions()) == 1);
  const char* const wanted = std::getenv("LUTETIA_INSTRUCTIONS");
  const bool free = !wanted || !*wanted;
  CHECK(to_string(chosen_instructions()) == (free ? to_string(all.back()) : wanted));
}

TEST_CASE("a function runs once for every set") {
  for (const Instructions set : available_instructions()) {
    CAPTURE(to_string(set));
    int calls = 0;
    with_instructions(set, [&] { ++calls; });
    CHECK(calls == 1);
  }
}

// Fused multiplications round once where the baseline rounds twice, 1e-16 of what is added. The
// error of a step is a difference of such sums: at rtol 1e-6 it moves by some 1e-10 of itself, the
// step by less, and so what a step leaves in error by 1e-16: over some hundred steps 1e-14 of what
// was given. More comes from the clock, whose 1344 h are rounded to 2e-13 h: a bag that runs out in
// half an hour is then off by 5e-13 of what it held. A step is accepted elsewhere only if its norm
// is within 1e-10 of 1.
TEST_CASE("a course is the same on every instruction set") {
  const Setup setup = reference_setup(two_protected_cycles);
  for (const Method method : {Method::rodas5p, Method::rodas4p}) {
    RunRequest request;
    request.options.method = method;
    request.options.instructions = Instructions::baseline;
    const Trajectory expected = setup.run(request);
    const std::vector<double> scale =
        state_scales(*expected.system, expected.schedule, expected.rates());
    for (const Instructions set : available_instructions()) {
      CAPTURE(to_string(set));
      request.options.instructions = set;
      const Trajectory found = setup.run(request);
      CHECK(found.counters.accepted == expected.counters.accepted);
      CHECK(found.counters.rejected == expected.counters.rejected);
      WorstError worst;
      REQUIRE(found.states.size() == expected.states.size());
      for (std::size_t i = 0; i < found.states.size(); ++i) {
        const std::size_t state = i % scale.size();
        worst.add(found.states[i], expected.states[i], scale[state],
                  expected.system->state_names()[state]);
      }
      CHECK_WORST(worst, 1e-12);
    }
  }
}

}  // namespace lutetia

// The work of the reference course within budgets, so that lost efficiency shows without a clock.
#include "support/budgets.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

Trajectory reference_course(double rtol, Instructions instructions) {
  const Case c = read_case(library(), "netter1_reference");
  RunRequest request;
  request.options.rtol = rtol;
  request.options.instructions = instructions;
  return run(c.model, c.patients.front(), c.regimen, c.substances, request);
}

}  // namespace

TEST_CASE("the reference course keeps its budget of work") {
  const std::size_t stages = rodas5p.stages;
  for (const Instructions set : {Instructions::baseline, available_instructions().back()})
    for (const Budget& budget : reference_budgets) {
      CAPTURE(to_string(set));
      CAPTURE(budget.rtol);
      const StepCounters work = reference_course(budget.rtol, set).counters;
      const std::size_t attempts = work.accepted + work.rejected;
      CHECK(attempts <= budget.attempts);
      // Fewer by a tenth is a better method: then the budget no longer notices what is lost again.
      CHECK(10 * attempts >= 9 * budget.attempts);
      CHECK(work.factorizations == attempts);
      CHECK(work.rhs_calls <= attempts);  // later stages do without
      CHECK(work.solves <= stages * attempts);
    }
}

}  // namespace lutetia

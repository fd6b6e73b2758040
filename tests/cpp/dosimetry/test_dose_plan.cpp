#include "lutetia/dosimetry/dose_plan.hpp"

#include <doctest/doctest.h>

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

/// A course in which the tumor shrinks, so that cycles have masses of their own.
Setup shrinking_course() {
  Setup setup = reference_setup(four_cycles);
  Problems problems;
  setup.patient.cycle_effects = read_patient(parse_yaml(R"(
lutetia: 1
patient: shrinking
sex: male
cycle_effects: [{parameter: tumor.volume, term: per_cycle_factor, factor: 0.8}]
)",
                                                        "text"),
                                             problems)
                                    .cycle_effects;
  problems.throw_if_any();
  return setup;
}

TEST_CASE("a plan gives the doses of the table, bit by bit") {
  for (const Setup& setup : {reference_setup(one_therapy), shrinking_course()}) {
    const Trajectory run = setup.run(request_of({}, 5000.0, 1e-4));
    const auto tia = time_integrated_activity(run);
    const std::vector<SValues> tables{read_s_values(library(), "Lu-177")};
    for (const auto convention : {DoseConvention::s_values, DoseConvention::local_electrons}) {
      const DoseTable table = absorbed_dose(target_regions(run), tia, setup.substances.nuclides,
                                            tables, "male", convention);
      const DosePlan plan(*run.system, setup.substances.nuclides, tables, "male", convention);
      CHECK(plan.values(run, tia) == table.values);
      CHECK(plan.targets().size() == table.regions.size());
    }
  }
}

}  // namespace
}  // namespace lutetia

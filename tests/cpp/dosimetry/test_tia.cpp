// Time-integrated activity per cycle and its tail to infinity.
#include "lutetia/dosimetry/tia.hpp"

#include "lutetia/units/constants.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

constexpr double lambda = constants::ln2 / 159.528;  // Lu-177
constexpr double k = 0.4 + lambda;                   // effective, of one_compartment [1/h]
constexpr double rtol = 1e-9;

TimeIntegratedActivity integrated(const Trajectory& run, Tail tail) {
  return time_integrated_activity(run, tail).at(0);
}

}  // namespace

// Ã = A₀/k_eff; 10·rtol as for the states.
TEST_CASE("activity of a bolus integrates to its formula with every kind of tail") {
  const Setup setup = setup_of(
      one_compartment, "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol}");
  const Trajectory run = setup.run(request_of({}, 3.0, rtol));
  const std::size_t body = index_of(integrated(run, Tail::none).regions, "body");
  const double until = -74.0 / k * std::expm1(-3.0 * k), left = 74.0 * std::exp(-3.0 * k);
  CHECK_NEAR(integrated(run, Tail::none).total(body), until, 10.0 * rtol, 0.0);
  CHECK(integrated(run, Tail::none).tail[body] == 0.0);
  CHECK_NEAR(integrated(run, Tail::linear).total(body), 74.0 / k, 10.0 * rtol, 0.0);
  CHECK_NEAR(integrated(run, Tail::linear).tail[body], left / k, 10.0 * rtol, 0.0);
  CHECK_NEAR(integrated(run, Tail::linear).tail_share(body), std::exp(-3.0 * k), 10.0 * rtol, 0.0);
  CHECK_NEAR(integrated(run, Tail::physical).total(body), until + left / lambda, 10.0 * rtol, 0.0);
}

TEST_CASE("each cycle has its own integral and the last one holds the tail") {
  const Setup setup =
      setup_of(one_compartment,
               "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol}, "
               "{bolus: dotatate, nuclide: Lu-177, activity: 37 MBq, amount: 10 nmol, at: 2 h}");
  const Trajectory run = setup.run(request_of({}, 3.0, rtol));
  const TimeIntegratedActivity tia = integrated(run, Tail::linear);
  const std::size_t body = index_of(tia.regions, "body");
  const double first = -74.0 / k * std::expm1(-2.0 * k), left = 74.0 * std::exp(-2.0 * k);
  CHECK(tia.cycle_starts == std::vector<double>{0.0, 2.0});
  CHECK_NEAR(tia.administered_activity[0], 74.0, 1e-14, 0.0);
  CHECK_NEAR(tia.administered_activity[1], 37.0, 1e-14, 0.0);
  CHECK_NEAR(tia.value(body, 0), first, 10.0 * rtol, 0.0);
  CHECK_NEAR(tia.value(body, 1), (left + 37.0) / k, 10.0 * rtol, 0.0);
  CHECK_NEAR(tia.total(body), 111.0 / k, 10.0 * rtol, 0.0);
}

TEST_CASE("labels of one nuclide on two ligands count together, nuclides apart") {
  const Setup setup =
      setup_of(one_compartment,
               "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol}, "
               "{bolus: dotatoc, nuclide: Lu-177, activity: 37 MBq, amount: 10 nmol}, "
               "{bolus: dotatate, nuclide: Y-90, activity: 10 MBq, amount: 10 nmol}");
  const Trajectory run = setup.run(request_of({}, 3.0, rtol));
  const auto tia = time_integrated_activity(run);
  REQUIRE(tia.size() == 2);
  const std::size_t body = index_of(tia[0].regions, "body");
  CHECK(tia[0].nuclide == "Lu-177");
  CHECK_NEAR(tia[0].total(body), 111.0 / k, 10.0 * rtol, 0.0);
  CHECK_NEAR(tia[0].administered_total(), 111.0, 1e-14, 0.0);
  CHECK_NEAR(tia[1].total(body), 10.0 / (0.4 + constants::ln2 / 64.1), 10.0 * rtol, 0.0);
}

// In a closed space at equilibrium the peptide rests, so the label obeys x' = Kx exactly and every
// region keeps A/λ. With any other number of free receptors the tail would be divided differently
// between fluid and receptors.
TEST_CASE("the linear tail sees the receptors as free as they are") {
  const Setup setup =
      setup_of(R"(
lutetia: 1
model: closed_binding
routes: {intravenous: fluid}
parameters: {volume: 2 L, receptors: 30 nmol}
compartments: {fluid: {volume: volume}, bound: {}}
processes:
  - binding:
      {from: fluid, to: bound, receptors: receptors, k_on: ligand.k_on, k_off: ligand.k_on * ligand.k_d}
observables: {free: {compartments: [fluid]}, occupied: {compartments: [bound]}}
)",
               "{bolus: dotatate, nuclide: Lu-177, activity: 740 MBq, amount: 32 nmol}");
  const Trajectory run = setup.run(request_of({72.0}, 72.0, rtol));
  const TimeIntegratedActivity tia = integrated(run, Tail::linear);
  for (const char* region : {"free", "occupied"}) {
    CAPTURE(std::string(region));
    const double left = run.activity(run.region_index(region), "Lu-177").at(0);
    CHECK(left > 1.0);
    CHECK_NEAR(tia.tail[index_of(tia.regions, region)], left / lambda, 100.0 * rtol, 0.0);
  }
}

// At two weeks receptors are free but for 1e-4 of them; the linearization errs by that share of a
// tail that is itself small.
TEST_CASE("the linear tail of the full model equals a long run") {
  const Setup setup = reference_setup(one_therapy);
  const Trajectory two_weeks = setup.run(request_of({}, 336.0, 1e-8)),
                   a_year = setup.run(request_of({}, 8766.0, 1e-8));
  const TimeIntegratedActivity with_tail = integrated(two_weeks, Tail::linear),
                               without = integrated(a_year, Tail::none),
                               upper = integrated(two_weeks, Tail::physical);
  for (const char* region :
       {"kidney", "liver", "spleen", "tumor", "red_marrow", "whole_body", "serum"}) {
    CAPTURE(std::string(region));
    const std::size_t r = index_of(with_tail.regions, region);
    CHECK_NEAR(with_tail.total(r), without.total(r), 1e-5, 0.0);
    CHECK(with_tail.tail_share(r) > 1e-3);  // what is compared is not negligible
    CHECK(upper.tail[r] >=
          with_tail.tail[r] * (1.0 - 1e-9));  // equal for serum: what is left is bound to protein
  }
}

}  // namespace lutetia

// Organs that contain a share of a space of the whole model: what they hold, decays and doses by
// it.
#include "lutetia/dosimetry/absorbed_dose.hpp"
#include "lutetia/study/derivative_check.hpp"
#include "lutetia/units/constants.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

/// Ions leave the site and the cells of organs; `one` contains 40 % of them, `two` a part that
/// follows its volume.
const std::string sharing =
    R"({lutetia: 1, model: sharing, routes: {intravenous: site},
parameters: {released: 0.8, k_in: 0.3 1/h, k_lost: 0.2 1/h, space: 4 L},
compartments: {site: {}, ions: {substance: free_daughter}, lost: {outside: true, substance: free_daughter}},
processes: [transfer: {from: ions, to: lost, rate: k_lost}],
daughter_release: [{from: [site, "*.cells"], to: ions, share: released}],
organ_types: {
  most: {parameters: {volume: 1 L, mass: 1 kg}, compartments: {cells: {}}, contains: {ions: 0.4},
         processes: [transfer: {from: site, to: cells, rate: k_in}]},
  part: {extends: most, contains: {ions: volume / space}}},
organs: {one: {type: most}, two: {type: part}},
observables: {ions: {compartments: [ions]}, cells_of_one: {compartments: [one.cells]},
              cells_of_two: {compartments: [two.cells]}, all: {compartments: ["*"]}}})";

const std::string cycles =
    "{infusion: dotatate, nuclide: Pb-212, activity: 100 MBq, amount: 10 nmol, duration: 1 h, "
    "repeat: {every: 1 day, count: 2}}";

const std::vector<double> hours{0.5, 3.0, 23.0, 24.5, 30.0, 60.0};

/// The volume of `two` doubles in the second cycle.
Setup growing() {
  Setup out = setup_of(sharing, cycles);
  out.patient.cycle_effects = parsed(
      "[{parameter: two.volume, term: per_cycle_factor, factor: 2}]",
      [](const Node& node, Problems& problems) { return read_cycle_effects(&node, problems); });
  return out;
}

RunRequest with_curves() {
  RunRequest out = request_of(hours, 100.0, 1e-8);
  out.options.curves = true;
  return out;
}

}  // namespace

TEST_CASE("organs hold their cells and their share of a space") {
  const Trajectory run = growing().run(with_curves());
  const auto activity = [&](const char* region) {
    return run.activity(run.region_index(region), "Bi-212");
  };
  const auto ions = activity("ions"), one = activity("one"), two = activity("two");
  for (std::size_t i = 0; i < hours.size(); ++i) {
    CAPTURE(hours[i]);
    CHECK(ions[i] > 0.1);
    CHECK_NEAR(one[i], activity("cells_of_one")[i] + 0.4 * ions[i], 1e-13, 0.0);
    const double share = hours[i] < 24.0 ? 0.25 : 0.5;
    CHECK_NEAR(two[i], activity("cells_of_two")[i] + share * ions[i], 1e-13, 0.0);
  }
  CHECK(run.mass_balance.labeled < 1e-11);
}

TEST_CASE("time-integrated activities and curves have the same shares") {
  const Trajectory run = growing().run(with_curves());
  const auto at = [&](const char* region) {
    return static_cast<std::size_t>(run.region_index(region));
  };
  for (const Tail tail : {Tail::linear, Tail::physical, Tail::none})
    for (const TimeIntegratedActivity& tia : time_integrated_activity(run, tail)) {
      CAPTURE(tia.nuclide);
      for (std::size_t k = 0; k < 2; ++k)
        CHECK_NEAR(
            tia.value(at("two"), k),
            tia.value(at("cells_of_two"), k) + (k == 0 ? 0.25 : 0.5) * tia.value(at("ions"), k),
            1e-13, 0.0);
      CHECK_NEAR(tia.tail[at("two")], tia.tail[at("cells_of_two")] + 0.5 * tia.tail[at("ions")],
                 1e-13, 0.0);
    }
  // The curves integrate to what the run has integrated; Boole's rule is exact for them.
  const ActivityCurves& curves = run.curves;
  const auto within = time_integrated_activity(run, Tail::none);
  for (std::size_t n = 0; n < curves.nuclides.size(); ++n)
    for (std::size_t k = 0; k < 2; ++k) {
      double sum = 0.0;
      for (std::size_t i = 0; i < curves.intervals(); ++i) {
        if ((curves.knots[i] < 24.0) != (k == 0)) continue;
        const auto& v = curves.values[i * curves.row() + n * curves.regions + at("two")];
        sum += (curves.knots[i + 1] - curves.knots[i]) / 90.0 *
               (7.0 * (v[0] + v[4]) + 32.0 * (v[1] + v[3]) + 12.0 * v[2]);
      }
      CAPTURE(curves.nuclides[n]);
      CHECK_NEAR(sum, within[n].value(at("two"), k), 1e-12, 0.0);
    }
}

TEST_CASE("what organs contain is differentiated with their share") {
  const Setup setup = growing();
  const auto report = check_derivatives(
      library(), setup.model, setup.patient, setup.regimen, setup.substances,
      {"two.volume", "space", "released", "administration_1.at"},
      request_of({3.0, 20.0, 30.0, 60.0}, 100.0, 1e-8), DoseConvention::local_electrons);
  CHECK(report.size() == 12);
  for (const DerivativeCheck& row : report)
    CHECK_MESSAGE(row.passed, text(row.observable, " of ", row.where, " by ", row.direction));
}

TEST_CASE("organs contain no more than there is, nor another share within a cycle") {
  Setup setup = setup_of(sharing, cycles);
  give(setup.patient, "space", "1.6 L");
  CHECK_CONTAINS(message_of<ModelError>([&] { (void)setup.run(request_of({}, 100.0, 1e-4)); }),
                 "regions contain more than all of 'ions', found 1.025, expected shares that add "
                 "up to 1 at most");
  give(setup.patient, "space", "-4 L");
  CHECK_CONTAINS(message_of<ModelError>([&] { (void)setup.run(request_of({}, 100.0, 1e-4)); }),
                 "share of 'ions' in 'two', found -0.25, expected from 0 to 1");
  Setup window = setup_of(sharing, cycles);
  window.regimen.windows = {{"drug", "space", 2.0, 5.0, 8.0, {}}};
  CHECK_CONTAINS(message_of<ModelError>([&] { (void)window.run(request_of({}, 100.0, 1e-4)); }),
                 "the change at 5 h gives 'two' another share of 'ions' within a cycle");
  window.regimen.windows.front() = {"drug", "space", 2.0, 24.0, 1e4, {}};
  CHECK_NOTHROW((void)window.run(request_of({}, 100.0, 1e-4)));
}

TEST_CASE("in the whole body organs, large vessels and places outside organs hold all there is") {
  const Setup setup = reference_setup(
      "{infusion: dotatate, nuclide: Ac-225, activity: 8.5 MBq, amount: 100 nmol, duration: 30 "
      "min}",
      "reference_male", {"free_daughters"});
  const Trajectory run = setup.run(request_of({1.0, 24.0, 168.0}, 500.0, 1e-6));
  const Rates& rates = run.rates();
  const auto value = [&](const char* name) {
    return rates.slots[run.system->network().slots.at(name)];
  };
  const double vessels =
      (value("arteries_volume") + value("veins_volume")) / value("plasma_with_lesions");
  for (const TimeIntegratedActivity& tia : time_integrated_activity(run)) {
    CAPTURE(tia.nuclide);
    double organs = 0.0, outside = 0.0;
    for (std::size_t r = 0; r < tia.regions.size(); ++r) {
      const Region& region = run.system->network().regions[r];
      if (region.mass >= 0) organs += tia.total(r);
      if (region.name == "daughters_outside_organs") outside += tia.total(r);
    }
    // Of serum: what is in large vessels outside organs, peptide or ions.
    const System& system = *run.system;
    double large = 0.0;
    for (const Block& block : system.blocks()) {
      if (block.tracer < 0 || system.structure().tracers[block.tracer].nuclide != tia.nuclide)
        continue;
      const auto tail = tail_integrals(run, block, Tail::linear);
      const double to_activity =
          system.decay_constant(rates, block.tracer) * constants::activity_per_decay_rate;
      for (const auto& [name, share] : {std::pair{"arteries", 1.0},
                                        {"veins", 1.0},
                                        {"protein_bound", 1.0},
                                        {"free_daughters", vessels}}) {
        const int c = system.network().find_compartment(name);
        if (block.states[c] >= 0)
          large += share * to_activity * (run.integral(block.states[c], 0) + tail[c]);
      }
    }
    const auto all = static_cast<std::size_t>(run.region_index("whole_body"));
    CHECK_NEAR(organs + outside + large, tia.total(all), 1e-12, 0.0);
    CHECK(organs > 0.7 * tia.total(all));
  }
}

}  // namespace lutetia

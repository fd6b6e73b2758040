#include "lutetia/reactions/reaction_network.hpp"

#include <map>

#include "support/laws.hpp"
#include "support/models.hpp"

namespace lutetia {
namespace {

using namespace testing;

ReactionNetwork network_of(const PreparedRun& plan) {
  return reaction_network(*plan.system, plan.phases, plan.schedule);
}

PreparedRun planned(const Setup& setup, const RunRequest& request = {}) {
  return prepare_run(setup.model, setup.patient, setup.regimen, setup.substances, request);
}

/// The written laws, evaluated as a reader of them would.
std::vector<double> written_slopes(const ReactionNetwork& n, const std::vector<double>& x) {
  auto number = [&](int q) { return q < 0 ? 1.0 : n.quantities[q].values[n.phase]; };
  auto volume = [&](int s) { return n.compartments[n.species[s].compartment].volume[n.phase]; };
  std::vector<double> slopes(x.size(), 0.0);
  for (const Reaction& r : n.reactions) {
    double flux = number(r.rate) * x[r.driver];
    if (r.per_volume) flux /= volume(r.driver);
    for (const int e : r.effects) {
      const ReactionEffect& effect = n.effects[e];
      double s = 0.0;
      for (const int i : effect.species) s += x[i] / volume(i);
      const double power = std::pow(s, number(effect.hill));
      flux *= 1.0 + (effect.stimulates ? 1.0 : -1.0) * number(effect.maximum) * power /
                        (std::pow(number(effect.half), number(effect.hill)) + power);
    }
    if (r.pool >= 0) {
      double free = number(n.pools[r.pool].receptors);
      for (const int i : n.pools[r.pool].taken) free -= x[i];
      flux = flux * free - number(r.dissociation) * x[r.to];
    }
    if (r.from >= 0) slopes[r.from] -= flux;
    if (r.to >= 0) slopes[r.to] += flux;
  }
  return slopes;
}

/// Written laws and compiled terms give the same slopes at random admissible states.
void check_slopes(const Setup& setup) {
  const PreparedRun plan = planned(setup);
  const ReactionNetwork network = network_of(plan);
  const System& system = *plan.system;
  const Rates& rates = plan.phases[network.phase].rates;
  std::vector<int> states;
  for (const ReactionSpecies& s : network.species) states.push_back(state_index(system, s.name));
  WorstError error;
  for (const unsigned seed : {1u, 2u, 3u}) {
    std::vector<double> x = admissible_state(system, rates, seed, 10.0, 0.4), compiled(x.size());
    for (const Block& block : system.blocks())
      if (block.ligand < 0)
        for (const int s : block.states)
          if (s >= 0) x[s] = 0.01 * seed;    // receptors that cannot bind
    for (int s = 0; s < system.size(); ++s)  // what no reaction knows is never filled
      if (std::find(states.begin(), states.end(), s) == states.end()) x[s] = 0.0;
    system.rhs<double>(rates, x, compiled);
    std::vector<double> amounts;
    for (const int s : states) amounts.push_back(x[s]);
    const std::vector<double> written = written_slopes(network, amounts);
    for (std::size_t i = 0; i < states.size(); ++i) {
      const double scale = std::max(1.0, gross_flow(system, rates, x, states[i]));
      error.add(written[i], compiled[states[i]], scale, network.species[i].name);
    }
  }
  CHECK_WORST(error, 1e-13);  // rounding of some ten terms
}

const std::string protected_therapy =
    "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, duration: 30 min, "
    "amino_acids: lysine_arginine}";

}  // namespace

TEST_CASE("reactions give the slopes of the compiled system") {
  check_slopes(reference_setup(protected_therapy));
  check_slopes(reference_setup(one_therapy, "reference_male", {"published_kidney"}));
}

TEST_CASE("reactions of modules give the slopes of the compiled system") {
  for (const char* module : {"bladder", "receptor_recycling", "amino_acid_hemodynamics",
                             "extravasation", "biliary", "analog_factors", "optional_organs",
                             "reversible_protein_binding", "scaled_organs", "metabolite"}) {
    CAPTURE(module);
    check_slopes(reference_setup(protected_therapy, "reference_male", {module}));
  }
}

TEST_CASE("reactions of several ligands and nuclides give the slopes of the compiled system") {
  check_slopes(reference_setup(
      "{infusion: dotatate, nuclide: Lu-177, activity: 1 GBq, amount: 100 nmol, duration: 30 min}, "
      "{infusion: dotatoc, nuclide: Y-90, activity: 1 GBq, amount: 50 nmol, duration: 30 min, "
      "route: hepatic_artery, infusate_decays: false}"));
}

TEST_CASE("reactions of decay chains give the slopes of the compiled system") {
  for (const char* nuclide : {"Ac-225", "Pb-212"}) {
    CAPTURE(nuclide);
    check_slopes(reference_setup(text("{infusion: dotatate, nuclide: ", nuclide,
                                      ", activity: 10 MBq, amount: 100 nmol, duration: 30 min}"),
                                 "reference_male", {"free_daughters"}));
  }
}

TEST_CASE("what happens at one time is one event that composes its jumps") {
  // The void at 1 h meets a second infusion; what remains after it meets the void at 5 h.
  Setup setup = reference_setup(
      "{infusion: dotatate, amount: 100 nmol, duration: 30 min}, "
      "{bolus: dotatate, amount: 10 nmol, at: 60 min}",
      "reference_male", {"bladder"});
  give(setup.patient, "voided_fraction", "0.75");
  const ReactionNetwork network = network_of(planned(setup, request_of({}, 6.0, 1e-6)));
  REQUIRE(network.events.size() == 4);
  const ReactionEvent& both = network.events[2];
  CHECK(both.time == 1.0);
  CHECK(both.name == "start of administration 2, void");
  std::map<std::string, const ReactionAssignment*> found;
  for (const ReactionAssignment& a : both.assignments) found[network.species[a.species].name] = &a;
  CHECK(found.at("dotatate veins")->constant == 10.0);
  CHECK(found.at("dotatate bladder")->constant == 0.0);
  CHECK(found.at("dotatate bladder")->terms.size() == 1);
  CHECK(found.at("dotatate bladder")->terms[0].second == 0.25);
  REQUIRE(found.at("dotatate urine")->terms.size() == 2);  // what was there and what comes
}

TEST_CASE("the clock of reactions starts at the first event or at zero") {
  CHECK(network_of(planned(reference_setup(protected_therapy))).start == -0.5);
  CHECK(network_of(planned(reference_setup(
                       "{bolus: dotatate, amount: 1 nmol, at: 3 h}, {bolus: dotatate, amount: 1 "
                       "nmol, at: 4 h}")))
            .start == 0.0);
}

TEST_CASE("quantities keep their names, sources and formulas") {
  const ReactionNetwork network = network_of(planned(reference_setup(one_therapy)));
  std::map<std::string, const ReactionQuantity*> found;
  for (const ReactionQuantity& q : network.quantities) {
    CHECK(found.count(q.name) == 0);
    found[q.name] = &q;
  }
  CHECK(found.at("kidney.filtration")->formula == "sieving_ratio * gfr");
  CHECK(found.at("kidney.filtration")->dimension == dimension::flow);
  CHECK(found.at("k_release_normal")->provenance.tag == "R2");  // shared by organs
  CHECK(found.at("kidney binding receptors")->dimension == dimension::amount);
}

}  // namespace lutetia

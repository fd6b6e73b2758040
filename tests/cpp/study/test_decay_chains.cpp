// Runs of nuclides whose daughters decay, too. A step may err by rtol of the amount a state usually
// holds; tolerances are 10·rtol of that, as in test_exact.cpp.
#include <algorithm>
#include <numeric>

#include "lutetia/nuclide/decay_chain.hpp"
#include "lutetia/system/daughters.hpp"
#include "lutetia/units/constants.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

constexpr double rtol = 1e-8;
const std::vector<double> hours{0.02, 0.1, 0.5, 1.0, 4.0, 12.0, 48.0, 120.0};

/// Nothing moves but atoms a decay frees: a share of them leaves for a place they stay in.
std::string still(const std::string& share, const std::string& k_lost = "0 1/h") {
  return "{lutetia: 1, model: still, routes: {intravenous: site}, parameters: {released: " + share +
         ", k_lost: " + k_lost + R"(},
compartments: {site: {}, ions: {substance: free_daughter}, lost: {outside: true, substance: free_daughter}},
processes: [transfer: {from: ions, to: lost, rate: k_lost}],
daughter_release: [{from: site, to: ions, share: released}],
observables: {site: {compartments: [site]}, ions: {compartments: [ions]}, all: {compartments: ["*"]}}})";
}

const std::string actinium =
    "{bolus: dotatate, nuclide: Ac-225, activity: 10 MBq, amount: 10 nmol}";
const std::string lead = "{bolus: dotatate, nuclide: Pb-212, activity: 100 MBq, amount: 10 nmol}";

/// Amount of a nuclide in a region, all its forms, at an output time [nmol].
double atoms(const Trajectory& run, const std::string& nuclide, const std::string& region,
             std::size_t time) {
  const double lambda = nuclide_of(nuclide).decay_constant();
  return amount_of_activity(run.activity(run.region_index(region), nuclide)[time], lambda);
}

const TimeIntegratedActivity& of(const std::vector<TimeIntegratedActivity>& all,
                                 const std::string& nuclide) {
  return *std::find_if(all.begin(), all.end(), [&](const auto& t) { return t.nuclide == nuclide; });
}

double total(const Trajectory& run, const std::string& nuclide, const std::string& region,
             Tail tail = Tail::linear) {
  return of(time_integrated_activity(run, tail), nuclide)
      .total(static_cast<std::size_t>(run.region_index(region)));
}

std::vector<std::string> block_names(const System& system) {
  std::vector<std::string> out;
  for (const Block& block : system.blocks()) out.push_back(block.name);
  return out;
}

}  // namespace

TEST_CASE("where nothing leaves, every member of a chain follows Bateman's equations") {
  for (const auto& [administration, head] :
       {std::pair{actinium, "Ac-225"}, std::pair{lead, "Pb-212"}}) {
    const Setup setup = setup_of(still("0.3"), administration);
    const Trajectory run = setup.run(request_of(hours, hours.back(), rtol));
    const DecayChain chain = decay_chain(library(), head);
    const double given = run.schedule.given.front().labeled_amount;
    for (const Nuclide& member : chain.members) {
      CAPTURE(member.name);
      const double usual =
          given * std::min(1.0, chain.members.front().decay_constant() / member.decay_constant());
      for (std::size_t i = 0; i < hours.size(); ++i) {
        const std::vector<double> exact = chain_amounts(chain, given, hours[i]);
        CHECK_NEAR(atoms(run, member.name, "all", i),
                   exact[static_cast<std::size_t>(chain.index(member.name))], 0.0,
                   10.0 * rtol * usual);
      }
    }
    CHECK(run.mass_balance.labeled < 1e-11);
  }
}

TEST_CASE("a chain has a labeled form for every daughter, two where the chelator keeps a share") {
  CHECK(block_names(setup_of(still("1"), actinium).compiled()) ==
        std::vector<std::string>{"dotatate", "dotatate[Ac-225]", "francium[Fr-221]",
                                 "bismuth[Bi-213]", "lead[Pb-209]", "thallium[Tl-209]"});
  const System system = setup_of(still("1"), lead).compiled();
  CHECK(block_names(system) == std::vector<std::string>{"dotatate", "dotatate[Pb-212]",
                                                        "dotatate[Bi-212]", "bismuth[Bi-212]",
                                                        "thallium[Tl-208]"});
  CHECK(system.parameter_index("Pb-212.freed_share") >= 0);
}

// What is freed leaves at once and is lost at the rate k, so ions follow a chain of Pb-212 and of
// atoms with the decay constant λ + k, born of 36 % of its decays.
TEST_CASE("free daughters leave where they were born and move by kinetics of their own") {
  const Trajectory run =
      setup_of(still("1", "0.8 1/h"), lead).run(request_of(hours, hours.back(), rtol));
  const double pb = nuclide_of("Pb-212").decay_constant(),
               bi = nuclide_of("Bi-212").decay_constant();
  const double given = run.schedule.given.front().labeled_amount;
  for (std::size_t i = 0; i < hours.size(); ++i) {
    const double t = hours[i], gone = bi + 0.8;
    CHECK_NEAR(atoms(run, "Bi-212", "ions", i),
               0.36 * given * pb / (gone - pb) * (std::exp(-pb * t) - std::exp(-gone * t)), 0.0,
               10.0 * rtol * given * pb / bi);
    CHECK_NEAR(atoms(run, "Bi-212", "site", i),
               0.64 * given * pb / (bi - pb) * (std::exp(-pb * t) - std::exp(-bi * t)), 0.0,
               10.0 * rtol * given * pb / bi);
  }
  // Bi-212 on the ligand frees its thallium, too: what the site holds is bismuth alone.
  CHECK(run.activity(run.region_index("site"), "Tl-208").back() == 0.0);
  CHECK(run.activity(run.region_index("ions"), "Tl-208").back() > 0.0);
}

// Every decay of the head brings decays_per_decay() of each member: Ã = Ã(Ac-225)·share. The run
// ends early, so most of it is tail; where nothing moves the physical tail is exact as well.
TEST_CASE("time-integrated activities of daughters contain those born after the run") {
  const Trajectory run = setup_of(still("0"), actinium).run(request_of({5.0}, 6.0, rtol));
  const DecayChain chain = decay_chain(library(), "Ac-225");
  const std::vector<double> decays = decays_per_decay(chain);
  const double head = tail_of(10.0, chain.members.front().half_life.quantity.value);
  for (const Tail tail : {Tail::linear, Tail::physical})
    for (std::size_t m = 0; m < decays.size(); ++m) {
      CAPTURE(chain.members[m].name);
      CHECK_NEAR(total(run, chain.members[m].name, "site", tail), head * decays[m], 1e-9, 0.0);
    }
}

// A share s of all freed atoms leaves: what decays at the site falls by (1 − s) from member to
// member.
TEST_CASE("energy at a site falls with every generation that leaves") {
  const double s = 0.1;
  const Trajectory run = setup_of(still("0.1"), actinium).run(request_of({5.0}, 6.0, rtol));
  const double ac = total(run, "Ac-225", "site");
  CHECK_NEAR(total(run, "Fr-221", "site"), ac * (1.0 - s), 1e-9, 0.0);
  CHECK_NEAR(total(run, "Bi-213", "site"), ac * 0.99988 * (1.0 - s) * (1.0 - s), 1e-9, 0.0);
  CHECK_NEAR(total(run, "Bi-213", "all"), ac * 0.99988, 1e-9, 0.0);
}

// Bi-213 and what follows bring 30.3 % of the alpha energy of Ac-225.
TEST_CASE(
    "equation 62: a tenth of Bi-213 leaving takes 3.0 % of the alpha dose, 36 % take 10.9 %") {
  const DecayChain chain = decay_chain(library(), "Ac-225");
  const double bismuth =
      decays_per_decay(chain)[static_cast<std::size_t>(chain.index("Bi-213"))] *
      chain.members[static_cast<std::size_t>(chain.index("Bi-213"))].alpha_energy;
  const double share = bismuth / energy_per_decay(chain).alpha;
  CHECK_PRINTED(100.0 * share, "30.3");
  CHECK_PRINTED(10.0 * share, "3.0");
  CHECK_PRINTED(36.0 * share, "10.9");
}

TEST_CASE("daughters of decays in the bag stay there and are counted") {
  const Trajectory run =
      setup_of(
          still("0.5"),
          "{infusion: dotatate, nuclide: Pb-212, activity: 100 MBq, amount: 10 nmol, duration: "
          "4 h}")
          .run(request_of(hours, hours.back(), rtol));
  CHECK(run.mass_balance.labeled < 1e-11);
  const System& system = *run.system;
  const Block& bismuth =
      system.blocks()[static_cast<std::size_t>(system.block_index("bismuth[Bi-212]"))];
  const int row = 4;  // 4 h
  CHECK(run.states[row * system.size() + bismuth.bag] > 0.0);
}

TEST_CASE("in the whole body every member of a chain is accounted for") {
  const Setup setup = reference_setup(
      "{infusion: dotatate, nuclide: Ac-225, activity: 8.5 MBq, amount: 100 nmol, duration: 30 "
      "min}",
      "reference_male", {"free_daughters"});
  const Trajectory run = setup.run(request_of({1.0, 24.0, 168.0}, 500.0, 1e-6));
  CHECK(run.mass_balance.labeled < 1e-11);
  const std::size_t kidney = static_cast<std::size_t>(run.region_index("kidney"));
  const auto tia = time_integrated_activity(run);
  // Free bismuth collects in the kidneys: more of it decays there than actinium.
  CHECK(of(tia, "Bi-213").total(kidney) > of(tia, "Ac-225").total(kidney));
  // What the lesion holds is inside cells, which keep nearly all of it.
  const std::size_t tumor = static_cast<std::size_t>(run.region_index("tumor"));
  const double kept = of(tia, "Bi-213").total(tumor) / of(tia, "Ac-225").total(tumor);
  CHECK(kept < 0.95);
  CHECK(kept > 0.80);
}

TEST_CASE("a model without a place for free daughters refuses their parents and says what to add") {
  const std::string message = message_of<ModelError>([] {
    (void)reference_setup("{bolus: dotatate, nuclide: Ac-225, activity: 1 MBq, amount: 100 nmol}")
        .compiled();
  });
  CHECK(message.find("'francium' cannot be given in this model") != std::string::npos);
  CHECK(message.find("modules: [free_daughters]") != std::string::npos);
}

TEST_CASE("a daughter nobody says the free form of is refused") {
  SystemStructure structure{{"dotatate"}, {{"dotatate", "A"}}, {}};
  DecayChain chain;
  chain.members.push_back({.name = "A", .half_life = {}});
  chain.members.front().daughters.push_back({"B", 1.0});
  chain.members.push_back({.name = "B", .half_life = {}});
  CHECK(message_of<ModelError>([&] {
          add_daughters(structure, {chain});
        }).find("decays of 'A' free 'B', which has no free_form") != std::string::npos);
}

TEST_CASE("a share of decays cannot change within a run") {
  Setup setup = setup_of(still("0.3"), lead);
  setup.regimen.windows.push_back(
      {.name = "window", .parameter = "Pb-212.freed_share", .factor = 0.5, .from = 1.0, .to = 2.0});
  CHECK(message_of<ModelError>([&] {
          (void)setup.run(request_of({5.0}, 6.0, 1e-6));
        }).find("changes within the run") != std::string::npos);
}

}  // namespace lutetia

// What must hold for every run of the full model, whatever its numbers are.
#include <algorithm>
#include <map>
#include <numeric>
#include <random>

#include "lutetia/nuclide/nuclide.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

std::vector<double> dense_times(double end) {
  std::vector<double> out;
  for (int i = 0; i <= 60; ++i) out.push_back(end * std::pow(i / 60.0, 3));
  return out;
}

/// Σ of a block's compartments, reservoirs and decayed label at an output [nmol].
double block_sum(const Trajectory& run, std::size_t time, const Block& block) {
  const double* const x = run.states.data() + time * run.system->size();
  double sum = 0.0;
  for (const int s : block.amounts()) sum += x[s];
  return sum;
}

/// Label follows the total: L = T·(A₀/D)·e^(−λt) in every compartment. The two blocks solve
/// different equations with the same steps, so each carries the error of the run.
void check_label_follows_total(const std::string& administration) {
  // Some 500 steps, each allowed atol = 1e−10·1e−5 of the dose: 5e−7 of a compartment that holds
  // 1e−9 of it. Below that a compartment is empty.
  RunRequest request = request_of(dense_times(336.0), 336.0, 1e-10);
  request.options.atol_fraction = 1e-5;
  const Trajectory run = reference_setup(administration).run(request);
  const System& system = *run.system;
  const Block& total = system.blocks().at(0);
  const Block& labeled = system.blocks().at(1);
  const double lambda = system.decay_constant(run.rates(), 0);
  const double share = run.schedule.given.at(0).labeled_amount / run.schedule.given.at(0).amount;
  WorstError error;
  for (std::size_t t = 1; t < run.times.size(); ++t)
    for (std::size_t c = 0; c < total.states.size(); ++c) {
      if (total.states[c] < 0) continue;  // amino acids
      const double* const x = run.states.data() + t * system.size();
      const double expected = x[total.states[c]] * share * std::exp(-lambda * run.times[t]);
      const double floor = 1e-9 * run.schedule.given.at(0).labeled_amount;
      if (expected < floor) continue;
      error.add(x[labeled.states[c]], expected, expected,
                text(system.state_names()[labeled.states[c]], " at ", run.times[t], " h"));
    }
  CHECK_WORST(error, 1e-6);
}

/// The same tree with the entries of every map and the items of every list of processes in another
/// order.
void shuffle(Node& node, std::mt19937& random) {
  std::shuffle(node.entries.begin(), node.entries.end(), random);
  for (auto& [key, value] : node.entries) {
    if (key == "processes") std::shuffle(value.items.begin(), value.items.end(), random);
    shuffle(value, random);
  }
  for (Node& item : node.items) shuffle(item, random);
}

/// The same tree with every quantity written in an unusual unit of its dimension.
void rewrite_units(Node& node, int& rewritten) {
  static const std::vector<std::string> units{
      "cm^3", "uL/s",    "cm^3/(min*mg)", "pmol",    "mol/m^3", "1/d", "mg", "cm^2",
      "mm",   "mL/cm^2", "L/(umol*s)",    "mg/cm^3", "mg/pmol", "s",   "uCi"};
  if (node.is_scalar() && node.scalar.find(' ') != std::string::npos) {
    try {
      const Quantity quantity = parse_quantity(node.scalar);
      for (const std::string& unit : units)
        if (parse_unit(unit).dimension == quantity.dimension) {
          char number[32];
          std::snprintf(number, sizeof number, "%.17g ", convert(quantity, unit));
          rewritten += node.scalar != number + unit;
          node.scalar = number + unit;
          break;
        }
    } catch (const UnitError&) {  // a formula or a note
    }
  }
  for (auto& [key, value] : node.entries) rewrite_units(value, rewritten);
  for (Node& item : node.items) rewrite_units(item, rewritten);
}

struct Documents {
  Node model, patient, regimen;

  Documents()
      : model(library().read("model", "sstr2_whole_body")),
        patient(library().read("patient", "reference_male")),
        regimen(parse_yaml("{lutetia: 1, regimen: test, administrations: [" + one_therapy + "]}",
                           "text")) {}

  Trajectory run() const {
    Problems problems;
    const Setup setup = setup_of(read_model(model, problems), read_patient(patient, problems),
                                 read_regimen(regimen, problems));
    problems.throw_if_any();
    return setup.run(request_of({0.25, 1.0, 24.0, 168.0}, 168.0, 1e-6));
  }
};

/// Both runs solve one problem, each to rtol per step; 10·rtol of an amount, with the absolute part
/// of the tolerance.
void check_same(const Trajectory& a, const Trajectory& b) {
  REQUIRE(a.system->size() == b.system->size());
  WorstError error;
  for (std::size_t t = 0; t < a.times.size(); ++t)
    for (const std::string& state : a.system->state_names()) {
      const bool labeled = state.find('[') != std::string::npos;
      const double given =
          labeled ? a.schedule.given.at(0).labeled_amount : a.schedule.given.at(0).amount;
      const double expected = amount_at(a, t, state);
      error.add(amount_at(b, t, state), expected, std::abs(expected) + 1e-3 * given, state);
    }
  CHECK_WORST(error, 10.0 * 1e-6);
}

}  // namespace

TEST_CASE("after a bolus the label is its share of the peptide times decay in every compartment") {
  check_label_follows_total(
      "{bolus: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol}");
}

TEST_CASE(
    "during and after an infusion that decays in the bag the label is its share of the peptide "
    "times decay") {
  check_label_follows_total(one_therapy);
}

// Rosenbrock methods keep linear invariants exactly at any step size, so what remains is rounding:
// some 1e3 steps with 1e2 terms of 1e−16 of the dose.
TEST_CASE("peptide and label are conserved and nothing turns negative at every tolerance") {
  const Setup setup = reference_setup(four_cycles);
  const double end = 4.0 * 1344.0;
  for (const Method method : {Method::rodas5p, Method::rodas4p})
    for (const double rtol : {1e-2, 1e-4, 1e-6, 1e-8, 1e-10}) {
      if (method == Method::rodas4p && rtol < 1e-8)
        continue;  // fourth order: too many steps for a test
      CAPTURE(rtol);
      RunRequest request = request_of(dense_times(end), end, rtol);
      request.options.method = method;
      const Trajectory run = setup.run(request);
      WorstError total, labeled;
      double compartments = 0.0;
      for (std::size_t t = 1; t < run.times.size(); ++t)
        for (const Block& block : run.system->blocks()) {
          double given = 0.0;
          for (const GivenDose& dose : run.schedule.given)
            if (dose.time < run.times[t])
              given += block.tracer >= 0 ? dose.labeled_amount : dose.amount;
          (block.tracer >= 0 ? labeled : total)
              .add(block_sum(run, t, block), given, given,
                   text(block.name, " at ", run.times[t], " h"));
        }
      CHECK_WORST(total, 1e-11);
      CHECK_WORST(labeled, 1e-11);
      CHECK(run.mass_balance.total <= 1e-11);
      CHECK(run.mass_balance.labeled <= 1e-11);
      // An infusion ends with its reservoir empty to the rounding of some hundred steps; that is
      // all that may lie below −atol.
      const double atol = rtol * request.options.atol_fraction, clock = 1e-13;
      const auto lowest = std::min_element(run.states.begin(), run.states.end());
      const std::string& state =
          run.system->state_names()[(lowest - run.states.begin()) % run.system->size()];
      CHECK_MESSAGE(-run.lowest_relative <= std::max(atol, clock), "lowest state ",
                    run.lowest_relative, " of the amount given");
      CHECK_MESSAGE(-*lowest <= 100.0 * std::max(atol, clock), "lowest state ", state, " with ",
                    *lowest, " nmol");
      for (const Block& block : run.system->blocks())
        for (const int s : block.states)
          for (std::size_t t = 0; s >= 0 && t < run.times.size(); ++t)
            compartments = std::min(compartments, run.states[t * run.system->size() + s]);
      CHECK_MESSAGE(-compartments <= 100.0 * atol, "lowest compartment ", compartments, " nmol");
    }
}

TEST_CASE("output times never influence the steps") {
  const Setup setup = reference_setup(one_therapy);
  const Trajectory few = setup.run(request_of({168.0}, 168.0, 1e-6));
  const Trajectory many = setup.run(request_of(dense_times(168.0), 168.0, 1e-6));
  CHECK(few.counters.accepted == many.counters.accepted);
  CHECK(few.last_state == many.last_state);  // bit by bit
  CHECK(few.integrals == many.integrals);
  const std::vector<double> last(many.states.end() - many.system->size(), many.states.end());
  CHECK(few.states == last);
}

TEST_CASE("the order in which a model, a patient and a regimen are written does not matter") {
  const Trajectory as_written = Documents{}.run();
  for (const unsigned seed : {1u, 2u, 3u}) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Documents shuffled;
    for (Node* node : {&shuffled.model, &shuffled.patient, &shuffled.regimen})
      shuffle(*node, random);
    check_same(as_written, shuffled.run());
  }
}

TEST_CASE("the units in which a model, a patient and a regimen are written do not matter") {
  Documents rewritten;
  int count = 0;
  for (Node* node : {&rewritten.model, &rewritten.patient, &rewritten.regimen})
    rewrite_units(*node, count);
  CHECK(count > 40);
  check_same(Documents{}.run(), rewritten.run());
}

// Without a stop at each start a solver in the flat tail of a cycle steps over the next 30 minutes.
TEST_CASE("no administration is stepped over when only the end is asked for") {
  const double end = 4.0 * 1344.0;
  for (const double rtol : {1e-2, 1e-6}) {
    CAPTURE(rtol);
    const Trajectory run = reference_setup(four_cycles).run(request_of({end}, end, rtol));
    CHECK_NEAR(block_sum(run, 0, run.system->blocks().at(0)), 400.0, 1e-11, 0.0);
    CHECK_NEAR(block_sum(run, 0, run.system->blocks().at(1)),
               4.0 * run.schedule.given.at(0).labeled_amount, 1e-11, 0.0);
  }
}

}  // namespace lutetia

// Runs that have a formula. A step may err by rtol of an amount; over the few dozen steps of these
// runs errors add up to less than ten steps' worth, so the tolerance is 10·rtol of the amount
// given, unless a test says otherwise.
#include <unsupported/Eigen/MatrixFunctions>

#include "lutetia/nuclide/nuclide.hpp"
#include "lutetia/units/constants.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

constexpr double rtol = 1e-8;
constexpr double lambda = constants::ln2 / 159.528;  // Lu-177, half-life 6.647 d
const std::vector<double> hours{0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 12.0, 24.0, 48.0};

/// Amount of label behind 74 MBq of Lu-177 [nmol].
constexpr double label = 74.0 / (lambda * constants::activity_per_decay_rate);

Trajectory run_of(const Setup& setup) { return setup.run(request_of(hours, hours.back(), rtol)); }

/// Check one state at every output time against its formula; `given` sets the scale.
template <class Formula>
void check_state(const Trajectory& run, const std::string& state, double given,
                 const Formula& formula) {
  CAPTURE(state);
  for (std::size_t i = 0; i < run.times.size(); ++i) {
    CAPTURE(run.times[i]);
    CHECK_NEAR(amount_at(run, i, state), formula(run.times[i]), 0.0, 10.0 * rtol * given);
  }
}

constexpr double k = 0.4;  // 2 L/h from 5 L

const std::string two_compartments = R"(
lutetia: 1
model: two_compartments
routes: {intravenous: blood}
parameters: {blood_volume: 4 L, tissue_volume: 10 L, ps: 3 L/h, clearance: 2 L/h}
compartments:
  blood: {volume: blood_volume}
  tissue: {volume: tissue_volume}
  urine: {outside: true}
processes:
  - exchange: {between: [blood, tissue], permeability_surface: ps}
  - clearance: {from: blood, to: urine, clearance: clearance}
)";

const std::string chain = R"(
lutetia: 1
model: chain
routes: {intravenous: first}
parameters: {k1: 2 1/h, k2: 0.5 1/h, k3: 0.05 1/h}
compartments: {first: {}, second: {}, third: {}, end: {outside: true}}
processes:
  - transfer: {from: first, to: second, rate: k1}
  - transfer: {from: second, to: third, rate: k2}
  - transfer: {from: third, to: end, rate: k3}
)";

const std::string closed_binding = R"(
lutetia: 1
model: closed_binding
routes: {intravenous: fluid}
parameters: {volume: 2 L, receptors: 30 nmol}
compartments: {fluid: {volume: volume}, bound: {}}
processes:
  - binding: {from: fluid, to: bound, receptors: receptors, k_on: ligand.k_on, k_off: ligand.k_on * ligand.k_d}
)";

}  // namespace

TEST_CASE("a bolus into one compartment leaves exponentially and its label also decays") {
  const Trajectory run = run_of(setup_of(
      one_compartment, "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol}"));
  check_state(run, "dotatate blood", 10.0, [](double t) { return 10.0 * std::exp(-k * t); });
  check_state(run, "dotatate urine", 10.0, [](double t) { return -10.0 * std::expm1(-k * t); });
  check_state(run, "dotatate[Lu-177] blood", label,
              [](double t) { return label * std::exp(-(k + lambda) * t); });
  check_state(run, "dotatate[Lu-177] urine", label,
              [](double t) { return -label * std::expm1(-k * t) * std::exp(-lambda * t); });
  check_state(run, "dotatate[Lu-177] decayed", label,
              [](double t) { return -label * std::expm1(-lambda * t); });
}

// N(t) = R/q·(1 − e^(−qt)) while it runs and decays with q afterwards; q = k for peptide, k + λ for
// label.
TEST_CASE("an infusion whose label does not decay in the bag enters at a constant rate") {
  const double duration = 2.0;
  const Trajectory run =
      run_of(setup_of(one_compartment,
                      "{infusion: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol, "
                      "duration: 2 h, infusate_decays: false}"));
  auto amount = [&](double given, double q, double t) {
    const double run_for = std::min(t, duration);
    return -given / duration / q * std::expm1(-q * run_for) * std::exp(-q * (t - run_for));
  };
  check_state(run, "dotatate blood", 10.0, [&](double t) { return amount(10.0, k, t); });
  check_state(run, "dotatate[Lu-177] blood", label,
              [&](double t) { return amount(label, k + lambda, t); });
}

// Ga-68 (68 min) shows the difference clearly. The label in blood is the peptide's solution times
// e^(−λt).
TEST_CASE("an infusion whose label decays in the bag brings less label the longer it runs") {
  const double gallium = nuclide_of("Ga-68").decay_constant();
  const double given = amount_of_activity(74.0, gallium), duration = 2.0;
  const Trajectory run = run_of(setup_of(
      one_compartment,
      "{infusion: dotatate, nuclide: Ga-68, activity: 74 MBq, amount: 10 nmol, duration: 2 h}"));
  auto fraction = [&](double t) {
    const double run_for = std::min(t, duration);
    return -std::expm1(-k * run_for) / (k * duration) * std::exp(-k * (t - run_for));
  };
  check_state(run, "dotatate blood", 10.0, [&](double t) { return 10.0 * fraction(t); });
  check_state(run, "dotatate[Ga-68] blood", given,
              [&](double t) { return given * fraction(t) * std::exp(-gallium * t); });
  check_state(run, "dotatate[Ga-68] intravenous reservoir", given, [&](double t) {
    return given * std::max(0.0, 1.0 - t / duration) * std::exp(-gallium * t);
  });
}

// Eigenvalues of [[−(p + c)/V₁, p/V₂], [p/V₁, −p/V₂]] give the two exponentials.
TEST_CASE("a bolus into two compartments is a sum of two exponentials") {
  const double v1 = 4.0, v2 = 10.0, ps = 3.0, cl = 2.0, dose = 10.0;
  const double k12 = ps / v1, k21 = ps / v2, k10 = cl / v1, sum = k12 + k21 + k10;
  const double root = std::sqrt(sum * sum - 4.0 * k21 * k10), alpha = 0.5 * (sum + root),
               beta = 0.5 * (sum - root);
  const Trajectory run = run_of(setup_of(two_compartments, "{bolus: dotatate, amount: 10 nmol}"));
  check_state(run, "dotatate blood", dose, [&](double t) {
    return dose * ((alpha - k21) * std::exp(-alpha * t) + (k21 - beta) * std::exp(-beta * t)) /
           (alpha - beta);
  });
  check_state(run, "dotatate tissue", dose, [&](double t) {
    return dose * k12 * (std::exp(-beta * t) - std::exp(-alpha * t)) / (alpha - beta);
  });
}

TEST_CASE("a chain of first-order transfers follows the Bateman equations") {
  const double k1 = 2.0, k2 = 0.5, k3 = 0.05, dose = 10.0;
  const Trajectory run = run_of(setup_of(chain, "{bolus: dotatate, amount: 10 nmol}"));
  check_state(run, "dotatate second", dose, [&](double t) {
    return dose * k1 * (std::exp(-k1 * t) - std::exp(-k2 * t)) / (k2 - k1);
  });
  check_state(run, "dotatate third", dose, [&](double t) {
    return dose * k1 * k2 *
           (std::exp(-k1 * t) / ((k2 - k1) * (k3 - k1)) +
            std::exp(-k2 * t) / ((k1 - k2) * (k3 - k2)) +
            std::exp(-k3 * t) / ((k1 - k3) * (k2 - k3)));
  });
}

// K_D = F/V·(R₀ − B)/B with F + B = D is a quadratic in B. K_D·V = 0.8 nmol.
TEST_CASE("binding in a closed space reaches the equilibrium of its dissociation constant") {
  for (const double dose : {3.0, 30.0, 300.0}) {
    CAPTURE(dose);
    const Trajectory run = run_of(
        setup_of(closed_binding, "{bolus: dotatate, amount: " + std::to_string(dose) + " nmol}"));
    const double receptors = 30.0, b = dose + receptors + 0.8;
    const double bound = 2.0 * dose * receptors / (b + std::sqrt(b * b - 4.0 * dose * receptors));
    CHECK_NEAR(amount_at(run, run.times.size() - 1, "dotatate bound"), bound, 0.0,
               10.0 * rtol * dose);
  }
}

// Without receptors and saturable endocytosis the whole-body model is x' = Kx. Rates span 1e−4 to
// 1e4 1/h and about a hundred steps are taken; 100·rtol of the amount given is the sum of their
// allowed errors.
TEST_CASE("the whole-body model without receptors equals its matrix exponential") {
  Setup setup =
      reference_setup("{bolus: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol}",
                      "reference_male", {"published_kidney"});
  for (const char* density :
       {"kidney.receptor_density", "reference_receptor_density", "liver.receptor_density",
        "spleen.receptor_density", "rest.receptor_density", "tumor.receptor_density"})
    give(setup.patient, density, "0 nmol/L");
  const Trajectory run = run_of(setup);
  const System& system = *run.system;
  const int n = system.size();

  std::vector<double> values(system.pattern().nonzeros());
  const std::vector<double> zero(n, 0.0);
  system.jacobian(run.rates(), zero, values);
  Eigen::MatrixXd jacobian = Eigen::MatrixXd::Zero(n, n);
  for (int i = 0; i < n; ++i)
    for (int p = system.pattern().row_start[i]; p < system.pattern().row_start[i + 1]; ++p)
      jacobian(i, system.pattern().columns[p]) = values[p];
  Eigen::VectorXd start = Eigen::VectorXd::Zero(n);
  for (const Jump& jump : run.schedule.events.at(0).jumps)
    if (jump.kind == Jump::Kind::add) start[jump.state] += jump.value;

  WorstError error;
  for (std::size_t t = 0; t < hours.size(); ++t) {
    const Eigen::MatrixXd propagator = (jacobian * hours[t]).exp();
    const Eigen::VectorXd exact = propagator * start;
    for (int i = 0; i < n; ++i) {
      const bool labeled = system.state_names()[i].find('[') != std::string::npos;
      const double given = labeled ? run.schedule.given.at(0).labeled_amount : 100.0;
      error.add(run.states[t * n + i], exact[i], given,
                text(system.state_names()[i], " at ", hours[t], " h"));
    }
  }
  CHECK_WORST(error, 100.0 * rtol);
}

}  // namespace lutetia

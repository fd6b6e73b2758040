// The law book for each kind of process alone and for the whole-body model.
#include "support/laws.hpp"
#include "support/models.hpp"

namespace lutetia {
namespace {

using namespace testing;

/// A model of two spaces joined by one process, given twice a ligand and labels, so that every
/// block takes part.
std::string one_process(const std::string& process) {
  return R"(
lutetia: 1
model: one_process
routes: {intravenous: first}
parameters: {first_volume: 3 L, second_volume: 7 L, flow: 5 L/h, rate: 0.3 1/h, receptors: 20 nmol}
compartments: {first: {volume: first_volume}, second: {volume: second_volume}}
processes:
)" + process;
}

struct PerfusionOnly {
  static std::string processes() {
    return "  - perfusion: {from: first, to: second, flow: flow}\n  - perfusion: {from: second, "
           "to: first, flow: flow}\n";
  }
};
struct ClearanceOnly {
  static std::string processes() {
    return "  - clearance: {from: first, to: second, clearance: flow}\n";
  }
};
struct ExchangeOnly {
  static std::string processes() {
    return "  - exchange: {between: [first, second], permeability_surface: flow}\n";
  }
};
struct TransferOnly {
  static std::string processes() { return "  - transfer: {from: first, to: second, rate: rate}\n"; }
};
struct BindingOnly {
  static std::string processes() {
    return "  - binding: {from: first, to: second, receptors: receptors, k_on: ligand.k_on, k_off: "
           "ligand.k_on * ligand.k_d}\n";
  }
};

const std::string two_ligands =
    "{infusion: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol, duration: 1 h}, "
    "{bolus: dotatate, nuclide: Ga-68, activity: 74 MBq, amount: 10 nmol, infusate_decays: false}, "
    "{infusion: dotatoc, nuclide: Y-90, activity: 74 MBq, amount: 10 nmol, duration: 1 h}, "
    "{bolus: dotatoc, amount: 10 nmol}";

}  // namespace

TEST_CASE_TEMPLATE("every kind of process obeys the law book", Kind, PerfusionOnly, ClearanceOnly,
                   ExchangeOnly, TransferOnly, BindingOnly) {
  const System system = setup_of(one_process(Kind::processes()), two_ligands).compiled();
  REQUIRE(system.blocks().size() == 5);  // two totals, three labels
  const Rates rates = system.rates();
  system.check(rates);
  check_law_book(system, rates);
}

TEST_CASE("the whole-body model obeys the law book") {
  for (const char* patient : {"reference_male", "reference_female", "reference_male_six_lesions"}) {
    CAPTURE(std::string(patient));
    const System system = reference_setup(two_ligands, patient).compiled();
    check_law_book(system, system.rates());
  }
}

// Each flux by hand, at amounts of 6 nmol in 3 L and 14 nmol in 7 L: both 2 nmol/L.
TEST_CASE("every kind of process has the flux its definition gives") {
  struct Row {
    std::string processes;
    double gain;  ///< of the second space [nmol/h]
  };
  const double k_on = 6.0, k_off = 2.4;  // 0.1 L/(nmol min), K_D 0.4 nmol/L
  for (const auto& [processes, gain] :
       std::vector<Row>{{PerfusionOnly::processes(), 0.0},
                        {ClearanceOnly::processes(), 10.0},
                        {ExchangeOnly::processes(), 0.0},
                        {TransferOnly::processes(), 1.8},
                        {BindingOnly::processes(), k_on * 2.0 * (20.0 - 14.0) - k_off * 14.0}}) {
    CAPTURE(processes);
    const System system =
        setup_of(one_process(processes), "{bolus: dotatate, amount: 10 nmol}").compiled();
    std::vector<double> x(system.size(), 0.0), dxdt(system.size());
    x[state_index(system, "dotatate first")] = 6.0;
    x[state_index(system, "dotatate second")] = 14.0;
    system.rhs<double>(system.rates(), x, dxdt);
    CHECK_NEAR(dxdt[state_index(system, "dotatate second")], gain, 1e-14, 1e-13);
    CHECK_NEAR(dxdt[state_index(system, "dotatate first")], -gain, 1e-14, 1e-13);
  }
}

TEST_CASE("a label decays from every compartment and competes with nobody") {
  const System system =
      setup_of(one_process(BindingOnly::processes()),
               "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol}")
          .compiled();
  const Rates rates = system.rates();
  const double lambda = system.decay_constant(rates, 0);
  std::vector<double> x(system.size(), 0.0), dxdt(system.size());
  x[state_index(system, "dotatate[Lu-177] second")] = 14.0;  // no peptide: all receptors are free
  x[state_index(system, "dotatate[Lu-177] first")] = 6.0;
  system.rhs<double>(rates, x, dxdt);
  CHECK_NEAR(dxdt[state_index(system, "dotatate[Lu-177] decayed")], lambda * 20.0, 1e-14, 0.0);
  CHECK_NEAR(dxdt[state_index(system, "dotatate[Lu-177] second")],
             6.0 * 2.0 * 20.0 - (2.4 + lambda) * 14.0, 1e-14, 0.0);
  CHECK(dxdt[state_index(system, "dotatate second")] == 0.0);
}

TEST_CASE("two ligands share the receptors of an organ") {
  const System system = setup_of(one_process(BindingOnly::processes()), two_ligands).compiled();
  const Rates rates = system.rates();
  std::vector<double> x(system.size(), 0.0), dxdt(system.size());
  x[state_index(system, "dotatate first")] = 6.0;
  x[state_index(system, "dotatoc second")] = 20.0;  // every receptor taken by the other ligand
  system.rhs<double>(rates, x, dxdt);
  CHECK_NEAR(dxdt[state_index(system, "dotatate second")], 0.0, 0.0, 1e-12);
}

}  // namespace lutetia

// Ways in: shares of a route, explicit splits, forms of different affinity, two nuclides.
#include <array>

#include "support/doses.hpp"

namespace lutetia {
namespace {

using namespace testing;

double given_to(const Setup& setup, const std::string& state) {
  const Trajectory run = [&] {
    RunRequest request = request_of({0.0}, 10.0, 1e-6);
    request.options.at_event = AtEvent::after;
    return setup.run(request);
  }();
  return amount_at(run, 0, state);
}

constexpr const char* into_artery = "{bolus: dotatate, amount: 100 nmol, route: hepatic_artery";

}  // namespace

TEST_CASE("the hepatic artery feeds liver and its lesions in proportion to their arterial flow") {
  const Setup setup = reference_setup(std::string(into_artery) + "}", "reference_male_six_lesions");
  const System system = setup.compiled();
  const Rates rates = system.rates();
  auto flow = [&](const std::string& organ) {
    return rates.slots[system.network().slots.at(organ + ".flow")];
  };
  const double all = flow("liver") + flow("liver_1") + flow("liver_2") + flow("liver_3");
  double sum = 0.0;
  for (const char* organ : {"liver", "liver_1", "liver_2", "liver_3"}) {
    CAPTURE(std::string(organ));
    const double given = given_to(setup, text("dotatate ", organ, ".vascular"));
    CHECK_NEAR(given, 100.0 * flow(organ) / all, 1e-12, 0.0);
    sum += given;
  }
  CHECK_NEAR(sum, 100.0, 1e-12, 0.0);
  CHECK(given_to(setup, "dotatate node_1.vascular") == 0.0);
}

// A bolus is a very short infusion, also after the flows that share it have changed.
TEST_CASE("a route is shared by the flows of its cycle") {
  auto amounts = [](const std::string& how) {
    const std::string given =
        "dotatate, nuclide: Lu-177, activity: 1 GBq, amount: 100 nmol, route: "
        "hepatic_artery, repeat: {every: 200 h, count: 2}}";
    Setup setup = reference_setup(how + given, "reference_male_six_lesions");
    setup.patient.cycle_effects = parsed(
        "[{parameter: liver_1.volume, term: free_per_cycle, factors: [1, 4]}]",
        [](const Node& node, Problems& problems) { return read_cycle_effects(&node, problems); });
    const Trajectory run = setup.run(request_of({0.01, 200.01}, 300.0, 1e-8));
    return std::array{amount_at(run, 0, "dotatate[Lu-177] liver_1.vascular"),
                      amount_at(run, 1, "dotatate[Lu-177] liver_1.vascular")};
  };
  const auto bolus = amounts("{bolus: "), second = amounts("{duration: 0.05 s, infusion: ");
  CHECK_NEAR(bolus[0], second[0], 0.02, 0.0);
  CHECK_NEAR(bolus[1], second[1], 0.02, 0.0);
  CHECK(bolus[1] > 2.0 * bolus[0]);
}

TEST_CASE("an explicit split takes its shares, the rest the usual way") {
  const Setup setup =
      reference_setup(std::string(into_artery) + ", split: {liver_1: 60 %, liver: 0.25}}",
                      "reference_male_six_lesions");
  CHECK_NEAR(given_to(setup, "dotatate liver_1.vascular"), 60.0, 1e-12, 0.0);
  CHECK_NEAR(given_to(setup, "dotatate liver.vascular"), 25.0, 1e-12, 0.0);
  CHECK_NEAR(given_to(setup, "dotatate veins"), 15.0, 1e-12, 0.0);
  const Setup infused = reference_setup(
      "{infusion: dotatate, nuclide: Lu-177, activity: 1 GBq, amount: 100 nmol, duration: 1 h, "
      "route: hepatic_artery, split: {liver_1: 60 %}, amino_acids: lysine_arginine}",
      "reference_male_six_lesions");
  const Trajectory run = infused.run(request_of({100.0}, 100.0, 1e-6));
  CHECK(run.mass_balance.total <= 1e-11);
  CHECK(run.mass_balance.labeled <= 1e-11);
}

TEST_CASE("a route that leads nowhere for a substance is refused") {
  CHECK_CONTAINS(message_of<ModelError>([] {
                   (void)reference_setup("{bolus: lysine, amount: 1 mmol, route: hepatic_artery}")
                       .run(request_of({}, 10.0, 1e-4));
                 }),
                 "route 'hepatic_artery' has no way in for 'lysine'");
  CHECK_CONTAINS(
      message_of<ModelError>([] {
        (void)reference_setup(std::string(into_artery) + ", split: {livr: 10 %}}").compiled();
      }),
      "did you mean 'liver'?");
}

TEST_CASE("the unlabeled part may be another ligand") {
  const Setup setup = reference_setup(
      "{infusion: dotatate, nuclide: Ga-68, activity: 100 MBq, amount: 10 nmol, duration: 1 min, "
      "unlabeled_as: dotatoc}");
  const Trajectory run = setup.run(request_of({1.0}, 10.0, 1e-6));
  REQUIRE(run.schedule.given.size() == 2);
  const GivenDose &labeled = run.schedule.given[0], &unlabeled = run.schedule.given[1];
  CHECK(labeled.amount == labeled.labeled_amount);
  CHECK(unlabeled.ligand == "dotatoc");
  CHECK_NEAR(labeled.amount + unlabeled.amount, 10.0, 1e-14, 0.0);
  CHECK(run.mass_balance.total <= 1e-11);
}

// Of one affinity the two ways of writing the unlabeled part are the same run.
TEST_CASE("an unlabeled form of equal affinity changes nothing") {
  const std::string one =
      "{infusion: dotatate, nuclide: Lu-177, activity: 1 GBq, amount: 100 nmol, duration: 30 min";
  Setup same = regression_setup(one + "}"),
        other = regression_setup(one + ", unlabeled_as: dotatoc}");
  give(other.patient, "dotatoc.k_d", "0.4 nmol/L");
  give(other.patient, "dotatoc.k_on", "0.1 L/nmol/min");
  const DosePerActivity a(same), b(other);
  for (const char* region : {"kidney", "spleen", "tumor"}) {
    CAPTURE(std::string(region));
    CHECK_NEAR(a(region), b(region), 1e-5, 0.0);
  }
}

TEST_CASE("a cold dose before the label takes its receptors") {
  const std::string labeled = constant_rate_therapy("10 nmol", ", at: 10 min");
  const DosePerActivity alone(regression_setup(labeled)),
      after(regression_setup("{bolus: octreotide, amount: 500 nmol}, " + labeled));
  CHECK(after("spleen") < 0.95 * alone("spleen"));
  CHECK(after("tumor") < 0.99 * alone("tumor"));
}

TEST_CASE("a tandem of two nuclides is the sum of its labels in shared receptors") {
  const std::string tandem =
      "{infusion: dotatate, nuclide: Y-90, activity: 2 GBq, amount: 50 nmol, duration: 30 min}, "
      "{infusion: dotatate, nuclide: Lu-177, activity: 4 GBq, amount: 50 nmol, duration: 30 min}";
  const Trajectory run = reference_setup(tandem).run(request_of({24.0}, 200.0, 1e-7));
  const auto tia = time_integrated_activity(run, Tail::none);
  REQUIRE(tia.size() == 2);
  // Both labels entered the same way at the same time: they differ by decay alone.
  const double y = amount_at(run, 0, "dotatate[Y-90] spleen.internalized"),
               lu = amount_at(run, 0, "dotatate[Lu-177] spleen.internalized");
  const System& system = *run.system;
  const double decay = std::exp(
      (system.decay_constant(run.rates(), 1) - system.decay_constant(run.rates(), 0)) * 24.0);
  const double labels = run.schedule.given[0].labeled_amount / run.schedule.given[1].labeled_amount;
  CHECK_NEAR(y / lu, labels * decay, 2e-4, 0.0);  // they decay in the bag, too
}

TEST_CASE("a lesion without receptors holds no more than its blood and interstitium") {
  Setup setup = regression_setup(constant_rate_therapy("100 nmol"));
  give(setup.patient, "tumor.receptor_density", "0 nmol/L");
  const Trajectory run = setup.run(request_of({24.0}, 24.0, 1e-7));
  CHECK(amount_at(run, 0, "dotatate tumor.bound") == 0.0);
  CHECK(amount_at(run, 0, "dotatate tumor.vascular") > 0.0);
}

}  // namespace lutetia

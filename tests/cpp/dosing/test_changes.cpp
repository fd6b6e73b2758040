// Parameters that change from cycle to cycle or for a time.
#include "support/doses.hpp"

namespace lutetia {
namespace {

using namespace testing;

Setup with_effects(const std::string& effects, const std::string& given = four_cycles) {
  Setup out = regression_setup(given);
  out.patient.cycle_effects = parsed(effects, [](const Node& node, Problems& problems) {
    return read_cycle_effects(&node, problems);
  });
  return out;
}

std::vector<double> value_per_cycle(const Setup& setup, const std::string& name) {
  const Trajectory run = setup.run(request_of({}, 5000.0, 1e-4));
  std::vector<double> out;
  for (const double start : run.schedule.cycle_starts)
    out.push_back(run.rates_at(start).slots[run.system->network().slots.at(name)]);
  return out;
}

}  // namespace

TEST_CASE("each term of the cycle effect has the factors its name says") {
  const std::string target = "[{parameter: tumor.receptor_density, term: ";
  for (const auto& [term, factors] : std::vector<std::pair<std::string, std::vector<double>>>{
           {"none", {1.0, 1.0, 1.0, 1.0}},
           {"per_cycle_factor, factor: 0.94", {1.0, 0.94, 0.94 * 0.94, 0.94 * 0.94 * 0.94}},
           {"exponential, decline: 0.06", {1.0, std::exp(-0.06), std::exp(-0.12), std::exp(-0.18)}},
           {"free_per_cycle, factors: [1, 0.9, 1.1]", {1.0, 0.9, 1.1, 1.1}}}) {
    CAPTURE(term);
    const auto values =
        value_per_cycle(with_effects(target + term + "}]"), "tumor.receptor_density");
    REQUIRE(values.size() == 4);
    for (std::size_t c = 0; c < 4; ++c) CHECK_NEAR(values[c], 15.9 * factors[c], 1e-12, 0.0);
  }
}

TEST_CASE("lesions.x is every lesion, and what is computed from a parameter follows it") {
  Setup setup =
      with_effects("[{parameter: lesions.volume, term: free_per_cycle, factors: [1, 0.5]}]");
  const auto flow = value_per_cycle(setup, "tumor.flow"),
             total = value_per_cycle(setup, "total_flow"),
             serum_flow = value_per_cycle(setup, "serum_flow");
  CHECK_NEAR(flow[1], 0.5 * flow[0], 1e-12, 0.0);
  CHECK_NEAR(total[1], serum_flow[1] + flow[1], 1e-12, 0.0);
  setup.patient.lesions.clear();
  CHECK_NOTHROW((void)setup.run(request_of({}, 5000.0, 1e-3)));
}

// With each cycle on its own the course is four single administrations: the factor acts on the dose
// of its cycle, per mass of that cycle.
TEST_CASE("a receptor factor carries over to the dose of its cycle") {
  auto doses = [](const std::string& effects) {
    const Setup setup = with_effects(effects);
    const Trajectory run = setup.run(request_of({}, 5500.0, 1e-7));
    return dose_of(library(), run, setup.substances, "male", DoseConvention::local_electrons,
                   Tail::none);
  };
  const DoseTable table =
      doses("[{parameter: tumor.receptor_density, term: per_cycle_factor, factor: 0.86}]");
  const std::size_t tumor = index_of(table.regions, "tumor"),
                    kidney = index_of(table.regions, "kidney");
  const std::size_t cycles = table.cycle_starts.size();
  for (std::size_t c = 1; c < cycles; ++c) {
    CHECK_NEAR(table.values[tumor * cycles + c] / table.values[tumor * cycles + c - 1], 0.86, 0.01,
               0.0);
    CHECK_NEAR(table.values[kidney * cycles + c] / table.values[kidney * cycles], 1.0, 0.01, 0.0);
  }
  // Half the volume at the same density: half the activity in half the mass.
  const DoseTable smaller =
      doses("[{parameter: tumor.volume, term: free_per_cycle, factors: [1, 0.5]}]");
  CHECK_NEAR(smaller.values[tumor * cycles + 1] / smaller.values[tumor * cycles], 1.0, 0.02, 0.0);
}

TEST_CASE("a window raises a parameter for its time and conserves everything") {
  Setup setup = regression_setup(four_cycles);
  setup.regimen.windows = {{"vorinostat", "lesions.receptor_density", 1.5, -72.0, 240.0, {}},
                           {"second", "tumor.receptor_density", 2.0, 100.0, 200.0, {}}};
  const Trajectory run = setup.run(request_of({0.0, 24.0, 150.0, 220.0, 300.0}, 5000.0, 1e-6));
  auto density = [&](double time) {
    return run.rates_at(time).slots[run.system->network().slots.at("tumor.receptor_density")];
  };
  CHECK_NEAR(density(0.0), 15.9 * 1.5, 1e-12, 0.0);
  CHECK_NEAR(density(150.0), 15.9 * 3.0, 1e-12, 0.0);
  CHECK_NEAR(density(220.0), 15.9 * 1.5, 1e-12, 0.0);
  CHECK_NEAR(density(300.0), 15.9, 1e-12, 0.0);
  CHECK(run.mass_balance.total <= 1e-11);
  CHECK(run.mass_balance.labeled <= 1e-11);
  const DosePerActivity with(setup, 5000.0), without(regression_setup(four_cycles), 5000.0);
  CHECK(with("tumor") > 1.05 * without("tumor"));
}

TEST_CASE("a mass may change where a cycle begins, not within one") {
  Setup setup = regression_setup(four_cycles);
  setup.regimen.windows = {{"shrinking", "tumor.volume", 0.5, 24.0, 1e4, {}}};
  CHECK_CONTAINS(
      message_of<ModelError>([&] { (void)setup.run(request_of({}, 5000.0, 1e-4)); }),
      "the change at 24 h gives 'tumor' another mass within a cycle");
  setup.regimen.windows.front().from = 1344.0;  // the start of the second cycle
  CHECK_NOTHROW((void)setup.run(request_of({}, 5000.0, 1e-4)));
}

TEST_CASE("a scan before the therapy need not begin a cycle") {
  auto setup = [](const std::string& flag) {
    return with_effects(
        "[{parameter: tumor.receptor_density, term: per_cycle_factor, factor: 0.5}]",
        "{infusion: dotatate, nuclide: Ga-68, activity: 100 MBq, amount: 10 nmol, duration: 1 min" +
            flag + "}, {infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, "
                   "duration: 30 min, at: 48 h, repeat: {every: 8 week, count: 2}}");
  };
  const std::string density = "tumor.receptor_density";
  CHECK(value_per_cycle(setup(""), density).size() == 3);
  const auto therapy = value_per_cycle(setup(", begins_cycle: false"), density);
  REQUIRE(therapy.size() == 2);
  CHECK_NEAR(therapy[0], 15.9, 1e-12, 0.0);
  CHECK_NEAR(therapy[1], 7.95, 1e-12, 0.0);
  // What the scan gave counts to the first cycle: nothing is lost.
  const Trajectory run = setup(", begins_cycle: false").run(request_of({}, 3000.0, 1e-6)),
                   scan = setup("").run(request_of({}, 3000.0, 1e-6));
  for (const auto& [a, b] : {std::pair(&run, &scan)}) {
    const auto of_a = time_integrated_activity(*a, Tail::none), of_b = time_integrated_activity(*b, Tail::none);
    const std::size_t spleen = index_of(of_a[0].regions, "spleen");
    CHECK_NEAR(of_a[0].total(spleen), of_b[0].total(spleen), 1e-3, 0.0);
    CHECK(of_a[0].administered_total() == of_b[0].administered_total());
  }
}

TEST_CASE("receptors may not fall below what they hold") {
  Setup setup = regression_setup(
      "{bolus: dotatate, amount: 100 nmol}, "
      "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 5 nmol, at: 1 h}");
  auto message = [&](double from, double to, double factor) {
    setup.regimen.windows = {{"drug", "tumor.receptor_density", factor, from, to, {}}};
    return message_of<ModelError>([&] { (void)setup.run(request_of({}, 500.0, 1e-6)); });
  };
  CHECK_CONTAINS(message(1.0, 5.0, 0.5), "the change at 1 h leaves fewer receptors in 'tumor'");
  CHECK_CONTAINS(message(-1.0, 2.0, 2.0), "the change at 2 h leaves fewer receptors in 'tumor'");
  CHECK(message(300.0, 400.0, 0.5) == "accepted");  // little is bound then
}

TEST_CASE("what cannot change is refused by name") {
  auto message = [](const std::string& effects) {
    return message_of<ModelError>(
        [&] { (void)with_effects(effects).run(request_of({}, 5000.0, 1e-4)); });
  };
  CHECK_CONTAINS(message("[{parameter: tumor.flow, term: per_cycle_factor, factor: 0.9}]"),
                 "'tumor.flow' is computed; it cannot change by itself");
  CHECK_CONTAINS(message("[{parameter: tumor.volum, term: per_cycle_factor, factor: 0.9}]"),
                 "did you mean 'tumor.volume'?");
  CHECK_CONTAINS(message("[{parameter: tumor.volume, term: per_cycle_factor, factor: 0}]"),
                 "expected a positive value");
}

}  // namespace lutetia

// Optional modules: each obeys the law book, does what it says, and its limit is the model without
// it.
#include "support/doses.hpp"
#include "support/laws.hpp"

namespace lutetia {
namespace {

using namespace testing;

const std::string protected_therapy =
    "{infusion: dotatate, nuclide: Lu-177, activity: 0.1 GBq, amount: 100 nmol, duration: 30 min, "
    "amino_acids: lysine_arginine}, {bolus: octreotide, amount: 50 nmol, at: 1 h}";

Setup with_modules(const std::vector<std::string>& modules,
                   const std::string& given = protected_therapy) {
  return regression_setup(given, modules);
}

double total_at_end(const Setup& setup, const std::string& state, double end = 200.0) {
  return amount_at(setup.run(request_of({end}, end, 1e-8)), 0, "dotatate " + state);
}

}  // namespace

TEST_CASE("every module obeys the law book, alone and beside receptor recycling") {
  for (const std::string& module : library().module_names("sstr2_whole_body"))
    for (const bool recycling : {false, true}) {
      if (recycling && module == "receptor_recycling") continue;
      CAPTURE(module);
      CAPTURE(recycling);
      std::vector<std::string> modules{module};
      if (recycling) modules.push_back("receptor_recycling");
      if (module == "amino_acid_hemodynamics" && recycling) modules.push_back("bladder");
      const System system =
          with_modules(modules, module == "published_kidney" ? one_therapy : protected_therapy)
              .compiled();
      check_law_book(system, system.rates());
    }
}

TEST_CASE("fast recycling and no turnover is the model without the module") {
  const Setup plain = with_modules({});
  Setup fast = with_modules({"receptor_recycling"});
  give(fast.patient, "k_receptor_recycling", "1e6 1/min");
  give(fast.patient, "k_receptor_degradation", "0 1/min");
  give(fast.patient, "k_receptor_turnover", "0 1/min");
  for (const char* state : {"kidney.internalized", "tumor.bound", "spleen.internalized", "urine"}) {
    CAPTURE(std::string(state));
    const double expected = total_at_end(plain, state);
    CHECK_NEAR(total_at_end(fast, state), expected, 1e-5, 0.0);
  }
  give(fast.patient, "k_receptor_recycling", "0.01 1/min");
  CHECK(total_at_end(fast, "tumor.internalized") <
        0.99 * total_at_end(plain, "tumor.internalized"));
}

// dRs/dt + dB/dt + dRn/dt = k_syn − k_degR·Rs − k_degI·Rn with k_syn = k_degR·R0.
TEST_CASE("receptors change by synthesis and degradation alone") {
  Setup setup = with_modules({"receptor_recycling"});
  const System system = setup.compiled();
  const Rates rates = system.rates();
  const std::vector<double> x = admissible_state(system, rates, 5, 30.0, 0.3);
  std::vector<double> y = x, dxdt(system.size());
  y[state_index(system, "receptor spleen.internalized_receptors")] = 0.2;
  y[state_index(system, "receptor spleen.missing_receptors")] = 0.1;
  system.rhs<double>(rates, y, dxdt);
  double bound = 0.0, bound_rate = 0.0;
  for (const char* ligand : {"dotatate", "octreotide"}) {
    const int state = state_index(system, std::string(ligand) + " spleen.bound");
    bound += y[state];
    bound_rate += dxdt[state];
  }
  const double inside = dxdt[state_index(system, "receptor spleen.internalized_receptors")],
               missing = dxdt[state_index(system, "receptor spleen.missing_receptors")];
  const double r0 = rates.slots[system.network().slots.at("spleen.receptor_density")] *
                    rates.slots[system.network().slots.at("spleen.volume")];
  const double free = r0 - bound - 0.2 - 0.1;
  const double turnover = 1e-3 * 60.0, degradation = 1e-3 * 60.0;  // 1/h
  const double free_rate = -bound_rate - inside - missing;
  CHECK_NEAR(free_rate + bound_rate + inside, turnover * (r0 - free) - degradation * 0.2, 1e-11,
             0.0);
}

TEST_CASE(
    "released label passes through the body water; excreted at once it is the model without") {
  const Setup plain = with_modules({}), through_water = with_modules({"metabolite"});
  Setup at_once = through_water;
  give(at_once.patient, "metabolite_clearance", "1e9 L/h");
  CHECK_NEAR(total_at_end(at_once, "urine"),
             total_at_end(plain, "urine") + total_at_end(plain, "cleared"), 1e-6, 0.0);
  CHECK(total_at_end(through_water, "cleared") == 0.0);
  CHECK(total_at_end(through_water, "metabolite") > 1e-3);
}

TEST_CASE("a share of the released label may leave at once") {
  const Setup plain = with_modules({"published_kidney"}, one_therapy);
  Setup all = with_modules({"published_kidney", "metabolite"}, one_therapy), half = all;
  give(all.patient, "released_at_once", "1");
  give(half.patient, "released_at_once", "50 %");
  CHECK_NEAR(total_at_end(all, "cleared"), total_at_end(plain, "cleared"), 1e-7, 0.0);
  CHECK_NEAR(total_at_end(half, "cleared"), 0.5 * total_at_end(plain, "cleared"), 1e-6, 0.0);
}

TEST_CASE("the bladder fills and is voided at its times") {
  Setup setup = with_modules({"bladder"}, one_therapy);
  RunRequest request = request_of({0.999, 1.0, 1.001, 4.999, 5.0, 5.001}, 24.0, 1e-8);
  const Trajectory run = setup.run(request);
  const std::string bladder = "dotatate bladder", urine = "dotatate urine";
  CHECK(amount_at(run, 0, bladder) > 1.0);
  CHECK(amount_at(run, 0, urine) == 0.0);
  CHECK_NEAR(amount_at(run, 1, bladder), amount_at(run, 2, urine), 1e-9, 0.0);  // all of it
  CHECK(amount_at(run, 2, bladder) < 0.01 * amount_at(run, 1, bladder));
  CHECK(amount_at(run, 3, bladder) > amount_at(run, 2, bladder));
  CHECK(amount_at(run, 5, urine) > amount_at(run, 2, urine));
  CHECK(run.mass_balance.labeled <= 1e-11);
  give(setup.patient, "voided_fraction", "0.8");
  const Trajectory partly = setup.run(request);
  CHECK_NEAR(amount_at(partly, 2, urine), 0.8 * amount_at(run, 2, urine), 1e-6, 0.0);
  give(setup.patient, "void_interval", "1 s");
  CHECK_CONTAINS(
      message_of<ModelError>([&] { (void)setup.run(request_of({}, 2000.0, 1e-4)); }),
      "more than a run can stop at");
}

TEST_CASE("voids count from every labeled administration") {
  auto voids = [](const std::string& more) {
    const Setup setup = with_modules(
        {"bladder"}, one_therapy.substr(0, one_therapy.size() - 1) + more +
                         ", repeat: {every: 100.5 h, count: 2}}");
    const Trajectory run = setup.run(request_of({}, 110.0, 1e-4));
    std::vector<double> out;
    for (const Event& event : run.schedule.events)
      if (event.name == "void") out.push_back(event.time);
    return out;
  };
  const auto times = voids("");
  CHECK(times.front() == 1.0);
  CHECK(std::count(times.begin(), times.end(), 101.5) == 1);
  CHECK(std::none_of(times.begin(), times.end(), [](double t) { return t > 100.5 && t < 101.5; }));
  CHECK(voids(", amino_acids: lysine_arginine") == times);
}

TEST_CASE("the window of a drug acts beside the analog factors") {
  auto spleen = [](const std::vector<std::string>& modules, double factor) {
    Setup setup = with_modules(modules, constant_rate_therapy("100 nmol"));
    setup.regimen.windows = {{"drug", "receptor_factor", factor, -1.0, 2000.0, {}}};
    return DosePerActivity(setup)("spleen");
  };
  CHECK(spleen({"analog_factors"}, 2.0) > 1.5 * spleen({"analog_factors"}, 1.0));
}

TEST_CASE("who has lost stomach or pancreas keeps their share in the gut") {
  Setup setup = with_modules({"optional_organs"});
  setup.patient.absent_organs = {{"stomach", {}}, {"pancreas", {}}};
  const System system = setup.compiled(), plain = with_modules({}).compiled();
  CHECK_NEAR(system.rates().slots[system.network().slots.at("gi.flow")],
             plain.rates().slots[plain.network().slots.at("gi.flow")], 1e-12, 0.0);
}

TEST_CASE("what misses the vein drains into it later") {
  const std::string split =
      one_therapy.substr(0, one_therapy.size() - 1) + ", split: {injection_site: 10 %}}";
  const Setup setup = with_modules({"extravasation"}, split);
  const Trajectory run = setup.run(request_of({0.5, 100.0}, 100.0, 1e-8));
  // 20 nmol/h for half an hour with drainage: 20/k (1 − e^(−kt))
  const double k = 0.35;
  CHECK_NEAR(amount_at(run, 0, "dotatate injection_site"), 20.0 / k * -std::expm1(-0.5 * k), 1e-7,
             0.0);
  CHECK(amount_at(run, 1, "dotatate injection_site") < 1e-12);
}

TEST_CASE("more filtration under amino acids brings more peptide to the tubule") {
  const double plain = total_at_end(with_modules({}), "urine", 4.0),
               risen = total_at_end(with_modules({"amino_acid_hemodynamics"}), "urine", 4.0);
  CHECK(risen > 1.05 * plain);
  CHECK(risen < 1.20 * plain);
}

TEST_CASE("optional organs are carved out of the rest") {
  auto value = [](const std::vector<std::string>& modules, const std::string& name) {
    const System system = with_modules(modules).compiled();
    return system.rates().slots[system.network().slots.at(name)];
  };
  const std::vector<std::string> more{"optional_organs"};
  for (const char* sum : {"flow", "volume"}) {
    CAPTURE(std::string(sum));
    const std::string name = std::string(".") + sum;
    double carved = 0.0;
    for (const char* organ : {"thyroid", "salivary_glands", "pituitary"})
      carved += value(more, organ + name);
    CHECK_NEAR(value(more, "rest" + name) + carved, value({}, "rest" + name), 1e-12, 0.0);
    CHECK_NEAR(
        value(more, "gi" + name) + value(more, "pancreas" + name) + value(more, "stomach" + name),
        value({}, "gi" + name), 1e-12, 0.0);
  }
}

TEST_CASE("empirical analog factors lower organs and leave the tumor") {
  const DosePerActivity without(with_modules({}, constant_rate_therapy("100 nmol"))),
      with(with_modules({"analog_factors"}, constant_rate_therapy("100 nmol")));
  CHECK(with("spleen") < 0.9 * without("spleen"));
  CHECK(with("liver") < 0.9 * without("liver"));
  CHECK_NEAR(with("tumor"), without("tumor"), 0.01, 0.0);
}

TEST_CASE("organs of a child scale with weight") {
  Setup setup = with_modules({"scaled_organs"});
  setup.patient.values.erase("kidney.volume");
  give(setup.patient, "weight", "35.5 kg");
  const System system = setup.compiled();
  CHECK_NEAR(system.rates().slots[system.network().slots.at("kidney.volume")], 0.155, 1e-12, 0.0);
}

}  // namespace lutetia

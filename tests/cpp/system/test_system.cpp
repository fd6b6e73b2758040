// Rates of the compiled whole-body model: derivatives by parameters, closure of flows and volumes,
// refusals.
#include <ceres/jet.h>

#include <algorithm>
#include <stdexcept>

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

const std::vector<std::string> parameters{
    "gfr",           "hematocrit",    "weight",
    "tumor.volume",  "kidney.volume", "kidney.receptor_density",
    "dotatate.k_d",  "dotatate.k_on", "Lu-177.decay_constant",
    "serum_turnover"};

double slot_of(const System& system, const Rates& rates, const std::string& name) {
  return rates.slots[system.network().slots.at(name)];
}

bool is_lesion(const Network& network, const std::string& organ) {
  for (const Region& region : network.regions)
    if (region.name == organ) return region.lesion;
  return false;
}

}  // namespace

// Central differences with a step of 1e-5 of the value: truncation 1e-10 of the curvature, rounding
// 1e-16/1e-5.
TEST_CASE("rates differentiate by any parameter like central differences") {
  using Jet = ceres::Jet<double, 1>;
  const System system = reference_setup(one_therapy).compiled();
  const std::vector<double> values = system.parameter_values();
  for (const std::string& name : parameters) {
    CAPTURE(name);
    const int index = system.parameter_index(name);
    std::vector<Jet> jets(values.begin(), values.end());
    jets[index].v[0] = 1.0;
    const BasicRates<Jet> exact = system.rates<Jet>(jets);
    std::vector<double> up = values, down = values;
    const double h = 1e-5 * values[index];
    up[index] += h;
    down[index] -= h;
    const Rates above = system.rates<double>(up), below = system.rates<double>(down);
    WorstError error;
    bool any = false;
    for (std::size_t p = 0; p < exact.linear.size(); ++p) {
      const double difference = (above.linear[p] - below.linear[p]) / (2.0 * h);
      any = any || exact.linear[p].v[0] != 0.0;
      error.add(exact.linear[p].v[0], difference,
                std::abs(exact.linear[p].v[0]) + std::abs(exact.linear[p].a) / values[index],
                text("position ", p));
    }
    for (std::size_t q = 0; q < exact.product.size(); ++q) {
      const double difference = (above.product[q] - below.product[q]) / (2.0 * h);
      error.add(exact.product[q].v[0], difference,
                std::abs(exact.product[q].v[0]) + exact.product[q].a / values[index],
                text("product ", q));
    }
    CHECK(any);
    CHECK_WORST(error, 1e-8);
  }
}

TEST_CASE("serum volumes and flows of the whole-body model add up to the whole") {
  for (const char* patient : {"reference_male", "reference_female"}) {
    CAPTURE(std::string(patient));
    const System system = reference_setup(one_therapy, patient).compiled();
    const Rates rates = system.rates();
    const Network& network = system.network();
    double serum = 0.0, body = 0.0;
    for (const NetworkCompartment& c : network.compartments)
      if (c.name == "arteries" || c.name == "veins" ||
          (c.name.ends_with(".vascular") && !is_lesion(network, c.organ)))
        serum += rates.slots[c.volume];
    for (const Region& region : network.regions)
      if (region.mass >= 0 && !region.lesion) body += rates.slots[region.mass];
    // Lesions come on top of the body; see the notes of the model at 'rest'.
    CHECK_NEAR(serum, slot_of(system, rates, "plasma_volume"), 1e-13, 0.0);
    CHECK_NEAR(body, slot_of(system, rates, "weight"), 1e-13, 0.0);
    double from_arteries = 0.0, from_veins = 0.0;
    for (const FirstOrderProcess& p : network.first_order) {
      if (p.perfusion < 0) continue;
      if (network.compartments[p.from].name == "arteries")
        from_arteries += rates.slots[p.perfusion];
      if (network.compartments[p.from].name == "veins") from_veins += rates.slots[p.perfusion];
    }
    CHECK_NEAR(from_arteries, slot_of(system, rates, "total_flow"), 1e-13, 0.0);
    CHECK_NEAR(from_veins, slot_of(system, rates, "total_flow"), 1e-13, 0.0);
  }
}

// B25 (doi:10.1186/s40658-025-00726-7) and ICRP 89; the patient gives neither.
TEST_CASE("values that differ between the sexes are those of the patient") {
  for (const auto& [sex, hematocrit, plasma, liver] :
       {std::tuple("male", 0.45, 2.8, 1.8), std::tuple("female", 0.40, 2.4, 1.4)}) {
    const std::string patient = text("{lutetia: 1, patient: anyone, sex: ", sex,
                                     ", weight: 71 kg, body_surface_area: 1.9 m^2, gfr: 6 L/h, "
                                     "organs: {kidney: 310 mL}}");
    CAPTURE(patient);
    const System system = setup_of(read_model(library(), "sstr2_whole_body"), patient_of(patient),
                                   regimen_of(one_therapy))
                              .compiled();
    const Rates rates = system.rates();
    CHECK_NEAR(slot_of(system, rates, "hematocrit"), hematocrit, 1e-15, 0.0);
    CHECK_NEAR(slot_of(system, rates, "plasma_volume"), plasma * (1.0 - hematocrit) * 1.9, 1e-13,
               0.0);
    CHECK_NEAR(slot_of(system, rates, "liver.volume"), liver, 1e-13, 0.0);
  }
}

TEST_CASE("decay and activity are those of the nuclide") {
  const System system = reference_setup(one_therapy).compiled();
  CHECK_NEAR(system.decay_constant(system.rates(), 0), 0.004344987592, 1e-9, 0.0);
}

TEST_CASE("states, blocks and parameters are found by name") {
  const System system = reference_setup(one_therapy).compiled();
  CHECK(system.block_index("dotatate") == 0);
  CHECK(system.block_index("dotatate[Lu-177]") == 1);
  CHECK(system.block_index("dotatoc") == -1);
  CHECK_THROWS_WITH_AS(
      (void)system.parameter_index("kidney.receptor_densty"),
      "unknown parameter 'kidney.receptor_densty'; did you mean 'kidney.receptor_density'?",
      std::out_of_range);
  // Every state has a name of its own and a group for the error norm.
  std::vector<std::string> names = system.state_names();
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  REQUIRE(system.error_groups().size() == names.size());
  for (const int group : system.error_groups())
    CHECK((group >= 0 && group < system.error_group_count()));
}

TEST_CASE("blood flow that does not close is refused with both flows") {
  const std::string model = R"(
lutetia: 1
model: open_loop
routes: {intravenous: first}
parameters: {volume: 1 L, there: 5 L/h, back: 4 L/h}
compartments: {first: {volume: volume}, second: {volume: volume}}
processes:
  - perfusion: {from: first, to: second, flow: there}
  - perfusion: {from: second, to: first, flow: back}
)";
  const System system = setup_of(model, "{bolus: dotatate, amount: 1 nmol}").compiled();
  const std::string message = message_of<ModelError>([&] { system.check(system.rates()); });
  CHECK_CONTAINS(message,
                 "blood flow through 'first' does not close, found 4 L/h in and 5 L/h out");
  CHECK_CONTAINS(message,
                 "blood flow through 'second' does not close, found 5 L/h in and 4 L/h out");
}

TEST_CASE("an absent organ leaves its share to the rest of the body") {
  auto system_of = [](const std::string& spleen) {
    const std::string patient =
        "{lutetia: 1, patient: anyone, sex: male, weight: 71 kg, body_surface_area: 1.9 m^2, gfr: "
        "6 L/h, "
        "organs: {kidney: 310 mL, spleen: " +
        spleen + "}}";
    return setup_of(read_model(library(), "sstr2_whole_body"), patient_of(patient),
                    regimen_of(one_therapy))
        .compiled();
  };
  const System a = system_of("180 mL"), b = system_of("absent");
  CHECK_THROWS_AS((void)state_index(b, "dotatate spleen.bound"), std::out_of_range);
  const Rates ra = a.rates(), rb = b.rates();
  b.check(rb);
  CHECK_NEAR(slot_of(b, rb, "rest.volume"),
             slot_of(a, ra, "rest.volume") + slot_of(a, ra, "spleen.volume"), 1e-13, 0.0);
  CHECK_NEAR(slot_of(b, rb, "rest.flow"),
             slot_of(a, ra, "rest.flow") + slot_of(a, ra, "spleen.flow"), 1e-12, 0.0);
}

}  // namespace lutetia

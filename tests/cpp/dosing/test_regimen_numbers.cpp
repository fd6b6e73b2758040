#include "lutetia/dosing/regimen_numbers.hpp"

#include <map>

#include "lutetia/dosing/regimen_writer.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

std::map<std::string, SourcedQuantity> named(const Regimen& regimen) {
  std::map<std::string, SourcedQuantity> out;
  for (const auto& [name, number] : numbers_of(regimen)) out.emplace(name, number);
  return out;
}

Regimen as_written(const std::string& name) {
  Problems problems;
  Regimen out = read_regimen(library().read("regimen", name), problems);
  problems.throw_if_any();
  return out;
}

Regimen library_regimen(const std::string& name) {
  return with_amino_acids(library(), as_written(name));
}

}  // namespace

TEST_CASE("every number of a regimen says where it comes from") {
  const auto found = named(library_regimen("front_loaded"));
  CHECK(found.at("administration 1 activity").provenance.tag == "A");
  CHECK_NEAR(found.at("administration 3 activity").quantity.value, 5550.0, 1e-15, 0.0);
  CHECK(found.at("administration 1 amount").provenance.tag == "M");
  CHECK(found.at("administration 1 duration").provenance.tag == "R");  // of the file
  CHECK(found.count("administration 1 at") == 0);                      // it starts the regimen
}

TEST_CASE("a repeat has the source of its interval") {
  const auto found = named(library_regimen("five_by_5p5"));
  CHECK(found.at("administration 2 at").provenance.tag == "A");
  CHECK_NEAR(found.at("administration 3 at").quantity.value, 16.0 * 168.0, 1e-15, 0.0);
  const auto retreatment = named(library_regimen("r_prrt"));
  CHECK(retreatment.at("administration 2 at").provenance.tag == "R");
  CHECK(retreatment.at("administration 5 at").provenance.tag == "A");
  CHECK(retreatment.at("administration 6 at").provenance.tag == "R");
}

TEST_CASE("amino acids have the source of their mix, unless they are written out") {
  const auto of_mix = named(library_regimen("netter1"));
  const SourcedQuantity& start = of_mix.at("administration 2 lysine at");
  CHECK(start.provenance.tag == "M");
  CHECK_NEAR(start.quantity.value, -0.5, 1e-12, 0.0);  // from the start of the administration
  const Regimen own = regimen_of(
      "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, duration: 30 "
      "min, amino_acids: {mix: lysine_arginine, start: {value: 60 min, tag: S}}}");
  const auto found = named(with_amino_acids(library(), own));
  CHECK(found.at("administration 1 lysine at").provenance.tag == "S");
  CHECK(found.at("administration 1 lysine amount").provenance.tag == "M");
  CHECK(found.at("administration 1 amount").provenance.tag.empty());  // the user's own
}

TEST_CASE("shares and windows have sources, too") {
  Regimen regimen = regimen_of(
      "{bolus: dotatate, amount: 1 nmol, tag: S, split: {tumor: 60 %, veins: {value: 10 %, tag: "
      "A}}}");
  const auto found = named(regimen);
  CHECK(found.at("administration 1 tumor").provenance.tag == "S");
  CHECK(found.at("administration 1 veins").provenance.tag == "A");
  const Regimen windowed = parsed(
      "{regimen: test, tag: M, administrations: [{bolus: dotatate, amount: 1 nmol}], windows: "
      "[{name: drug, parameter: gfr, factor: {value: 1.5, tag: A}, from: 0 h, to: 5 h}]}",
      [](const Node& node, Problems& problems) { return read_regimen(node, problems); });
  CHECK(named(windowed).at("drug factor").provenance.tag == "A");
  CHECK(named(windowed).at("drug to").provenance.tag == "M");
}

TEST_CASE("a calibration has the source of its activity, an impurity its own") {
  const auto found = named(regimen_of(
      "{bolus: dotatate, nuclide: Lu-177, calibrated_activity: {value: 7.4 GBq, tag: R}, "
      "calibration_time: -3 h, amount: 1 nmol, impurities: {Lu-177m: {value: 1e-4, tag: "
      "S}}}"));
  CHECK(found.at("administration 1 calibration_time").provenance.tag == "R");
  CHECK_NEAR(found.at("administration 1 calibration_time").quantity.value, -3.0, 1e-12, 0.0);
  CHECK(found.at("administration 1 impurity Lu-177m").provenance.tag == "S");
  CHECK_NEAR(found.at("administration 1 impurity Lu-177m").quantity.value, 1e-4, 1e-12, 0.0);
}

TEST_CASE("effects of cycles have sources of their own, of the effect or of their owner") {
  const auto effects = parsed(
      "[{parameter: lesions.volume, term: exponential, decline: 0.06, tag: S}, {parameter: gfr, "
      "term: free_per_cycle, factors: [1, {value: 0.9, tag: M}, 0.8]}]",
      [](const Node& node, Problems& problems) {
        return read_cycle_effects(&node, problems, {.sources = {}, .tag = "A", .note = {}});
      });
  const auto numbers = numbers_of(effects);
  REQUIRE(numbers.size() == 3);  // the factor of the first cycle is one
  CHECK(numbers[0].first == "cycle effect lesions.volume decline");
  CHECK(numbers[0].second.provenance.tag == "S");
  CHECK(numbers[1].first == "cycle effect gfr factor of cycle 2");
  CHECK(numbers[1].second.provenance.tag == "M");
  CHECK_NEAR(numbers[2].second.quantity.value, 0.8, 1e-12, 0.0);
  CHECK(numbers[2].second.provenance.tag == "A");
}

TEST_CASE("a regimen that is written and read again keeps all sources") {
  for (const std::string name : {"r_prrt", "front_loaded", "netter1", "ga68_dotatate_pet"}) {
    CAPTURE(name);
    const Regimen regimen = as_written(name);
    Problems problems;
    const Regimen again = read_regimen(document_of(regimen), problems);
    problems.throw_if_any();
    const auto first = numbers_of(regimen), second = numbers_of(again);
    REQUIRE(first.size() == second.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
      CHECK(first[i].first == second[i].first);
      CHECK(first[i].second.quantity.value == second[i].second.quantity.value);
      CHECK(first[i].second.provenance.tag == second[i].second.provenance.tag);
      CHECK(first[i].second.provenance.sources == second[i].second.provenance.sources);
    }
  }
}

}  // namespace lutetia

/// @file Tiny models as text, and the few lines it takes to compile and run them.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "lutetia/document/yaml.hpp"
#include "lutetia/study/case.hpp"

namespace lutetia::testing {

inline const Library& library() {
  static const Library shipped(LUTETIA_MODELS);
  return shipped;
}

/// Read a text with one of the readers that collect problems.
template <class Read>
auto parsed(const std::string& yaml, const Read& read) {
  Problems problems;
  auto out = read(parse_yaml(yaml, "text"), problems);
  problems.throw_if_any();
  return out;
}
inline Model model_of(const std::string& yaml) {
  return parsed(yaml,
                [](const Node& node, Problems& problems) { return read_model(node, problems); });
}
inline Patient patient_of(const std::string& yaml) {
  return parsed(yaml,
                [](const Node& node, Problems& problems) { return read_patient(node, problems); });
}
/// @param administrations  the list in flow style: "{bolus: dotatate, amount: 1 nmol}, {…}"
inline Regimen regimen_of(const std::string& administrations) {
  return parsed("{lutetia: 1, regimen: test, administrations: [" + administrations + "]}",
                [](const Node& node, Problems& problems) { return read_regimen(node, problems); });
}
inline Nuclide nuclide_of(const std::string& name) {
  Problems problems;
  Nuclide out = read_nuclide(library().read("nuclide", name), problems);
  problems.throw_if_any();
  return out;
}

/// Give a patient a value of his own, like an entry of `parameters`.
inline void give(Patient& patient, const std::string& parameter, const std::string& value) {
  SourcedQuantity given{};
  given.quantity = parse_quantity(value);
  patient.values[parameter] = given;
}

/// Everything one run needs.
struct Setup {
  Model model;
  Patient patient;
  Regimen regimen;
  Substances substances;

  System compiled() const {
    return compile(model, patient, substances.ligands, substances.nuclides, substances.structure);
  }
  Trajectory run(const RunRequest& request) const {
    return lutetia::run(model, patient, regimen, substances, request);
  }
};

inline Setup setup_of(const Model& model, const Patient& patient, const Regimen& regimen) {
  const Regimen complete = with_amino_acids(library(), regimen);
  return {model, patient, complete, read_substances(library(), complete)};
}
inline Setup setup_of(const std::string& model, const std::string& administrations) {
  return setup_of(model_of(model), patient_of("{lutetia: 1, patient: anyone, sex: male}"),
                  regimen_of(administrations));
}
/// The whole-body model in the male reference patient with one lesion of 50 mL.
inline Setup reference_setup(const std::string& administrations,
                             const std::string& patient = "reference_male",
                             const std::vector<std::string>& modules = {}) {
  Problems problems;
  Patient person = read_patient(library().read("patient", patient), problems);
  problems.throw_if_any();
  return setup_of(read_model(library(), "sstr2_whole_body", modules), person,
                  regimen_of(administrations));
}

/// 7.4 GBq of Lu-177 on 100 nmol as the clinic gives it: 30 min, decaying in the bag.
inline const std::string one_therapy =
    "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, duration: 30 min}";
inline const std::string four_cycles =
    "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, duration: 30 min, "
    "repeat: {every: 8 week, count: 4}}";

inline RunRequest request_of(std::vector<double> times, double end, double rtol) {
  RunRequest out;
  out.times = std::move(times);
  out.end = end;
  out.options.rtol = rtol;
  return out;
}

inline int state_index(const System& system, const std::string& name) {
  const auto& names = system.state_names();
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<int>(i);
  throw std::out_of_range("no state " + name);
}
/// Amount of a state ("dotatate[Lu-177] kidney.bound") at an output time [nmol].
inline double amount_at(const Trajectory& run, std::size_t time, const std::string& state) {
  return run.states[time * run.system->size() + state_index(*run.system, state)];
}
/// Index of an organ or lesion in a table of doses.
inline std::size_t index_of(const std::vector<std::string>& names, const std::string& name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return i;
  throw std::out_of_range("no region " + name);
}

/// A single well-mixed space, emptied with rate constant 0.4 1/h: 2 L/h from 5 L.
inline const std::string one_compartment = R"(
lutetia: 1
model: one_compartment
routes: {intravenous: blood}
parameters: {volume: 5 L, clearance: 2 L/h}
compartments:
  blood: {volume: volume}
  urine: {outside: true}
processes:
  - clearance: {from: blood, to: urine, clearance: clearance}
observables:
  body: {compartments: ["*"], volume: volume}
)";

}  // namespace lutetia::testing

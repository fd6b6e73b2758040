#include "lutetia/model/patient_writer.hpp"

#include <algorithm>

#include "lutetia/document/writing.hpp"

namespace lutetia {
namespace {

Node values_node(const std::map<std::string, SourcedQuantity>& values) {
  Node out = map_node();
  for (const auto& [name, value] : values) put(out, name, sourced_node(value));
  return out;
}

/// A parameter that was replaced after reading is the patient's own; a document gives it once.
Node lesion_node(const Lesion& lesion, std::map<std::string, SourcedQuantity>& values) {
  Node out = map_node();
  put(out, "name", word_node(lesion.name));
  put_word(out, "type", lesion.type);
  put_word(out, "site", lesion.site);
  for (const auto& [name, given] : lesion.parameters) {
    const auto replaced = values.find(lesion.name + "." + name);
    put(out, name, sourced_node(replaced == values.end() ? given : replaced->second));
    if (replaced != values.end()) values.erase(replaced);
  }
  return out;
}

}  // namespace

Node document_of(const CycleEffect& effect) {
  Node out = map_node();
  put(out, "parameter", word_node(effect.parameter));
  const auto number = [&](std::size_t i) {
    const Quantity value{effect.numbers[i], dimension::none};
    return i < effect.provenance.size() ? sourced_node({value, effect.provenance[i], {}, {}})
                                        : quantity_node(value);
  };
  switch (effect.term) {
    case CycleEffect::Term::none:
      put(out, "term", word_node("none"));
      break;
    case CycleEffect::Term::per_cycle_factor:
      put(out, "term", word_node("per_cycle_factor"));
      put(out, "factor", number(0));
      break;
    case CycleEffect::Term::exponential:
      put(out, "term", word_node("exponential"));
      put(out, "decline", number(0));
      break;
    case CycleEffect::Term::free_per_cycle:
      put(out, "term", word_node("free_per_cycle"));
      std::vector<Node> factors;
      for (std::size_t i = 0; i < effect.numbers.size(); ++i) factors.push_back(number(i));
      put(out, "factors", list_node(std::move(factors)));
      break;
  }
  return out;
}

Node document_of(const Patient& patient) {
  Node out = map_node();
  put(out, "patient", word_node(patient.name));
  put_word(out, "description", patient.description);
  put(out, "sex", word_node(patient.sex));
  auto values = patient.values;
  std::vector<Node> lesions, effects;
  for (const Lesion& lesion : patient.lesions) lesions.push_back(lesion_node(lesion, values));
  for (const auto& [name, place] : patient.references)
    if (!values.count(name)) put(out, name, word_node(place.name));
  if (!patient.absent_organs.empty()) {
    Node organs = map_node();
    for (const Place& organ : patient.absent_organs) put(organs, organ.name, word_node("absent"));
    put(out, "organs", std::move(organs));
  }
  if (!lesions.empty()) put(out, "lesions", list_node(std::move(lesions)));
  if (!values.empty()) put(out, "parameters", values_node(values));
  for (const CycleEffect& effect : patient.cycle_effects) effects.push_back(document_of(effect));
  if (!effects.empty()) put(out, "cycle_effects", list_node(std::move(effects)));
  if (!patient.published.empty()) put(out, "published", values_node(patient.published));
  return out;
}

}  // namespace lutetia

#include "lutetia/model/ligand.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

/// What the models of the library ask of a ligand; other numbers are free.
const std::map<std::string, Dimension> known_numbers{{"molar_mass", dim::molar_mass},
                                                     {"k_d", dim::concentration},
                                                     {"k_on", dim::association},
                                                     {"k_off", dim::rate}};

constexpr std::array<std::string_view, 9> other_keys{"lutetia",   "ligand",  "description",
                                                     "substance", "labeled", "unlabeled",
                                                     "source",    "tag",     "note"};

/// Affinities and masses of single forms: shown, never computed with, but numbers all the same.
void check_information(const Node& node, Problems& problems) {
  if (!node.is_map()) {
    problems.add({.what = text(quote(node.where.path), " must be a map from name to number"),
                  .where = node.where,
                  .found = node.described()});
    return;
  }
  for (const auto& [key, value] : node.entries)
    if (value.is_map() && !value.find("value"))
      check_information(value, problems);
    else if (const auto read = read_sourced(value, key, problems))
      check_sign(value, *read, key, false, problems);
}

}  // namespace

const Parameter* Ligand::find(const std::string& wanted) const {
  for (const Parameter& p : parameters)
    if (p.name == wanted) return &p;
  return nullptr;
}

Ligand read_ligand(const Node& node, Problems& problems) {
  Ligand out;
  Fields fields(node, "a ligand", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  out.name = fields.required_text("ligand", "dotatate");
  out.description = fields.text_or("description", "");
  out.substance = fields.text_or("substance", peptide);
  (void)fields.provenance();
  for (const char* information : {"labeled", "unlabeled"})
    if (const Node* block = fields.find(information)) check_information(*block, problems);
  for (const auto& [key, value] : node.entries) {
    if (std::find(other_keys.begin(), other_keys.end(), key) != other_keys.end()) continue;
    const auto known = known_numbers.find(key);
    const auto read = known == known_numbers.end()
                          ? read_sourced(value, key, problems)
                          : read_sourced(value, key, known->second, problems);
    if (!read || !check_sign(value, *read, key, key != "molar_mass" && key != "k_d", problems))
      continue;
    out.parameters.push_back({.name = key,
                              .value = read,
                              .dimension = read->quantity.dimension,
                              .where = value.key_place()});
  }
  (void)fields.require("molar_mass", "1435.6 g/mol");
  return out;
}

}  // namespace lutetia

#include "lutetia/model/ligand.hpp"

#include "lutetia/core/text.hpp"

namespace lutetia {

const Parameter* Ligand::find(const std::string& wanted) const {
  for (const Parameter& p : parameters)
    if (p.name == wanted) return &p;
  return nullptr;
}

Ligand read_ligand(const Node& node, Problems& problems) {
  Ligand out;
  Fields fields(node, "a ligand", problems);
  (void)fields.require("lutetia", "1");
  out.name = fields.required_text("ligand", "dotatate");
  out.description = fields.text_or("description", "");
  (void)fields.provenance();
  for (const auto& [key, value] : node.entries) {
    // Informational blocks: affinities and masses of single labeled forms, shown but not computed with.
    if (key == "lutetia" || key == "ligand" || key == "description" || key == "labeled" || key == "unlabeled" ||
        key == "source" || key == "tag" || key == "note")
      continue;
    const auto read = read_sourced(value, key, problems);
    if (!read) continue;
    if (read->quantity.value < 0.0)
      problems.add({.what = text(quote(key), " must not be negative"), .where = read->where,
                    .found = to_string(read->quantity)});
    out.parameters.push_back({.name = key, .value = read, .dimension = read->quantity.dimension, .where = value.where});
  }
  for (const char* needed : {"molar_mass"})
    if (fields.valid() && !out.find(needed)) fields.problem(text("a ligand has no ", quote(needed)), "write for example molar_mass: 1435.6 g/mol");
  return out;
}

}  // namespace lutetia

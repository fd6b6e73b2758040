#include "lutetia/core/text.hpp"
#include "lutetia/dosing/regimen.hpp"

namespace lutetia {

namespace dim = dimension;

PeptideAmount read_amount(const Node& node, const std::string& what, Provenance& provenance,
                          Problems& problems) {
  PeptideAmount out;
  out.where = node.key_place();
  const auto read = read_sourced(node, what, problems);
  if (!read) return out;
  provenance = read->provenance;
  const Quantity& q = read->quantity;
  if (q.dimension != dim::amount && q.dimension != dim::mass)
    problems.add({.what = text("unit of ", quote(what)),
                  .where = read->where,
                  .found = text(value_node(node).described(), " (", to_string(q.dimension), ")"),
                  .expected = "amount or mass, e.g. nmol or ug"});
  else if (!(q.value > 0.0))
    problems.add({.what = text(quote(what), " must be positive"),
                  .where = read->where,
                  .found = value_node(node).described()});
  else if (q.dimension == dim::amount)
    out.amount = q.value;
  else
    out.mass = q.value;
  return out;
}

AminoAcids read_amino_acids(const Node& node, Problems& problems) {
  AminoAcids out;
  out.where = node.where;
  if (node.is_scalar()) {
    out.mix = node.scalar;
    return out;
  }
  Fields fields(node, "amino acids", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  (void)fields.text_or("amino_acids", "");
  (void)fields.text_or("description", "");
  const Provenance of_mix = fields.provenance();
  out.mix = fields.text_or("mix", "");
  std::vector<std::string> missing;
  for (const char* key : {"start", "duration", "amounts"})
    if (!fields.has(key)) missing.push_back(key);
  if (node.find("amino_acids"))  // a file of the library, which is a mix itself
    for (const std::string& key : missing) fields.problem(text("amino acids have no ", quote(key)));
  else if (out.mix.empty() && !fields.has("mix") && !missing.empty())
    fields.problem("amino acids need a mix of the library, or start, duration and amounts",
                   text("missing: ", join(missing),
                        "; write for example amino_acids: lysine_arginine, or {start: -30 min, "
                        "duration: 4 h, amounts: {lysine: 25 g, arginine: 25 g}}"));
  if (const auto start = fields.sourced("start", dim::time)) {
    out.start = start->quantity.value;
    out.provenance["start"] = start->provenance;
  }
  if (const Node* duration = fields.find("duration"))
    if (const auto read = read_sourced(*duration, "duration", dim::time, problems);
        read && check_sign(*duration, *read, "duration", false, problems)) {
      out.duration = read->quantity.value;
      out.provenance["duration"] = read->provenance;
    }
  if (const Node* amounts = fields.find("amounts")) {
    if (!amounts->is_map() || amounts->entries.empty())
      problems.add({.what = "'amounts' must be a map from amino acid to amount",
                    .where = amounts->where,
                    .found = amounts->described(),
                    .hint = "write for example amounts: {lysine: 25 g, arginine: 25 g}"});
    for (const auto& [name, value] : amounts->entries)
      out.given[name] = read_amount(value, name, out.provenance[name], problems);
  }
  inherit(out.provenance, of_mix);
  fields.finish();
  return out;
}

std::vector<Administration> given_amino_acids(const Administration& of, const AminoAcids& mix) {
  const AminoAcids& own = *of.amino_acids;
  auto source_of = [&](bool written, const std::string& key) {
    const Provenances& numbers = written ? own.provenance : mix.provenance;
    const auto found = numbers.find(key);
    return found == numbers.end() ? Provenance{} : found->second;
  };
  std::vector<Administration> out;
  for (const auto& [ligand, amount] : own.given.empty() ? mix.given : own.given) {
    Administration a;
    a.ligand = ligand;
    a.time = of.time + own.start.value_or(mix.start.value_or(0.0));
    a.duration = own.duration.value_or(mix.duration.value_or(0.0));
    a.peptide = amount;
    a.provenance = {{"at", source_of(own.start.has_value(), "start")},
                    {"duration", source_of(own.duration.has_value(), "duration")},
                    {"amount", source_of(!own.given.empty(), ligand)}};
    a.protects = true;
    a.number = of.number;
    a.where = a.route_where = own.where;
    a.ligand_where = a.amount_where = own.given.empty() ? own.where : amount.where;
    out.push_back(std::move(a));
  }
  return out;
}

}  // namespace lutetia

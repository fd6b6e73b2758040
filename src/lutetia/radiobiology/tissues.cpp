#include "lutetia/radiobiology/tissues.hpp"

#include <cmath>
#include <initializer_list>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

/// A number of a tissue that is kept with its provenance; 0 after a problem.
double read_value(Fields& fields, const std::string& key, const std::string& example,
                  const Dimension& dimension, bool zero_allowed, const std::string& path,
                  Tissues& out, Problems& problems) {
  const Node* node = fields.require(key, example);
  if (!node) return 0.0;
  const auto read = read_sourced(*node, key, dimension, problems);
  if (!read || !check_sign(*node, *read, key, zero_allowed, problems)) return 0.0;
  out.values.emplace_back(text(path, '.', key), *read);
  return read->quantity.value;
}

Repair read_repair(const Node& node, const std::string& path, Tissues& out, Problems& problems) {
  Repair repair;
  const auto* const items = read_list(node, "repair", problems);
  if (!items) return repair;
  double sum = 0.0;
  for (const Node& item : *items) {
    Fields fields(item, "a component of repair", problems);
    if (!fields.valid()) return repair;
    const std::string place = items->size() == 1 ? path : text(path, '.', repair.size() + 1);
    RepairComponent component{
        read_value(fields, "half_life", "2.8 h", dimension::time, true, place, out, problems)};
    if (items->size() > 1)
      component.weight =
          read_value(fields, "weight", "0.5", dimension::none, false, place, out, problems);
    fields.finish();
    sum += component.weight;
    repair.push_back(component);
  }
  if (problems.empty() && std::abs(sum - 1.0) > 1e-9)
    problems.add({.what = text("the weights of the repair of ", quote(path), " must add up to 1"),
                  .where = node.where,
                  .found = text(sum)});
  return repair;
}

Tissue read_tissue(const std::string& name, const Node& node, Tissues& out, Problems& problems) {
  Tissue tissue{};
  Fields fields(node, "a tissue", problems);
  if (!fields.valid()) return tissue;
  tissue.alpha_beta = read_value(fields, "alpha_beta", "10 Gy", dimension::absorbed_dose, false,
                                 name, out, problems);
  tissue.rbe_max = read_value(fields, "rbe_max", "5", dimension::none, false, name, out, problems);
  if (const Node* repair = fields.require("repair", "[{half_life: 1.5 h}]"))
    tissue.repair = read_repair(*repair, name, out, problems);
  fields.finish();
  return tissue;
}

}  // namespace

const Tissue& Tissues::of(const std::string& region, bool lesion) const {
  const auto own = tissues.find(region);
  if (own != tissues.end()) return own->second;
  return tissues.at(lesion ? "lesion" : "other");
}

Tissues read_tissues(const Library& library, const std::string& name) {
  Problems problems;
  Tissues out = read_tissues(library.read("radiobiology", name), problems);
  problems.throw_if_any();
  return out;
}

Tissues read_tissues(const Node& node, Problems& problems) {
  Tissues out{};
  Fields fields(node, "a file of tissue parameters", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  out.name = fields.required_text("radiobiology", "default");
  (void)fields.text_or("description", "");
  out.weighted_dose_rbe =
      read_value(fields, "weighted_dose_rbe", "5", dimension::none, false, "alpha", out, problems);
  const Node* tissues = fields.require("tissues", "kidney: {alpha_beta: 2.5 Gy, …}");
  if (tissues && !tissues->is_map())
    problems.add({.what = "'tissues' must be a map of regions to parameters",
                  .where = tissues->where,
                  .found = tissues->described()});
  else if (tissues) {
    for (const auto& [name, tissue] : tissues->entries)
      out.tissues[name] = read_tissue(name, tissue, out, problems);
    for (const char* needed : {"lesion", "other"})
      if (!tissues->find(needed))
        problems.add({.what = text("'tissues' has no entry ", quote(needed)),
                      .where = tissues->where,
                      .hint = "lesion holds for every lesion, other for every region not named"});
  }
  fields.finish();
  return out;
}

}  // namespace lutetia

#include "lutetia/dosing/regimen.hpp"

#include <algorithm>

#include "lutetia/core/text.hpp"
#include "lutetia/dosing/administration_reader.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

std::vector<Window> read_windows(const Node* node, Problems& problems) {
  std::vector<Window> out;
  if (!node) return out;
  const auto* items = read_list(*node, "windows", problems);
  for (const Node& item : items ? *items : std::vector<Node>{}) {
    Fields fields(item, "a window", problems);
    if (!fields.valid()) continue;
    Window window{.name = fields.text_or("name", "window"),
                  .parameter = fields.required_text("parameter", "lesions.receptor_density"),
                  .where = item.where};
    if (const Node* parameter = item.find("parameter")) window.where = parameter->where;
    bool good = true;
    auto number = [&](const char* key, const Dimension& dimension, const char* example) {
      const Node* given = fields.require(key, example);
      const auto read = given ? read_sourced(*given, key, dimension, problems) : std::nullopt;
      good = good && read;
      if (read) window.provenance[key] = read->provenance;
      return read ? read->quantity.value : 0.0;
    };
    window.factor = number("factor", dim::none, "1.5");
    window.from = number("from", dim::time, "-3 day");
    window.to = number("to", dim::time, "10 day");
    inherit(window.provenance, fields.provenance());
    fields.finish();
    if (!good) continue;
    if (const Node& factor = *item.find("factor"); window.factor < 0.0)
      problems.add({.what = "'factor' must not be negative",
                    .where = value_node(factor).where,
                    .found = value_node(factor).described()});
    if (const Node& to = *item.find("to"); window.to <= window.from)
      problems.add({.what = "a window ends before it begins",
                    .where = value_node(to).where,
                    .found = value_node(to).described(),
                    .expected = text("later than ", value_node(*item.find("from")).described())});
    else if (window.factor >= 0.0)
      out.push_back(std::move(window));
  }
  return out;
}

}  // namespace

void inherit(Provenances& numbers, const Provenance& owner) {
  for (auto& [key, own] : numbers)
    if (own.tag.empty() && own.sources.empty()) own = {owner.sources, owner.tag, own.note};
}

Regimen read_regimen(const Node& node, Problems& problems) {
  Regimen out;
  Fields fields(node, "a regimen", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  out.name = fields.text_or("regimen", "regimen");
  out.description = fields.text_or("description", "");
  const Provenance of_file = fields.provenance();
  bool any_clock = false, any_delay = false;
  if (const Node* list = fields.require("administrations", "[{infusion: dotatate, …}]")) {
    const auto* items = read_list(*list, "administrations", problems);
    for (const Node& item : items ? *items : std::vector<Node>{}) {
      bool clock = false;
      for (Administration& a : read_administration(item, clock, problems))
        out.administrations.push_back(std::move(a));
      (clock ? any_clock : any_delay) = true;
    }
  }
  out.windows = read_windows(fields.find("windows"), problems);
  fields.finish();
  for (Administration& a : out.administrations) {
    inherit(a.provenance, of_file);
    if (a.amino_acids) inherit(a.amino_acids->provenance, of_file);
  }
  for (Window& window : out.windows) inherit(window.provenance, of_file);
  if (any_clock && any_delay)
    fields.problem_at("administrations",
                      "some administrations start at a clock time, others at a delay",
                      "give every administration an 'at' of the same kind");
  auto earlier = [](const Administration& a, const Administration& b) { return a.time < b.time; };
  std::stable_sort(out.administrations.begin(), out.administrations.end(), earlier);
  if (any_clock && !out.administrations.empty()) {
    const double origin = out.administrations.front().time;
    for (Administration& a : out.administrations) a.time -= origin;
  }
  return out;
}

}  // namespace lutetia

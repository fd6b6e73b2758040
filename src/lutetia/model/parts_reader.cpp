#include "lutetia/model/parts_reader.hpp"

#include "lutetia/core/text.hpp"
#include "lutetia/model/process_reader.hpp"

namespace lutetia {
namespace {

std::optional<Formula> formula_of(Fields& fields, const std::string& key, Problems& problems) {
  const Node* node = fields.find(key);
  return node ? read_formula(*node, key, problems) : std::nullopt;
}

Formula required_formula(Fields& fields, const std::string& key, const std::string& example,
                         Problems& problems) {
  const Node* node = fields.require(key, example);
  if (!node) return {};
  return read_formula(*node, key, problems).value_or(Formula{});
}

Place required_place(Fields& fields, const std::string& key, const std::string& example,
                     Problems& problems) {
  const Node* node = fields.require(key, example);
  return node ? Place{read_word(*node, key, problems), node->where} : Place{};
}

Effect read_effect(const std::string& name, const Node& node, Problems& problems) {
  static const std::map<std::string, Effect::Kind> kinds{
      {"inhibited_by", Effect::Kind::inhibits},
      {"stimulated_by", Effect::Kind::stimulates},
      {"saturated_by", Effect::Kind::saturates}};
  Effect out{.name = name, .where = node.key_place()};
  Fields fields(node, text("effect ", quote(name)), problems);
  int given = 0;
  for (const auto& [key, kind] : kinds)
    if (const Node* by = fields.find(key)) {
      ++given;
      out.kind = kind;
      out.by = read_places(by, key, problems);
    }
  if (fields.valid() && given != 1)
    fields.problem(text("effect ", quote(name),
                        " is either inhibited_by, stimulated_by or "
                        "saturated_by compartments"),
                   given == 0 ? "write for example inhibited_by: amino_acids"
                              : "keep one of them; a process can name several effects");
  if (given == 1 && out.by.empty())
    fields.problem(text("effect ", quote(name), " names no compartment"),
                   "write for example inhibited_by: amino_acids");
  for (const char* key : {"maximum", "hill"})
    if (fields.has(key) && given == 1 && out.kind == Effect::Kind::saturates)
      fields.problem_at(key, text("a saturation has no ", quote(key)),
                        "its factor is 1 / (1 + concentration / half); write inhibited_by for "
                        "another form");
  if (given == 1 && out.kind != Effect::Kind::saturates) {
    out.maximum = required_formula(fields, "maximum", "inhibition_maximum", problems);
    out.hill = formula_of(fields, "hill", problems);
  }
  out.half = required_formula(fields, "half", "inhibition_half", problems);
  fields.finish();
  return out;
}

Route read_route(const std::string& name, const Node& node, Problems& problems) {
  Route out;
  out.where = node.where;
  if (!node.is_map()) {
    out.into = read_places(&node, text("route ", quote(name)), problems);
    if (node.is_sequence() && out.into.empty())
      problems.add({.what = text("route ", quote(name), " leads nowhere"),
                    .where = node.where,
                    .found = node.described(),
                    .hint = "name a compartment, or one for each substance"});
    return out;
  }
  Fields fields(node, text("route ", quote(name)), problems);
  out.group = required_place(fields, "organs", "hepatic", problems);
  out.compartment = required_place(fields, "compartment", "vascular", problems);
  out.in_proportion_to = required_formula(fields, "in_proportion_to", "flow", problems);
  out.remainder = required_place(fields, "remainder", "veins", problems);
  fields.finish();
  return out;
}

}  // namespace

void each_entry(const Node* node, const std::string& what, Problems& problems,
                const std::function<void(const std::string&, const Node&)>& read) {
  if (!node) return;
  if (!node->is_map()) {
    problems.add({.what = text(quote(what), " must be a map from name to description"),
                  .where = node->where,
                  .found = node->described()});
    return;
  }
  for (const auto& [name, value] : node->entries) {
    if (!is_name(name))
      problems.add({.what = text("name of an entry of ", quote(what)),
                    .where = value.key_place(),
                    .found = quote(name),
                    .expected = "letters, digits and underscores, starting with a letter"});
    read(name, value);
  }
}

std::map<std::string, Place> read_connections(const Node* node, const std::string& what,
                                              Problems& problems) {
  std::map<std::string, Place> out;
  if (!node) return out;
  if (!node->is_map())
    problems.add({.what = text(quote(what), " must be a map from name to compartment"),
                  .where = node->where,
                  .found = node->described()});
  for (const auto& [name, value] : node->entries)
    out[name] = {read_word(value, name, problems), value.where};
  return out;
}

std::vector<Effect> read_effects(const Node* node, Problems& problems) {
  std::vector<Effect> out;
  each_entry(node, "effects", problems, [&](const std::string& name, const Node& value) {
    out.push_back(read_effect(name, value, problems));
  });
  return out;
}

std::map<std::string, Route> read_routes(const Node* node, Problems& problems) {
  std::map<std::string, Route> out;
  if (node && !node->is_map())
    problems.add({.what = "'routes' must be a map from name to compartment",
                  .where = node->where,
                  .found = node->described()});
  else
    each_entry(node, "routes", problems, [&](const std::string& name, const Node& value) {
      out[name] = read_route(name, value, problems);
    });
  return out;
}

std::vector<Voiding> read_voiding(const Node* node, Problems& problems) {
  std::vector<Voiding> out;
  if (!node) return out;
  const auto* items = read_list(*node, "voiding", problems);
  for (const Node& item : items ? *items : std::vector<Node>{}) {
    Fields fields(item, "a voiding", problems);
    if (!fields.valid()) continue;
    Voiding voiding{required_place(fields, "from", "bladder", problems),
                    required_place(fields, "to", "urine", problems),
                    required_formula(fields, "fraction", "voided_fraction", problems),
                    required_formula(fields, "first", "first_void", problems),
                    required_formula(fields, "interval", "void_interval", problems),
                    item.where};
    fields.finish();
    out.push_back(std::move(voiding));
  }
  return out;
}

std::vector<DaughterRelease> read_daughter_release(const Node* node, Problems& problems) {
  std::vector<DaughterRelease> out;
  if (!node) return out;
  const auto* items = read_list(*node, "daughter_release", problems);
  for (const Node& item : items ? *items : std::vector<Node>{}) {
    Fields fields(item, "a daughter release", problems);
    if (!fields.valid()) continue;
    DaughterRelease release{
        read_places(fields.require("from", "[veins, \"*.interstitial\"]"), "from", problems),
        required_place(fields, "to", "free_daughters", problems),
        required_formula(fields, "share", "1 - retained", problems), item.where};
    fields.finish();
    out.push_back(std::move(release));
  }
  return out;
}

std::vector<ContentShare> read_content_shares(const Node* node, Problems& problems) {
  std::vector<ContentShare> out;
  each_entry(node, "contains", problems, [&](const std::string& compartment, const Node& share) {
    if (const auto formula = read_formula(share, "share of " + compartment, problems))
      out.push_back({{compartment, share.key_place()}, *formula});
  });
  return out;
}

std::vector<Site> read_sites(const Node* node, Problems& problems) {
  std::vector<Site> out;
  each_entry(node, "sites", problems, [&](const std::string& name, const Node& value) {
    Fields fields(value, text("site ", quote(name)), problems);
    Site site{.name = name, .where = value.key_place()};
    site.connections = read_connections(fields.find("connections"), "connections", problems);
    site.groups = fields.words("groups");
    fields.finish();
    out.push_back(std::move(site));
  });
  return out;
}

std::map<std::string, std::string> read_refusals(const Node* node, Problems& problems) {
  std::map<std::string, std::string> out;
  each_entry(node, "refuses", problems, [&](const std::string& substance, const Node& reason) {
    out[substance] = read_word(reason, substance, problems);
  });
  return out;
}

}  // namespace lutetia

#include "lutetia/model/modules.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "lutetia/core/text.hpp"
#include "lutetia/document/fields.hpp"
#include "lutetia/document/yaml.hpp"
#include "lutetia/model/parts_reader.hpp"

namespace lutetia {
namespace {

constexpr std::array<std::string_view, 8> about_the_module{
    "lutetia", "module", "extends", "excludes", "description", "reference", "model", "lesion_type"};
constexpr std::array<std::string_view, 14> sections{
    "notes",     "without",    "refuses",          "routes",
    "sites",     "parameters", "compartments",     "effects",
    "processes", "voiding",    "daughter_release", "organ_types",
    "organs",    "observables"};
/// Sections whose entries have names and replace each other as a whole.
constexpr std::array<std::string_view, 9> named_sections{"parameters",  "compartments", "effects",
                                                         "observables", "routes",       "sites",
                                                         "refuses",     "connections",  "contains"};

constexpr std::array<std::string_view, 3> appended_sections{"notes", "voiding", "daughter_release"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Node* find(Node& node, const std::string& key) {
  for (auto& [name, value] : node.entries)
    if (name == key) return &value;
  return nullptr;
}

void replace_entry(Node& section, const std::string& name, const Node& value) {
  if (Node* same = find(section, name))
    *same = value;
  else
    section.entries.emplace_back(name, value);
}

/// The `name:` of a process; "" when it has none.
std::string process_name(const Node& process) {
  if (!process.is_map() || process.entries.size() != 1) return "";
  const Node* name = process.entries.front().second.find("name");
  return name ? name->scalar : "";
}

void merge_processes(Node& base, const Node& more) {
  for (const Node& process : more.items) {
    const std::string name = process_name(process);
    const auto same = std::find_if(base.items.begin(), base.items.end(), [&](const Node& p) {
      return !name.empty() && process_name(p) == name;
    });
    if (same == base.items.end())
      base.items.push_back(process);
    else
      *same = process;
  }
}

/// Take named compartments, effects, parameters, refusals and processes out of a section of the
/// model.
void remove_parts(Node& base, const Node& names, Problems& problems) {
  for (const Node& item : names.is_sequence() ? names.items : std::vector<Node>{names}) {
    const std::string name = read_word(item, "without", problems);
    if (name.empty()) continue;
    bool found = false;
    std::vector<std::string> present;
    for (const char* section : {"compartments", "effects", "parameters", "refuses"})
      if (Node* part = find(base, section)) {
        for (const auto& [entry, value] : part->entries) present.push_back(entry);
        found |= std::erase_if(part->entries, [&](const auto& e) { return e.first == name; }) > 0;
      }
    if (Node* processes = find(base, "processes")) {
      for (const Node& process : processes->items) present.push_back(process_name(process));
      found |= std::erase_if(processes->items,
                             [&](const Node& p) { return process_name(p) == name; }) > 0;
    }
    if (found) continue;
    const std::string near = nearest(name, present);
    problems.add({.what = text("there is no ", quote(name), " to do without"),
                  .where = item.where,
                  .expected = "a compartment, effect, parameter, refusal or named process of this "
                              "part",
                  .hint = near.empty() ? "" : text("did you mean ", quote(near), "?")});
  }
}

void merge_section(Node& base, const Node& module, Problems& problems) {
  if (!module.is_map()) {  // reported by the reader of the merged tree
    base = module;
    return;
  }
  if (const Node* without = module.find("without")) remove_parts(base, *without, problems);
  for (const auto& [key, value] : module.entries) {
    if (key == "without" || among(about_the_module, key)) continue;
    Node* old = find(base, key);
    if (!old) {
      base.entries.emplace_back(key, value);
    } else if (among(named_sections, key) && value.is_map()) {
      for (const auto& [name, entry] : value.entries) replace_entry(*old, name, entry);
    } else if (key == "processes" && value.is_sequence()) {
      merge_processes(*old, value);
    } else if (among(appended_sections, key) && value.is_sequence() && old->is_sequence()) {
      old->items.insert(old->items.end(), value.items.begin(), value.items.end());
    } else if ((key == "organ_types" || key == "organs") && value.is_map()) {
      for (const auto& [name, entry] : value.entries)
        if (Node* same = find(*old, name))
          merge_section(*same, entry, problems);
        else
          old->entries.emplace_back(name, entry);
    } else {
      *old = value;
    }
  }
}

/// Modules a module cannot be combined with, each with the reason.
std::map<std::string, std::string> read_exclusions(const Node& module, Problems& problems) {
  std::map<std::string, std::string> out;
  each_entry(module.find("excludes"), "excludes", problems,
             [&](const std::string& name, const Node& reason) {
               out[name] = read_word(reason, name, problems);
             });
  return out;
}

/// Two modules of which one excludes the other; a merge would only show it in its consequences.
bool exclude_each_other(const std::vector<Node>& parts, Problems& problems) {
  auto name_of = [](const Node& part) {
    const Node* name = part.find("module");
    return name ? name->scalar : "";
  };
  bool any = false;
  for (const Node& part : parts) {
    Problems reported_when_merged;
    for (const auto& [name, reason] : read_exclusions(part, reported_when_merged))
      for (const Node& other : parts) {
        if (name_of(other) != name) continue;
        any = true;
        problems.add({.what = text("modules ", quote(name_of(part)), " and ", quote(name),
                                   " exclude each other"),
                      .where = part.find("excludes")->find(name)->key_place(),
                      .hint = reason});
      }
  }
  return any;
}

}  // namespace

void merge_module(Node& model, const Node& module, Problems& problems) {
  Fields fields(module, "a module", problems);
  if (!fields.valid()) return;
  require_schema_version(module, problems);
  fields.schema_version();
  (void)fields.required_text("module", "bladder");
  (void)fields.text_or("description", "");
  const Node* extends = fields.require("extends", "sstr2_whole_body");
  const Node* of = model.find("model");
  bool fits = true;
  if (extends && of) {
    const auto models = read_words(*extends, "extends", problems);
    fits = std::find(models.begin(), models.end(), of->scalar) != models.end();
    if (!fits)
      problems.add({.what = text("module does not fit model ", quote(of->scalar)),
                    .where = extends->where,
                    .found = join(models)});
  }
  for (const char* fixed : {"model", "lesion_type"})
    if (fields.has(fixed))
      fields.problem_at(fixed, text("a module cannot change ", quote(fixed)), "remove the key");
  (void)fields.text_or("reference", "");
  (void)read_exclusions(module, problems);
  (void)fields.has("excludes");
  for (const std::string_view section : sections) (void)fields.find(std::string(section));
  fields.finish();
  Node known = module;  // an unknown section is reported here and must not be met again
  std::erase_if(known.entries, [](const auto& e) {
    return e.second.is_null() || (!among(sections, e.first) && !among(about_the_module, e.first));
  });
  if (fits) merge_section(model, known, problems);
}

Node with_modules(const Library& library, Node model, const std::vector<std::string>& modules,
                  ContentHash& hash, Problems& problems) {
  hash.add(model);
  const Node* named = model.find("model");
  const std::string name = named && named->is_scalar() ? named->scalar : "";
  std::vector<Node> parts;
  for (const std::string& module : modules) {
    parts.push_back(read_yaml(library.find_module(name, module)));
    hash.add(parts.back());
  }
  if (exclude_each_other(parts, problems)) return model;
  for (const Node& part : parts) merge_module(model, part, problems);
  return model;
}

}  // namespace lutetia

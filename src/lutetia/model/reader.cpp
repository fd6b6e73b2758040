#include "lutetia/model/reader.hpp"

#include <functional>
#include <set>

#include "lutetia/core/text.hpp"
#include "lutetia/model/modules.hpp"
#include "lutetia/model/names.hpp"
#include "lutetia/model/parts_reader.hpp"
#include "lutetia/model/process_reader.hpp"

namespace lutetia {
namespace {

void read_by_sex(const Node& node, Parameter& parameter, Problems& problems) {
  Fields sexes(node, "value by sex", problems);
  for (const char* sex : {"male", "female"}) {
    const Node* given = sexes.require(sex, "0.45");
    if (!given) continue;
    auto read = read_sourced(*given, parameter.name, problems);
    if (!read) continue;
    if (read->provenance.tag.empty()) read->provenance = parameter.provenance;
    parameter.by_sex[sex] = *read;
    parameter.dimension = read->quantity.dimension;
  }
  sexes.finish();
  if (parameter.by_sex.size() < 2) return;
  const SourcedQuantity &male = parameter.by_sex["male"], &female = parameter.by_sex["female"];
  if (male.quantity.dimension != female.quantity.dimension)
    problems.add(
        {.what = text("the two values of ", quote(parameter.name), " have different dimensions"),
         .where = female.where,
         .found = to_string(female.quantity.dimension),
         .expected = text(to_string(male.quantity.dimension), " as for the male")});
}

/// `between: [low, high]`, both in the dimension of the parameter when that is known.
void read_between(Fields& fields, Parameter& parameter, Problems& problems) {
  const Node* node = fields.find("between");
  if (!node) return;
  std::vector<Quantity> ends;
  for (const Node& item : node->items)
    if (const auto end = read_sourced(item, "between", problems)) ends.push_back(end->quantity);
  const bool fits = ends.size() == 2 && ends[0].dimension == ends[1].dimension &&
                    ends[0].value < ends[1].value &&
                    (parameter.formula || ends[0].dimension == parameter.dimension);
  if (fits)
    parameter.between = {ends[0].value, ends[1].value};
  else
    problems.add({.what = text("'between' of ", quote(parameter.name), " is not a range"),
                  .where = node->where,
                  .expected = "[lowest, highest] in the unit of the parameter"});
}

Parameter read_parameter(const std::string& name, const Node& node, Problems& problems) {
  Parameter out{.name = name, .where = node.key_place()};
  if (!node.is_map() || node.find("value")) {
    if (const Node* value = node.find("value"); value && value->is_map()) {
      Fields fields(node, text("parameter ", quote(name)), problems);
      out.provenance = fields.provenance();
      (void)fields.find("value");
      (void)fields.number("cv", dimension::none);
      (void)fields.number("rse", dimension::none);
      read_by_sex(*value, out, problems);
      read_between(fields, out, problems);
      fields.finish();
      return out;
    }
    out.value = read_sourced(node, name, problems);
    if (out.value) {
      out.dimension = out.value->quantity.dimension;
      out.provenance = out.value->provenance;
    }
    return out;
  }
  Fields fields(node, text("parameter ", quote(name)), problems);
  out.provenance = fields.provenance();
  if (const Node* formula = fields.find("formula")) {
    out.formula = read_formula(*formula, name, problems);
  } else if (const Node* required = fields.find("required")) {
    out.required = true;
    try {
      out.required_unit = read_word(*required, "required", problems);
      out.dimension = parse_unit(out.required_unit).dimension;
    } catch (const UnitError& error) {
      problems.add({.what = error.what(), .where = required->where});
    }
  } else {
    problems.add(
        {.what = text("parameter ", quote(name), " has neither value, formula nor required"),
         .where = node.key_place(),
         .hint = "write {value: 5 mL, source: …, tag: …}, {formula: …} or {required: unit}"});
  }
  read_between(fields, out, problems);
  fields.finish();
  return out;
}

std::vector<Parameter> read_parameters(const Node* node, Problems& problems) {
  std::vector<Parameter> out;
  each_entry(node, "parameters", problems, [&](const std::string& name, const Node& value) {
    out.push_back(read_parameter(name, value, problems));
  });
  return out;
}

std::vector<Compartment> read_compartments(const Node* node, Problems& problems) {
  std::vector<Compartment> out;
  each_entry(node, "compartments", problems, [&](const std::string& name, const Node& value) {
    Compartment c{.name = name, .where = value.key_place()};
    Fields fields(value, text("compartment ", quote(name)), problems);
    if (const Node* volume = fields.find("volume"))
      c.volume = read_formula(*volume, name + " volume", problems);
    c.outside = fields.flag_or("outside", false);
    c.substance = fields.text_or("substance", peptide);
    fields.finish();
    out.push_back(std::move(c));
  });
  return out;
}

OrganType read_organ_type(const std::string& name, const Node& node, Problems& problems) {
  OrganType out{.name = name, .where = node.key_place()};
  Fields fields(node, text("organ type ", quote(name)), problems);
  out.extends = fields.text_or("extends", "");
  if (const Node* extends = node.find("extends")) out.extends_where = extends->where;
  out.lesion = fields.flag_or("lesion", false);
  out.groups = fields.words("groups");
  out.connections = read_connections(fields.find("connections"), "connections", problems);
  out.parameters = read_parameters(fields.find("parameters"), problems);
  out.compartments = read_compartments(fields.find("compartments"), problems);
  out.processes = read_processes(fields.find("processes"), problems);
  out.effects = read_effects(fields.find("effects"), problems);
  out.contains = read_content_shares(fields.find("contains"), problems);
  out.description = fields.text_or("description", "");
  fields.finish();
  return out;
}

Organ read_organ(const std::string& name, const Node& node, Problems& problems) {
  Organ out{.name = name, .where = node.key_place()};
  Fields fields(node, text("organ ", quote(name)), problems);
  out.type = fields.required_text("type", "perfused");
  if (const Node* type = node.find("type")) out.type_where = type->where;
  out.only = fields.text_or("only", "");
  if (const Node* only = node.find("only");
      !out.only.empty() && out.only != "male" && out.only != "female")
    problems.add({.what = text("'only' of organ ", quote(name)),
                  .where = only->where,
                  .found = only->described(),
                  .expected = "male or female"});
  out.groups = fields.words("groups");
  out.connections = read_connections(fields.find("connections"), "connections", problems);
  out.parameters = read_parameters(fields.find("parameters"), problems);
  fields.finish();
  return out;
}

Observable read_observable(const std::string& name, const Node& node, Problems& problems) {
  Observable out{.name = name, .compartments = {}, .where = node.key_place()};
  Fields fields(node, text("observable ", quote(name)), problems);
  out.compartments =
      read_places(fields.require("compartments", "[arteries, veins]"), "compartments", problems);
  if (const Node* volume = fields.find("volume"))
    out.volume = read_formula(*volume, name + " volume", problems);
  fields.finish();
  return out;
}

/// The name of an organ type must exist and `extends` must not run in a circle.
void check_types(const Model& model, const Location& lesion_type_where, Problems& problems) {
  std::vector<std::string> names;
  for (const OrganType& type : model.organ_types) names.push_back(type.name);
  for (const OrganType& type : model.organ_types) {
    std::set<std::string> seen{type.name};
    for (const OrganType* up = &type; up && !up->extends.empty();) {
      const OrganType* parent = model.find_type(up->extends);
      if (!parent)
        problems.add({.what = text("unknown organ type ", quote(up->extends), " in 'extends' of ",
                                   quote(up->name)),
                      .where = up->extends_where,
                      .hint = suggestion(up->extends, names)});
      else if (!seen.insert(parent->name).second) {
        problems.add({.what = text("organ type ", quote(type.name), " extends itself"),
                      .where = type.extends_where,
                      .hint = "a type may only extend types that do not extend it"});
        break;
      }
      up = parent;
    }
  }
  for (const Organ& organ : model.organs)
    if (!organ.type.empty() && !model.find_type(organ.type))
      problems.add(
          {.what = text("unknown organ type ", quote(organ.type), " of organ ", quote(organ.name)),
           .where = organ.type_where,
           .hint = suggestion(organ.type, names)});
  if (!model.lesion_type.empty()) {
    const OrganType* type = model.find_type(model.lesion_type);
    std::vector<std::string> lesions;
    for (const OrganType& t : model.organ_types)
      if (t.lesion) lesions.push_back(t.name);
    if (!type || !type->lesion)
      problems.add({.what = text("lesion_type ", quote(model.lesion_type),
                                 " is not an organ type with lesion: true"),
                    .where = lesion_type_where,
                    .hint = lesions.empty() ? "no type of this model has it"
                                            : suggestion(model.lesion_type, lesions)});
  }
}

}  // namespace

const OrganType* Model::find_type(const std::string& wanted) const {
  for (const OrganType& type : organ_types)
    if (type.name == wanted) return &type;
  return nullptr;
}

Model read_model(const Node& node, Problems& problems) {
  Model out;
  out.where = node.where;
  ContentHash hash;
  hash.add(node);
  out.hash = hash.hex();
  Fields fields(node, "a model", problems);
  fields.schema_version();
  out.name = fields.required_text("model", "sstr2_whole_body");
  out.description = fields.text_or("description", "");
  out.reference = fields.text_or("reference", "");
  out.notes = fields.words("notes");
  out.lesion_type = fields.text_or("lesion_type", "");
  out.routes = read_routes(fields.find("routes"), problems);
  out.sites = read_sites(fields.find("sites"), problems);
  out.refuses = read_refusals(fields.find("refuses"), problems);
  out.parameters = read_parameters(fields.find("parameters"), problems);
  out.compartments = read_compartments(fields.find("compartments"), problems);
  out.processes = read_processes(fields.find("processes"), problems);
  out.effects = read_effects(fields.find("effects"), problems);
  out.voiding = read_voiding(fields.find("voiding"), problems);
  out.daughter_release = read_daughter_release(fields.find("daughter_release"), problems);
  each_entry(fields.find("organ_types"), "organ_types", problems,
             [&](const std::string& name, const Node& value) {
               out.organ_types.push_back(read_organ_type(name, value, problems));
             });
  each_entry(fields.find("organs"), "organs", problems,
             [&](const std::string& name, const Node& value) {
               out.organs.push_back(read_organ(name, value, problems));
             });
  each_entry(fields.find("observables"), "observables", problems,
             [&](const std::string& name, const Node& value) {
               out.observables.push_back(read_observable(name, value, problems));
             });
  fields.finish();
  const Node* lesion_type = node.find("lesion_type");
  check_types(out, lesion_type ? lesion_type->where : out.where, problems);
  return out;
}

Model read_model(const Library& library, const Node& node, const std::vector<std::string>& modules,
                 Problems& problems) {
  ContentHash hash;
  const Node merged = with_modules(library, node, modules, hash, problems);
  Model model = read_model(merged, problems);
  model.hash = hash.hex();
  model.modules = modules;
  return model;
}

Model read_model(const Library& library, const std::string& name,
                 const std::vector<std::string>& modules) {
  Problems problems;
  const Node node = library.read("model", name);
  require_schema_version(node, problems);
  Model model = read_model(library, node, modules, problems);
  problems.throw_if_any();
  return model;
}

}  // namespace lutetia

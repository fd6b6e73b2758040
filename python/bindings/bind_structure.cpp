/// @file The parts of a model as dictionaries, for its documentation: as written, after modules are
/// merged, before organ types are instantiated.
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "lutetia/document/yaml.hpp"
#include "lutetia/model/model.hpp"

namespace lutetia::python {
namespace {

py::str operation_name(Expression::Op op) {
  using Op = Expression::Op;
  switch (op) {
    case Op::number:
      return "number";
    case Op::symbol:
      return "symbol";
    case Op::sum:
      return "sum";
    case Op::add:
      return "add";
    case Op::subtract:
      return "subtract";
    case Op::multiply:
      return "multiply";
    case Op::divide:
      return "divide";
    case Op::power:
      return "power";
    case Op::negate:
      return "negate";
    case Op::exp:
      return "exp";
    case Op::log:
      return "log";
    case Op::sqrt:
      return "sqrt";
    case Op::min:
      return "min";
    case Op::max:
      return "max";
  }
  return "";
}

/// (operation, arguments…); a number or symbol has itself as the only argument.
py::tuple tree(const Expression& expression) {
  py::list out;
  out.append(operation_name(expression.op));
  if (expression.op == Expression::Op::number) out.append(expression.number);
  if (!expression.symbol.empty()) out.append(expression.symbol);
  for (const Expression& argument : expression.arguments) out.append(tree(argument));
  return py::tuple(out);
}

py::dict as_dict(const Formula& formula) {
  using namespace py::literals;
  return py::dict("text"_a = formula.text, "tree"_a = tree(formula.expression));
}

py::object as_dict(const std::optional<Formula>& formula) {
  return formula ? py::object(as_dict(*formula)) : py::none();
}

std::vector<std::string> names(const std::vector<Place>& places) {
  std::vector<std::string> out;
  for (const Place& place : places) out.push_back(place.name);
  return out;
}

std::map<std::string, std::string> names(const std::map<std::string, Place>& places) {
  std::map<std::string, std::string> out;
  for (const auto& [name, place] : places) out[name] = place.name;
  return out;
}

py::dict as_dict(const Parameter& p) {
  py::dict out, by_sex;
  for (const auto& [sex, value] : p.by_sex) by_sex[py::str(sex)] = value.written;
  out["name"] = p.name;
  out["value"] = p.value ? py::cast(p.value->written) : py::none();
  out["by_sex"] = by_sex;
  out["formula"] = as_dict(p.formula);
  out["required"] = p.required ? py::cast(p.required_unit) : py::none();
  out["between"] = py::cast(p.between);
  out["cv"] = p.value ? py::cast(p.value->variation) : py::none();
  out["source"] = p.provenance.sources;
  out["tag"] = p.provenance.tag;
  out["note"] = p.provenance.note;
  return out;
}

py::dict as_dict(const Compartment& c) {
  py::dict out;
  out["name"] = c.name;
  out["volume"] = as_dict(c.volume);
  out["outside"] = c.outside;
  out["substance"] = c.substance;
  return out;
}

py::dict as_dict(const Effect& e) {
  static const std::map<Effect::Kind, const char*> kinds{{Effect::Kind::inhibits, "inhibits"},
                                                         {Effect::Kind::stimulates, "stimulates"},
                                                         {Effect::Kind::saturates, "saturates"}};
  py::dict out;
  out["name"] = e.name;
  out["kind"] = kinds.at(e.kind);
  out["by"] = names(e.by);
  out["maximum"] = as_dict(e.maximum);
  out["half"] = as_dict(e.half);
  out["hill"] = as_dict(e.hill);
  return out;
}

void put(py::dict& out, const char* kind, const Place& from, const Place& to) {
  out["kind"] = kind;
  out["from"] = from.name;
  out["to"] = to.name;
}

void put(py::dict& out, const Influence& influence) {
  out["driven_by"] = influence.driven_by.name;
  out["effects"] = names(influence.effects);
}

/// The rate under the key `rate` whatever the kind calls it; a binding has three formulas.
py::dict as_dict(const Process& process) {
  py::dict out;
  out["name"] = process.name;
  put(out, Influence{});
  struct Visitor {
    py::dict& out;
    void operator()(const Perfusion& p) const {
      put(out, "perfusion", p.from, p.to);
      out["rate"] = as_dict(p.flow);
    }
    void operator()(const Clearance& p) const {
      put(out, "clearance", p.from, p.to);
      put(out, p.influence);
      out["rate"] = as_dict(p.clearance);
    }
    void operator()(const Exchange& p) const {
      put(out, "exchange", p.first, p.second);
      out["rate"] = as_dict(p.permeability_surface);
    }
    void operator()(const Transfer& p) const {
      put(out, "transfer", p.from, p.to);
      put(out, p.influence);
      out["rate"] = as_dict(p.rate);
    }
    void operator()(const Binding& p) const {
      put(out, "binding", p.from, p.to);
      out["receptors"] = as_dict(p.receptors);
      out["k_on"] = as_dict(p.k_on);
      out["k_off"] = as_dict(p.k_off);
      out["unavailable"] = names(p.unavailable);
    }
  };
  std::visit(Visitor{out}, process.kind);
  return out;
}

py::dict as_dict(const ContentShare& content) {
  py::dict out;
  out["compartment"] = content.compartment.name;
  out["share"] = as_dict(content.share);
  return out;
}

py::dict as_dict(const Observable& observable) {
  py::dict out;
  out["name"] = observable.name;
  out["compartments"] = names(observable.compartments);
  out["volume"] = as_dict(observable.volume);
  return out;
}

py::dict as_dict(const Voiding& voiding) {
  py::dict out;
  out["from"] = voiding.from.name;
  out["to"] = voiding.to.name;
  out["fraction"] = as_dict(voiding.fraction);
  out["first"] = as_dict(voiding.first);
  out["interval"] = as_dict(voiding.interval);
  return out;
}

py::dict as_dict(const DaughterRelease& release) {
  py::dict out;
  out["from"] = names(release.from);
  out["to"] = release.to.name;
  out["share"] = as_dict(release.share);
  return out;
}

py::dict as_dict(const Site& site) {
  py::dict out;
  out["name"] = site.name;
  out["groups"] = site.groups;
  out["connections"] = names(site.connections);
  return out;
}

py::dict as_dict(const OrganType& type);
py::dict as_dict(const Organ& organ);

template <class T>
py::list each(const std::vector<T>& parts) {
  py::list out;
  for (const T& part : parts) out.append(as_dict(part));
  return out;
}

py::dict as_dict(const OrganType& type) {
  py::dict out;
  out["name"] = type.name;
  out["description"] = type.description;
  out["extends"] = type.extends;
  out["lesion"] = type.lesion;
  out["groups"] = type.groups;
  out["connections"] = names(type.connections);
  out["parameters"] = each(type.parameters);
  out["compartments"] = each(type.compartments);
  out["processes"] = each(type.processes);
  out["effects"] = each(type.effects);
  out["contains"] = each(type.contains);
  return out;
}

py::dict as_dict(const Organ& organ) {
  py::dict out;
  out["name"] = organ.name;
  out["type"] = organ.type;
  out["only"] = organ.only;
  out["groups"] = organ.groups;
  out["connections"] = names(organ.connections);
  out["parameters"] = each(organ.parameters);
  return out;
}

py::list routes(const Model& model) {
  py::list out;
  for (const auto& [name, route] : model.routes) {
    py::dict d;
    d["name"] = name;
    d["into"] = names(route.into);
    d["group"] = route.group.name;
    d["compartment"] = route.compartment.name;
    d["in_proportion_to"] = as_dict(route.in_proportion_to);
    d["remainder"] = route.remainder.name;
    out.append(d);
  }
  return out;
}

py::dict structure(const Model& model) {
  py::dict out;
  out["lesion_type"] = model.lesion_type;
  out["parameters"] = each(model.parameters);
  out["compartments"] = each(model.compartments);
  out["processes"] = each(model.processes);
  out["effects"] = each(model.effects);
  out["organ_types"] = each(model.organ_types);
  out["organs"] = each(model.organs);
  out["observables"] = each(model.observables);
  out["routes"] = routes(model);
  out["voiding"] = each(model.voiding);
  out["daughter_release"] = each(model.daughter_release);
  out["sites"] = each(model.sites);
  out["refuses"] = model.refuses;
  return out;
}

/// Citation of every key of the library's list of sources; empty when it has none.
std::map<std::string, std::string> citations(const Library& library) {
  std::map<std::string, std::string> out;
  const std::filesystem::path file = library.root() / "sources.yaml";
  if (!std::filesystem::exists(file)) return out;
  const Node node = read_yaml(file);
  if (const Node* sources = node.find("sources"))
    for (const auto& [key, source] : sources->entries) {
      const Node *citation = source.find("citation"), *doi = source.find("doi");
      if (!citation) continue;
      out[key] = citation->scalar;
      if (doi && !doi->scalar.empty()) out[key] += " doi:" + doi->scalar;
    }
  return out;
}

}  // namespace

void register_structure(py::module_& m) {
  m.def("structure", &structure, py::arg("model"),
        "The parts of a model as written, modules merged, as dictionaries.");
  m.def("citations", &citations, py::arg("library"), "Citation of every source key of a library.");
}

}  // namespace lutetia::python

/// @file Units, the library of data files, and dictionaries as documents.
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <set>

#include "bindings.hpp"
#include "lutetia/core/text.hpp"
#include "lutetia/document/library.hpp"
#include "lutetia/document/numbers.hpp"
#include "lutetia/nuclide/decay_chain.hpp"
#include "lutetia/nuclide/nuclide.hpp"
#include "lutetia/units/unit.hpp"

namespace lutetia::python {
namespace {

Node convert_object(const py::handle& object, int depth) {
  Node out;
  if (depth > 32) throw py::value_error("nesting is deeper than 32 levels");
  if (object.is_none()) return out;
  if (py::isinstance<py::dict>(object)) {
    out.kind = Node::Kind::map;
    for (const auto& [key, value] : py::reinterpret_borrow<py::dict>(object))
      out.entries.emplace_back(py::str(key), convert_object(value, depth + 1));
  } else if (py::isinstance<py::list>(object) || py::isinstance<py::tuple>(object)) {
    out.kind = Node::Kind::sequence;
    for (const auto& item : object) out.items.push_back(convert_object(item, depth + 1));
  } else {
    out.kind = Node::Kind::scalar;
    if (py::isinstance<py::bool_>(object))
      out.scalar = object.cast<bool>() ? "true" : "false";
    else
      out.scalar = py::str(object);
  }
  return out;
}

}  // namespace

Node to_node(const py::handle& object, const std::string& path) {
  Node out = convert_object(object, 0);
  set_paths(out, path);
  return out;
}

py::object to_python(const Node& node) {
  if (node.is_map()) {
    py::dict out;
    for (const auto& [key, value] : node.entries) out[py::str(key)] = to_python(value);
    return out;
  }
  if (node.is_sequence()) {
    py::list out;
    for (const Node& item : node.items) out.append(to_python(item));
    return out;
  }
  return node.is_scalar() ? py::object(py::str(node.scalar)) : py::object(py::none());
}

std::string nuclide_data(const Library& library, const std::vector<std::string>& nuclides) {
  std::set<std::string> all;  // with prompt daughters, whose energies count
  for (const std::string& nuclide : nuclides)
    for (const Nuclide& member : decay_chain(library, nuclide, {.prompt = 0.0}).members)
      all.insert(member.name);
  ContentHash hash;
  for (const std::string& nuclide : all) hash.add(library.read("nuclide", nuclide));
  return hash.hex();
}

std::string s_value_data(const Library& library) {
  ContentHash hash;
  for (const std::string& table : library.names("s_values"))
    hash.add(library.read("s_values", table));
  return hash.hex();
}

/// @throws ModelError when the file of the nuclide is wrong, DataError when there is none
double half_life(const Library& library, const std::string& nuclide) {
  Problems problems;
  const Nuclide read = read_nuclide(library.read("nuclide", nuclide), problems);
  if (read.name != nuclide)  // a file is found without its hyphen
    problems.add({.what = text("unknown nuclide ", quote(nuclide)),
                  .hint = text("did you mean ", quote(read.name), "?")});
  problems.throw_if_any();
  return read.half_life.quantity.value;
}

py::dict parameter_row(const std::string& name, const Quantity& quantity,
                       const Provenance& provenance) {
  const std::string unit = internal_unit(quantity.dimension);
  py::dict out;
  out["name"] = name;
  out["value"] = convert(quantity, unit);
  out["unit"] = unit;
  out["source"] = provenance.sources;
  out["tag"] = provenance.tag;
  out["note"] = provenance.note;
  return out;
}

void register_document(py::module_& m) {
  m.def(
      "to_internal",
      [](const std::string& text, const std::string& unit) {
        return parse_as(text, parse_unit(unit).dimension);
      },
      py::arg("text"), py::arg("unit"),
      "Read a quantity of the dimension of `unit`; value in the internal unit.");
  m.def(
      "from_internal",
      [](double value, const std::string& unit) {
        return convert({value, parse_unit(unit).dimension}, unit);
      },
      py::arg("value"), py::arg("unit"), "Convert a value in the internal unit to `unit`.");
  m.def(
      "numbers",
      [](const Library& library, const std::string& kind, const std::string& name) {
        py::list out;
        for (const auto& [path, number] : sourced_numbers(library.read(kind, name)))
          out.append(parameter_row(path, number.quantity, number.provenance));
        return out;
      },
      py::arg("library"), py::arg("kind"), py::arg("name"),
      "Every number of a data file with its sources and tag.");
  m.def(
      "word",
      [](const Library& library, const std::string& kind, const std::string& name,
         const std::string& key) {
        const Node file = library.read(kind, name);
        const Node* found = file.find(key);
        return found ? found->scalar : std::string();
      },
      py::arg("library"), py::arg("kind"), py::arg("name"), py::arg("key"),
      "What stands under a key of a data file; empty when it is not there.");
  m.def(
      "internal_unit",
      [](const std::string& unit) { return internal_unit(parse_unit(unit).dimension); },
      py::arg("unit"), "The internal unit of the dimension of `unit`.");
  m.def("nuclide_data", &nuclide_data, py::arg("library"), py::arg("nuclides"),
        "Hash of the data files of nuclides.");
  m.def("s_value_data", &s_value_data, py::arg("library"), "Hash of all tables of S values.");
  m.def("half_life", &half_life, py::arg("library"), py::arg("nuclide"),
        "Physical half-life of a nuclide of the library [h].");
  m.def("suggestion", &suggestion, py::arg("name"), py::arg("candidates"),
        "Hint for an unknown name: the nearest candidate, or all of them when few.");
  py::class_<Library>(m, "Library", "A folder of model data.")
      .def(py::init<std::filesystem::path>(), py::arg("root"))
      .def("find", &Library::find, py::arg("kind"), py::arg("name"))
      .def("names", &Library::names, py::arg("kind"))
      .def("module_names", &Library::module_names, py::arg("model"))
      .def_property_readonly("root", [](const Library& l) { return l.root().string(); });
}

}  // namespace lutetia::python

/// @file Models, patients, regimens and cases: opaque values made by the readers.
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "bindings.hpp"
#include "lutetia/core/text.hpp"
#include "lutetia/document/yaml.hpp"
#include "lutetia/dosing/edit.hpp"
#include "lutetia/dosing/regimen_writer.hpp"
#include "lutetia/model/patient_writer.hpp"
#include "lutetia/study/case.hpp"

namespace lutetia::python {
namespace {

template <class T>
T checked(T value, const Problems& problems) {
  problems.throw_if_any();
  return value;
}

Patient patient_from(const py::dict& document) {
  Problems problems;
  return checked(read_patient(to_node(document, "patient"), problems), problems);
}

Regimen regimen_from(const py::dict& document) {
  Problems problems;
  return checked(read_regimen(to_node(document, "regimen"), problems), problems);
}

std::vector<Patient> patients_from_library(const Library& library, const std::string& name) {
  Problems problems;
  const Node node = library.read("patient", name);
  return checked(read_patients(node, problems), problems);
}

Regimen regimen_from_library(const Library& library, const std::string& name) {
  Problems problems;
  const Node node = library.read("regimen", name);
  return checked(read_regimen(node, problems), problems);
}

std::vector<std::string> lesion_names(const Patient& patient) {
  std::vector<std::string> out;
  for (const Lesion& lesion : patient.lesions) out.push_back(lesion.name);
  return out;
}

py::list administrations(const Regimen& regimen) {
  py::list out;
  for (const Administration& a : regimen.administrations) {
    py::dict d;
    d["time_h"] = a.time;
    d["ligand"] = a.ligand;
    d["nuclide"] = a.nuclide;
    d["duration_h"] = a.duration;
    d["activity_MBq"] = a.activity ? py::cast(a.activity->activity) : py::none();
    d["amount_nmol"] = a.peptide.amount ? py::cast(*a.peptide.amount) : py::none();
    d["activity_at_start"] = !a.residual && (!a.activity || a.activity->time == 0.0);
    d["begins_cycle"] = a.begins_cycle;
    d["infusate_decays"] = a.infusate_decays;
    d["route"] = a.route;
    d["unlabeled_as"] = a.unlabeled_as;
    d["amino_acids"] = !a.amino_acids               ? ""
                       : a.amino_acids->mix.empty() ? "written out"
                                                    : a.amino_acids->mix;
    out.append(d);
  }
  return out;
}

/// Where the measurements of a case are: the path of a file, or rows with their lines.
py::object observations(const Case& read) {
  if (!read.observations) return py::none();
  const CaseObservations& given = *read.observations;
  if (!given.file.empty()) return py::cast(given.file.string());
  std::vector<int> lines;
  for (const Node& row : given.rows.items) lines.push_back(row.where.line);
  py::dict out;
  out["file"] = given.rows.where.file();
  out["rows"] = to_python(given.rows);
  out["lines"] = lines;
  return out;
}

py::dict published(const Patient& patient) {
  py::dict out;
  for (const auto& [name, value] : patient.published)
    out[py::str(name)] =
        py::make_tuple(value.quantity.value, internal_unit(value.quantity.dimension));
  return out;
}

}  // namespace

void register_model(py::module_& m) {
  py::class_<Model>(m, "Model", "A model as read from its file.")
      .def_readonly("name", &Model::name)
      .def_readonly("description", &Model::description)
      .def_readonly("reference", &Model::reference)
      .def_readonly("hash", &Model::hash)
      .def_property_readonly("file", [](const Model& model) { return model.where.file(); })
      .def_readonly("notes", &Model::notes)
      .def_readonly("modules", &Model::modules)
      .def_property_readonly("organs",
                             [](const Model& model) {
                               std::vector<std::string> out;
                               for (const Organ& organ : model.organs) out.push_back(organ.name);
                               return out;
                             })
      .def("__repr__",
           [](const Model& model) {
             return text("<Model ", quote(model.name), ": ", model.organs.size(), " organs>");
           })
      .def("_repr_html_", [](const py::object& model) {
        return py::module_::import("lutetia.documentation").attr("summary_html")(model);
      });
  m.def("read_model",
        py::overload_cast<const Library&, const std::string&, const std::vector<std::string>&>(
            &read_model),
        py::arg("library"), py::arg("name"), py::arg("modules") = std::vector<std::string>{});

  py::class_<Patient>(m, "Patient", "A patient after checking.")
      .def(py::init(&patient_from), py::arg("document"))
      .def_readonly("name", &Patient::name)
      .def_readonly("sex", &Patient::sex)
      .def_readonly("description", &Patient::description)
      .def_property_readonly("lesions", &lesion_names)
      .def_property_readonly("published", &published)
      .def_property_readonly("document", [](const Patient& p) { return to_python(document_of(p)); })
      .def(
          "with_value",
          [](const Patient& p, const std::string& name, const std::string& quantity) {
            Patient out = p;
            out.values[name] =
                SourcedQuantity{parse_quantity(quantity), {}, {}, {nullptr, 0, 0, name}};
            return out;
          },
          py::arg("name"), py::arg("quantity"));
  m.def("read_patients", &patients_from_library, py::arg("library"), py::arg("name"));

  py::class_<Regimen>(m, "Regimen", "A regimen after checking, repeats expanded.")
      .def(py::init(&regimen_from), py::arg("document"))
      .def_readonly("name", &Regimen::name)
      .def_readonly("description", &Regimen::description)
      .def_property_readonly("administrations", &administrations)
      .def_property_readonly("document", [](const Regimen& r) { return to_python(document_of(r)); })
      .def(
          "with_value",
          [](const Regimen& r, const std::string& name, const py::object& value) {
            return with_value(r, name, to_node(value, name));
          },
          py::arg("name"), py::arg("value"));
  m.def("read_regimen", &regimen_from_library, py::arg("library"), py::arg("name"));

  py::class_<Case>(m, "Case", "A case file with all it names.")
      .def_readonly("name", &Case::name)
      .def_readonly("description", &Case::description)
      .def_readonly("hash", &Case::hash)
      .def_readonly("model", &Case::model)
      .def_readonly("patients", &Case::patients)
      .def_readonly("regimen", &Case::regimen)
      .def_readonly("prescribed", &Case::prescribed)
      .def_readonly("request", &Case::request)
      .def_property_readonly("observations", &observations)
      .def_property_readonly("fit", &fit_settings_of)
      .def_property_readonly(
          "plan", [](const Case& c) { return c.plan ? to_python(c.plan->document) : py::none(); })
      .def_property_readonly("tail", [](const Case& c) { return c.tail; })
      .def_property_readonly("convention", [](const Case& c) { return c.convention; });
  m.def("read_case", py::overload_cast<const Library&, const std::string&>(&read_case),
        py::arg("library"), py::arg("name"));
  m.def(
      "validate",
      [](const Library& library, const std::filesystem::path& file) {
        std::vector<std::string> out;
        for (const Problem& p : validate(library, file)) out.push_back(p.message());
        return out;
      },
      py::arg("library"), py::arg("file"),
      "Messages of every problem of a file; empty when it is good.");
}

}  // namespace lutetia::python

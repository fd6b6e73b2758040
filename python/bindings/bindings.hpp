/// @file What the binding files share: one register function per concept, and dictionaries as
/// documents.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "lutetia/document/fields.hpp"
#include "lutetia/document/library.hpp"
#include "lutetia/study/case.hpp"
#include "lutetia/study/study.hpp"

namespace lutetia::python {

namespace py = pybind11;

void register_errors(py::module_& m);
void register_document(py::module_& m);
void register_model(py::module_& m);
void register_structure(py::module_& m);
void register_simulate(py::module_& m);
void register_sensitivity(py::module_& m);
void register_reactions(py::module_& m);
void register_dosimetry(py::module_& m);
void register_response(py::module_& m);
void register_chains(py::module_& m);
void register_radiobiology(py::module_& m);
void register_batch(py::module_& m);
void register_estimation(py::module_& m);
void register_fit(py::module_& m);
void register_plan(py::module_& m);

/// A Python dict, list or scalar as the tree the readers understand.
/// @param path  how messages call it: "Patient", "Regimen"
Node to_node(const py::handle& object, const std::string& path);

/// The same tree as Python dicts, lists and texts.
py::object to_python(const Node& node);

/// Settings of a fit as arguments of the Python function `fit`; None without settings.
py::object fit_settings_of(const Case& read);

/// Everything Python needs of a run; amounts have shape (forms, regions, times).
/// @param regimen  with its amino acids
py::dict run_dict(const Library& library, const Trajectory& run, const Patient& patient,
                  const Regimen& regimen, const Substances& substances);

/// Nuclides of time-integrated activities and their S values, read from the library.
DoseData dose_data_of(const Library& library, const std::vector<TimeIntegratedActivity>& tia,
                      DoseConvention convention);

/// Activity curves of a run from its knots and values, shape (intervals, nuclides, regions, 5).
ActivityCurves curves_of(
    const py::array_t<double, py::array::c_style | py::array::forcecast>& knots,
    const py::array_t<double, py::array::c_style | py::array::forcecast>& values,
    const std::vector<TimeIntegratedActivity>& tia);

/// Hash of the files of the nuclides of a run: a dose must be computed from the same data.
std::string nuclide_data(const Library& library, const std::vector<std::string>& nuclides);

/// One row of a table of numbers: value in its shown unit, source, tag, note.
py::dict parameter_row(const std::string& name, const Quantity& quantity,
                       const Provenance& provenance);

}  // namespace lutetia::python

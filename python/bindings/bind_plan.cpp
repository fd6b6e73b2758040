/// @file Limits of doses, policies and assumptions of plans as the arguments Python gives them.
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "lutetia/study/plan_settings.hpp"

namespace lutetia::python {
namespace {

template <class Read>
auto checked(const Library& library, const char* kind, const std::string& name, Read read) {
  Problems problems;
  auto out = read(library.read(kind, name), problems);
  problems.throw_if_any();
  return out;
}

py::list limits(const Library& library, const std::string& name) {
  py::list out;
  for (const DoseLimit& limit : checked(library, "dose_limits", name, read_dose_limits).limits) {
    py::dict row = parameter_row(limit.region.name, limit.most.quantity, limit.most.provenance);
    row["quantity"] = limit.quantity;
    out.append(row);
  }
  return out;
}

py::dict policy(const Library& library, const std::string& name) {
  const Policy read = checked(library, "policy", name, read_policy);
  Problems problems;
  check_policy(library, read, problems);
  problems.throw_if_any();
  py::dict out;
  out["name"] = read.name;
  out["description"] = read.description;
  out["sources"] = read.provenance.sources;
  out["tag"] = read.provenance.tag;
  out["regimen"] = to_python(read.regimen);
  out["plan"] = read.plan.document.is_null() ? py::none() : to_python(read.plan.document);
  return out;
}

py::dict assumptions(const Library& library, const std::string& name) {
  const PlanningAssumptions read =
      checked(library, "planning_assumptions", name, read_planning_assumptions);
  py::dict out;
  for (const auto& [key, table] : {std::pair("useful_cycle", &read.useful_cycle),
                                   std::pair("measured_dose_error", &read.measured_dose_error),
                                   std::pair("stop", &read.stop)}) {
    py::dict values;
    for (const auto& [what, number] : *table) values[py::str(what)] = number.written;
    out[key] = values;
  }
  return out;
}

}  // namespace

void register_plan(py::module_& m) {
  m.def("dose_limits", &limits, py::arg("library"), py::arg("name"));
  m.def("policy", &policy, py::arg("library"), py::arg("name"));
  m.def("planning_assumptions", &assumptions, py::arg("library"), py::arg("name"));
}

}  // namespace lutetia::python

/// @file Time-integrated activities to absorbed doses.
#include <pybind11/native_enum.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "lutetia/nuclide/decay_chain.hpp"
#include "lutetia/nuclide/half_lives.hpp"
#include "lutetia/study/study.hpp"

namespace lutetia::python {
namespace {

py::array_t<double> matrix(const std::vector<double>& values, std::size_t rows,
                           std::size_t columns) {
  return py::array_t<double>({static_cast<py::ssize_t>(rows), static_cast<py::ssize_t>(columns)},
                             values.data());
}

py::list half_lives(const Library& library, const std::string& name) {
  Problems problems;
  const PopulationHalfLives table =
      read_population_half_lives(library.read("population_half_lives", name), problems);
  problems.throw_if_any();
  py::list out;
  for (const auto& [region, value] : table.regions) {
    py::dict row = parameter_row(region, value.quantity, value.provenance);
    row["cv"] = *value.variation;
    row["nuclide"] = table.nuclide;
    out.append(row);
  }
  return out;
}

DoseTable dose(const Library& library, const std::vector<TargetRegion>& targets,
               const std::vector<TimeIntegratedActivity>& tia, const std::string& sex,
               DoseConvention convention) {
  const DoseData data = dose_data_of(library, tia, convention);
  return absorbed_dose(targets, tia, data.nuclides, data.s_values, sex, convention);
}

}  // namespace

DoseData dose_data_of(const Library& library, const std::vector<TimeIntegratedActivity>& tia,
                      DoseConvention convention) {
  DoseData out;
  for (const TimeIntegratedActivity& t : tia) {
    out.nuclides.push_back(with_prompt_daughters(library, t.nuclide));
    if (convention == DoseConvention::s_values)
      out.s_values.push_back(read_s_values(library, t.nuclide));
  }
  return out;
}

void register_dosimetry(py::module_& m) {
  py::native_enum<DoseConvention>(m, "DoseConvention", "enum.Enum")
      .value("s_values", DoseConvention::s_values)
      .value("local_electrons", DoseConvention::local_electrons)
      .finalize();
  py::class_<TargetRegion>(m, "TargetRegion", "A region with a mass [kg].")
      .def(py::init<std::string, double, bool, std::vector<double>>(), py::arg("name"),
           py::arg("mass"), py::arg("lesion"), py::arg("cycle_masses") = std::vector<double>{});
  py::class_<TimeIntegratedActivity>(m, "TimeIntegratedActivity",
                                     "Per region and cycle [MBq*h]; the last cycle holds the tail.")
      .def(py::init([](std::string nuclide, std::vector<std::string> regions,
                       std::vector<double> starts, std::vector<double> administered,
                       std::vector<double> values, std::vector<double> tail) {
             return TimeIntegratedActivity{std::move(nuclide), std::move(regions),
                                           std::move(starts),  std::move(administered),
                                           std::move(values),  std::move(tail)};
           }),
           py::arg("nuclide"), py::arg("regions"), py::arg("cycle_starts"),
           py::arg("administered_activity"), py::arg("values"), py::arg("tail"))
      .def_readonly("nuclide", &TimeIntegratedActivity::nuclide)
      .def_readonly("administered_activity", &TimeIntegratedActivity::administered_activity)
      .def_readonly("tail", &TimeIntegratedActivity::tail)
      .def_property_readonly("values", [](const TimeIntegratedActivity& t) {
        return matrix(t.values, t.regions.size(), t.cycle_starts.size());
      });
  py::class_<DoseTable>(m, "DoseTable", "Absorbed dose per region and cycle [Gy].")
      .def_readonly("regions", &DoseTable::regions)
      .def_readonly("masses", &DoseTable::masses)
      .def_readonly("tail", &DoseTable::tail)
      .def_readonly("self_kind", &DoseTable::self_kind)
      .def_property_readonly("values", [](const DoseTable& d) {
        return matrix(d.values, d.regions.size(), d.cycle_starts.size());
      });
  m.def("population_half_lives", &half_lives, py::arg("library"), py::arg("name"),
        "Rows of a table of effective half-lives, each with its coefficient of variation.");
  m.def(
      "s_value_numbers",
      [](const Library& library, const std::string& nuclide) {
        py::list out;
        for (const auto& [name, value] : read_s_values(library, nuclide).spheres.values)
          out.append(parameter_row(name, value.quantity, value.provenance));
        return out;
      },
      py::arg("library"), py::arg("nuclide"),
      "Parameters of the formulas that stand in for missing S values, with their sources.");
  m.def("absorbed_dose", &dose, py::arg("library"), py::arg("targets"), py::arg("tia"),
        py::arg("sex"), py::arg("convention"));
}

}  // namespace lutetia::python

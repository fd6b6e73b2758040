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

py::array_t<double> dose_parts(const DoseTable& dose) {
  const auto regions = static_cast<py::ssize_t>(dose.regions.size()),
             cycles = static_cast<py::ssize_t>(dose.cycle_starts.size());
  py::array_t<double> out({regions, cycles, py::ssize_t{3}});
  double* at = out.mutable_data();
  for (const ByEmission<double>& part : dose.parts) {
    *at++ = part.alpha;
    *at++ = part.electron;
    *at++ = part.photon;
  }
  return out;
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

py::dict parts_dict(const ByEmission<double>& parts) {
  py::dict out;
  out["alpha"] = parts.alpha;
  out["electron"] = parts.electron;
  out["photon"] = parts.photon;
  return out;
}

py::dict s_value_row(const std::string& target, const std::string& source, const SValue& value,
                     const std::string& kind) {
  py::dict row = parts_dict(value.parts);
  row["target"] = target;
  row["source"] = source;
  row["kind"] = kind;
  return row;
}

py::list s_value_rows(const Library& library, const std::string& name, const std::string& sex,
                      const std::vector<TargetRegion>& targets,
                      const std::vector<std::string>& sources, DoseConvention convention) {
  const Nuclide nuclide = with_prompt_daughters(library, name);
  const bool local = convention == DoseConvention::local_electrons;
  const SValues table = local ? SValues{} : read_s_values(library, name);
  py::list out;
  for (const TargetRegion& target : targets) {
    for (const std::string& source : sources) {
      if (source == whole_body_region) continue;
      const SValue value = s_value(convention, &table, nuclide, sex, target, source);
      if (value.kind != SValueKind::none)
        out.append(s_value_row(target.name, source, value,
                               local ? "local electrons" : to_string(value.kind)));
    }
    const SValue rest = local ? SValue{} : remainder_s_value(table, nuclide, sex, target);
    if (rest.kind != SValueKind::none)
      out.append(s_value_row(target.name, "remainder", rest, to_string(rest.kind)));
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
      .def_property_readonly("values",
                             [](const DoseTable& d) {
                               return matrix(d.values, d.regions.size(), d.cycle_starts.size());
                             })
      .def_property_readonly("parts", &dose_parts,
                             "Shape (regions, cycles, 3): alpha, electron, photon [Gy].")
      .def_property_readonly(
          "mass_response",
          [](const DoseTable& d) {
            return matrix(d.mass_response, d.regions.size(), d.cycle_starts.size());
          },
          "Derivative of the values by the logarithm of the mass of the region [Gy].");
  m.def("s_values", &s_value_rows, py::arg("library"), py::arg("nuclide"), py::arg("sex"),
        py::arg("targets"), py::arg("sources"), py::arg("convention"),
        "Rows of S values with their parts [Gy/(MBq*h)] and kind; the last of a target is that of "
        "the remainder of the body.");
  m.def(
      "sphere_s_value",
      [](const Library& library, const std::string& nuclide, double mass) {
        return parts_dict(sphere_parts(with_prompt_daughters(library, nuclide), mass,
                                       read_s_values(library, nuclide).spheres)
                              .first);
      },
      py::arg("library"), py::arg("nuclide"), py::arg("mass"),
      "Parts of the self S value of a sphere [Gy/(MBq*h)]; mass [kg].");
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

/// @file A patient as a function of the coordinates of a fit.
#include <pybind11/eigen.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "lutetia/dosimetry/derivatives.hpp"
#include "lutetia/fit/patient_predictor.hpp"
#include "lutetia/model/fit_assumptions.hpp"
#include "lutetia/study/sensitivity.hpp"

namespace lutetia::python {
namespace {

py::array_t<double> array(const std::vector<double>& values,
                          const std::vector<py::ssize_t>& shape) {
  return py::array_t<double>(shape, values.data());
}

/// A course with what its doses need.
struct Course {
  Library library;
  Substances substances;
  std::string sex;
  std::shared_ptr<const PatientCourse> course;
};

std::shared_ptr<Course> make_course(const Library& library, const Model& model,
                                    const Patient& patient, const Regimen& regimen,
                                    const std::vector<FreeParameter>& free,
                                    const SimulationOptions& options) {
  const py::gil_scoped_release release;
  return std::make_shared<Course>(
      Course{library, read_substances(library, with_amino_acids(library, regimen)), patient.sex,
             std::make_shared<PatientCourse>(library, model, patient, regimen, free, options)});
}

/// Activities, time-integrated activities and absorbed doses of a whole run, with derivatives by
/// the coordinates if asked.
py::dict outcomes(const Course& c, const Eigen::VectorXd& phi, const std::vector<double>& times,
                  bool derivatives, DoseConvention convention, Tail tail) {
  std::pair<Trajectory, Sensitivities> done;
  std::vector<double> activity, by_activity, tia, by_tia, dose, by_dose;
  std::vector<std::string> targets, nuclides;
  {
    const py::gil_scoped_release release;
    done = c.course->whole_run(phi, times, derivatives);
    const auto& [run, s] = done;
    for (std::size_t r = 0; r < run.system->network().regions.size(); ++r) {
      const auto values = run.activity(static_cast<int>(r), "");
      activity.insert(activity.end(), values.begin(), values.end());
      if (!derivatives) continue;
      const auto by = activity_derivative(run, s, static_cast<int>(r), "");
      by_activity.insert(by_activity.end(), by.begin(), by.end());
    }
    for (const auto& t : time_integrated_activity(run, tail)) {
      tia.insert(tia.end(), t.values.begin(), t.values.end());
      nuclides.push_back(t.nuclide);
    }
    const DoseTable table = dose_of(c.library, run, c.substances, c.sex, convention, tail);
    dose = table.values;
    for (const TargetRegion& target : target_regions(run)) targets.push_back(target.name);
    if (derivatives) {
      for (const TiaDerivative& t : tia_derivatives(run, s, tail))
        by_tia.insert(by_tia.end(), t.values.begin(), t.values.end());
      by_dose = dose_derivative_of(c.library, run, s, c.substances, c.sex, convention, tail);
    }
  }
  const auto n = [](std::size_t size) { return static_cast<py::ssize_t>(size); };
  const Trajectory& run = done.first;
  const py::ssize_t regions = n(run.system->network().regions.size()),
                    cycles = n(run.schedule.cycle_starts.size()), columns = phi.size();
  py::dict out;
  py::list names;
  for (const Region& region : run.system->network().regions) names.append(region.name);
  out["regions"] = names;
  out["nuclides"] = nuclides;
  out["targets"] = targets;
  out["activity"] = array(activity, {regions, n(times.size())});
  out["tia"] = array(tia, {n(nuclides.size()), regions, cycles});
  out["dose"] = array(dose, {n(targets.size()), cycles});
  if (!derivatives) return out;
  out["activity_by"] = array(by_activity, {regions, n(times.size()), columns});
  out["tia_by"] = array(by_tia, {n(nuclides.size()), regions, cycles, columns});
  out["dose_by"] = array(by_dose, {n(targets.size()), cycles, columns});
  return out;
}

py::list parameter_table(const Course& c) {
  py::list out;
  for (const NetworkParameter& p : c.course->system().network().parameters) {
    py::dict d = parameter_row(p.name, {p.value, p.dimension}, p.provenance);
    d["cv"] = p.variation ? py::cast(*p.variation) : py::none();
    d["internal"] = p.value;
    out.append(d);
  }
  return out;
}

/// Tables of a file of fit assumptions: each name with its value in internal units.
py::dict assumptions(const Library& library, const std::string& name) {
  Problems problems;
  const FitAssumptions read = read_fit_assumptions(library.read("fit_assumptions", name), problems);
  problems.throw_if_any();
  py::dict out;
  for (const auto& [key, table] : {std::pair("relative_error", &read.relative_error),
                                   std::pair("calibration_error", &read.calibration_error),
                                   std::pair("spread", &read.spread)}) {
    py::dict values;
    for (const auto& [what, number] : *table) values[py::str(what)] = number.quantity.value;
    out[key] = values;
  }
  out["small_tumor_volume"] = read.small_tumor_volume.quantity.value;
  return out;
}

Predictor scans_of(const Course& c,
                   const std::vector<std::tuple<std::string, std::string, double>>& scans) {
  std::vector<Scan> all;
  for (const auto& [region, nuclide, time] : scans) all.push_back({region, nuclide, time});
  const py::gil_scoped_release release;
  return predict_scans(c.course, std::move(all));
}

}  // namespace

void register_fit(py::module_& m) {
  py::class_<FreeParameter>(m, "FreeParameter", "A coordinate and the parameters it moves.")
      .def(py::init([](std::string name, std::vector<std::string> parameters, bool factor,
                       bool logit, std::vector<double> exponents) {
             return FreeParameter{
                 std::move(name), std::move(parameters), factor,
                 logit ? FreeParameter::Transform::logit : FreeParameter::Transform::log,
                 std::move(exponents)};
           }),
           py::arg("name"), py::arg("parameters"), py::arg("factor") = false,
           py::arg("logit") = false, py::arg("exponents") = std::vector<double>{})
      .def_readonly("name", &FreeParameter::name)
      .def_readonly("parameters", &FreeParameter::parameters);
  m.def("fit_assumptions", &assumptions, py::arg("library"), py::arg("name"),
        "Errors of measurements and spreads a fit assumes.");
  py::class_<Course, std::shared_ptr<Course>>(m, "PatientCourse",
                                              "A patient under a regimen with free parameters.")
      .def(py::init(&make_course), py::arg("library"), py::arg("model"), py::arg("patient"),
           py::arg("regimen"), py::arg("free"), py::arg("options"))
      .def_property_readonly("cycle_starts",
                             [](const Course& c) { return c.course->cycle_starts(); })
      .def_property_readonly("parameters", &parameter_table)
      .def("outcomes", &outcomes, py::arg("phi"), py::arg("times"), py::arg("derivatives"),
           py::arg("convention"), py::arg("tail"))
      .def("predict_scans", &scans_of, py::arg("scans"));
}

}  // namespace lutetia::python

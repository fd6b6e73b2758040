/// @file Derivatives of a run, and the report that checks them.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "lutetia/study/derivative_check.hpp"

namespace lutetia::python {
namespace {

using Shape = std::vector<py::ssize_t>;

py::array_t<double> array(const std::vector<double>& values, const Shape& shape) {
  return py::array_t<double>(shape, values.data());
}

py::list direction_table(const std::vector<NamedDirection>& directions) {
  py::list out;
  for (const NamedDirection& d : directions) {
    py::dict row;
    row["name"] = d.name;
    row["value"] = d.value.value;
    row["unit"] = internal_unit(d.value.dimension);
    out.append(row);
  }
  return out;
}

py::dict sensitivities(const Library& library, const Model& model, const Patient& patient,
                       const Regimen& regimen, RunRequest request,
                       const std::vector<std::string>& by, DoseConvention convention, Tail tail,
                       const Tissues& tissues) {
  DifferentiatedRun done;
  Regimen complete;
  Substances substances;
  std::vector<double> activity, integrated, dose, protraction, bed;
  std::vector<std::string> targets;
  {
    const py::gil_scoped_release release;
    complete = with_amino_acids(library, regimen);
    substances = read_substances(library, complete);
    request.options.curves = true;
    done = run_with_sensitivities(model, patient, complete, substances, by, request);
    for (std::size_t r = 0; r < done.run.system->network().regions.size(); ++r) {
      const auto values =
          activity_derivative(done.run, done.sensitivities, static_cast<int>(r), "");
      activity.insert(activity.end(), values.begin(), values.end());
    }
    for (const TiaDerivative& t : tia_derivatives(done.run, done.sensitivities, tail))
      integrated.insert(integrated.end(), t.values.begin(), t.values.end());
    dose = dose_derivative_of(library, done.run, done.sensitivities, substances, patient.sex,
                              convention, tail);
    const auto damage = damage_derivative_of(library, done.run, done.sensitivities, substances,
                                             patient.sex, convention, tail, tissues);
    const auto regions = target_regions(done.run);
    for (const TargetRegion& target : regions) targets.push_back(target.name);
    const std::size_t row =
        regions.empty() ? 1 : std::max<std::size_t>(damage.size() / regions.size(), 1);
    for (std::size_t i = 0; i < damage.size(); ++i) {
      const TargetRegion& target = regions[i / row];
      protraction.push_back(damage[i].protraction);
      bed.push_back(biologically_effective_dose(damage[i], tissues.of(target.name, target.lesion)));
    }
  }
  const auto n = [](std::size_t size) { return static_cast<py::ssize_t>(size); };
  const py::ssize_t regions = n(done.run.system->network().regions.size()),
                    cycles = n(done.run.schedule.cycle_starts.size()),
                    directions = n(done.directions.size());
  py::dict out;
  out["run"] = run_dict(library, done.run, patient, complete, substances);
  out["directions"] = direction_table(done.directions);
  out["activity"] = array(activity, {regions, n(done.run.times.size()), directions});
  const py::ssize_t row = regions * cycles * directions;
  out["tia"] =
      array(integrated, {row ? n(integrated.size()) / row : 0, regions, cycles, directions});
  out["targets"] = targets;
  out["dose"] = array(dose, {n(targets.size()), cycles, directions});
  out["protraction"] = array(protraction, {n(targets.size()), cycles, directions});
  out["bed"] = array(bed, {n(targets.size()), cycles, directions});
  return out;
}

py::list check(const Library& library, const Model& model, const Patient& patient,
               const Regimen& regimen, const RunRequest& request,
               const std::vector<std::string>& by, DoseConvention convention, double dual_tolerance,
               double difference_tolerance) {
  std::vector<DerivativeCheck> report;
  {
    const py::gil_scoped_release release;
    const Regimen complete = with_amino_acids(library, regimen);
    report =
        check_derivatives(library, model, patient, complete, read_substances(library, complete), by,
                          request, convention, {dual_tolerance, difference_tolerance});
  }
  py::list out;
  for (const DerivativeCheck& c : report) {
    py::dict row;
    row["direction"] = c.direction;
    row["observable"] = c.observable;
    row["where"] = c.where;
    row["exact"] = c.exact;
    row["difference"] = c.difference;
    row["dual_error"] = c.dual_error;
    row["difference_error"] = c.difference_error;
    row["passed"] = c.passed;
    out.append(row);
  }
  return out;
}

}  // namespace

void register_sensitivity(py::module_& m) {
  m.def("sensitivities", &sensitivities, py::arg("library"), py::arg("model"), py::arg("patient"),
        py::arg("regimen"), py::arg("request"), py::arg("by"), py::arg("convention"),
        py::arg("tail"), py::arg("tissues"));
  m.def("check_derivatives", &check, py::arg("library"), py::arg("model"), py::arg("patient"),
        py::arg("regimen"), py::arg("request"), py::arg("by"), py::arg("convention"),
        py::arg("dual_tolerance"), py::arg("difference_tolerance"));
}

}  // namespace lutetia::python

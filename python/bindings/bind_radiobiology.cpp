/// @file Activity curves to dose rates, damage and biologically effective doses.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "lutetia/radiobiology/damage.hpp"
#include "lutetia/radiobiology/linear_quadratic.hpp"
#include "lutetia/study/study.hpp"

namespace lutetia::python {
namespace {

using Array = py::array_t<double, py::array::c_style | py::array::forcecast>;

py::array_t<double> array(const std::vector<double>& values, std::vector<py::ssize_t> shape) {
  return py::array_t<double>(std::move(shape), values.data());
}

DoseRates rates(const Library& library, const std::vector<TargetRegion>& targets,
                const std::vector<TimeIntegratedActivity>& tia, const std::string& sex,
                DoseConvention convention, const Array& knots, const Array& values) {
  const DoseData data = dose_data_of(library, tia, convention);
  std::vector<std::string> names;
  for (const TargetRegion& target : targets) names.push_back(target.name);
  return dose_rates(curves_of(knots, values, tia), names,
                    source_terms(targets, tia, data.nuclides, data.s_values, sex, convention), tia);
}

/// Low-LET and alpha dose rates at some times, shape (2, regions, times).
py::array_t<double> rates_at(const DoseRates& rates, const std::vector<double>& times) {
  std::vector<double> out;
  for (const bool alpha : {false, true})
    for (std::size_t r = 0; r < rates.regions.size(); ++r) {
      const DoseRate rate = alpha ? rates.alpha_of(r) : rates.low_let_of(r);
      for (const double time : times) out.push_back(rate.knots.empty() ? 0.0 : rate.at(time));
    }
  const auto n = [](std::size_t size) { return static_cast<py::ssize_t>(size); };
  return array(out, {2, n(rates.regions.size()), n(times.size())});
}

std::vector<Repair> repair_of(const std::vector<Tissue>& tissues) {
  std::vector<Repair> out;
  for (const Tissue& tissue : tissues) out.push_back(tissue.repair);
  return out;
}

/// Dose, alpha dose, unrepaired damage and protraction, shape (4, regions, times).
py::array_t<double> as_array(const std::vector<Damage>& all, std::size_t regions) {
  std::vector<double> out;
  for (double Damage::*part :
       {&Damage::dose, &Damage::alpha_dose, &Damage::unrepaired, &Damage::protraction})
    for (const Damage& d : all) out.push_back(d.*part);
  const auto n = [](std::size_t size) { return static_cast<py::ssize_t>(size); };
  return array(out, {4, n(regions), n(regions ? all.size() / regions : 0)});
}

py::list number_table(const Tissues& tissues) {
  py::list out;
  for (const auto& [name, value] : tissues.values)
    out.append(parameter_row(name, value.quantity, value.provenance));
  return out;
}

}  // namespace

ActivityCurves curves_of(const Array& knots, const Array& values,
                         const std::vector<TimeIntegratedActivity>& tia) {
  ActivityCurves out;
  for (const TimeIntegratedActivity& t : tia) out.nuclides.push_back(t.nuclide);
  out.regions = tia.empty() ? 0 : tia.front().regions.size();
  out.knots.assign(knots.data(), knots.data() + knots.size());
  if (values.size() !=
      static_cast<py::ssize_t>(out.intervals() * out.row() * ActivityCurves::places))
    throw py::value_error("activity curves must have the shape (intervals, nuclides, regions, 5)");
  out.values.resize(out.intervals() * out.row());
  for (std::size_t i = 0; i < out.values.size(); ++i)
    std::copy_n(values.data() + i * ActivityCurves::places, ActivityCurves::places,
                out.values[i].begin());
  return out;
}

void register_radiobiology(py::module_& m) {
  py::class_<Tissue>(m, "Tissue", "How a tissue responds to radiation.")
      .def(py::init([](double alpha_beta, const std::vector<std::pair<double, double>>& repair,
                       double rbe_max) {
             Tissue out{alpha_beta, {}, rbe_max};
             for (const auto& [half_life, weight] : repair)
               out.repair.push_back({half_life, weight});
             check_repair(out.repair);
             return out;
           }),
           py::arg("alpha_beta"), py::arg("repair"), py::arg("rbe_max"))
      .def_readonly("alpha_beta", &Tissue::alpha_beta)
      .def_readonly("rbe_max", &Tissue::rbe_max)
      .def_property_readonly("repair", [](const Tissue& tissue) {
        std::vector<std::pair<double, double>> out;
        for (const RepairComponent& c : tissue.repair) out.emplace_back(c.half_life, c.weight);
        return out;
      });
  py::class_<Tissues>(m, "Tissues", "Parameters of tissues by region.")
      .def_readonly("name", &Tissues::name)
      .def_readwrite("tissues", &Tissues::tissues)
      .def_readwrite("weighted_dose_rbe", &Tissues::weighted_dose_rbe)
      .def_property_readonly("numbers", &number_table)
      .def("of", &Tissues::of, py::arg("region"), py::arg("lesion"));
  m.def(
      "tissues",
      [](const Library& library, const std::string& name) { return read_tissues(library, name); },
      py::arg("library"), py::arg("name"));
  py::class_<DoseRates>(m, "DoseRates", "Absorbed dose rates of a run [Gy/h].")
      .def_readonly("regions", &DoseRates::regions)
      .def("at", &rates_at, py::arg("times"), "Low-LET and alpha rates, (2, regions, times).");
  m.def("dose_rates", &rates, py::arg("library"), py::arg("targets"), py::arg("tia"),
        py::arg("sex"), py::arg("convention"), py::arg("knots"), py::arg("values"));
  m.def(
      "damage",
      [](const DoseRates& rates, const std::vector<Tissue>& tissues,
         const std::vector<double>& times) {
        return as_array(damage(rates, repair_of(tissues), times), rates.regions.size());
      },
      py::arg("rates"), py::arg("tissues"), py::arg("times"),
      "Dose, alpha dose, unrepaired damage, protraction up to each time, (4, regions, times).");
  m.def(
      "damage_by_cycle",
      [](const DoseRates& rates, const std::vector<Tissue>& tissues,
         const std::vector<double>& cycle_starts) {
        return as_array(damage_by_cycle(rates, repair_of(tissues), cycle_starts),
                        rates.regions.size());
      },
      py::arg("rates"), py::arg("tissues"), py::arg("cycle_starts"),
      "The same of what each cycle adds, (4, regions, cycles).");
  m.def("equivalent_uniform_bed",
        py::overload_cast<double, double, double, double, double>(&equivalent_uniform_bed),
        py::arg("dose"), py::arg("protraction"), py::arg("alpha_beta"), py::arg("alpha"),
        py::arg("sigma"));
  m.def("repopulation_loss", &repopulation_loss, py::arg("time"), py::arg("kick_off"),
        py::arg("alpha"), py::arg("doubling_time"));
  m.def("critical_time", &critical_time, py::arg("dose_rate"), py::arg("decay"), py::arg("alpha"),
        py::arg("doubling_time"));
}

}  // namespace lutetia::python

/// @file Tumor response, kidneys and blood counts under dose rates.
#include <pybind11/functional.h>
#include <pybind11/native_enum.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "lutetia/radiobiology/blood_counts.hpp"
#include "lutetia/radiobiology/count_limit.hpp"
#include "lutetia/radiobiology/kidney_effect.hpp"
#include "lutetia/radiobiology/lesion_exposures.hpp"
#include "lutetia/radiobiology/recist.hpp"
#include "lutetia/radiobiology/response_data.hpp"
#include "lutetia/radiobiology/tumor_control.hpp"
#include "lutetia/study/study.hpp"

namespace lutetia::python {
namespace {

using Array = py::array_t<double, py::array::c_style | py::array::forcecast>;

py::list rows_of(const NamedNumbers& numbers) {
  py::list out;
  for (const auto& [name, number] : numbers) {
    py::dict row = parameter_row(name, number.quantity, number.provenance);
    row["internal"] = number.quantity.value;
    row["written"] = number.written;
    out.append(row);
  }
  return out;
}

py::dict tumor_data(const Library& library, const std::string& name) {
  Problems problems;
  const auto read = read_tumor_response(library.read("tumor_response", name), problems);
  problems.throw_if_any();
  py::dict out;
  out["caution"] = read.caution;
  out["values"] = rows_of(read.values);
  out["sensitizers"] = rows_of(read.sensitizers);
  out["recist"] = rows_of(read.recist);
  return out;
}

py::dict tissue_data(const Library& library, const std::string& name) {
  Problems problems;
  const auto read = read_normal_tissue(library.read("normal_tissue", name), problems);
  problems.throw_if_any();
  py::dict out, lines;
  out["kidney_caution"] = read.kidney_caution;
  out["blood_caution"] = read.blood_caution;
  out["kidney"] = rows_of(read.kidney);
  for (const auto& [line, numbers] : read.lines) lines[py::str(line)] = rows_of(numbers);
  out["lines"] = lines;
  return out;
}

/// Exposures of lesions at the masses of their targets, shape (lesions, nuclides + 1).
std::vector<std::vector<LesionExposure>> at_present_mass(
    const Library& library, const std::vector<TargetRegion>& lesions,
    const std::vector<TimeIntegratedActivity>& tia, const std::string& sex,
    DoseConvention convention, const Array& knots, const Array& values) {
  std::vector<SValues> tables;
  for (const TimeIntegratedActivity& t : tia) tables.push_back(read_s_values(library, t.nuclide));
  return exposures_at_present_mass(curves_of(knots, values, tia), lesions, tia,
                                   dose_data_of(library, tia, convention).nuclides, tables, sex,
                                   convention);
}

template <class T>
py::array_t<double> array_of(const std::vector<T>& values) {
  return py::array_t<double>(static_cast<py::ssize_t>(values.size()), values.data());
}

py::dict course(const std::vector<LesionExposure>& exposures, const TumorParameters& parameters,
                double mass, double start, const std::vector<double>& times, double tolerance,
                const std::vector<std::pair<double, double>>& cycles) {
  std::vector<CycleMass> masses;
  for (const auto& [time, of_run] : cycles) masses.push_back({time, of_run});
  const TumorCourse run =
      tumor_response(exposures, parameters, mass, start, times, tolerance, masses);
  py::dict out;
  out["viable_mass"] = array_of(run.viable);
  out["doomed_mass"] = array_of(run.doomed);
  out["receptor_factor"] = array_of(run.receptor_factor);
  out["unrepaired_dose"] = array_of(run.unrepaired_dose);
  out["absorbed_dose"] = array_of(run.absorbed_dose);
  out["log_kill"] = array_of(run.log_kill);
  return out;
}

py::dict blood(const Exposure& marrow, const Exposure& blood_itself, const CellLine& line,
               double start, const std::vector<double>& times,
               const std::vector<double>& cycle_starts, double tolerance) {
  const BloodCourse run = blood_counts(marrow, blood_itself, line, start, times, tolerance);
  std::vector<double> nadir_times, nadir_counts;
  for (const Nadir& nadir : nadirs(run, cycle_starts)) {
    nadir_times.push_back(nadir.time);
    nadir_counts.push_back(nadir.count);
  }
  py::dict out;
  out["count"] = array_of(run.count);
  out["reserve"] = array_of(run.reserve);
  out["nadir_time"] = array_of(nadir_times);
  out["nadir_count"] = array_of(nadir_counts);
  return out;
}

/// The rows of an array, shape (draws, steps).
std::span<const double> row_of(const Array& values, py::ssize_t row) {
  return {values.data(row), static_cast<std::size_t>(values.shape(1))};
}

/// Lowest count of every draw and cycle.
py::array_t<double> lowest_of_draws(const CellLine& line, double step,
                                    const std::vector<std::size_t>& starts, const Array& bed) {
  if (bed.ndim() != 2) throw py::value_error("bed must have the shape (draws, steps)");
  py::array_t<double> out({bed.shape(0), static_cast<py::ssize_t>(starts.size())});
  double* next = out.mutable_data();
  const py::gil_scoped_release release;
  for (py::ssize_t i = 0; i < bed.shape(0); ++i)
    next = std::ranges::copy(lowest_counts(line, {step, starts}, row_of(bed, i)), next).out;
  return out;
}

/// Largest scale of every draw.
py::array_t<double> count_scales(const CellLine& line, double step,
                                 const std::vector<std::size_t>& starts, const Array& given,
                                 const Array& linear, const Array& quadratic, double least) {
  for (const Array* values : {&given, &linear, &quadratic})
    if (values->ndim() != 2 || values->shape(0) != linear.shape(0) ||
        values->shape(1) != linear.shape(1))
      throw py::value_error("given, linear and quadratic must have the same shape (draws, steps)");
  std::vector<double> out(static_cast<std::size_t>(linear.shape(0)));
  {
    const py::gil_scoped_release release;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto row = static_cast<py::ssize_t>(i);
      out[i] =
          largest_scale(line, {step, starts},
                        {row_of(given, row), row_of(linear, row), row_of(quadratic, row)}, least);
    }
  }
  return array_of(out);
}

void register_parameters(py::module_& m) {
  py::native_enum<GrowthLaw>(m, "GrowthLaw", "enum.Enum")
      .value("exponential", GrowthLaw::exponential)
      .value("gompertz", GrowthLaw::gompertz)
      .value("logistic", GrowthLaw::logistic)
      .finalize();
  py::class_<FactorWindow>(m, "FactorWindow", "A factor from a time to another [h].")
      .def(py::init<double, double, double>(), py::arg("start"), py::arg("end"), py::arg("factor"))
      .def_readonly("start", &FactorWindow::from)
      .def_readonly("end", &FactorWindow::to)
      .def_readonly("factor", &FactorWindow::factor);
  py::class_<Exposure>(m, "Exposure", "Dose rates of one region, alpha particles apart.")
      .def(py::init([](const DoseRates& rates, std::size_t region) {
             return Exposure{rates.low_let_of(region),
                             rates.alpha.empty() ? DoseRate{} : rates.alpha_of(region)};
           }),
           py::arg("rates"), py::arg("region"))
      .def(py::init([](const Array& knots, const Array& pieces, double tail_decay) {
             DoseRate rate{{knots.data(), knots.data() + knots.size()}, {}, tail_decay};
             rate.pieces.resize(static_cast<std::size_t>(knots.size() - 1));
             for (std::size_t i = 0; i < rate.pieces.size(); ++i)
               std::copy_n(pieces.data() + i * DoseRate::coefficients, DoseRate::coefficients,
                           rate.pieces[i].begin());
             return Exposure{rate};
           }),
           py::arg("knots"), py::arg("pieces"), py::arg("tail_decay"));
  py::class_<LesionExposure>(m, "LesionExposure", "Dose rates of one nuclide in a lesion.")
      .def(py::init([](const Exposure& exposure) { return LesionExposure{exposure}; }),
           py::arg("exposure"));
  py::class_<TumorParameters>(m, "TumorParameters", "As in tumor_response.hpp.")
      .def(py::init([](double alpha, const Tissue& tissue, GrowthLaw law, double growth_rate,
                       double capacity, double clearance_half_time, double receptor_loss,
                       double receptor_recovery_rate, double oxygen, double heterogeneity,
                       std::vector<FactorWindow> alpha_windows,
                       std::vector<FactorWindow> repair_windows) {
             return TumorParameters{alpha,
                                    tissue,
                                    {law, growth_rate, capacity},
                                    clearance_half_time,
                                    receptor_loss,
                                    receptor_recovery_rate,
                                    oxygen,
                                    std::move(alpha_windows),
                                    std::move(repair_windows),
                                    lognormal_bins(heterogeneity)};
           }),
           py::arg("alpha"), py::arg("tissue"), py::arg("law"), py::arg("growth_rate"),
           py::arg("capacity"), py::arg("clearance_half_time"), py::arg("receptor_loss"),
           py::arg("receptor_recovery_rate"), py::arg("oxygen_factor"), py::arg("heterogeneity"),
           py::arg("alpha_windows"), py::arg("repair_windows"));
  py::class_<GfrLoss>(m, "GfrLoss", "[1/h], [1/h], [Gy], [1].")
      .def(py::init<double, double, double, double>(), py::arg("aging"), py::arg("maximum"),
           py::arg("bed_50"), py::arg("exponent"))
      .def("rate", &GfrLoss::rate, py::arg("bed"));
  py::class_<CellLine>(m, "CellLine", "As in blood_counts.hpp.")
      .def(py::init<double, double, int, double, double, Tissue, double, double, double,
                    std::vector<FactorWindow>, std::vector<FactorWindow>>(),
           py::arg("baseline"), py::arg("transit_time"), py::arg("transits"), py::arg("feedback"),
           py::arg("alpha"), py::arg("marrow"), py::arg("blood_alpha"), py::arg("blood_rbe"),
           py::arg("reserve_loss"), py::arg("alpha_windows"), py::arg("repair_windows"));
}

}  // namespace

void register_response(py::module_& m) {
  register_parameters(m);
  m.def("tumor_response_data", &tumor_data, py::arg("library"), py::arg("name"));
  m.def("normal_tissue_data", &tissue_data, py::arg("library"), py::arg("name"));
  m.def("tumor_response", &course, py::arg("exposures"), py::arg("parameters"), py::arg("mass"),
        py::arg("start"), py::arg("times"), py::arg("tolerance"),
        py::arg("cycles") = std::vector<std::pair<double, double>>{});
  m.def("exposures_at_present_mass", &at_present_mass, py::arg("library"), py::arg("lesions"),
        py::arg("tia"), py::arg("sex"), py::arg("convention"), py::arg("knots"), py::arg("values"));
  m.def("oxygen_factor", &oxygen_factor, py::arg("pressure"), py::arg("oer_maximum"),
        py::arg("half_effect"));
  m.def("doubling_time_of_ki67", &doubling_time_of_ki67, py::arg("ki67"), py::arg("cycle_time"),
        py::arg("cell_loss"));
  m.def("growth_rate_of_diameters", &growth_rate_of_diameters, py::arg("first"), py::arg("second"),
        py::arg("interval"));
  m.def(
      "population_tcp",
      [](double clonogens, double mean, double cv,
         const std::vector<std::pair<double, double>>& parts) {
        std::vector<DoseBin> histogram;
        for (const auto& [share, bed] : parts) histogram.push_back({share, bed});
        return population_tcp(clonogens, mean, cv, histogram);
      },
      py::arg("clonogens"), py::arg("mean"), py::arg("cv"), py::arg("histogram"));
  m.def(
      "lognormal_bins",
      [](double sigma) {
        std::vector<std::pair<double, double>> out;
        for (const DoseBin& bin : lognormal_bins(sigma)) out.emplace_back(bin.share, bin.value);
        return out;
      },
      py::arg("sigma"), "Shares and doses relative to the mean.");
  m.def("sphere_diameter", py::vectorize(sphere_diameter), py::arg("volume"));
  m.def(
      "recist_classes",
      [](const std::vector<double>& sums, double partial, double progression, double difference) {
        std::vector<std::string> out;
        for (const RecistClass c : recist_classes(sums, {partial, progression, difference}))
          out.push_back(to_string(c));
        return out;
      },
      py::arg("sums"), py::arg("partial_response"), py::arg("progression"),
      py::arg("progression_difference"));
  m.def("ntcp_lyman", py::vectorize(ntcp_lyman), py::arg("bed"), py::arg("bed_50"),
        py::arg("slope"));
  m.def("ntcp_logistic", py::vectorize(ntcp_logistic), py::arg("bed"), py::arg("bed_50"),
        py::arg("exponent"));
  m.def(
      "gfr_course",
      [](const Exposure& kidney, const Tissue& tissue, const GfrLoss& loss, double start,
         const std::vector<double>& times, double tolerance) {
        const GfrCourse run = gfr_course(kidney, tissue, loss, start, times, tolerance);
        return std::pair{array_of(run.bed), array_of(run.factor)};
      },
      py::arg("kidney"), py::arg("tissue"), py::arg("loss"), py::arg("start"), py::arg("times"),
      py::arg("tolerance"));
  m.def("blood_counts", &blood, py::arg("marrow"), py::arg("blood"), py::arg("line"),
        py::arg("start"), py::arg("times"), py::arg("cycle_starts"), py::arg("tolerance"));
  m.def("lowest_counts", &lowest_of_draws, py::arg("line"), py::arg("step"), py::arg("starts"),
        py::arg("bed"));
  m.def("count_scales", &count_scales, py::arg("line"), py::arg("step"), py::arg("starts"),
        py::arg("given"), py::arg("linear"), py::arg("quadratic"), py::arg("least"));
  m.def("toxicity_grade", &toxicity_grade, py::arg("count"), py::arg("limits"));
}

}  // namespace lutetia::python

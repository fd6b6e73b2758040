/// @file Many members: batches, blocks on threads, statistics.
#include <pybind11/native_enum.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "lutetia/batch/block.hpp"
#include "lutetia/batch/statistics.hpp"

namespace lutetia::python {
namespace {

using Array = py::array_t<double, py::array::c_style | py::array::forcecast>;

std::shared_ptr<Batch> batch_from(const Library& library, const Model& model,
                                  const std::vector<Patient>& patients,
                                  const std::vector<Regimen>& regimens,
                                  const std::vector<std::pair<std::string, std::string>>& given,
                                  const BatchOptions& options) {
  std::vector<GivenParameter> parameters;
  for (const auto& [name, unit] : given) parameters.push_back({name, unit});
  const py::gil_scoped_release release;
  return std::make_shared<Batch>(
      make_batch(library, model, patients, regimens, parameters, options));
}

std::unique_ptr<BlockRun> block_from(const std::shared_ptr<Batch>& batch, const Array& values,
                                     unsigned threads) {
  if (values.ndim() != 2)
    throw py::value_error("values must have the shape (rows, given parameters)");
  Rows rows{static_cast<std::size_t>(values.shape(0)),
            {values.data(), values.data() + values.size()}};
  return std::make_unique<BlockRun>(batch, std::move(rows), threads);
}

/// Results of a block as arrays that keep it alive, one per outcome: (members, rows, columns).
py::list values_of(const py::object& self, const Batch& batch) {
  const BlockResult& result = self.cast<BlockRun&>().result();
  py::list out;
  for (std::size_t o = 0; o < result.values.size(); ++o)
    out.append(py::array_t<double>({result.members(), batch.rows(batch.options.observe[o]),
                                    batch.columns(batch.options.observe[o])},
                                   result.values[o].data(), self));
  return out;
}

py::list status_of(BlockRun& run) {
  std::vector<py::str> words;  // one object for each word, however many members
  for (int s = 0; s <= static_cast<int>(MemberStatus::internal_error); ++s)
    words.emplace_back(to_string(static_cast<MemberStatus>(s)));
  py::list out;
  for (const MemberStatus status : run.result().status) out.append(words[static_cast<int>(status)]);
  return out;
}

/// Messages of the members that failed, by their number in the block.
py::dict messages_of(BlockRun& run) {
  py::dict out;
  const BlockResult& result = run.result();
  for (std::size_t m = 0; m < result.members(); ++m)
    if (result.status[m] != MemberStatus::ok) out[py::int_(m)] = result.messages[m];
  return out;
}

template <class Of>
py::array_t<double> each(const Statistics& statistics, const Of& of) {
  py::array_t<double> out(static_cast<py::ssize_t>(statistics.moments().size()));
  double* next = out.mutable_data();
  for (const Moments& moments : statistics.moments())
    *next++ = moments.count == 0 ? std::numeric_limits<double>::quiet_NaN() : of(moments);
  return out;
}

/// Every parameter of the first course, with its spread between subjects.
py::list parameter_table(const Batch& batch) {
  py::list out;
  for (const NetworkParameter& p : batch.courses.front().system->network().parameters) {
    py::dict d = parameter_row(p.name, {p.value, p.dimension}, p.provenance);
    d["cv"] = p.variation ? py::cast(*p.variation) : py::none();
    out.append(d);
  }
  return out;
}

void register_statistics(py::module_& m) {
  py::class_<Statistics>(m, "Statistics", "Statistics per cell of results that are not kept.")
      .def(py::init<std::size_t, bool>(), py::arg("cells"), py::arg("with_quantiles"))
      .def(
          "add",
          [](Statistics& statistics, BlockRun& run, std::size_t outcome) {
            const BlockResult& result = run.result();
            const py::gil_scoped_release release;
            statistics.add(result.values.at(outcome), result.status);
          },
          py::arg("block"), py::arg("outcome"))
      .def_property_readonly("count",
                             [](const Statistics& s) {
                               std::vector<std::uint64_t> out;
                               for (const Moments& moments : s.moments())
                                 out.push_back(moments.count);
                               return out;
                             })
      .def_property_readonly(
          "mean",
          [](const Statistics& s) { return each(s, [](const Moments& m) { return m.mean; }); })
      .def_property_readonly("sd",
                             [](const Statistics& s) {
                               return each(s,
                                           [](const Moments& m) { return m.standard_deviation(); });
                             })
      .def_property_readonly(
          "min",
          [](const Statistics& s) { return each(s, [](const Moments& m) { return m.lowest; }); })
      .def_property_readonly(
          "max",
          [](const Statistics& s) { return each(s, [](const Moments& m) { return m.highest; }); })
      .def(
          "quantile",
          [](const Statistics& statistics, double q) {
            const std::vector<double> out = statistics.quantile(q);
            return py::array_t<double>(static_cast<py::ssize_t>(out.size()), out.data());
          },
          py::arg("q"));
}

}  // namespace

void register_batch(py::module_& m) {
  py::native_enum<Outcome>(m, "Outcome", "enum.Enum")
      .value("absorbed_dose", Outcome::absorbed_dose)
      .value("total_absorbed_dose", Outcome::total_absorbed_dose)
      .value("time_integrated_activity", Outcome::time_integrated_activity)
      .value("total_time_integrated_activity", Outcome::total_time_integrated_activity)
      .value("activity", Outcome::activity)
      .value("protraction", Outcome::protraction)
      .value("total_protraction", Outcome::total_protraction)
      .value("biologically_effective_dose", Outcome::biologically_effective_dose)
      .value("total_biologically_effective_dose", Outcome::total_biologically_effective_dose)
      .value("damage", Outcome::damage)
      .finalize();
  py::class_<BatchOptions>(m, "BatchOptions", "How to run the members of a batch.")
      .def(py::init<>())
      .def_readwrite("observe", &BatchOptions::observe)
      .def_readwrite("convention", &BatchOptions::convention)
      .def_readwrite("tail", &BatchOptions::tail)
      .def_readwrite("tissues", &BatchOptions::tissues)
      .def_readwrite("times", &BatchOptions::times)
      .def_readwrite("damage_region", &BatchOptions::damage_region)
      .def_readwrite("end", &BatchOptions::end)
      .def_readwrite("simulation", &BatchOptions::simulation)
      .def_readwrite("reproducible", &BatchOptions::reproducible);
  py::class_<Batch, std::shared_ptr<Batch>>(m, "Batch", "Patients and regimens, compiled.")
      .def(py::init(&batch_from), py::arg("library"), py::arg("model"), py::arg("patients"),
           py::arg("regimens"), py::arg("given"), py::arg("options"))
      .def_readonly("regions", &Batch::regions)
      .def_readonly("cycles", &Batch::cycles)
      .def_property_readonly("courses",
                             [](const Batch& batch) {
                               std::vector<std::pair<std::string, std::string>> out;
                               for (const Course& course : batch.courses)
                                 out.emplace_back(course.patient, course.regimen_name);
                               return out;
                             })
      .def_property_readonly("parameters", &parameter_table);
  py::class_<BlockRun>(m, "BlockRun", "A block of members, running from now on.")
      .def(py::init(&block_from), py::arg("batch"), py::arg("values"), py::arg("threads"))
      .def_property_readonly("finished", &BlockRun::finished)
      .def("stop", &BlockRun::stop)
      .def(
          "wait",
          [](BlockRun& run, double seconds) {
            const py::gil_scoped_release release;
            return run.wait(std::chrono::duration<double>(seconds));
          },
          py::arg("seconds"))
      .def(
          "values",
          [](const py::object& self, const Batch& batch) { return values_of(self, batch); },
          py::arg("batch"))
      .def_property_readonly("status", &status_of)
      .def_property_readonly("messages", &messages_of);
  m.def("all_threads", &all_threads, "Threads this machine runs at once.");
  register_statistics(m);
}

}  // namespace lutetia::python

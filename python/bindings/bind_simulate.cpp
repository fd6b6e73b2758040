/// @file One run: descriptions in, arrays out.
#include <pybind11/native_enum.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <set>

#include "bindings.hpp"
#include "lutetia/core/text.hpp"
#include "lutetia/dosimetry/tia.hpp"
#include "lutetia/dosing/regimen_numbers.hpp"
#include "lutetia/study/study.hpp"

namespace lutetia::python {
namespace {

/// A vector as an array that owns its memory.
py::array_t<double> array(std::vector<double>&& values, std::vector<py::ssize_t> shape) {
  auto* owned = new std::vector<double>(std::move(values));
  const py::capsule owner(owned, [](void* p) { delete static_cast<std::vector<double>*>(p); });
  return py::array_t<double>(std::move(shape), owned->data(), owner);
}

py::list parameter_table(const Trajectory& run) {
  py::list out;
  for (const NetworkParameter& p : run.system->network().parameters) {
    py::dict d = parameter_row(p.name, {p.value, p.dimension}, p.provenance);
    d["from_patient"] = p.from_patient;
    d["cv"] = p.variation ? py::cast(*p.variation) : py::none();
    out.append(d);
  }
  return out;
}

/// Numbers a result rests on besides the parameters: those of the effects of cycles, of the regimen
/// and of the nuclides.
py::list other_numbers(const Patient& patient, const Regimen& regimen,
                       const Substances& substances) {
  py::list out;
  for (const auto& numbers : {numbers_of(patient.cycle_effects), numbers_of(regimen)})
    for (const auto& [name, number] : numbers)
      out.append(parameter_row(name, number.quantity, number.provenance));
  for (const Nuclide& nuclide : substances.nuclides)
    for (const auto& [name, value] : nuclide.values)
      out.append(parameter_row(name, value.quantity, value.provenance));
  return out;
}

/// A size of a region when the run begins and, when parameters change, at given times.
void put_size(const Trajectory& run, Tape::Slot slot, const std::vector<double>& times,
              const char* name, const char* over_time, py::dict& out) {
  out[name] = slot >= 0 ? py::cast(run.phases.front().rates.slots[slot]) : py::none();
  if (slot < 0 || run.phases.size() == 1) return;
  std::vector<double> sizes;
  for (const double time : times) sizes.push_back(run.rates_at(time).slots[slot]);
  const double first = run.phases.front().rates.slots[slot];
  if (std::any_of(sizes.begin(), sizes.end(), [&](double size) { return size != first; }))
    out[over_time] = sizes;
}

py::list region_table(const Trajectory& run) {
  py::list out;
  for (const Region& r : run.system->network().regions) {
    py::dict d;
    d["name"] = r.name;
    put_size(run, r.volume, run.times, "volume_L", "volume_by_time_L", d);
    put_size(run, r.mass, run.schedule.cycle_starts, "mass_kg", "mass_by_cycle_kg", d);
    d["lesion"] = r.lesion;
    out.append(d);
  }
  return out;
}

py::list given_table(const Trajectory& run) {
  py::list out;
  for (const GivenDose& g : run.schedule.given) {
    py::dict d;
    d["time_h"] = g.time;
    d["duration_h"] = g.duration;
    d["ligand"] = g.ligand;
    d["nuclide"] = g.nuclide;
    d["activity_MBq"] = g.activity;
    d["labeled_amount_nmol"] = g.labeled_amount;
    d["amount_nmol"] = g.amount;
    out.append(d);
  }
  return out;
}

/// Substances the model holds that nobody was given, such as amino acids.
std::vector<std::string> missing_substances(const Trajectory& run) {
  const Network& network = run.system->network();
  std::set<std::string> out;
  for (const NetworkEffect& effect : network.effects)
    for (const int c : effect.compartments) out.insert(network.compartments[c].substance);
  out.erase(peptide);
  for (const std::string& given : network.substances) out.erase(given);
  return {out.begin(), out.end()};
}

std::vector<std::string> names_of(const std::vector<Nuclide>& nuclides) {
  std::vector<std::string> out;
  for (const Nuclide& nuclide : nuclides) out.push_back(nuclide.name);
  return out;
}

py::dict work(const Trajectory& run) {
  py::dict d;
  d["accepted_steps"] = run.counters.accepted;
  d["rejected_steps"] = run.counters.rejected;
  d["factorizations"] = run.counters.factorizations;
  d["rhs_calls"] = run.counters.rhs_calls;
  d["states"] = run.system->size();
  d["mass_balance_total"] = run.mass_balance.total;
  d["mass_balance_labeled"] = run.mass_balance.labeled;
  d["lowest_relative_state"] = run.lowest_relative;
  d["rtol"] = run.rtol;
  d["end_h"] = run.end;
  return d;
}

py::dict result_of(const Trajectory& run) {
  const auto& blocks = run.system->blocks();
  const std::size_t regions = run.system->network().regions.size(), times = run.times.size();
  std::vector<double> amounts;
  std::vector<std::string> forms, ligands, nuclides;
  std::vector<double> decay_constants;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const int tracer = blocks[b].tracer;
    forms.push_back(blocks[b].name);
    ligands.push_back(blocks[b].ligand < 0 ? "" : run.system->network().ligands[blocks[b].ligand]);
    nuclides.push_back(tracer < 0 ? "" : run.system->structure().tracers[tracer].nuclide);
    decay_constants.push_back(tracer < 0 ? 0.0 : run.system->decay_constant(run.rates(), tracer));
    for (std::size_t r = 0; r < regions; ++r) {
      const auto a = run.amount(static_cast<int>(b), static_cast<int>(r));
      amounts.insert(amounts.end(), a.begin(), a.end());
    }
  }
  std::vector<double> activities;
  for (std::size_t r = 0; r < regions; ++r) {
    const auto a = run.activity(static_cast<int>(r), "");
    activities.insert(activities.end(), a.begin(), a.end());
  }
  py::dict out;
  const auto n = [](std::size_t size) { return static_cast<py::ssize_t>(size); };
  out["times"] = array(std::vector<double>(run.times), {n(times)});
  out["forms"] = forms;
  out["ligands"] = ligands;
  out["nuclides"] = nuclides;
  out["decay_constants"] = decay_constants;
  out["amount"] = array(std::move(amounts), {n(blocks.size()), n(regions), n(times)});
  out["activity"] = array(std::move(activities), {n(regions), n(times)});
  out["regions"] = region_table(run);
  out["given"] = given_table(run);
  out["parameters"] = parameter_table(run);
  out["work"] = work(run);
  out["missing_substances"] = missing_substances(run);
  out["cycle_starts"] = run.schedule.cycle_starts;
  out["tia"] = time_integrated_activity(run, Tail::none);
  out["tia_linear"] = time_integrated_activity(run, Tail::linear);
  out["tia_physical"] = time_integrated_activity(run, Tail::physical);
  if (run.curves.intervals() > 0) {
    const ActivityCurves& curves = run.curves;
    out["knots"] = array(std::vector<double>(curves.knots), {n(curves.knots.size())});
    std::vector<double> values;
    values.reserve(curves.values.size() * ActivityCurves::places);
    for (const auto& at : curves.values) values.insert(values.end(), at.begin(), at.end());
    out["activity_curve"] =
        array(std::move(values), {n(curves.intervals()), n(curves.nuclides.size()),
                                  n(curves.regions), ActivityCurves::places});
  }
  out["model_name"] = run.system->model_name();
  out["model_hash"] = run.system->model_hash();
  return out;
}

}  // namespace

py::dict run_dict(const Library& library, const Trajectory& run, const Patient& patient,
                  const Regimen& regimen, const Substances& substances) {
  py::dict out = result_of(run);
  out["other_numbers"] = other_numbers(patient, regimen, substances);
  out["unfollowed_daughters"] = substances.left_out;
  out["nuclide_data"] = nuclide_data(library, names_of(substances.nuclides));
  return out;
}

void register_simulate(py::module_& m) {
  py::native_enum<Method>(m, "Method", "enum.Enum")
      .value("rodas5p", Method::rodas5p)
      .value("rodas4p", Method::rodas4p)
      .finalize();
  py::native_enum<AtEvent>(m, "AtEvent", "enum.Enum")
      .value("before", AtEvent::before)
      .value("after", AtEvent::after)
      .finalize();
  py::native_enum<Tail>(m, "Tail", "enum.Enum")
      .value("none", Tail::none)
      .value("physical", Tail::physical)
      .value("linear", Tail::linear)
      .finalize();
  py::class_<SimulationOptions>(m, "SimulationOptions", "Accuracy and method of a run.")
      .def(py::init<>())
      .def_readwrite("method", &SimulationOptions::method)
      .def_readwrite("rtol", &SimulationOptions::rtol)
      .def_readwrite("atol_fraction", &SimulationOptions::atol_fraction)
      .def_readwrite("first_step", &SimulationOptions::first_step)
      .def_readwrite("max_steps", &SimulationOptions::max_steps)
      .def_readwrite("at_event", &SimulationOptions::at_event)
      .def_readwrite("curves", &SimulationOptions::curves);
  py::class_<RunRequest>(m, "RunRequest", "Output times, end and options of a run.")
      .def(py::init<>())
      .def(py::init<const RunRequest&>(), py::arg("other"))
      .def_readwrite("times", &RunRequest::times)
      .def_readwrite("end", &RunRequest::end)
      .def_readwrite("times_per_cycle", &RunRequest::times_per_cycle)
      .def_readwrite("options", &RunRequest::options);
  m.def(
      "simulate",
      [](const Library& library, const Model& model, const Patient& patient, const Regimen& regimen,
         const RunRequest& request) {
        Trajectory done;
        Regimen complete;
        Substances substances;
        {
          const py::gil_scoped_release release;
          complete = with_amino_acids(library, regimen);
          substances = read_substances(library, complete);
          done = run(model, patient, complete, substances, request);
        }
        return run_dict(library, done, patient, complete, substances);
      },
      py::arg("library"), py::arg("model"), py::arg("patient"), py::arg("regimen"),
      py::arg("request"));
}

}  // namespace lutetia::python

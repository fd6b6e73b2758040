/// @file A run as a reaction network of dictionaries, for formats that are written in Python.
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "lutetia/reactions/reaction_network.hpp"
#include "lutetia/study/study.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia::python {
namespace {

using namespace py::literals;

template <class T, class Convert>
py::list list_of(const std::vector<T>& items, const Convert& convert) {
  py::list out;
  for (const T& item : items) out.append(convert(item));
  return out;
}

py::dict as_dict(const ReactionQuantity& q) {
  return py::dict("name"_a = q.name, "exponents"_a = q.dimension.exponents, "values"_a = q.values,
                  "source"_a = q.provenance.sources, "tag"_a = q.provenance.tag,
                  "note"_a = q.provenance.note, "formula"_a = q.formula);
}

py::dict as_dict(const ReactionSpecies& s) {
  return py::dict("name"_a = s.name, "form"_a = s.form, "compartment"_a = s.compartment,
                  "infusion_rate"_a = s.infusion_rate);
}

py::dict as_dict(const ReactionEffect& e) {
  return py::dict("name"_a = e.name, "species"_a = e.species, "maximum"_a = e.maximum,
                  "half"_a = e.half, "hill"_a = e.hill, "stimulates"_a = e.stimulates);
}

py::dict as_dict(const Reaction& r) {
  return py::dict("name"_a = r.name, "form"_a = r.form, "from"_a = r.from, "to"_a = r.to,
                  "driver"_a = r.driver, "rate"_a = r.rate, "per_volume"_a = r.per_volume,
                  "pool"_a = r.pool, "dissociation"_a = r.dissociation, "effects"_a = r.effects);
}

py::dict as_dict(const ReactionEvent& e) {
  return py::dict("time"_a = e.time, "name"_a = e.name, "phase"_a = e.phase,
                  "assignments"_a = list_of(e.assignments, [](const ReactionAssignment& a) {
                    return py::dict("species"_a = a.species, "constant"_a = a.constant,
                                    "terms"_a = a.terms);
                  }));
}

py::dict as_dict(const ReactionNetwork& network, double end) {
  py::dict out;
  out["start"] = network.start;
  out["end"] = end;
  out["phase"] = network.phase;
  out["forms"] = list_of(network.forms, [](const ReactionForm& f) {
    return py::dict("name"_a = f.name, "ligand"_a = f.ligand, "nuclide"_a = f.nuclide);
  });
  out["compartments"] = list_of(network.compartments, [](const ReactionCompartment& c) {
    return py::dict("name"_a = c.name, "organ"_a = c.organ, "volume"_a = c.volume,
                    "outside"_a = c.outside);
  });
  const auto dictionary = [](const auto& item) { return as_dict(item); };
  out["quantities"] = list_of(network.quantities, dictionary);
  out["species"] = list_of(network.species, dictionary);
  out["pools"] = list_of(network.pools, [](const ReceptorPool& p) {
    return py::dict("name"_a = p.name, "receptors"_a = p.receptors, "taken"_a = p.taken);
  });
  out["effects"] = list_of(network.effects, dictionary);
  out["reactions"] = list_of(network.reactions, dictionary);
  out["events"] = list_of(network.events, dictionary);
  out["regions"] = list_of(network.regions, [](const ReactionRegion& r) {
    return py::dict("name"_a = r.name, "parts"_a = r.parts);
  });
  out["decay_constants"] = network.decay_constants;
  out["activity_per_decay_rate"] = constants::activity_per_decay_rate;
  return out;
}

}  // namespace

void register_reactions(py::module_& m) {
  m.def(
      "reaction_network",
      [](const Library& library, const Model& model, const Patient& patient, const Regimen& regimen,
         const RunRequest& request) {
        const Regimen complete = with_amino_acids(library, regimen);
        const Substances substances = read_substances(library, complete);
        const PreparedRun plan = prepare_run(model, patient, complete, substances, request);
        return as_dict(reaction_network(*plan.system, plan.phases, plan.schedule), plan.end);
      },
      py::arg("library"), py::arg("model"), py::arg("patient"), py::arg("regimen"),
      py::arg("request"));
}

}  // namespace lutetia::python

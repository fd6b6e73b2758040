/// @file Decay chains without a body: their members, and their activities in time.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "lutetia/nuclide/decay_chain.hpp"

namespace lutetia::python {
namespace {

py::list members(const Library& library, const std::string& head, double prompt) {
  const DecayChain chain = decay_chain(library, head, {.prompt = prompt});
  const std::vector<double> decays = decays_per_decay(chain);
  py::list out;
  for (std::size_t m = 0; m < decays.size(); ++m) {
    const Nuclide& member = chain.members[m];
    py::dict d, daughters;
    for (const Daughter& daughter : member.daughters)
      daughters[py::str(daughter.nuclide)] = daughter.branch;
    d["nuclide"] = member.name;
    d["half_life_h"] = member.half_life.quantity.value;
    d["decays"] = decays[m];
    d["alpha_MeV"] = member.alpha_energy;
    d["electron_MeV"] = member.electron_energy;
    d["photon_MeV"] = member.photon_energy;
    d["daughters"] = daughters;
    out.append(d);
  }
  return out;
}

py::array_t<double> activities(const Library& library, const std::string& head, double activity,
                               const std::vector<double>& times, double prompt) {
  const DecayChain chain = decay_chain(library, head, {.prompt = prompt});
  const double given = amount_of_activity(activity, chain.members.front().decay_constant());
  py::array_t<double> out(
      {static_cast<py::ssize_t>(times.size()), static_cast<py::ssize_t>(chain.members.size())});
  auto at = out.mutable_unchecked<2>();
  for (std::size_t t = 0; t < times.size(); ++t) {
    const std::vector<double> amounts = chain_amounts(chain, given, times[t]);
    for (std::size_t m = 0; m < amounts.size(); ++m)
      at(static_cast<py::ssize_t>(t), static_cast<py::ssize_t>(m)) =
          lutetia::activity(amounts[m], chain.members[m].decay_constant());
  }
  return out;
}

}  // namespace

void register_chains(py::module_& m) {
  m.def("chain_members", &members, py::arg("library"), py::arg("nuclide"), py::arg("prompt"),
        "Members of a decay chain, head first, with the energies of prompt daughters.");
  m.def("chain_activities", &activities, py::arg("library"), py::arg("nuclide"),
        py::arg("activity"), py::arg("times"), py::arg("prompt"),
        "Activities after the head was pure, shape (times, members) [MBq]; times in h.");
}

}  // namespace lutetia::python

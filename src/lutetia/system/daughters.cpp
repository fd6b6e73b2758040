#include "lutetia/system/daughters.hpp"

#include <algorithm>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

template <class T>
bool contains(const std::vector<T>& list, const T& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

int tracer_index(SystemStructure& structure, const Tracer& tracer) {
  const auto known = std::find(structure.tracers.begin(), structure.tracers.end(), tracer);
  const int at = static_cast<int>(known - structure.tracers.begin());
  if (known == structure.tracers.end()) {
    structure.tracers.push_back(tracer);
    ++structure.born;
  }
  return at;
}

/// The forms a daughter takes when a form of its parent decays.
std::vector<std::pair<Tracer, TracerDecay::Atom>> forms_of(const Nuclide& daughter,
                                                           const Tracer& from,
                                                           const Nuclide& parent) {
  const double freed = parent.freed_share.quantity.value;
  const bool is_free = from.ligand == parent.free_form;
  std::vector<std::pair<Tracer, TracerDecay::Atom>> out;
  if (!is_free && freed < 1.0)
    out.emplace_back(Tracer{from.ligand, daughter.name}, TracerDecay::Atom::kept);
  if (!is_free && freed == 0.0) return out;
  if (daughter.free_form.empty())
    throw ModelError({.what = text("decays of ", quote(parent.name), " free ", quote(daughter.name),
                                   ", which has no free_form"),
                      .where = daughter.half_life.where,
                      .hint = "name the ligand it is without chelator in its file, such as "
                              "free_form: bismuth"});
  out.emplace_back(Tracer{daughter.free_form, daughter.name},
                   is_free ? TracerDecay::Atom::free : TracerDecay::Atom::freed);
  return out;
}

void add_chain(SystemStructure& structure, const Tracer& head, const DecayChain& chain) {
  std::vector<std::vector<Tracer>> forms(chain.members.size());  // of each member, parents first
  forms.front().push_back(head);
  for (std::size_t m = 0; m < forms.size(); ++m)
    for (const Tracer& form : forms[m]) {
      const int parent = tracer_index(structure, form);
      for (const Daughter& d : chain.members[m].daughters) {
        const int at = chain.index(d.nuclide);
        for (const auto& [born, atom] : forms_of(chain.members[at], form, chain.members[m])) {
          if (!contains(forms[at], born)) forms[at].push_back(born);
          if (atom != TracerDecay::Atom::kept && !contains(structure.ligands, born.ligand) &&
              !contains(structure.free_forms, born.ligand))
            structure.free_forms.push_back(born.ligand);
          const int daughter = tracer_index(structure, born);
          const auto known = std::find_if(
              structure.decays.begin(), structure.decays.end(), [&](const TracerDecay& other) {
                return other.parent == parent && other.daughter == daughter;
              });
          if (known == structure.decays.end())
            structure.decays.push_back({parent, daughter, d.branch, atom});
        }
      }
    }
}

}  // namespace

void add_daughters(SystemStructure& structure, const std::vector<DecayChain>& chains) {
  const std::vector<Tracer> given = structure.tracers;
  for (const Tracer& tracer : given) {
    const auto chain = std::find_if(chains.begin(), chains.end(), [&](const DecayChain& c) {
      return c.members.front().name == tracer.nuclide;
    });
    if (chain != chains.end()) add_chain(structure, tracer, *chain);
  }
}

}  // namespace lutetia

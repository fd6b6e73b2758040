#include "lutetia/dosing/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

template <class T>
void add_unique(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

template <class T>
int index_of(const std::vector<T>& list, const T& item) {
  return static_cast<int>(std::find(list.begin(), list.end(), item) - list.begin());
}

Port port_of(const Administration& a) { return {a.route, a.infusate_decays}; }

/// Peptide in the syringe before any residual [nmol].
std::optional<double> peptide_amount(const Administration& a, double activity, const System& system,
                                     const Rates& rates, Problems& problems) {
  if (a.peptide.amount) return *a.peptide.amount;
  if (a.peptide.molar_activity) return activity / *a.peptide.molar_activity;
  if (!a.peptide.mass) return std::nullopt;  // reported by the reader
  const auto molar_mass = system.network().slots.find(a.ligand + ".molar_mass");
  if (molar_mass != system.network().slots.end())
    return *a.peptide.mass / rates.slots[molar_mass->second];
  problems.add(
      {.what = text("ligand ", quote(a.ligand), " has no molar mass to convert its amount"),
       .where = a.amount_where,
       .hint = "give the amount in nmol"});
  return std::nullopt;
}

GivenDose resolve(const Administration& a, const System& system, const Rates& rates,
                  Problems& problems) {
  GivenDose out{a.time, a.duration, -1, 0.0, 0.0, 0.0, a.infusate_decays, a.ligand, a.nuclide};
  double drawn = 0.0, share = 1.0, lambda = 0.0;
  if (a.activity) {
    const int tracer = index_of(system.structure().tracers, Tracer{a.ligand, a.nuclide});
    out.block = system.block_index(text(a.ligand, '[', a.nuclide, ']'));
    lambda = system.decay_constant(rates, tracer);
    drawn = a.activity->activity * std::exp(lambda * a.activity->time);
    const double left =
        a.residual ? a.residual->activity * std::exp(lambda * a.residual->time) : 0.0;
    if (left >= drawn)
      problems.add({.what = "the residual activity is not below the activity",
                    .where = a.residual->where,
                    .found = text(left, " MBq of ", drawn, " MBq at the start")});
    out.activity = std::max(drawn - left, 0.0);
    share = out.activity / drawn;
    out.labeled_amount = amount_of_activity(out.activity, lambda);
  }
  const std::optional<double> peptide = peptide_amount(a, drawn, system, rates, problems);
  if (!peptide) return out;
  out.amount = share * *peptide;
  if (out.labeled_amount > out.amount)
    problems.add(
        {.what = text("the activity needs ", out.labeled_amount, " nmol of labeled peptide"),
         .where = a.amount_where,
         .found = text(out.amount, " nmol in total"),
         .hint = "give the amount of all peptide, labeled and unlabeled"});
  return out;
}

/// Rate at which the infusions of one port run at a time, after everything that starts or ends
/// then.
double infusion_rate(const std::vector<GivenDose>& given, const std::vector<int>& of_port,
                     double time, bool labeled, double lambda) {
  double rate = 0.0;
  for (const int g : of_port) {
    const GivenDose& dose = given[g];
    if (dose.duration <= 0.0 || time < dose.time || time >= dose.time + dose.duration) continue;
    const double amount = labeled ? dose.labeled_amount : dose.amount;
    const double decay =
        labeled && dose.infusate_decays ? std::exp(-lambda * (time - dose.time)) : 1.0;
    rate += amount / dose.duration * decay;
  }
  return rate;
}

}  // namespace

double Schedule::amount_of_block(const System& system, int block) const {
  const Block& b = system.blocks()[block];
  double sum = 0.0;
  for (const GivenDose& dose : given) {
    if (b.tracer >= 0)
      sum += dose.block == block ? dose.labeled_amount : 0.0;
    else
      sum += system.network().ligands[b.ligand] == dose.ligand ? dose.amount : 0.0;
  }
  return sum;
}

SystemStructure structure_of(const Regimen& regimen) {
  SystemStructure out;
  for (const Administration& a : regimen.administrations) {
    add_unique(out.ligands, a.ligand);
    if (!a.nuclide.empty()) add_unique(out.tracers, Tracer{a.ligand, a.nuclide});
    add_unique(out.ports, port_of(a));
  }
  return out;
}

Schedule expand(const Regimen& regimen, const System& system, const Rates& rates) {
  Schedule out;
  Problems problems;
  for (const Administration& a : regimen.administrations)
    out.given.push_back(resolve(a, system, rates, problems));
  problems.throw_if_any();

  std::map<double, std::vector<std::string>> names;  // what happens when
  for (std::size_t g = 0; g < out.given.size(); ++g) {
    const GivenDose& dose = out.given[g];
    names[dose.time].push_back(text("start of administration ", g + 1));
    if (dose.duration > 0.0)
      names[dose.time + dose.duration].push_back(text("end of administration ", g + 1));
    if (dose.block >= 0) add_unique(out.cycle_starts, dose.time);
    out.last_end = std::max(out.last_end, dose.time + dose.duration);
  }
  const auto& ports = system.structure().ports;
  for (const auto& [time, what] : names) {
    Event event{time, join(what), {}};
    for (std::size_t b = 0; b < system.blocks().size(); ++b) {
      const Block& block = system.blocks()[b];
      const bool labeled = block.tracer >= 0;
      const double lambda = labeled ? system.decay_constant(rates, block.tracer) : 0.0;
      for (std::size_t p = 0; p < ports.size(); ++p) {
        std::vector<int> of_port;
        for (std::size_t g = 0; g < out.given.size(); ++g) {
          const GivenDose& dose = out.given[g];
          const bool same = labeled ? dose.block == static_cast<int>(b)
                                    : system.network().ligands[block.ligand] == dose.ligand;
          if (!same || !(port_of(regimen.administrations[g]) == ports[p])) continue;
          of_port.push_back(static_cast<int>(g));
          if (dose.time != time) continue;
          const double amount = labeled ? dose.labeled_amount : dose.amount;
          const int target = dose.duration > 0.0
                                 ? block.reservoirs[p]
                                 : block.states[system.network().routes.at(ports[p].route)];
          event.jumps.push_back({target, amount, false});
        }
        if (!of_port.empty())
          event.jumps.push_back(
              {block.infusions[p], infusion_rate(out.given, of_port, time, labeled, lambda), true});
      }
    }
    out.events.push_back(std::move(event));
  }
  std::sort(out.cycle_starts.begin(), out.cycle_starts.end());
  return out;
}

}  // namespace lutetia

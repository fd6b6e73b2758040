#include "lutetia/dosing/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "lutetia/core/text.hpp"
#include "lutetia/system/ports.hpp"

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

Port port_of(const Administration& a) {
  return {a.route, a.infusate_decays, a.split, a.route_where};
}

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

/// The route of an administration must lead somewhere its ligand can be.
void check_way_in(const Administration& a, const System& system, Problems& problems) {
  const int port = index_of(system.structure().ports, port_of(a));
  for (const std::string& ligand : {a.ligand, a.unlabeled_as})
    if (const int b = ligand.empty() ? -1 : system.block_index(ligand);
        b >= 0 && system.blocks()[b].targets[port].empty())
      problems.add({.what = text("route ", quote(a.route), " has no way in for ", quote(ligand)),
                    .where = a.route_where});
  // What an explicit split takes away must arrive (ports.cpp leaves out what cannot).
  for (const SplitShare& share : a.split)
    for (const std::string& ligand : {a.ligand, a.unlabeled_as})
      if (const int b = ligand.empty() ? -1 : system.block_index(ligand); b >= 0) {
        const Network& network = system.network();
        const int c = split_compartment(network, a.route, share.to.name);
        if (c >= 0 && !network.holds(c, system.blocks()[b].ligand))
          problems.add({.what = text(quote(share.to.name), " holds ",
                                     network.compartments[c].substance, ", not ", quote(ligand)),
                        .where = share.to.where});
      }
}

GivenDose resolve(const Administration& a, const System& system, const Rates& rates,
                  Problems& problems) {
  GivenDose out{a.time, a.duration, -1, 0.0, 0.0, 0.0, a.infusate_decays, a.ligand, a.nuclide};
  out.begins_cycle = a.begins_cycle;
  out.port = index_of(system.structure().ports, port_of(a));
  out.administration = a.number;
  out.protects = a.protects;
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

/// The impurity of an administration, on peptide that is taken from its dose.
GivenDose impurity_of(const Impurity& impurity, const Administration& a, GivenDose& dose,
                      const System& system, const Rates& rates) {
  auto lambda_of = [&](const std::string& nuclide) {
    return system.decay_constant(rates,
                                 index_of(system.structure().tracers, Tracer{a.ligand, nuclide}));
  };
  const double lambda = lambda_of(impurity.nuclide), main = lambda_of(a.nuclide);
  const double drawn = a.activity->activity * std::exp(main * a.activity->time);
  GivenDose out = dose;
  out.nuclide = impurity.nuclide;
  out.block = system.block_index(text(a.ligand, '[', impurity.nuclide, ']'));
  out.begins_cycle = false;
  out.activity = impurity.fraction * a.activity->activity * std::exp(lambda * a.activity->time) *
                 (dose.activity / drawn);
  out.labeled_amount = out.amount = amount_of_activity(out.activity, lambda);
  dose.amount -= out.amount;
  return out;
}

/// What one port does to one block at one time: amounts that arrive, and the rate at which all its
/// infusions run after everything that starts or ends then.
void add_port_jumps(const std::vector<GivenDose>& given, int port, int block_index,
                    const System& system, const Rates& rates, Event& event) {
  const Block& block = system.blocks()[block_index];
  if (block.infusions.empty()) return;  // receptors
  const bool labeled = block.tracer >= 0;
  const double lambda = labeled ? system.decay_constant(rates, block.tracer) : 0.0;
  bool used = false;
  Jump flow{block.infusions[port], 0.0, Jump::Kind::set};
  flow.labeled = labeled;
  flow.decay = system.structure().ports[port].decays ? lambda : 0.0;
  for (std::size_t g = 0; g < given.size(); ++g) {
    const GivenDose& dose = given[g];
    const double amount = amount_into(dose, system, block_index);
    if (amount == 0.0 || dose.port != port) continue;
    used = true;
    const int of = static_cast<int>(g);
    const bool infused = dose.duration > 0.0;
    auto arrives = [&](int state, Tape::Slot share) {
      event.jumps.push_back(
          {state, amount, Jump::Kind::add, -1, share, {{of, amount}}, {}, labeled});
    };
    if (dose.time == event.time && infused)
      arrives(block.reservoirs[port], -1);
    else if (dose.time == event.time)
      for (const PortTarget& target : block.targets[port]) arrives(target.state, target.share);
    if (!infused || event.time < dose.time || event.time > dose.end()) continue;
    const double rate = amount / dose.duration * std::exp(-flow.decay * (event.time - dose.time));
    if (event.time == dose.end()) {
      flow.ended.emplace_back(of, rate);
    } else {
      flow.parts.emplace_back(of, rate);
      flow.value += rate;
    }
  }
  if (used) event.jumps.push_back(std::move(flow));
}

/// Voids of one compartment from a start of the clock to the next or the end of the run.
/// @param clock  the dose they count from
void add_voids_between(const NetworkVoiding& v, int clock, double stop, const System& system,
                       const Rates& rates, Schedule& schedule) {
  constexpr double most = 100000;
  const double first = schedule.given[clock].time + rates.slots[v.first],
               interval = rates.slots[v.interval];
  if ((stop - first) / interval > most)
    throw ModelError({.what = text("voids every ", interval, " h for ", stop - first,
                                   " h are more than a run can stop at"),
                      .where = v.where,
                      .expected = text("at most ", most, " voids")});
  for (double time = first; time < stop; time += interval) {
    Event event{time, "void", {}, clock};
    for (const Block& block : system.blocks())
      if (block.states[v.from] >= 0)
        event.jumps.push_back(
            {block.states[v.from], 1.0, Jump::Kind::move, block.states[v.to], v.fraction, {}});
    schedule.events.push_back(std::move(event));
  }
}

}  // namespace

double apply(const Jump& jump, const Rates& rates, std::span<double> x) {
  const double value = jump.value * jump.share_at(rates);
  switch (jump.kind) {
    case Jump::Kind::add:
      x[jump.state] += value;
      return value;
    case Jump::Kind::set:
      x[jump.state] = value;
      return 0.0;
    case Jump::Kind::move: {
      const double moved = value * x[jump.state];
      x[jump.state] -= moved;
      x[jump.to] += moved;
      return 0.0;
    }
  }
  return 0.0;
}

double amount_into(const GivenDose& dose, const System& system, int block) {
  const Block& b = system.blocks()[block];
  if (b.tracer >= 0) return dose.block == block ? dose.labeled_amount : 0.0;
  return b.total() && system.network().ligands[b.ligand] == dose.ligand ? dose.amount : 0.0;
}

SystemStructure structure_of(const Regimen& regimen) {
  SystemStructure out;
  for (const Administration& a : regimen.administrations) {
    add_unique(out.ligands, a.ligand);
    if (!a.unlabeled_as.empty()) add_unique(out.ligands, a.unlabeled_as);
    if (!a.nuclide.empty()) add_unique(out.tracers, Tracer{a.ligand, a.nuclide});
    for (const Impurity& impurity : a.impurities)
      add_unique(out.tracers, Tracer{a.ligand, impurity.nuclide});
    add_unique(out.ports, port_of(a));
  }
  return out;
}

Schedule expand(const Regimen& regimen, const System& system, const Rates& rates) {
  std::vector<GivenDose> given;
  Problems problems;
  for (const Administration& a : regimen.administrations) {
    given.push_back(resolve(a, system, rates, problems));
    check_way_in(a, system, problems);
    const std::size_t main = given.size() - 1;
    for (const Impurity& impurity : a.impurities)
      if (a.activity) {
        GivenDose other = impurity_of(impurity, a, given[main], system, rates);
        if (given[main].amount < given[main].labeled_amount)
          problems.add(
              {.what = text("no peptide is left for the impurity ", quote(impurity.nuclide)),
               .where = impurity.where,
               .hint = "give the amount of all peptide, labeled and unlabeled"});
        given.push_back(std::move(other));
      }
    if (a.unlabeled_as.empty()) continue;
    GivenDose& labeled = given[main];
    GivenDose unlabeled{labeled.time,
                        labeled.duration,
                        -1,
                        0.0,
                        0.0,
                        labeled.amount - labeled.labeled_amount,
                        labeled.infusate_decays,
                        a.unlabeled_as,
                        ""};
    unlabeled.port = labeled.port;
    unlabeled.administration = labeled.administration;
    labeled.amount = labeled.labeled_amount;
    if (unlabeled.amount > 0.0) given.push_back(std::move(unlabeled));
  }
  problems.throw_if_any();
  return schedule_of(std::move(given), system, rates);
}

bool begins_cycle(const GivenDose& dose, const Schedule& schedule) {
  const auto& starts = schedule.cycle_starts;
  if (dose.block < 0 || std::find(starts.begin(), starts.end(), dose.time) == starts.end())
    return false;
  // When none says that it begins one, the first does.
  return dose.begins_cycle ||
         std::none_of(schedule.given.begin(), schedule.given.end(), [](const GivenDose& other) {
           return other.block >= 0 && other.begins_cycle;
         });
}

Schedule schedule_of(std::vector<GivenDose> given, const System& system, const Rates& rates) {
  Schedule out;
  out.given = std::move(given);
  std::map<double, std::vector<std::string>> names;  // what happens when
  for (std::size_t g = 0; g < out.given.size(); ++g) {
    const GivenDose& dose = out.given[g];
    names[dose.time].push_back(text("start of administration ", g + 1));
    if (dose.duration > 0.0) names[dose.end()].push_back(text("end of administration ", g + 1));
    if (dose.block >= 0 && dose.begins_cycle) add_unique(out.cycle_starts, dose.time);
    out.last_end = std::max(out.last_end, dose.end());
  }
  if (out.cycle_starts.empty())  // no label says that it begins one: the first does
    for (const GivenDose& dose : out.given)
      if (dose.block >= 0 && out.cycle_starts.empty()) out.cycle_starts = {dose.time};
  for (const auto& [time, what] : names) {
    Event event{time, join(what), {}};
    for (std::size_t b = 0; b < system.blocks().size(); ++b)
      for (std::size_t p = 0; p < system.structure().ports.size(); ++p)
        add_port_jumps(out.given, static_cast<int>(p), static_cast<int>(b), system, rates, event);
    out.events.push_back(std::move(event));
  }
  std::sort(out.cycle_starts.begin(), out.cycle_starts.end());
  return out;
}

void add_voids(Schedule& schedule, const System& system, const Rates& rates, double end) {
  if (schedule.events.empty()) return;
  auto time_of = [&](int dose) { return schedule.given[dose].time; };
  std::vector<int> clocks;  // doses: the voids start anew with each that is labeled
  for (std::size_t g = 0; g < schedule.given.size(); ++g)
    if (schedule.given[g].block >= 0 && std::none_of(clocks.begin(), clocks.end(), [&](int c) {
          return time_of(c) == schedule.given[g].time;
        }))
      clocks.push_back(static_cast<int>(g));
  auto earlier = [](const GivenDose& a, const GivenDose& b) { return a.time < b.time; };
  if (clocks.empty())
    clocks.push_back(
        static_cast<int>(std::min_element(schedule.given.begin(), schedule.given.end(), earlier) -
                         schedule.given.begin()));
  std::stable_sort(clocks.begin(), clocks.end(),
                   [&](int a, int b) { return time_of(a) < time_of(b); });
  for (const NetworkVoiding& v : system.network().voiding)
    for (std::size_t c = 0; c < clocks.size(); ++c)
      add_voids_between(v, clocks[c], c + 1 < clocks.size() ? time_of(clocks[c + 1]) : end, system,
                        rates, schedule);
  std::stable_sort(schedule.events.begin(), schedule.events.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
}

}  // namespace lutetia

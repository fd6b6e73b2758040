#include "lutetia/dosing/changes.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

/// Every name a change may have: parameters, and those of a group by the name of the group.
std::vector<std::string> changeable(const Network& network) {
  std::vector<std::string> out;
  for (const NetworkParameter& p : network.parameters) {
    out.push_back(p.name);
    const std::size_t dot = p.name.find('.');
    if (dot == std::string::npos) continue;
    for (const auto& [group, organs] : network.groups)
      if (std::find(organs.begin(), organs.end(), p.name.substr(0, dot)) != organs.end())
        out.push_back(group + p.name.substr(dot));
  }
  return out;
}

/// Positions of the parameters a name stands for: one, or that of every organ of a group.
std::vector<int> parameters_named(const std::string& name, const Location& where,
                                  const System& system, Problems& problems) {
  const Network& network = system.network();
  std::vector<std::string> wanted{name};
  const std::size_t dot = name.find('.');
  if (dot != std::string::npos) {
    if (const auto group = network.groups.find(name.substr(0, dot));
        group != network.groups.end()) {
      wanted.clear();
      for (const std::string& organ : group->second) wanted.push_back(organ + name.substr(dot));
    } else if (name.starts_with("lesions.")) {
      return {};  // a patient without lesions
    }
  }
  std::vector<int> out;
  for (const std::string& full : wanted) {
    const auto at = std::find_if(network.parameters.begin(), network.parameters.end(),
                                 [&](const NetworkParameter& p) { return p.name == full; });
    if (at != network.parameters.end()) {
      out.push_back(static_cast<int>(at - network.parameters.begin()));
      continue;
    }
    const auto formula = network.formulas.find(full);
    const auto& unused = network.unused;
    if (network.slots.count(full))  // by a formula, or by another parameter the patient names
      problems.add({.what = text(quote(name), " is computed; it cannot change by itself"),
                    .where = where,
                    .hint = formula == network.formulas.end()
                                ? "change what it is computed from"
                                : "change what it is computed from: " + formula->second.name});
    else if (std::find(unused.begin(), unused.end(), full) != unused.end())
      problems.add({.what = text("nothing in this run depends on ", quote(name)),
                    .where = where,
                    .hint = "remove the change"});
    else
      problems.add({.what = text("no parameter ", quote(name), " to change"),
                    .where = where,
                    .hint = suggestion(name, changeable(network))});
    break;  // the other organs of a group lack it for the same reason
  }
  return out;
}

struct Change {
  double from, to, factor;
  std::vector<int> parameters;
  Location where;
  bool by_cycle;
  bool always = false;

  bool acts() const { return (always || factor != 1.0) && !parameters.empty(); }
};

void stop_at(Schedule& schedule, double time) {
  const auto at = std::lower_bound(schedule.events.begin(), schedule.events.end(), time,
                                   [](const Event& e, double t) { return e.time < t; });
  if (at == schedule.events.end() || at->time != time)
    schedule.events.insert(at, {time, "change of a parameter", {}});
}

/// What a change makes impossible is the problem of the change.
void check_after(const std::vector<Change>& changes, double start, const System& system,
                 const Rates& rates) try {
  system.check(rates);
} catch (const ModelError& error) {
  std::vector<Problem> problems = error.problems();
  for (const Change& change : changes)
    if (change.from == start && change.factor != 1.0)
      for (Problem& p : problems) {
        p.what += text(" after the change at ", start, " h");
        p.where = change.where;
        if (p.hint.empty()) p.hint = text("the factor is ", change.factor, " then");
      }
  throw ModelError(problems);
}

ModelError within_a_cycle(const std::vector<Change>& changes, double start,
                          const std::string& what) {
  Problem problem{.what = text("the change at ", start, " h gives ", what, " within a cycle"),
                  .hint = "a volume may change where a cycle begins; use a cycle effect"};
  for (const Change& change : changes)
    if (change.from == start || change.to == start) problem.where = change.where;
  return ModelError(problem);
}

/// A cycle has one mass for each region: absorbed dose is energy per mass.
void check_masses(const std::vector<Change>& changes, double start, const System& system,
                  const Rates& before, const Rates& after) {
  for (const Region& region : system.network().regions) {
    if (region.mass < 0 || before.slots[region.mass] == after.slots[region.mass]) continue;
    throw within_a_cycle(changes, start, text(quote(region.name), " another mass"));
  }
}

/// So does it have one share of every space it contains a part of, if anything can be there: time
/// integrals are kept by cycle.
void check_shares(const std::vector<Change>& changes, double start, const System& system,
                  const Rates& before, const Rates& after) {
  for (const Region& region : system.network().regions)
    for (const RegionPart& part : region.parts) {
      if (part.share < 0 || before.slots[part.share] == after.slots[part.share]) continue;
      const auto holds = [&](const Block& block) { return block.states[part.compartment] >= 0; };
      if (std::none_of(system.blocks().begin(), system.blocks().end(), holds)) continue;
      throw within_a_cycle(changes, start,
                           text(quote(region.name), " another share of ",
                                quote(system.network().compartments[part.compartment].name)));
    }
}

/// The atoms born of a decay are counted by one share for the whole run.
void check_lineages(const System& system, const std::vector<RatePhase>& phases) {
  for (const Lineage& line : system.lineages())
    for (const RatePhase& phase : phases)
      if (phase.rates.slots[line.share] != phases.front().rates.slots[line.share])
        throw ModelError({.what = text("the share of decays of ", system.blocks()[line.parent].name,
                                       " that make ", system.blocks()[line.daughter].name,
                                       " changes within the run"),
                          .hint = "it is a property of decay and chelator: give it one value"});
}

}  // namespace

void check_changes(const std::vector<CycleEffect>& effects, const std::vector<Window>& windows,
                   const System& system, Problems& problems) {
  for (const CycleEffect& effect : effects)
    (void)parameters_named(effect.parameter, effect.where, system, problems);
  for (const Window& window : windows)
    (void)parameters_named(window.parameter, window.where, system, problems);
}

std::vector<RatePhase> rate_phases(const std::vector<CycleEffect>& effects,
                                   const std::vector<Window>& windows, const System& system,
                                   const std::vector<double>& values, double end,
                                   Schedule& schedule) {
  constexpr double ever = std::numeric_limits<double>::infinity();
  Problems problems;
  std::vector<Change> changes;
  const std::vector<double>& cycles = schedule.cycle_starts;
  for (const CycleEffect& effect : effects) {
    const auto parameters = parameters_named(effect.parameter, effect.where, system, problems);
    for (std::size_t c = 1; c < cycles.size(); ++c)
      changes.push_back({cycles[c], c + 1 < cycles.size() ? cycles[c + 1] : ever,
                         effect.factor(static_cast<int>(c) + 1), parameters, effect.where, true,
                         effect.always});
  }
  for (const Window& window : windows)
    changes.push_back({window.from, window.to, window.factor,
                       parameters_named(window.parameter, window.where, system, problems),
                       window.where, false});
  problems.throw_if_any();

  std::set<double> starts{-ever};
  for (const Change& change : changes)
    if (change.acts()) {
      for (const double time : {change.from, change.to})
        if (time < end) starts.insert(time);
    }
  std::vector<RatePhase> out;
  for (const double start : starts) {
    std::vector<double> phase_values = values, factors(values.size(), 1.0);
    for (const Change& change : changes)
      if (change.from <= start && start < change.to)
        for (const int p : change.parameters) {
          phase_values[p] *= change.factor;
          factors[p] *= change.factor;
        }
    Rates rates = system.rates<double>(phase_values);
    out.push_back({start, std::move(rates), std::move(phase_values), std::move(factors)});
    for (const Change& change : changes)
      if (change.acts() && (change.from == start || change.to == start))
        (change.by_cycle ? out.back().by_cycle : out.back().by_window) = true;
    check_after(changes, start, system, out.back().rates);
    if (out.size() > 1 && std::find(cycles.begin(), cycles.end(), start) == cycles.end()) {
      check_masses(changes, start, system, out[out.size() - 2].rates, out.back().rates);
      check_shares(changes, start, system, out[out.size() - 2].rates, out.back().rates);
    }
    if (start > -ever && !schedule.events.empty() && start > schedule.events.front().time)
      stop_at(schedule, start);
  }
  check_lineages(system, out);
  return out;
}

}  // namespace lutetia

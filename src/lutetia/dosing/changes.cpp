#include "lutetia/dosing/changes.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

/// Positions of the parameters a name stands for: one, or that of every lesion.
std::vector<int> parameters_named(const std::string& name, const Location& where,
                                  const System& system, Problems& problems) {
  const Network& network = system.network();
  std::vector<std::string> wanted{name}, known;
  const std::size_t dot = name.find('.');
  if (dot != std::string::npos)
    if (const auto group = network.groups.find(name.substr(0, dot));
        group != network.groups.end()) {
      wanted.clear();
      for (const std::string& organ : group->second) wanted.push_back(organ + name.substr(dot));
    } else if (name.starts_with("lesions.")) {
      return {};  // a patient without lesions
    }
  std::vector<int> out;
  for (const NetworkParameter& p : network.parameters) known.push_back(p.name);
  for (const std::string& full : wanted) {
    const auto at = std::find(known.begin(), known.end(), full);
    if (at != known.end()) {
      out.push_back(static_cast<int>(at - known.begin()));
      continue;
    }
    const bool computed = network.formulas.count(full) > 0;
    problems.add({.what = computed ? text(quote(full), " is computed; it cannot change by itself")
                                   : text("no parameter ", quote(full), " to change"),
                  .where = where,
                  .hint = computed ? text("change what it is computed from: ",
                                          network.formulas.at(full).name)
                                   : suggestion(full, known)});
  }
  return out;
}

struct Change {
  double from, to, factor;
  std::vector<int> parameters;
};

void stop_at(Schedule& schedule, double time) {
  const auto at = std::lower_bound(schedule.events.begin(), schedule.events.end(), time,
                                   [](const Event& e, double t) { return e.time < t; });
  if (at == schedule.events.end() || at->time != time)
    schedule.events.insert(at, {time, "change of a parameter", {}});
}

}  // namespace

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
                         effect.factor(static_cast<int>(c) + 1), parameters});
  }
  for (const Window& window : windows)
    changes.push_back({window.from, window.to, window.factor,
                       parameters_named(window.parameter, window.where, system, problems)});
  problems.throw_if_any();

  std::set<double> starts{-ever};
  for (const Change& change : changes)
    if (change.factor != 1.0 && !change.parameters.empty()) {
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
    system.check(out.back().rates);
    if (start > -ever && !schedule.events.empty() && start > schedule.events.front().time)
      stop_at(schedule, start);
  }
  return out;
}

}  // namespace lutetia

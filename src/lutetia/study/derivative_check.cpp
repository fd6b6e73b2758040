#include "lutetia/study/derivative_check.hpp"

#include <algorithm>
#include <cmath>

#include "lutetia/core/text.hpp"
#include "lutetia/simulate/jet_replay.hpp"

namespace lutetia {
namespace {

constexpr double tight = 1e-10;         // rtol of the differences
constexpr double relative_step = 2e-3;  // of a parameter or an amount
constexpr double shift = 2e-3;          // of a time [h]

/// An observable in every region: entries along times or cycles.
struct Observable {
  std::string name;
  std::vector<std::string> regions;
  std::size_t entries;         ///< per region
  std::vector<double> values;  ///< shape (regions, entries, columns)
};

/// Everything that is compared, of a run or, with sensitivities, of its derivatives.
struct Context {
  const Library& library;
  const Substances& substances;
  const std::string& sex;
  DoseConvention convention;
};

std::vector<Observable> observables(const Context& of, const Trajectory& run,
                                    const Sensitivities* s) {
  constexpr Tail tail = Tail::linear;
  const auto& regions = run.system->network().regions;
  const std::size_t cycles = run.schedule.cycle_starts.size();
  std::vector<Observable> out;
  Observable activity{"activity", {}, run.times.size(), {}};
  for (std::size_t r = 0; r < regions.size(); ++r) {
    const int region = static_cast<int>(r);
    const auto values = s ? activity_derivative(run, *s, region, "") : run.activity(region, "");
    activity.regions.push_back(regions[r].name);
    activity.values.insert(activity.values.end(), values.begin(), values.end());
  }
  out.push_back(std::move(activity));
  if (cycles == 0) return out;
  Observable integrated{"time_integrated_activity", out.front().regions, cycles, {}};
  auto add = [&](const std::vector<double>& values) {
    integrated.values.resize(values.size(), 0.0);
    for (std::size_t i = 0; i < values.size(); ++i) integrated.values[i] += values[i];
  };
  if (s)
    for (const TiaDerivative& t : tia_derivatives(run, *s, tail)) add(t.values);
  else
    for (const TimeIntegratedActivity& t : time_integrated_activity(run, tail)) add(t.values);
  out.push_back(std::move(integrated));
  Observable dose{"absorbed_dose", {}, cycles, {}};
  for (const TargetRegion& target : target_regions(run)) dose.regions.push_back(target.name);
  dose.values =
      s ? dose_derivative_of(of.library, run, *s, of.substances, of.sex, of.convention, tail)
        : dose_of(of.library, run, of.substances, of.sex, of.convention, tail).values;
  out.push_back(std::move(dose));
  return out;
}

/// A run whose parameters or doses can be changed.
struct Variable {
  const PreparedRun& base;
  const Patient& patient;
  const Regimen& regimen;
  SimulationOptions options;

  Trajectory run(const std::vector<double>& values, const DoseDirection& direction,
                 double by) const {
    const System& system = *base.system;
    const Rates rates = system.rates<double>(values);
    Schedule schedule = schedule_of(changed(base.schedule.given, direction, by), system, rates);
    add_voids(schedule, system, rates, base.end);
    const auto phases =
        rate_phases(patient.cycle_effects, regimen.windows, system, values, base.end, schedule);
    return simulate(base.system, phases, schedule, base.times, base.end, options);
  }
};

/// Central differences of fourth order along one direction.
std::vector<Observable> differences(const Context& of, const Variable& variable,
                                    const Directions& directions, int column, double step) {
  const int parameters = static_cast<int>(directions.parameters.size());
  std::vector<Observable> out;
  for (const auto& [steps, weight] : {std::pair(1.0, -1.0 / 6.0), std::pair(-1.0, 1.0 / 6.0),
                                      std::pair(0.5, 4.0 / 3.0), std::pair(-0.5, -4.0 / 3.0)}) {
    std::vector<double> values = variable.base.system->parameter_values();
    if (column < parameters) values[directions.parameters[column]] += steps * step;
    const DoseDirection direction =
        column < parameters ? DoseDirection{} : directions.doses[column - parameters];
    const Trajectory run = variable.run(values, direction, steps * step);
    const auto at = observables(of, run, nullptr);
    if (out.empty()) {
      out = at;
      for (Observable& o : out) std::fill(o.values.begin(), o.values.end(), 0.0);
    }
    for (std::size_t o = 0; o < at.size(); ++o)
      for (std::size_t i = 0; i < at[o].values.size(); ++i)
        out[o].values[i] += weight / step * at[o].values[i];
  }
  return out;
}

/// Default output times that are not near an event: before and after differ there, and differences
/// err while what was given is still mixing.
std::vector<double> quiet_times(const PreparedRun& run, int per_cycle) {
  std::vector<double> out;
  for (const double time : default_times(run.schedule, run.end, per_cycle))
    if (std::none_of(
            run.schedule.events.begin(), run.schedule.events.end(),
            [&](const Event& event) { return std::abs(event.time - time) < 10.0 * shift; }))
      out.push_back(time);
  return out;
}

struct Columns {
  const Observable &exact, &tight_exact, &dual, &difference, &plain;
};

/// The worst entry of one column.
DerivativeCheck worst(const Columns& of, std::size_t column, std::size_t columns, double per,
                      const std::vector<double>& times, const DerivativeTolerances& tolerances) {
  DerivativeCheck out{"", of.exact.name, "", 0.0, 0.0, 0.0, 0.0, true};
  const std::size_t entries = of.exact.entries;
  for (std::size_t r = 0; r < of.exact.regions.size(); ++r) {
    double peak = 0.0;
    for (std::size_t e = r * entries; e < (r + 1) * entries; ++e)
      peak = std::max({peak, std::abs(of.tight_exact.values[e * columns + column]),
                       0.01 * std::abs(of.plain.values[e]) / per});
    if (peak == 0.0) continue;
    for (std::size_t e = r * entries; e < (r + 1) * entries; ++e) {
      const std::size_t at = e * columns + column;
      const double dual = std::abs(of.exact.values[at] - of.dual.values[at]) / peak;
      const double difference =
          std::abs(of.tight_exact.values[at] - of.difference.values[e]) / peak;
      out.dual_error = std::max(out.dual_error, dual);
      if (!(dual <= tolerances.dual && difference <= tolerances.difference)) out.passed = false;
      if (difference < out.difference_error && !out.where.empty()) continue;
      const std::size_t entry = e - r * entries;
      out.where = of.exact.name == "activity"
                      ? text(of.exact.regions[r], " at ", times[entry], " h")
                      : text(of.exact.regions[r], " in cycle ", entry + 1);
      out.exact = of.tight_exact.values[at];
      out.difference = of.difference.values[e];
      out.difference_error = difference;
    }
  }
  return out;
}

}  // namespace

std::vector<DerivativeCheck> check_derivatives(const Library& library, const Model& model,
                                               const Patient& patient, const Regimen& regimen,
                                               const Substances& substances,
                                               const std::vector<std::string>& names,
                                               const RunRequest& request, DoseConvention convention,
                                               const DerivativeTolerances& tolerances) {
  PreparedRun base = prepare_run(model, patient, regimen, substances, request);
  base.times = quiet_times(base, request.times_per_cycle);
  const NamedDirections named = named_directions(names, *base.system, base.schedule, regimen);
  const Context of{library, substances, patient.sex, convention};
  auto derivatives = [&](const auto& simulate_along, const SimulationOptions& options) {
    const auto [run, s] = simulate_along(base.system, base.phases, named.directions, base.schedule,
                                         base.times, base.end, options);
    return observables(of, run, &s);
  };
  SimulationOptions tightly = request.options;
  tightly.rtol = tight;
  const auto exact = derivatives(simulate_with_sensitivities, request.options);
  const auto dual = derivatives(simulate_with_jets, request.options);
  const auto tight_exact = derivatives(simulate_with_sensitivities, tightly);
  const Variable variable{base, patient, regimen, tightly};
  const auto plain =
      observables(of, variable.run(base.system->parameter_values(), {}, 0.0), nullptr);
  std::vector<DerivativeCheck> out;
  for (std::size_t c = 0; c < named.names.size(); ++c) {
    const auto& [name, value] = named.names[c];
    const bool time = c >= named.directions.parameters.size() && value.dimension == dimension::time;
    const double per = time || value.value == 0.0 ? 1.0 : std::abs(value.value);
    const auto central = differences(of, variable, named.directions, static_cast<int>(c),
                                     time ? shift : relative_step * per);
    for (std::size_t o = 0; o < exact.size(); ++o) {
      out.push_back(worst({exact[o], tight_exact[o], dual[o], central[o], plain[o]}, c,
                          named.names.size(), per, base.times, tolerances));
      out.back().direction = name;
    }
  }
  return out;
}

}  // namespace lutetia

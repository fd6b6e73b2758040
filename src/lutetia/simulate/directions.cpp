#include "lutetia/simulate/directions.hpp"

#include <algorithm>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "lutetia/simulate/motion.hpp"

namespace lutetia {
namespace {

/// A parameter the schedule was computed from would move its jumps, which are taken as given.
void refuse_schedule_parameters(const System& system, const Directions& directions,
                                Problems& problems) {
  const Network& network = system.network();
  std::vector<Tape::Slot> of_schedule = network.decay_constants;
  for (const auto& [name, slot] : network.slots)
    if (name.ends_with(".molar_mass")) of_schedule.push_back(slot);
  for (const NetworkVoiding& v : network.voiding) {
    of_schedule.push_back(v.first);
    of_schedule.push_back(v.interval);
  }
  std::vector<int> moved = directions.parameters;
  for (const ParameterDirection& direction : directions.joint)
    for (const ParameterChange& change : direction) moved.push_back(change.parameter);
  for (const Tape::Slot slot : of_schedule)
    for (const Tape::Slot on : network.tape.dependencies(slot))
      for (const int p : moved)
        if (network.tape.input_of(on) == p)
          problems.add(
              {.what = text("no derivative with respect to ", quote(network.parameters[p].name)),
               .where = network.parameters[p].where,
               .hint = "times or amounts of the schedule depend on it"});
}

double start_change(const DoseDirection& direction, int dose) {
  double out = 0.0;
  for (const DoseChange& change : direction)
    if (change.dose == dose) out += change.start;
  return out;
}

/// What begins together must move together: apart, it would be two cycles, or two clocks of voids.
void check_together(const DoseDirection& direction, const Schedule& schedule, Problems& problems) {
  const auto& given = schedule.given;
  auto begins = [&](const GivenDose& dose) {
    return begins_cycle(dose, schedule) ||
           std::any_of(schedule.events.begin(), schedule.events.end(), [&](const Event& event) {
             return event.clock >= 0 && given[event.clock].time == dose.time &&
                    (given[event.clock].block >= 0) == (dose.block >= 0);
           });
  };
  for (const DoseChange& change : direction)
    for (std::size_t g = 0; g < given.size(); ++g) {
      const GivenDose& dose = given[change.dose];
      if (given[g].time != dose.time || !begins(given[g]) || !begins(dose) ||
          start_change(direction, static_cast<int>(g)) == start_change(direction, change.dose))
        continue;
      problems.add({.what = text("two administrations begin a cycle at ", dose.time,
                                 " h; no derivative with respect to the start of one of them"),
                    .hint = "start one of them at another time, or write begins_cycle: false"});
    }
}

/// Rates that change with a cycle and by a window at once have no order when one of them moves.
void check_windows(const DoseDirection& direction, const Schedule& schedule,
                   const std::vector<RatePhase>& phases, Problems& problems) {
  for (const DoseChange& change : direction)
    for (const RatePhase& phase : phases)
      if (const GivenDose& dose = schedule.given[change.dose];
          change.start != 0.0 && phase.start == dose.time && phase.by_cycle && phase.by_window &&
          begins_cycle(dose, schedule))
        problems.add({.what = text("a window begins or ends at ", dose.time,
                                   " h, where a cycle begins; no derivative with respect to its "
                                   "start"),
                      .hint = "let the window begin or end at another time"});
}

void check_changes_of(const DoseDirection& direction, const Schedule& schedule,
                      Problems& problems) {
  for (const DoseChange& change : direction) {
    if (change.dose < 0 || change.dose >= static_cast<int>(schedule.given.size()))
      throw std::invalid_argument(text("no dose ", change.dose, " of ", schedule.given.size()));
    const GivenDose& dose = schedule.given[change.dose];
    if (change.labeled_amount != 0.0 && dose.block < 0)
      throw std::invalid_argument(
          text("dose ", change.dose, " of ", quote(dose.ligand), " has no label"));
    if (change.duration != 0.0 && dose.duration == 0.0)
      problems.add({.what = text("a bolus has no duration; no derivative with respect to that of ",
                                 quote(dose.ligand), " at ", dose.time, " h"),
                    .hint = "give it as an infusion"});
  }
}

}  // namespace

std::vector<ParameterSeeds> parameter_seeds(const Directions& directions, const RatePhase& values,
                                            std::size_t phase) {
  std::vector<ParameterSeeds> out;
  for (const int p : directions.parameters) out.push_back({{p, values.factors[p]}});
  out.resize(out.size() + directions.doses.size());
  for (const ParameterDirection& direction : directions.joint) {
    out.emplace_back();
    for (const ParameterChange& change : direction)
      out.back().emplace_back(change.parameter, change.by_phase[phase]);
  }
  return out;
}

DoseDirection relative_size(const Schedule& schedule, int dose) {
  const GivenDose& given = schedule.given.at(dose);
  return {{.dose = dose, .labeled_amount = given.labeled_amount, .amount = given.amount}};
}

std::vector<GivenDose> changed(std::vector<GivenDose> given, const DoseDirection& direction,
                               double by) {
  for (const DoseChange& change : direction) {
    GivenDose& dose = given.at(change.dose);
    if (dose.labeled_amount > 0.0)
      dose.activity *= 1.0 + by * change.labeled_amount / dose.labeled_amount;
    dose.labeled_amount += by * change.labeled_amount;
    dose.amount += by * change.amount;
    dose.time += by * change.start;
    dose.duration += by * change.duration;
  }
  return given;
}

void check_directions(const Directions& directions, const System& system, const Schedule& schedule,
                      const std::vector<RatePhase>& phases) {
  Problems problems;
  auto check_parameter = [&](int p) {
    if (p < 0 || p >= static_cast<int>(system.network().parameters.size()))
      throw std::invalid_argument(text("no parameter ", p));
  };
  for (const int p : directions.parameters) check_parameter(p);
  for (const ParameterDirection& direction : directions.joint)
    for (const ParameterChange& change : direction) {
      check_parameter(change.parameter);
      if (change.by_phase.size() != phases.size())
        throw std::invalid_argument(text("a change of a parameter needs a derivative for each of ",
                                         phases.size(), " phases, found ", change.by_phase.size()));
    }
  refuse_schedule_parameters(system, directions, problems);
  for (const DoseDirection& direction : directions.doses) {
    check_changes_of(direction, schedule, problems);
    check_together(direction, schedule, problems);
    check_windows(direction, schedule, phases, problems);
  }
  problems.throw_if_any();
  (void)motions(schedule, directions);
}

}  // namespace lutetia

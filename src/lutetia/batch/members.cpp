#include "lutetia/batch/members.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <numeric>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "lutetia/radiobiology/damage.hpp"

namespace lutetia {
namespace {

constexpr double ever = std::numeric_limits<double>::infinity();

/// A member ready to run.
struct Ready {
  std::size_t number;  ///< in the block
  TogetherMember run;
  double end;
};

/// Everything that depends on parameter values, as study's run() does it.
Ready make_ready(const Batch& batch, const Course& course, const double* row, std::size_t number) {
  std::vector<double> values = course.values;
  Problems problems;
  for (std::size_t g = 0; g < course.given.size(); ++g) {
    if (course.given[g] < 0) continue;
    const NetworkParameter& parameter = course.system->network().parameters[course.given[g]];
    if (!std::isfinite(row[g]))
      problems.add({.what = text(quote(parameter.name), " is not finite"),
                    .where = parameter.where,
                    .found = text(row[g])});
    else if (auto problem = implausible(parameter, row[g]))
      problems.add(*problem);
    values[course.given[g]] = row[g];
  }
  problems.throw_if_any();
  const System& system = *course.system;
  Rates rates = system.rates<double>(values);
  system.check(rates);
  const auto& options = batch.options;
  Ready out{number, {{}, expand(course.regimen, system, rates)}, 0.0};
  out.end = options.end.value_or(default_end(system, rates, out.run.schedule));
  if (!options.end && !options.times.empty() && batch.observes({Outcome::activity}))
    out.end = std::max(out.end, options.times.back());
  add_voids(out.run.schedule, system, rates, out.end);
  if (course.cycle_effects.empty() && course.regimen.windows.empty())
    out.run.phases.push_back({-ever, std::move(rates), {}, {}});
  else
    out.run.phases = rate_phases(course.cycle_effects, course.regimen.windows, system, values,
                                 out.end, out.run.schedule);
  return out;
}

bool can_share(const Ready& a, const Ready& b) {
  return a.end == b.end && can_share_steps(a.run, b.run);
}

/// Sum of the activities of all nuclides, shape (regions of the course, cycles).
std::vector<double> sum_of_nuclides(const std::vector<TimeIntegratedActivity>& tia,
                                    std::size_t size) {
  std::vector<double> out(size, 0.0);
  for (const TimeIntegratedActivity& t : tia)
    for (std::size_t i = 0; i < size; ++i) out[i] += t.values[i];
  return out;
}

/// Results of one member by region of its course, shape (regions or targets, cycles or times).
struct MemberTables {
  std::vector<double> tia, dose, activity, protraction, bed;
  std::vector<double> damage;  ///< shape (parts, times)
};

/// Dose, dose of alpha particles and protraction of one target up to each time, (parts, times).
std::vector<double> damage_of(const DoseRates& rates, std::size_t target, const Repair& repair,
                              const std::vector<double>& times) {
  const auto one = [&](const std::vector<DoseRate::Piece>& all) {
    std::vector<DoseRate::Piece> out;
    for (std::size_t i = target; i < all.size(); i += rates.regions.size()) out.push_back(all[i]);
    return out;
  };
  DoseRates alone{{rates.regions[target]}, rates.knots, one(rates.low_let),
                  one(rates.alpha),        {},          {}};
  alone.low_let_tail_decay = {rates.low_let_tail_decay[target]};
  if (!rates.alpha.empty()) alone.alpha_tail_decay = {rates.alpha_tail_decay[target]};
  std::vector<double> out;
  const std::vector<Damage> found = damage(alone, {repair}, times);
  for (const auto part : {&Damage::dose, &Damage::alpha_dose, &Damage::protraction})
    for (const Damage& at : found) out.push_back(at.*part);
  return out;
}

/// Protraction and biologically effective dose of every cycle, and the damage over time.
void add_radiobiology(const Batch& batch, const Course& course, const Trajectory& run,
                      const std::vector<TimeIntegratedActivity>& tia, MemberTables& out) {
  std::vector<Repair> repair;
  std::vector<std::string> names;
  for (const int target : course.dose.targets())
    names.push_back(course.system->network().regions[target].name);
  for (const Tissue& tissue : course.tissues) repair.push_back(tissue.repair);
  const DoseRates rates = dose_rates(run.curves, names, course.dose.terms(run), tia);
  if (batch.observes({Outcome::damage}))
    out.damage =
        damage_of(rates, course.damage_target, repair[course.damage_target], batch.options.times);
  const auto by_cycle = damage_by_cycle(rates, repair, run.schedule.cycle_starts);
  for (std::size_t i = 0; i < by_cycle.size(); ++i) {
    out.protraction.push_back(by_cycle[i].protraction);
    out.bed.push_back(biologically_effective_dose(by_cycle[i], course.tissues[i / course.cycles]));
  }
}

void require_finite(const std::vector<double>& values, const char* what) {
  if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); }))
    throw DataError(text(what, " is not finite"));
}

/// Everything the batch observes of a run. What fails, fails here.
MemberTables tables_of(const Batch& batch, const Course& course, const Trajectory& run) {
  MemberTables out;
  const std::size_t regions = course.regions.size();
  const bool dose = batch.observes({Outcome::absorbed_dose, Outcome::total_absorbed_dose});
  const bool curves = batch.options.simulation.curves;
  if (dose || curves ||
      batch.observes(
          {Outcome::time_integrated_activity, Outcome::total_time_integrated_activity})) {
    const auto by_nuclide = time_integrated_activity(run, batch.options.tail);
    out.tia = sum_of_nuclides(by_nuclide, regions * course.cycles);
    if (dose) out.dose = course.dose.values(run, by_nuclide);
    if (curves) add_radiobiology(batch, course, run, by_nuclide, out);
  }
  if (batch.observes({Outcome::activity}))
    for (std::size_t r = 0; r < regions; ++r) {
      const auto row = run.activity(static_cast<int>(r), "");
      out.activity.insert(out.activity.end(), row.begin(), row.end());
    }
  require_finite(out.tia, "a time-integrated activity");
  require_finite(out.dose, "an absorbed dose");
  require_finite(out.activity, "an activity");
  require_finite(out.bed, "a biologically effective dose");
  require_finite(out.damage, "a damage");
  return out;
}

bool is_total(Outcome outcome) {
  return outcome == Outcome::total_absorbed_dose ||
         outcome == Outcome::total_time_integrated_activity ||
         outcome == Outcome::total_protraction ||
         outcome == Outcome::total_biologically_effective_dose;
}

/// Rows of a table to where the batch keeps those regions; for a total the sum of each row.
/// @param regions  of the course, for each row of the table
void copy_rows(const Batch& batch, const Course& course, const std::vector<double>& table,
               const std::vector<int>& regions, std::size_t outcome, std::size_t member,
               BlockResult& out) {
  const Outcome what = batch.options.observe[outcome];
  const bool total = is_total(what);
  const std::size_t width = what == Outcome::activity ? batch.options.times.size() : course.cycles;
  const std::size_t columns = batch.columns(what);
  for (std::size_t row = 0; row < regions.size(); ++row) {
    const auto from = table.begin() + static_cast<long>(row * width);
    const std::size_t place = member * batch.regions.size() + course.regions[regions[row]];
    const auto to = out.values[outcome].begin() + static_cast<long>(place * columns);
    if (total)
      *to = std::accumulate(from, from + static_cast<long>(width), 0.0);
    else
      std::copy_n(from, width, to);
  }
}

void copy_tables(const Batch& batch, const Course& course, const MemberTables& tables,
                 std::size_t member, BlockResult& out) {
  std::vector<int> all(course.regions.size());
  std::iota(all.begin(), all.end(), 0);
  for (std::size_t o = 0; o < batch.options.observe.size(); ++o) switch (batch.options.observe[o]) {
      case Outcome::absorbed_dose:
      case Outcome::total_absorbed_dose:
        copy_rows(batch, course, tables.dose, course.dose.targets(), o, member, out);
        break;
      case Outcome::time_integrated_activity:
      case Outcome::total_time_integrated_activity:
        copy_rows(batch, course, tables.tia, all, o, member, out);
        break;
      case Outcome::activity:
        copy_rows(batch, course, tables.activity, all, o, member, out);
        break;
      case Outcome::protraction:
      case Outcome::total_protraction:
        copy_rows(batch, course, tables.protraction, course.dose.targets(), o, member, out);
        break;
      case Outcome::biologically_effective_dose:
      case Outcome::total_biologically_effective_dose:
        copy_rows(batch, course, tables.bed, course.dose.targets(), o, member, out);
        break;
      case Outcome::damage:
        std::copy(tables.damage.begin(), tables.damage.end(),
                  out.values[o].begin() + static_cast<long>(member * tables.damage.size()));
        break;
    }
}

/// Do something for a member; what goes wrong becomes his status. A wrong call is no fault of his.
template <class Do>
bool attempt(std::size_t member, BlockResult& out, const Do& something) {
  MemberStatus status = MemberStatus::internal_error;
  std::string message;
  try {
    something();
    return true;
  } catch (const std::invalid_argument&) {
    throw;
  } catch (const ModelError& error) {
    status = MemberStatus::model_error;
    message = error.what();
  } catch (const SolverError& error) {
    status = MemberStatus::solver_error;
    message = error.what();
  } catch (const DataError& error) {
    status = MemberStatus::data_error;
    message = error.what();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    message = error.what();
  }
  out.status[member] = status;
  out.messages[member] = message;
  return false;
}

void keep(const Batch& batch, const Course& course, const Trajectory& run, std::size_t member,
          BlockResult& out) {
  MemberTables tables;
  if (!attempt(member, out, [&] { tables = tables_of(batch, course, run); })) return;
  copy_tables(batch, course, tables, member, out);
  out.status[member] = MemberStatus::ok;
}

void run_alone(const Batch& batch, const Course& course, const std::vector<double>& times,
               const Ready& member, BlockResult& out) {
  Trajectory run;
  if (attempt(member.number, out, [&] {
        run = simulate(course.system, member.run.phases, member.run.schedule, times, member.end,
                       batch.options.simulation);
      }))
    keep(batch, course, run, member.number, out);
}

/// Run members that share steps. @return false when one of them failed
bool run_together(const Batch& batch, const Course& course, const std::vector<double>& times,
                  std::span<const Ready> members, BlockResult& out) {
  std::vector<TogetherMember> lanes;
  for (const Ready& member : members) lanes.push_back(member.run);
  std::vector<Trajectory> runs;
  try {
    runs = simulate_together(course.system, lanes, times, members.front().end,
                             batch.options.simulation);
  } catch (const Error&) {
    return false;
  }
  for (std::size_t m = 0; m < members.size(); ++m)
    keep(batch, course, runs[m], members[m].number, out);
  return true;
}

}  // namespace

std::string to_string(MemberStatus status) {
  switch (status) {
    case MemberStatus::not_run:
      return "not run";
    case MemberStatus::ok:
      return "ok";
    case MemberStatus::model_error:
      return "ModelError";
    case MemberStatus::data_error:
      return "DataError";
    case MemberStatus::solver_error:
      return "SolverError";
    case MemberStatus::internal_error:
      return "InternalError";
  }
  return "InternalError";
}

BlockResult::BlockResult(const Batch& batch, std::size_t rows)
    : status(rows * batch.courses.size(), MemberStatus::not_run), messages(status.size()) {
  for (const Outcome outcome : batch.options.observe)
    values.emplace_back(status.size() * batch.rows(outcome) * batch.columns(outcome),
                        std::numeric_limits<double>::quiet_NaN());
}

std::size_t chunk_count(const Batch& batch, std::size_t rows) {
  return batch.courses.size() * ((rows + together_at_most - 1) / together_at_most);
}

void run_chunk(const Batch& batch, const Rows& rows, std::size_t chunk, const std::stop_token& stop,
               BlockResult& out) {
  const std::size_t courses = batch.courses.size(), first = chunk / courses * together_at_most;
  const Course& course = batch.courses[chunk % courses];
  const std::vector<double> times =
      batch.observes({Outcome::activity}) ? batch.options.times : std::vector<double>{};
  std::vector<Ready> waiting;
  for (std::size_t row = first; row < std::min(first + together_at_most, rows.count); ++row) {
    const std::size_t member = row * courses + chunk % courses;
    attempt(member, out, [&] {
      waiting.push_back(
          make_ready(batch, course, rows.values.data() + row * course.given.size(), member));
    });
  }
  while (!waiting.empty() && !stop.stop_requested()) {
    std::vector<Ready> group, rest;
    for (Ready& member : waiting) {
      const bool joins =
          group.empty() || (!batch.options.reproducible && can_share(group.front(), member));
      (joins ? group : rest).push_back(std::move(member));
    }
    if (group.size() == 1 || !run_together(batch, course, times, group, out))
      for (const Ready& member : group)
        if (!stop.stop_requested()) run_alone(batch, course, times, member, out);
    waiting = std::move(rest);
  }
}

}  // namespace lutetia

#include "lutetia/simulate/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "lutetia/simulate/curve_follower.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

void check_arguments(const Schedule& schedule, const std::vector<double>& times, double end,
                     const SimulationOptions& o) {
  auto refuse = [](const std::string& what) { throw std::invalid_argument(what); };
  if (!(o.rtol >= 1e-13 && o.rtol <= 0.1))
    refuse(text("rtol must be between 1e-13 and 0.1, found ", o.rtol));
  if (!(o.atol_fraction > 0.0))
    refuse(text("atol_fraction must be positive, found ", o.atol_fraction));
  if (!(o.first_step > 0.0)) refuse(text("first_step must be positive, found ", o.first_step));
  const double start = schedule.events.empty() ? 0.0 : std::min(0.0, schedule.events.front().time);
  if (!std::isfinite(end) || end <= 0.0)
    refuse(text("the end of the run must be positive, found ", end, " h"));
  if (!schedule.events.empty() && end < schedule.events.back().time)
    refuse(text("the run ends at ", end, " h, before the last event (", schedule.events.back().name,
                ") at ", schedule.events.back().time, " h"));
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!std::isfinite(times[i]) || times[i] < start)
      refuse(text("output time ", times[i], " h is not a time of the run"));
    if (i > 0 && times[i] < times[i - 1])
      refuse(text("output times must ascend, found ", times[i], " h after ", times[i - 1], " h"));
    if (times[i] > end)
      refuse(text("output time ", times[i], " h is after the end of the run at ", end, " h"));
  }
}

}  // namespace

Trajectory prepared(std::shared_ptr<const System> system, const std::vector<RatePhase>& phases,
                    const Schedule& schedule, const std::vector<double>& times, double end,
                    const SimulationOptions& options) {
  check_arguments(schedule, times, end, options);
  for (const RatePhase& phase : phases) system->check(phase.rates);
  Trajectory out;
  out.system = std::move(system);
  out.phases = phases;
  out.schedule = schedule;
  out.times = times;
  out.end = end;
  out.rtol = options.rtol;
  return out;
}

Trajectory simulate(std::shared_ptr<const System> system, const std::vector<RatePhase>& phases,
                    const Schedule& schedule, const std::vector<double>& times, double end,
                    const SimulationOptions& options) {
  Trajectory out = prepared(std::move(system), phases, schedule, times, end, options);
  switch (options.method) {
    case Method::rodas5p:
      run_plain<rodas5p, double>({&out, 1}, options);
      break;
    case Method::rodas4p:
      run_plain<rodas4p, double>({&out, 1}, options);
      break;
  }
  return out;
}

Trajectory simulate(std::shared_ptr<const System> system, const Rates& rates,
                    const Schedule& schedule, const std::vector<double>& times, double end,
                    const SimulationOptions& options) {
  constexpr double ever = std::numeric_limits<double>::infinity();
  return simulate(std::move(system), std::vector<RatePhase>{{-ever, rates, {}, {}}}, schedule,
                  times, end, options);
}

double default_end(const System& system, const Rates& rates, const Schedule& schedule) {
  double slowest = 0.0;
  for (std::size_t t = 0; t < system.structure().tracers.size(); ++t) {
    const double half_life = constants::ln2 / system.decay_constant(rates, static_cast<int>(t));
    slowest = std::max(slowest, half_life);
  }
  const double six_weeks = parse_as("6 week", dimension::time);
  constexpr double half_lives = 10.0;
  return schedule.last_end +
         (slowest > 0.0 ? std::min(half_lives * slowest, six_weeks) : six_weeks);
}

std::vector<double> default_times(const Schedule& schedule, double end, int per_cycle) {
  std::vector<double> starts = schedule.cycle_starts;
  if (starts.empty()) starts.push_back(0.0);
  std::vector<double> out{end};
  double length = end - starts.back();
  for (std::size_t c = 0; c < starts.size(); ++c) {
    const double stop = c + 1 < starts.size() ? starts[c + 1] : end;
    // The last cycle is sampled as the one before it, so that equal cycles show equal peaks.
    if (c + 1 < starts.size()) length = stop - starts[c];
    // Cubic spacing: minutes after the administration, days at the end of the cycle.
    for (int i = 0; i < per_cycle; ++i) {
      const double u = static_cast<double>(i) / per_cycle;
      out.push_back(starts[c] + length * u * u * u);
    }
  }
  const bool labeled = !schedule.cycle_starts.empty();  // then amino acids and the like peak unseen
  for (const GivenDose& dose : schedule.given)
    if (dose.block >= 0 || !labeled) out.push_back(dose.time + dose.duration);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  while (out.back() > end) out.pop_back();
  return out;
}

}  // namespace lutetia

#include "lutetia/simulate/motion.hpp"

#include <algorithm>
#include <stdexcept>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

bool contains(const std::vector<int>& list, int item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// How fast what a dose does at an event moves: its start or its end; 0 when it is neither.
double speed_at(const Event& event, const GivenDose& dose, const DoseChange& change) {
  if (dose.time == event.time) return change.start;
  if (dose.duration > 0.0 && dose.end() == event.time) return change.start + change.duration;
  return 0.0;
}

Motion motion_of(const Event& event, const Schedule& schedule, const DoseDirection& direction) {
  Motion out{-1, 0.0, {}, false};
  auto move = [&](double speed) {
    if (out.speed != 0.0 && speed != out.speed)
      throw std::invalid_argument(
          text(event.name, " at ", event.time, " h would move at two speeds along one direction"));
    out.speed = speed;
  };
  for (const DoseChange& change : direction) {
    const GivenDose& dose = schedule.given[change.dose];
    if (event.clock >= 0) {
      if (dose.time == schedule.given[event.clock].time && change.dose == event.clock &&
          change.start != 0.0)
        move(change.start);
      continue;
    }
    const double speed = speed_at(event, dose, change);
    if (speed == 0.0 || event.jumps.empty()) continue;
    move(speed);
    out.doses.push_back(change.dose);
    if (dose.time == event.time && begins_cycle(dose, schedule)) out.cycle = true;
  }
  return out;
}

}  // namespace

std::vector<std::vector<Motion>> motions(const Schedule& schedule, const Directions& directions) {
  std::vector<std::vector<Motion>> out(schedule.events.size());
  for (std::size_t e = 0; e < out.size(); ++e)
    for (std::size_t d = 0; d < directions.doses.size(); ++d) {
      Motion motion = motion_of(schedule.events[e], schedule, directions.doses[d]);
      motion.direction = static_cast<int>(d);
      if (motion.speed != 0.0) out[e].push_back(std::move(motion));
    }
  return out;
}

std::vector<double> before_moving(const Event& event, const Motion& motion,
                                  const Schedule& schedule, const Rates& rates,
                                  std::span<const double> x) {
  std::vector<double> out(x.begin(), x.end());
  if (event.clock >= 0) return out;
  for (const Jump& jump : event.jumps) {
    double moving = 0.0;  // contribution to the value of what moves
    for (const auto& [dose, part] : jump.parts)
      if (contains(motion.doses, dose) && schedule.given[dose].time == event.time) moving += part;
    for (const auto& [dose, part] : jump.ended)
      if (contains(motion.doses, dose)) moving -= part;
    const double staying = (jump.value - moving) * jump.share_at(rates);
    if (jump.kind == Jump::Kind::add) out[jump.state] += staying;
    if (jump.kind == Jump::Kind::set) out[jump.state] = staying;
  }
  return out;
}

const Rates& rates_before_moving(const Event& event, const Motion& motion, const Trajectory& run) {
  for (std::size_t p = 1; motion.cycle && p < run.phases.size(); ++p)
    if (run.phases[p].start == event.time && run.phases[p].by_cycle) return run.phases[p - 1].rates;
  return run.rates_at(event.time);
}

}  // namespace lutetia

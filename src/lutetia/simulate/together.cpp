#include "lutetia/simulate/together.hpp"

#include <algorithm>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "lutetia/simulate/curve_follower.hpp"

namespace lutetia {

bool can_share_steps(const TogetherMember& a, const TogetherMember& b) {
  const auto& x = a.schedule.events;
  const auto& y = b.schedule.events;
  return a.schedule.cycle_starts == b.schedule.cycle_starts &&
         std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](const Event& e, const Event& f) { return e.time == f.time; }) &&
         std::equal(a.phases.begin(), a.phases.end(), b.phases.begin(), b.phases.end(),
                    [](const RatePhase& p, const RatePhase& q) { return p.start == q.start; });
}

std::vector<Trajectory> simulate_together(std::shared_ptr<const System> system,
                                          std::span<const TogetherMember> members,
                                          const std::vector<double>& times, double end,
                                          const SimulationOptions& options) {
  if (members.size() > together_at_most)
    throw std::invalid_argument(
        text("at most ", together_at_most, " members can run together, found ", members.size()));
  if (members.empty()) return {};
  for (const TogetherMember& member : members)
    if (!can_share_steps(members.front(), member))
      throw std::invalid_argument("members that run together must stop at the same times");
  std::vector<Trajectory> out;
  for (const TogetherMember& member : members)
    out.push_back(prepared(system, member.phases, member.schedule, times, end, options));
  switch (options.method) {
    case Method::rodas5p:
      run_plain<rodas5p, Lanes>(out, options);
      break;
    case Method::rodas4p:
      run_plain<rodas4p, Lanes>(out, options);
      break;
  }
  return out;
}

}  // namespace lutetia

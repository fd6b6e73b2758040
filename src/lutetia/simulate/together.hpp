/// @file Several runs of one system at once: the same events and outputs, other rates and amounts.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "lutetia/simulate/simulate.hpp"

namespace lutetia {

/// Runs simulate_together() takes at most.
constexpr std::size_t together_at_most = lane_count;

/// What one of several runs has of its own.
struct TogetherMember {
  std::vector<RatePhase> phases;
  Schedule schedule;
};

/// True when two members stop and change rates at the same times, so that they can share steps.
bool can_share_steps(const TogetherMember& a, const TogetherMember& b);

/// Trajectories of up to four members, in their order.
/// @param members  that can share steps
/// @param times    output times, the same for all [h]
/// @throws SolverError when any of them fails; run each alone to learn which
/// @throws std::invalid_argument for too many members or members that cannot share steps
/// @throws std::invalid_argument, ModelError  as simulate()
std::vector<Trajectory> simulate_together(std::shared_ptr<const System> system,
                                          std::span<const TogetherMember> members,
                                          const std::vector<double>& times, double end,
                                          const SimulationOptions& options = {});

}  // namespace lutetia

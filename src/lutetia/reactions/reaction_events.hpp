/// @file The jumps of a schedule as events of a reaction network.
#pragma once

#include <vector>

#include "lutetia/reactions/reaction_network.hpp"

namespace lutetia {

/// Index of the phase in force at a time.
int phase_at(const std::vector<RatePhase>& phases, double time);

/// Events at distinct times. Jumps at one time happen one after the other; since each is affine in
/// the states, together they are one assignment for each state.
/// @param species_of_state  −1 for states the reactions do without
std::vector<ReactionEvent> reaction_events(const std::vector<RatePhase>& phases,
                                           const Schedule& schedule,
                                           const std::vector<int>& species_of_state);

}  // namespace lutetia

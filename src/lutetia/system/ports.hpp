/// @file Where a port enters the states of a block.
#pragma once

#include <vector>

#include "lutetia/system/system.hpp"

namespace lutetia {

/// A compartment named in a split: in full, or the organ whose compartment the route enters.
/// −1 when unknown.
int split_compartment(const Network& network, const std::string& route, const std::string& name);

/// Compartments a port enters and the share of each: those of its route that hold the block's
/// substance, after what an explicit split takes away. Empty when nobody can take this way.
/// @param problems  takes unknown routes and unknown places of a split
std::vector<PortTarget> targets_of(Network& network, const Port& port, const Block& block,
                                   Problems& problems);

}  // namespace lutetia

/// @file Where a port enters the states of a block.
#pragma once

#include <vector>

#include "lutetia/system/system.hpp"

namespace lutetia {

/// Compartments a port enters and the share of each: those of its route that hold the block's
/// substance, after what an explicit split takes away. Empty when nobody can take this way.
/// @throws ModelError for an unknown route, an unknown place of a split, or shares above one
std::vector<PortTarget> targets_of(Network& network, const Port& port, const Block& block);

}  // namespace lutetia

/// @file Decay chains of the tracers of a regimen: which further labeled forms a run must follow.
#pragma once

#include <vector>

#include "lutetia/nuclide/decay_chain.hpp"
#include "lutetia/system/system.hpp"

namespace lutetia {

/// Add the daughters of every tracer that is given, and of theirs.
///
/// A daughter the chelator keeps is a tracer of the same ligand; one it frees, or the daughter of a
/// free atom, is a tracer of its free form. Both exist where the share that is freed is neither 0
/// nor 1.
/// @param chains  that begin with the nuclides of structure.tracers
/// @throws ModelError for a daughter that is freed and has no free form
void add_daughters(SystemStructure& structure, const std::vector<DecayChain>& chains);

}  // namespace lutetia

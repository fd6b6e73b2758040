/// @file Processes and effects of a network: named compartments become indices, formulas slots.
#pragma once

#include "lutetia/system/scope.hpp"

namespace lutetia {

/// Index of a compartment named relative to an organ, by connection or in full; −1 after a problem.
int find_place(const Network& network, const Place& named, const OrganInstance* organ,
               Problems& problems);

/// Add a process of an organ (nullptr: of the model) to a network whose compartments and effects
/// stand.
void add_process(const Process& process, const OrganInstance* organ, Network& network, Scope& scope,
                 Problems& problems);

/// Add an effect; processes name it.
void add_effect(const Effect& effect, const OrganInstance* organ, Network& network, Scope& scope,
                Problems& problems);

}  // namespace lutetia

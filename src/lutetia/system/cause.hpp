/// @file Why a computed quantity came out impossible: the named quantity it began with and the
/// given numbers behind it.
#pragma once

#include <span>
#include <string>

#include "lutetia/system/network.hpp"

namespace lutetia {

/// The problem of a slot that is not positive: names the first quantity of its calculation that
/// already was not, with its formula and the values of the patient that enter it. Slots with one
/// cause give one equal problem.
/// @param what   of the slot itself, when no named quantity explains it: "the volume of 'veins'"
/// @param slots  value of every slot
/// @return without a place when several values of the patient may be at fault
Problem impossible(const Network& network, std::span<const double> slots, Tape::Slot slot,
                   const std::string& what);

}  // namespace lutetia

/// @file One entry of a regimen: an administration with its repeats.
#pragma once

#include <vector>

#include "lutetia/dosing/regimen.hpp"

namespace lutetia {

/// Read an administration and its repeats; `clock` is set when its time is a clock time.
std::vector<Administration> read_administration(const Node& node, bool& clock, Problems& problems);

}  // namespace lutetia

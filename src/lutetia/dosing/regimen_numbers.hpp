/// @file Every number of a regimen by name, with where it comes from.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lutetia/dosing/regimen.hpp"

namespace lutetia {

/// Activities, amounts, durations and starts, shares and windows, as "administration 1 amount".
/// Amino acids have the number of the administration they protect ("administration 1 lysine
/// amount"), and starts that count from its start.
/// @param regimen  as read or with its amino acids among the administrations
std::vector<std::pair<std::string, SourcedQuantity>> numbers_of(const Regimen& regimen);

}  // namespace lutetia

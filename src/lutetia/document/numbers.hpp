/// @file Every number of a data file by name, with where it comes from, whatever kind of file it
/// is.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lutetia/document/fields.hpp"

namespace lutetia {

/// Every number written as `{value: …}`, and every text of a file with a tag that is a number.
///
/// Names are the keys that lead to a number, joined by dots; an entry of a list is named by its
/// words, "phantoms.male.values kidney, liver". Numbers without tag take source and tag of the map
/// they stand in, up to the file.
std::vector<std::pair<std::string, SourcedQuantity>> sourced_numbers(const Node& file);

}  // namespace lutetia

/// @file What a name in a model may look like.
#pragma once

#include <string>

#include "lutetia/document/node.hpp"

namespace lutetia {

/// A compartment or organ as named in a file.
struct Place {
  std::string name;
  Location where;
};

/// Letters, digits and underscores, starting with a letter.
bool is_name(const std::string& name);

/// Add a problem when a scalar is not a name.
void check_name(const Node& node, const std::string& what, Problems& problems);

/// True when `name` matches a pattern in which '*' stands for any text.
bool matches(const std::string& pattern, const std::string& name);

}  // namespace lutetia

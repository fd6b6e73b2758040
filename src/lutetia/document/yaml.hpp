/// @file YAML text to Node tree. The only file that knows yaml-cpp is yaml.cpp.
#pragma once

#include <filesystem>
#include <string>

#include "lutetia/document/node.hpp"

namespace lutetia {

/// Parse YAML text.
/// @param name  how messages call the text, normally its path
/// @throws ModelError with line and column on a syntax error, a duplicate key, an alias, nesting
///         deeper than 32 levels, or text that is not UTF-8 YAML (a binary file).
Node parse_yaml(const std::string& text, const std::string& name);

/// Read and parse a file of at most 5 MB.
/// @throws FileError when it does not exist or cannot be read; ModelError as parse_yaml.
Node read_yaml(const std::filesystem::path& file);

}  // namespace lutetia

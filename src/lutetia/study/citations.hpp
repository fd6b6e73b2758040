/// @file Sources: the list of a library, and that what cites them names an entry of it.
#pragma once

#include <filesystem>

#include "lutetia/document/library.hpp"
#include "lutetia/document/node.hpp"

namespace lutetia {

/// Check the list itself: every source has a citation.
void check_source_list(const Node& node, Problems& problems);

/// The citation rule: in a library every `source` is a key of its list of sources. A file elsewhere
/// may cite what it likes.
void check_citations(const Library& library, const std::filesystem::path& file, const Node& node,
                     Problems& problems);

}  // namespace lutetia

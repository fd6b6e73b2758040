/// @file Formulas and processes of a model file.
#pragma once

#include <optional>
#include <vector>

#include "lutetia/document/node.hpp"
#include "lutetia/model/process.hpp"

namespace lutetia {

/// Parse a formula node; nullopt after a problem.
std::optional<Formula> read_formula(const Node& node, const std::string& what, Problems& problems);

/// One name or a list of names. @param what  they are given as, for messages
std::vector<Place> read_places(const Node* node, const std::string& what, Problems& problems);

/// A list of processes; those with a problem are left out.
std::vector<Process> read_processes(const Node* node, Problems& problems);

}  // namespace lutetia

/// @file YAML tree → Model, with every problem reported at its line.
#pragma once

#include "lutetia/document/library.hpp"
#include "lutetia/model/ligand.hpp"
#include "lutetia/model/model.hpp"

namespace lutetia {

/// Read a model description; problems are collected, the result is then incomplete.
Model read_model(const Node& node, Problems& problems);

/// Read a model with optional modules of the library merged into it (modules.hpp).
Model read_model(const Library& library, const Node& node, const std::vector<std::string>& modules,
                 Problems& problems);

/// Read a model by library name or path.
/// @throws ModelError with all problems, FileError when there is no such file.
Model read_model(const Library& library, const std::string& name,
                 const std::vector<std::string>& modules = {});

}  // namespace lutetia

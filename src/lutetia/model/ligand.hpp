/// @file A ligand: the numbers a model asks of it by `ligand.name`, with their sources.
#pragma once

#include <string>
#include <vector>

#include "lutetia/model/model.hpp"

namespace lutetia {

struct Ligand {
  std::string name;
  std::string description;
  std::string substance = peptide;  ///< the compartments it can enter
  Location where = {};
  std::vector<Parameter> parameters;  ///< k_on, k_d, molar_mass, …

  const Parameter* find(const std::string& name) const;
};

Ligand read_ligand(const Node& node, Problems& problems);

}  // namespace lutetia

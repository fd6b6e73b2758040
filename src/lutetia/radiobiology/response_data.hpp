/// @file Data files of tumor response and of effects on normal tissue: numbers by name, with
/// sources and cautions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lutetia/document/fields.hpp"

namespace lutetia {

/// Numbers under their names, in the order of the file.
using NamedNumbers = std::vector<std::pair<std::string, SourcedQuantity>>;

/// A file of models/tumor_response. What is radiobiology of tissues in general (α/β, repair, RBE)
/// stands in models/radiobiology.
struct TumorResponseData {
  std::string name;
  std::string caution;
  NamedNumbers values;       ///< of the equations
  NamedNumbers sensitizers;  ///< factors on alpha by drug
  NamedNumbers recist;       ///< rules of RECIST
};

/// A file of models/normal_tissue.
struct NormalTissueData {
  std::string name;
  std::string kidney_caution, blood_caution;
  NamedNumbers kidney;
  std::vector<std::pair<std::string, NamedNumbers>> lines;
};

/// Read such a file; problems are collected, the result is then meaningless.
TumorResponseData read_tumor_response(const Node& node, Problems& problems);
NormalTissueData read_normal_tissue(const Node& node, Problems& problems);

}  // namespace lutetia

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

/// A file of models/tumor_response.
struct TumorResponseData {
  std::string name;
  std::string caution;
  NamedNumbers values;       ///< of the equations; every one of tumor_response_keys
  NamedNumbers sensitizers;  ///< factors on alpha by drug
  NamedNumbers recist;       ///< rules of RECIST
};

/// A file of models/normal_tissue.
struct NormalTissueData {
  std::string name;
  std::string kidney_caution, blood_caution;
  NamedNumbers kidney;
  NamedNumbers marrow;  ///< what all cell lines share
  std::vector<std::pair<std::string, NamedNumbers>> lines;
};

/// Read such a file; problems are collected, the result is then meaningless.
TumorResponseData read_tumor_response(const Node& node, Problems& problems);
NormalTissueData read_normal_tissue(const Node& node, Problems& problems);

}  // namespace lutetia

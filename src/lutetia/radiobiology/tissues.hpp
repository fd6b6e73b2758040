/// @file How tissues respond to radiation: α/β, repair, RBE of alpha particles.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lutetia/document/fields.hpp"
#include "lutetia/document/library.hpp"
#include "lutetia/radiobiology/repair.hpp"

namespace lutetia {

struct Tissue {
  double alpha_beta;  ///< [Gy]
  Repair repair;
  double rbe_max;  ///< of alpha particles at low dose, for BED [1]
};

/// Parameters of a file of models/radiobiology.
struct Tissues {
  std::string name;
  /// By region; "lesion" holds for every lesion, "other" for all that is not named.
  std::map<std::string, Tissue> tissues;
  double weighted_dose_rbe;  ///< of alpha particles in the RBE-weighted dose [1]
  std::vector<std::pair<std::string, SourcedQuantity>>
      values;  ///< every number as read, for provenance

  const Tissue& of(const std::string& region, bool lesion) const;
};

/// Read the file of a name from the library.
/// @throws ModelError, FileError
Tissues read_tissues(const Library& library, const std::string& name = "default");

/// Read such a file; problems are collected, the result is then meaningless.
Tissues read_tissues(const Node& node, Problems& problems);

}  // namespace lutetia

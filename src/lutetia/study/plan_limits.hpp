/// @file Limits of doses and of blood counts: what files say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lutetia/document/fields.hpp"
#include "lutetia/document/library.hpp"
#include "lutetia/model/names.hpp"

namespace lutetia {

/// The most a region may get over all cycles.
struct DoseLimit {
  Place region;
  std::string quantity;  ///< absorbed_dose, BED or EQD2
  SourcedQuantity most;  ///< [Gy]
  std::optional<double> risk = {};
};

/// A limit of a blood count: whose, and the risk it accepts.
struct LimitPlace {
  Place place;
  std::optional<double> risk = {};
};

/// Limits that are used together.
struct DoseLimits {
  std::string name, description;
  std::vector<DoseLimit> limits;
};

/// Limits of a list.
/// @param counts  where limits of counts go; null: a list of doses alone
std::vector<DoseLimit> read_limits(const Node& node, Problems& problems,
                                   std::vector<LimitPlace>* counts = nullptr);
DoseLimits read_dose_limits(const Node& node, Problems& problems);

/// Add what is wrong with names: a file of limits the library does not have, where settings name
/// one.
void check_limit_name(const Library& library, const Node& settings, Problems& problems);
/// The same of cell lines.
void check_counts(const Library& library, const std::vector<LimitPlace>& counts,
                  Problems& problems);

}  // namespace lutetia

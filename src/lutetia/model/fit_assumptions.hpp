/// @file What a fit assumes where the data say nothing: errors of measurements and spreads.
#pragma once

#include <map>
#include <string>

#include "lutetia/document/fields.hpp"

namespace lutetia {

struct FitAssumptions {
  std::string name;
  std::map<std::string, SourcedQuantity> relative_error;     ///< by kind of measurement [1]
  std::map<std::string, SourcedQuantity> calibration_error;  ///< of organs and tumors [1]
  std::map<std::string, SourcedQuantity> spread;  ///< standard deviations of logarithms [1]
  SourcedQuantity small_tumor_volume;             ///< [L]
};

/// Read such a file; problems are collected, the result is then meaningless.
FitAssumptions read_fit_assumptions(const Node& node, Problems& problems);

}  // namespace lutetia

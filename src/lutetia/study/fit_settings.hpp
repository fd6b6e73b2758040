/// @file How a case is to be fitted: what its file says; everything absent is left to the fit.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lutetia/document/fields.hpp"
#include "lutetia/estimation/error_model.hpp"
#include "lutetia/model/names.hpp"
#include "lutetia/system/system.hpp"

namespace lutetia {

/// Error model of a group of measurements as written.
struct ErrorSettings {
  ErrorModel model;                    ///< a [MBq]
  std::optional<double> scale_spread;  ///< of the logarithm of an estimated scale
};

/// How a parameter follows the cycles.
struct CycleTerm {
  Place parameter;
  std::string term;  ///< per_cycle_factor, after_first or free_per_cycle
};

struct FitSettings {
  std::optional<std::vector<Place>> free, shared;  ///< parameters; "lesions.…" means every lesion
  std::map<std::string, SourcedQuantity> cv;       ///< coefficients of variation of the prior
  std::vector<CycleTerm> cycle_effect;
  std::vector<Place> between_cycles, logit;
  std::map<std::string, ErrorSettings> errors;  ///< by group, "organ SPECT Lu-177"
  std::optional<bool> calibration;
  std::map<std::string, double> calibration_spreads;  ///< by series, "kidney SPECT"
  std::optional<int> starts, seed;
  std::optional<double> rtol;
};

FitSettings read_fit_settings(const Node& node, Problems& problems);

/// Add what is wrong with the names of parameters: unknown, computed, nothing depends on them, or
/// without a spread for a prior.
void check_fit_settings(const FitSettings& settings, const System& system, Problems& problems);

}  // namespace lutetia

/// @file A report on derivatives: against dual numbers and against differences.
#pragma once

#include "lutetia/study/sensitivity.hpp"

namespace lutetia {

/// The worst entry of one direction and observable, over regions, times and cycles.
struct DerivativeCheck {
  std::string direction;
  std::string observable;   ///< "activity", "time_integrated_activity" or "absorbed_dose"
  std::string where;        ///< "kidney at 4.5 h", "liver in cycle 2"
  double exact;             ///< there [internal unit per internal unit of the direction]
  double difference;        ///< central difference there
  double dual_error;        ///< of the exact derivative against dual numbers, relative to peak
  double difference_error;  ///< against central differences, relative to peak
  bool passed;
};

/// Errors up to which a derivative passes, relative to its peak over times or cycles in the region;
/// where that is less than a hundredth of what the observable is per value of the direction (per
/// hour for times), relative to that.
struct DerivativeTolerances {
  double dual = 1e-9;
  double difference = 1e-6;
};

/// Compare the derivatives of a run with those of its steps in dual numbers (at its own rtol), and
/// with central differences of fourth order of runs at rtol 1e-10. Output times are the default
/// ones that keep away from events, where before and after differ.
/// @param request  its times are not used
std::vector<DerivativeCheck> check_derivatives(const Library& library, const Model& model,
                                               const Patient& patient, const Regimen& regimen,
                                               const Substances& substances,
                                               const std::vector<std::string>& names,
                                               const RunRequest& request = {},
                                               DoseConvention convention = DoseConvention::s_values,
                                               const DerivativeTolerances& tolerances = {});

}  // namespace lutetia

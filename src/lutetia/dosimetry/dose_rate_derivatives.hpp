/// @file Derivatives of dose rates by what a run is differentiated by.
#pragma once

#include <vector>

#include "lutetia/dosimetry/derivatives.hpp"
#include "lutetia/dosimetry/dose_rates.hpp"

namespace lutetia {

/// Of one kind of radiation, at fixed time, per unit of each direction.
struct RateDerivative {
  std::vector<DoseRate::Piece> pieces;  ///< shape (intervals, regions, directions)
  std::vector<double> tail_dose;        ///< shape (regions, directions) [Gy]
};

/// An event that moves along a direction: where a dose rate jumps there, its derivative has an
/// impulse; where a cycle begins there, its mark moves along.
struct MovingEvent {
  std::size_t knot;
  int direction;
  double speed;  ///< [h per unit of the direction]
  bool cycle;
  std::vector<double> low_let_before, alpha_before;  ///< rates before it, per region [Gy/h]
};

struct DoseRateDerivatives {
  int directions = 0;
  RateDerivative low_let, alpha;    ///< alpha is empty where that of the dose rates is
  std::vector<MovingEvent> events;  ///< ascending in time
};

/// Derivatives of dose_rates() of the same run: through activities, and through S values, which
/// follow the mass of the target.
/// @param targets  target_regions(run)
/// @param terms  source_terms() of them
/// @param tia, tia_derivatives  of the run, with the tail of `rates`
DoseRateDerivatives dose_rate_derivatives(const Trajectory& run, const Sensitivities& sensitivities,
                                          const DoseRates& rates,
                                          const std::vector<TargetRegion>& targets,
                                          const SourceTerms& terms,
                                          const std::vector<TimeIntegratedActivity>& tia,
                                          const std::vector<TiaDerivative>& tia_derivatives);

}  // namespace lutetia

/// @file The equations of a line of blood cells, whatever drives them.
#pragma once

#include <cmath>

#include "lutetia/radiobiology/blood_counts.hpp"

namespace lutetia {

/// Places of the states: stem cells lost, ln P, ln C, then the maturing cells. Relative to before
/// treatment; logarithms keep cells positive however fast they die.
struct CellStates {
  enum { lost_reserve, log_proliferating, log_count, first_transit };
};

/// Slopes of the states of a cell line.
/// @param kill        of proliferating cells, h [1/h]
/// @param blood_kill  of circulating cells [1/h]
inline void cell_slopes(const CellLine& line, const double* x, double* out, double kill,
                        double blood_kill) {
  using S = CellStates;
  const double k = (line.transits + 1) / line.transit_time;
  const double reserve = 1.0 - x[S::lost_reserve];
  out[S::lost_reserve] = line.reserve_loss * kill * reserve;
  out[S::log_proliferating] =
      k * (reserve * std::exp(-line.feedback * x[S::log_count]) - 1.0) - kill;
  double before = std::exp(x[S::log_proliferating]);
  for (int i = 0; i < line.transits; ++i) {
    out[S::first_transit + i] = k * (before - x[S::first_transit + i]);
    before = x[S::first_transit + i];
  }
  out[S::log_count] = k * (before * std::exp(-x[S::log_count]) - 1.0) - blood_kill;
}

}  // namespace lutetia

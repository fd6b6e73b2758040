/// @file Activity of every region between any two steps of a run: what dose rates are made of.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "lutetia/system/system.hpp"

namespace lutetia {

/// Activity of every region, nuclide by nuclide, over a whole run. Between two knots it is the
/// polynomial of the fourth degree of dense output, kept by its values at five equidistant places:
/// they determine it exactly. It may jump at a knot.
struct ActivityCurves {
  static constexpr int places = 5;
  using Values = std::array<double, places>;  ///< at u = 0, ¼, ½, ¾, 1 of an interval [MBq]

  std::vector<std::string> nuclides;  ///< in the order of time_integrated_activity()
  std::size_t regions = 0;
  std::vector<double> knots;   ///< ascending [h]; one more than intervals
  std::vector<Values> values;  ///< shape (intervals, nuclides, regions)

  std::size_t intervals() const { return knots.empty() ? 0 : knots.size() - 1; }
  std::size_t row() const { return nuclides.size() * regions; }
};

/// Which states make up the activity of each nuclide in each region.
struct ActivitySums {
  /// A state that counts in part.
  struct Part {
    int state;
    Tape::Slot share;
  };
  std::vector<std::string> nuclides;
  std::vector<int> tracers;    ///< a tracer of each nuclide: where its decay constant stands
  std::vector<int> ends;       ///< end of the states of each sum, shape (nuclides, regions)
  std::vector<int> states;     ///< of all sums, one after the other
  std::vector<int> part_ends;  ///< the same of those that count in part
  std::vector<Part> parts;
};

ActivitySums activity_sums(const System& system);

}  // namespace lutetia

/// @file How much activity a limit of blood counts allows.
///
/// The cells see the BED of the marrow in equal steps of time, given + s·linear + s²·quadratic at
/// scale s: steps are short against the time cells stay in a compartment, so when within a step a
/// dose is given hardly matters. The lowest count falls with s, so the largest scale is a root.
#pragma once

#include <span>

#include "lutetia/radiobiology/blood_counts.hpp"

namespace lutetia {

/// Equal steps of time.
struct Steps {
  double length;                    ///< [h]
  std::vector<std::size_t> starts;  ///< steps in which the cycles begin that are looked at
};

/// BED of the marrow in each step [Gy] as a function of the scale of the activities.
struct ScaledBed {
  std::span<const double> given, linear, quadratic;
};

/// Lowest count of each cycle [1/L], of the last one until the end; without circulating cells being
/// killed in the blood.
/// @param bed  of the marrow in each step [Gy]
std::vector<double> lowest_counts(const CellLine& line, const Steps& steps,
                                  std::span<const double> bed);

/// Largest scale at which all of these are at least `least` [1/L]; zero where what was given
/// leaves less, infinity where no scale does, not a number where a BED is none.
double largest_scale(const CellLine& line, const Steps& steps, const ScaledBed& bed, double least);

}  // namespace lutetia

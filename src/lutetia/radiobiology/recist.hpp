/// @file Response classes of RECIST 1.1 from the sizes of the target lesions.
#pragma once

#include <string>
#include <vector>

namespace lutetia {

/// Without complete response: the sphere of a model never disappears.
enum class RecistClass { partial_response, stable_disease, progressive_disease };
std::string to_string(RecistClass response);

/// The rules of RECIST 1.1 (Eisenhauer 2009, doi:10.1016/j.ejca.2008.10.026).
struct RecistRules {
  double partial_response;        ///< sum of diameters over the baseline, at most [1]
  double progression;             ///< sum of diameters over the smallest so far, at least [1]
  double progression_difference;  ///< and absolute growth from there, at least [dm]
};

/// Diameter of a sphere. @param volume [L] @return [dm]
double sphere_diameter(double volume);

/// Class at each time. Progression counts from the smallest sum so far, the baseline included, and
/// goes before a partial response.
/// @param sums  of diameters, the first one is the baseline [dm]
std::vector<RecistClass> recist_classes(const std::vector<double>& sums, const RecistRules& rules);

}  // namespace lutetia

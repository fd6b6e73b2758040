#include "lutetia/radiobiology/recist.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {

std::string to_string(RecistClass response) {
  switch (response) {
    case RecistClass::partial_response:
      return "PR";
    case RecistClass::stable_disease:
      return "SD";
    case RecistClass::progressive_disease:
      return "PD";
  }
  return "";
}

double sphere_diameter(double volume) { return std::cbrt(6.0 * volume / constants::pi); }

std::vector<RecistClass> recist_classes(const std::vector<double>& sums, const RecistRules& rules) {
  std::vector<RecistClass> out;
  double smallest = sums.empty() ? 0.0 : sums.front();
  // Sums are cube roots of integrated volumes: a threshold counts as reached within their rounding.
  const double rounding = 1e-12 * smallest;
  for (const double sum : sums) {
    if (!(sum > 0.0))
      throw std::invalid_argument(text("sums of diameters must be positive, found ", sum));
    if (sum >= rules.progression * smallest - rounding &&
        sum - smallest >= rules.progression_difference - rounding)
      out.push_back(RecistClass::progressive_disease);
    else if (sum <= rules.partial_response * sums.front() + rounding)
      out.push_back(RecistClass::partial_response);
    else
      out.push_back(RecistClass::stable_disease);
    smallest = std::min(smallest, sum);
  }
  return out;
}

}  // namespace lutetia

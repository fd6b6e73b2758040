#include "lutetia/radiobiology/tumor_control.hpp"

#include <cmath>
#include <stdexcept>

#include "lutetia/core/text.hpp"

namespace lutetia {

double surviving_fraction(double alpha, const std::vector<DoseBin>& histogram) {
  double sum = 0.0;
  for (const DoseBin& part : histogram) sum += part.share * std::exp(-alpha * part.value);
  return sum;
}

double tumor_control_probability(double clonogens, double alpha,
                                 const std::vector<DoseBin>& histogram) {
  return std::exp(-clonogens * surviving_fraction(alpha, histogram));
}

double population_tcp(double clonogens, double mean, double cv,
                      const std::vector<DoseBin>& histogram) {
  if (!(cv >= 0.0)) throw std::invalid_argument(text("cv must not be negative, found ", cv));
  // Equal steps of the normal deviate converge faster than any power of the step; at large numbers
  // of clonogens TCP is a step in α, which asks for many.
  double sum = 0.0;
  for (const DoseBin& tumor : lognormal_bins(std::sqrt(std::log1p(cv * cv)), 2001))
    sum += tumor.share * tumor_control_probability(clonogens, mean * tumor.value, histogram);
  return sum;
}

}  // namespace lutetia

#include "lutetia/radiobiology/linear_quadratic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lutetia/units/constants.hpp"

namespace lutetia {

double biologically_effective_dose(double dose, double protraction, double alpha_beta,
                                   double alpha_dose, double rbe_max) {
  return rbe_max * alpha_dose + dose + protraction / alpha_beta;
}

double eqd2(double bed, double alpha_beta) {
  constexpr double fraction = 2.0;  // Gy, by definition
  return bed / (1.0 + fraction / alpha_beta);
}

double lea_catcheside(double dose, double protraction) {
  return dose != 0.0 ? protraction / (dose * dose) : 0.0;
}

double rbe_weighted_dose(double dose, double alpha_dose, double rbe) {
  return rbe * alpha_dose + dose;
}

double repopulation_loss(double time, double kick_off, double alpha, double doubling_time) {
  return constants::ln2 * std::max(time - kick_off, 0.0) / (alpha * doubling_time);
}

double critical_time(double dose_rate, double decay, double alpha, double doubling_time) {
  const double ratio = dose_rate * alpha * doubling_time / constants::ln2;
  return ratio > 1.0 ? std::log(ratio) / decay : 0.0;
}

double equivalent_uniform_bed(const std::vector<std::pair<double, double>>& parts, double alpha) {
  double least = std::numeric_limits<double>::infinity(), survivors = 0.0;
  for (const auto& [share, bed] : parts)
    if (share > 0.0) least = std::min(least, bed);
  // Relative to the part that survives best: no power of it underflows.
  for (const auto& [share, bed] : parts)
    if (share > 0.0) survivors += share * std::exp(-alpha * (bed - least));
  return least - std::log(survivors) / alpha;
}

double equivalent_uniform_bed(double dose, double protraction, double alpha_beta, double alpha,
                              double sigma) {
  if (sigma == 0.0) return biologically_effective_dose(dose, protraction, alpha_beta);
  // The trapezoidal rule converges faster than any power for a function that vanishes with all its
  // derivatives; ±9 standard deviations and a sixteenth of one reach rounding.
  constexpr double reach = 9.0, step = 1.0 / 16.0;
  std::vector<std::pair<double, double>> parts;
  double sum = 0.0;
  for (double z = -reach; z <= reach; z += step) {
    const double share = std::exp(-0.5 * z * z), x = std::exp(sigma * z - 0.5 * sigma * sigma);
    parts.emplace_back(share,
                       biologically_effective_dose(dose * x, protraction * x * x, alpha_beta));
    sum += share;
  }
  for (auto& [share, bed] : parts) share /= sum;
  return equivalent_uniform_bed(parts, alpha);
}

}  // namespace lutetia

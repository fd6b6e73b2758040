#include "lutetia/radiobiology/exponentials.hpp"

namespace lutetia {

double dose_of_exponentials(const std::vector<ExponentialDoseRate>& terms) {
  double sum = 0.0;
  for (const auto& [a, lambda] : terms) sum += a / lambda;
  return sum;
}

double protraction_of_exponentials(const std::vector<ExponentialDoseRate>& terms, double repair) {
  double sum = 0.0;
  for (const auto& [a, lambda] : terms)
    for (const auto& [b, kappa] : terms) sum += a * b / ((lambda + kappa) * (lambda + repair));
  return 2.0 * sum;
}

}  // namespace lutetia

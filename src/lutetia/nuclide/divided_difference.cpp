#include "lutetia/nuclide/divided_difference.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace lutetia {
namespace {

/// Σ_k h_k(z − c)/(n + k)! · e^c with h_k the complete symmetric polynomial of degree k.
double by_series(std::span<const double> points) {
  const double center =
      std::accumulate(points.begin(), points.end(), 0.0) / static_cast<double>(points.size());
  const int order = static_cast<int>(points.size()) - 1;
  constexpr int terms = 30;                   // points are within one: the last is below 1/30!
  std::vector<double> symmetric(terms, 0.0);  // h_k of the points so far
  symmetric[0] = 1.0;
  for (const double point : points)
    for (int k = 1; k < terms; ++k) symmetric[k] += (point - center) * symmetric[k - 1];
  double factorial = std::tgamma(order + 1.0), sum = 0.0;
  for (int k = 0; k < terms; ++k) {
    sum += symmetric[k] / factorial;
    factorial *= order + k + 1;
  }
  return std::exp(center) * sum;
}

double difference(std::span<const double> ascending) {
  const double width = ascending.back() - ascending.front();
  if (width <= 1.0) return by_series(ascending);
  return (difference(ascending.subspan(1)) - difference(ascending.first(ascending.size() - 1))) /
         width;
}

}  // namespace

double exp_divided_difference(std::vector<double> points) {
  std::sort(points.begin(), points.end());
  return difference(points);
}

}  // namespace lutetia

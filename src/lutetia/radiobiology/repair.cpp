#include "lutetia/radiobiology/repair.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

constexpr int n = DoseRate::coefficients;
/// Above, integration by parts divides by m and is stable; below, its inverse multiplies by m and
/// is.
constexpr double turning_point = 2.0;
/// At m = 2 the series are at rounding after this many terms: 2^24/24! = 3e-17.
constexpr int terms = 24;
constexpr double negligible = 1e-18;

/// 1/i: divisions would take most of the time.
constexpr auto reciprocals = [] {
  std::array<double, 2 * n + terms + 2> out{};
  for (std::size_t i = 1; i < out.size(); ++i) out[i] = 1.0 / static_cast<double>(i);
  return out;
}();

/// Integration by parts from the lowest power up.
void upwards(double m, RepairWeights& w) {
  const double by = 1.0 / m;
  w.into[0] = w.read[0] = -std::expm1(-m) * by;
  for (int k = 1; k < n; ++k) {
    w.into[k] = (1.0 - k * w.into[k - 1]) * by;
    w.read[k] = (k * w.read[k - 1] - w.keep) * by;
  }
  for (int j = 0; j < n; ++j) {
    w.cross[j][0] = (reciprocals[j + 1] - w.read[j]) * by;
    for (int k = 1; k < n; ++k)
      w.cross[j][k] = (reciprocals[j + k + 1] - k * w.cross[j][k - 1]) * by;
  }
}

/// The highest power by its series in m, the others by the same recurrences downwards.
void downwards(double m, RepairWeights& w) {
  constexpr int top = n - 1;
  w.into[top] = w.read[top] = 0.0;
  for (int j = 0; j < n; ++j) w.cross[j][top] = 0.0;
  double of_read = 1.0;              // (−m)^i / i!
  double of_into = 1.0 / (top + 1);  // (−m)^i top! / (top + i + 1)!
  for (int i = 0; i < terms && std::abs(of_read) > negligible; ++i) {
    w.read[top] += of_read * reciprocals[top + i + 1];
    w.into[top] += of_into;
    for (int j = 0; j < n; ++j) w.cross[j][top] += of_into * reciprocals[j + top + i + 2];
    of_read *= -m * reciprocals[i + 1];
    of_into *= -m * reciprocals[top + i + 2];
  }
  for (int k = top; k > 0; --k) {
    const double by = reciprocals[k];
    w.into[k - 1] = (1.0 - m * w.into[k]) * by;
    w.read[k - 1] = (m * w.read[k] + w.keep) * by;
    for (int j = 0; j < n; ++j)
      w.cross[j][k - 1] = (reciprocals[j + k + 1] - m * w.cross[j][k]) * by;
  }
}

}  // namespace

double RepairComponent::rate() const {
  return half_life > 0.0 ? constants::ln2 / half_life : std::numeric_limits<double>::infinity();
}

void check_repair(const Repair& repair) {
  double sum = 0.0;
  for (const RepairComponent& c : repair) {
    if (!(c.half_life >= 0.0))
      throw std::invalid_argument(
          text("a repair half-life must not be negative, found ", c.half_life, " h"));
    if (!(c.weight >= 0.0))
      throw std::invalid_argument(
          text("the weight of a repair half-life must not be negative, found ", c.weight));
    sum += c.weight;
  }
  if (!(std::abs(sum - 1.0) < 1e-9))
    throw std::invalid_argument(
        text("the weights of repair half-lives must add up to 1, found ", sum));
}

RepairWeights repair_weights(double m) {
  RepairWeights out{};
  out.keep = std::exp(-m);
  if (m > turning_point)
    upwards(m, out);
  else
    downwards(m, out);
  return out;
}

DoseRate::Piece beginning_of(const DoseRate::Piece& piece, double share) {
  DoseRate::Piece out = piece;
  double power = 1.0;
  for (double& c : out) {
    c *= power;
    power *= share;
  }
  return out;
}

}  // namespace lutetia

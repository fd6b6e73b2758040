#include "lutetia/dosimetry/dose_rate.hpp"

#include <algorithm>
#include <cmath>

namespace lutetia {
namespace {

double value(const DoseRate::Piece& piece, double u) {
  double out = 0.0;
  for (auto c = piece.rbegin(); c != piece.rend(); ++c) out = out * u + *c;
  return out;
}

}  // namespace

double DoseRate::at(double time) const {
  if (time < begin()) return 0.0;
  if (time >= end())  // an infinite decay times no time is no number
    return std::isinf(tail_decay) ? 0.0 : at_end() * std::exp(-tail_decay * (time - end()));
  const auto after = std::upper_bound(knots.begin(), knots.end(), time);
  const auto piece = static_cast<std::size_t>(after - knots.begin()) - 1;
  return value(pieces[piece], (time - knots[piece]) / (knots[piece + 1] - knots[piece]));
}

double DoseRate::at_end() const { return value(pieces.back(), 1.0); }

// Newton's divided differences over u = 0, 1/4, 1/2, 3/4, 1, written as powers of u.
DoseRate::Piece through(const std::array<double, DoseRate::coefficients>& y) {
  return {y[0], (-25.0 * y[0] + 48.0 * y[1] - 36.0 * y[2] + 16.0 * y[3] - 3.0 * y[4]) / 3.0,
          (70.0 * y[0] - 208.0 * y[1] + 228.0 * y[2] - 112.0 * y[3] + 22.0 * y[4]) / 3.0,
          (-80.0 * y[0] + 288.0 * y[1] - 384.0 * y[2] + 224.0 * y[3] - 48.0 * y[4]) / 3.0,
          (32.0 * y[0] - 128.0 * y[1] + 192.0 * y[2] - 128.0 * y[3] + 32.0 * y[4]) / 3.0};
}

DoseRate sampled(const std::function<double(double)>& rate, std::vector<double> knots,
                 double tail_decay) {
  DoseRate out{std::move(knots), {}, tail_decay};
  for (std::size_t i = 0; i + 1 < out.knots.size(); ++i) {
    const double start = out.knots[i], length = out.knots[i + 1] - start;
    out.pieces.push_back(
        through({rate(start), rate(start + 0.25 * length), rate(start + 0.5 * length),
                 rate(start + 0.75 * length), rate(start + length)}));
  }
  return out;
}

}  // namespace lutetia

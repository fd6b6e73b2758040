/// @file Absorbed dose rate over time, whatever it comes from: what radiobiology starts from.
#pragma once

#include <array>
#include <functional>
#include <vector>

namespace lutetia {

/// Absorbed dose rate of one region [Gy/h]: a polynomial between each two knots, zero before the
/// first, a falling exponential after the last. It may jump at a knot (a bolus, another mass).
struct DoseRate {
  static constexpr int coefficients = 5;
  using Piece = std::array<double, coefficients>;  ///< Σ c_k u^k, u from 0 to 1 between its knots

  std::vector<double> knots;  ///< ascending [h]; one more than pieces
  std::vector<Piece> pieces;  ///< [Gy/h]
  /// After the last knot the rate falls as exp(−tail_decay·t) from its value there [1/h]; infinity:
  /// it ends.
  double tail_decay;

  double begin() const { return knots.front(); }
  double end() const { return knots.back(); }
  /// Value at a time; at a knot that of the piece that begins there.
  double at(double time) const;
  /// Value just before the last knot, where the tail starts.
  double at_end() const;
};

/// The polynomial through five equidistant values from u = 0 to u = 1.
DoseRate::Piece through(const std::array<double, DoseRate::coefficients>& values);

/// A smooth function as a dose rate: its value at five places of each interval.
DoseRate sampled(const std::function<double(double)>& rate, std::vector<double> knots,
                 double tail_decay);

}  // namespace lutetia

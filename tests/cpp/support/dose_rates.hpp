/// @file Dose rates of tests: exponentials that begin at given times.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "lutetia/radiobiology/course.hpp"

namespace lutetia::testing {

inline double decay_of(double half_life) { return std::log(2.0) / half_life; }

/// Sum of rate·2^(−(t − start)/half_life) from each start on. Pieces of a twelfth of the half-life
/// keep the polynomials within (ln 2/12)⁵/1e4 < 1e-10 of the exponential.
inline DoseRate cycles_of_dose(double rate, double half_life, const std::vector<double>& starts,
                               double end) {
  std::vector<double> knots;
  for (std::size_t c = 0; c < starts.size(); ++c) {
    const double to = c + 1 < starts.size() ? starts[c + 1] : end;
    const int n = static_cast<int>(std::ceil(12.0 * (to - starts[c]) / half_life));
    for (int i = 0; i < n; ++i) knots.push_back(starts[c] + i * (to - starts[c]) / n);
  }
  knots.push_back(end);
  DoseRate out = sampled([](double) { return 0.0; }, knots, decay_of(half_life));
  for (std::size_t i = 0; i + 1 < knots.size(); ++i) {
    std::array<double, DoseRate::coefficients> values{};
    for (std::size_t k = 0; k < values.size(); ++k) {
      const double t = knots[i] + 0.25 * static_cast<double>(k) * (knots[i + 1] - knots[i]);
      for (const double start : starts)
        if (start <= knots[i])  // at a start the piece before does not know of the next cycle
          values[k] += rate * std::exp2(-(t - start) / half_life);
    }
    out.pieces[i] = through(values);
  }
  return out;
}

/// No dose rate at all.
inline DoseRate no_dose() { return {{0.0, 1.0}, {DoseRate::Piece{}}, 1.0}; }

/// Times 0, step, 2·step, … up to the end.
inline std::vector<double> every(double step, double end) {
  std::vector<double> out;
  for (int i = 0; i * step <= end; ++i) out.push_back(i * step);
  return out;
}

}  // namespace lutetia::testing

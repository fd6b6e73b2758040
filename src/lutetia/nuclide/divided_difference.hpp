/// @file Divided differences of the exponential function, which solve linear decay chains.
#pragma once

#include <vector>

namespace lutetia {

/// exp[z_0, …, z_n] = Σ_k e^{z_k} / Π_{j≠k} (z_k − z_j), and its limit where points coincide.
///
/// Points within one of each other go by the Taylor series about their mean, whose terms are
/// complete symmetric polynomials; the others by the recurrence, whose differences then lose at
/// most a bit each (McCurdy, Ng, Parlett 1984, doi:10.2307/2008291).
/// @param points  at least one, in any order
double exp_divided_difference(std::vector<double> points);

}  // namespace lutetia

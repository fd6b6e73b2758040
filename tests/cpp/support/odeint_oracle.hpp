/// @file Boost.Odeint's own Rosenbrock method (order 4, dense uBLAS) as an independent oracle.
#pragma once

#include <array>

namespace lutetia::testing {

/// Robertson's problem from (1, 0, 0) at t = 0. @param tolerance  absolute and relative
std::array<double, 3> odeint_robertson(double end, double tolerance);

}  // namespace lutetia::testing

/// @file Small problems for the steppers, with their exact or published solutions.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "lutetia/solver/stepper.hpp"

namespace lutetia::testing {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

inline Vector vector_of(std::initializer_list<double> values) {
  Vector out(values.size());
  std::copy(values.begin(), values.end(), out.begin());
  return out;
}

/// A nonlinear problem in which t appears explicitly, so that c, d and ∂f/∂t all matter:
///   x' = −x² cos t,  y' = y cos t + (x (2 + sin t) − 1) y;  x = 1/(2 + sin t),  y = e^(sin t)
inline std::vector<double> driven_solution(double t) {
  return {1.0 / (2.0 + std::sin(t)), std::exp(std::sin(t))};
}

inline DenseProblem driven_problem(double rtol = 1e-6, double atol = 1e-9) {
  auto rhs = [](double t, const Vector& u) {
    return vector_of({-u[0] * u[0] * std::cos(t),
                      u[1] * std::cos(t) + (u[0] * (2.0 + std::sin(t)) - 1.0) * u[1]});
  };
  auto jacobian = [](double t, const Vector& u) {
    Matrix j(2, 2);
    j << -2.0 * u[0] * std::cos(t), 0.0, (2.0 + std::sin(t)) * u[1],
        std::cos(t) + u[0] * (2.0 + std::sin(t)) - 1.0;
    return j;
  };
  auto time_derivative = [](double t, const Vector& u) {
    return vector_of({u[0] * u[0] * std::sin(t), -u[1] * std::sin(t) + u[0] * std::cos(t) * u[1]});
  };
  return {2, rhs, jacobian, time_derivative, rtol, atol};
}

/// Prothero & Robinson 1974 (doi:10.1090/S0025-5718-1974-0331793-2): y' = −λ(y − φ) + φ', φ = 10 −
/// (10 + t) e^(−t), solution φ.
inline double prothero_robinson_solution(double t) { return 10.0 - (10.0 + t) * std::exp(-t); }

inline DenseProblem prothero_robinson(double lambda, double rtol = 1e-6, double atol = 1e-9) {
  auto slope = [](double t) { return (9.0 + t) * std::exp(-t); };
  auto curvature = [](double t) { return -(8.0 + t) * std::exp(-t); };
  return {1,
          [=](double t, const Vector& y) {
            return vector_of({-lambda * (y[0] - prothero_robinson_solution(t)) + slope(t)});
          },
          [=](double, const Vector&) { return Matrix::Constant(1, 1, -lambda); },
          [=](double t, const Vector&) { return vector_of({lambda * slope(t) + curvature(t)}); },
          rtol,
          atol};
}

/// Robertson 1966: a slow, a fast and a very fast reaction; y(0) = (1, 0, 0).
inline DenseProblem robertson(double rtol, double atol) {
  auto rhs = [](double, const Vector& y) {
    const double slow = 0.04 * y[0], fast = 1e4 * y[1] * y[2], very_fast = 3e7 * y[1] * y[1];
    return vector_of({-slow + fast, slow - fast - very_fast, very_fast});
  };
  auto jacobian = [](double, const Vector& y) {
    Matrix j(3, 3);
    j << -0.04, 1e4 * y[2], 1e4 * y[1], 0.04, -1e4 * y[2] - 6e7 * y[1], -1e4 * y[1], 0.0,
        6e7 * y[1], 0.0;
    return j;
  };
  return {3, rhs, jacobian, {}, rtol, atol};
}

/// Van der Pol's oscillator with µ = 1000 in its scaled form, ε = µ⁻²; y(0) = (2, 0).
inline DenseProblem van_der_pol(double rtol, double atol) {
  constexpr double inverse = 1e6;
  auto rhs = [](double, const Vector& y) {
    return vector_of({y[1], inverse * ((1.0 - y[0] * y[0]) * y[1] - y[0])});
  };
  auto jacobian = [](double, const Vector& y) {
    Matrix j(2, 2);
    j << 0.0, 1.0, inverse * (-2.0 * y[0] * y[1] - 1.0), inverse * (1.0 - y[0] * y[0]);
    return j;
  };
  return {2, rhs, jacobian, {}, rtol, atol};
}

/// Slope of log(error) over log(h) by least squares, for errors at h, h/2, h/4, …
inline double observed_order(const std::vector<double>& errors) {
  const double n = static_cast<double>(errors.size());
  double sx = 0.0, sy = 0.0, sxx = 0.0, sxy = 0.0;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    const double x = -static_cast<double>(i), y = std::log2(errors[i]);
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  }
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

inline double distance(std::span<const double> a, std::span<const double> b) {
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

}  // namespace lutetia::testing

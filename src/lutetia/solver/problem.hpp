/// @file What a stepper asks of a problem, and a dense implementation for any small stiff system.
#pragma once

#include <Eigen/Dense>
#include <cmath>
#include <concepts>
#include <functional>
#include <span>
#include <vector>

namespace lutetia {

/// dx/dt = f(t, x) with the linear algebra of its Jacobian. Steppers know nothing else.
template <class P, class T = double>
concept StiffProblem = requires(P& p, double t, std::span<const T> x, std::span<T> out) {
  { p.size() } -> std::convertible_to<int>;
  p.rhs(t, x, out);                                        // out = f(t, x)
  { p.time_derivative(t, x, out) } -> std::same_as<bool>;  // out = ∂f/∂t; false when it is zero
  // Linearize at (t, x), J = ∂f/∂x, and factorize W = 1.0·I − J; false if singular.
  { p.factorize(t, x, 1.0) } -> std::same_as<bool>;
  // f(t, x + Δ) = f₀ + J Δ + scattered ρ, linearized at (t₀, x): ρ may be shorter than x.
  { p.remainder_size() } -> std::convertible_to<int>;
  p.remainder(t, x, x, out);    // out = ρ; of (t, x, Δ, out)
  p.scatter_remainder(x, out);  // out += scattered ρ
  p.solve(out);                 // out = W⁻¹ out
  {
    p.error_norm(x, x, x)
    } -> std::convertible_to<double>;  // of (error, x before, x after); ≤ 1 accepts
};

/// Root mean square of error / (atol + rtol·max(|x₀|, |x₁|)).
inline double weighted_rms(std::span<const double> error, std::span<const double> before,
                           std::span<const double> after, double rtol, double atol) {
  double sum = 0.0;
  for (std::size_t i = 0; i < error.size(); ++i) {
    const double e = error[i] / (atol + rtol * std::max(std::abs(before[i]), std::abs(after[i])));
    sum += e * e;
  }
  return std::sqrt(sum / static_cast<double>(error.size()));
}

/// A small problem given by functions, solved with dense LU.
class DenseProblem {
 public:
  using Vector = Eigen::VectorXd;
  using Rhs = std::function<Vector(double, const Vector&)>;
  using Jacobian = std::function<Eigen::MatrixXd(double, const Vector&)>;

  /// @param time_derivative  ∂f/∂t, or empty for an autonomous problem
  DenseProblem(int size, Rhs rhs, Jacobian jacobian, Rhs time_derivative, double rtol, double atol)
      : size_(size),
        rhs_(std::move(rhs)),
        jacobian_(std::move(jacobian)),
        time_derivative_(std::move(time_derivative)),
        rtol_(rtol),
        atol_(atol) {}

  int size() const { return size_; }
  void rhs(double t, std::span<const double> x, std::span<double> out) const {
    store(rhs_(t, view(x)), out);
  }
  bool time_derivative(double t, std::span<const double> x, std::span<double> out) const {
    if (!time_derivative_) return false;
    store(time_derivative_(t, view(x)), out);
    return true;
  }
  bool factorize(double t, std::span<const double> x, double diagonal) {
    jacobian_at_ = jacobian_(t, view(x));
    f0_ = rhs_(t, view(x));
    lu_.compute(diagonal * Eigen::MatrixXd::Identity(size_, size_) - jacobian_at_);
    return jacobian_at_.allFinite() && lu_.matrixLU().diagonal().cwiseAbs().minCoeff() > 0.0;
  }
  int remainder_size() const { return size_; }
  void remainder(double t, std::span<const double> x, std::span<const double> delta,
                 std::span<double> out) const {
    const Vector moved = view(x) + view(delta);
    store(rhs_(t, moved) - f0_ - jacobian_at_ * view(delta), out);
  }
  void scatter_remainder(std::span<const double> rho, std::span<double> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += rho[i];
  }
  void solve(std::span<double> b) const {
    const Vector x = lu_.solve(view(b));
    store(x, b);
  }
  double error_norm(std::span<const double> error, std::span<const double> before,
                    std::span<const double> after) const {
    return weighted_rms(error, before, after, rtol_, atol_);
  }

 private:
  static Eigen::Map<const Vector> view(std::span<const double> x) {
    return {x.data(), static_cast<Eigen::Index>(x.size())};
  }
  static void store(const Vector& v, std::span<double> out) {
    std::copy(v.data(), v.data() + v.size(), out.begin());
  }

  int size_;
  Rhs rhs_;
  Jacobian jacobian_;
  Rhs time_derivative_;
  double rtol_, atol_;
  Eigen::MatrixXd jacobian_at_;  ///< of the last factorize()
  Vector f0_;
  Eigen::PartialPivLU<Eigen::MatrixXd> lu_;
};

}  // namespace lutetia

/// @file Derivatives of what a Rosenbrock step takes from a system, four columns at a time. All of
/// it is here to be compiled with the step it belongs to.
#pragma once

#include <span>

#include "lutetia/system/hyperdual.hpp"
#include "lutetia/system/tangent.hpp"

namespace lutetia {
namespace detail {

/// One number of a rate as the hyper-dual numbers see it: it depends on parameters alone.
struct RateView {
  const std::vector<double>& values;
  const std::vector<Lanes>& tangents;
  HyperDual operator[](int i) const { return HyperDual(values[i], 0.0, tangents[i]); }
};

/// States y + εe + δ(S + εD); parts that are empty are zero.
struct StateView {
  std::span<const double> y, e;
  std::span<const Lanes> s, d;
  HyperDual operator[](int i) const {
    HyperDual out(y[i], e.empty() ? 0.0 : e[i], s[i]);
    if (!d.empty()) out.ed = d[i];
    return out;
  }
};

/// States x + Δ and their derivative S + D.
struct MovedView {
  std::span<const double> x, delta;
  std::span<const Lanes> s, d;
  HyperDual operator[](int i) const { return HyperDual(x[i] + delta[i], 0.0, s[i] + d[i]); }
};

}  // namespace detail

/// Derivatives of what a Rosenbrock step takes from a system, for one chunk of columns; S = ∂x/∂θ
/// at the start of the step, D = ∂Δ/∂θ of a stage, shapes (size).
class SystemTangent {
 public:
  SystemTangent(const System& system, const Rates& rates, const RateTangents& tangents)
      : system_(system), rates_(rates), tangents_(tangents) {}

  /// out = d f(x)/dθ = J S + f_θ.
  void start(std::span<const double> x, std::span<const Lanes> s, std::span<Lanes> out) const;
  /// out = dρ/dθ of the remainder at Δ, shape (remainder_size()).
  void remainder(std::span<const double> x, std::span<const double> delta, std::span<const Lanes> s,
                 std::span<const Lanes> d, std::span<Lanes> out) const;
  /// dJ/dθ k = (J_θ + J_x[S]) k: what moves by terms that leave remainders is added to their
  /// fluxes, shape (remainder_size()), the rest to the rows.
  void add_jacobian(std::span<const double> x, std::span<const double> k, std::span<const Lanes> s,
                    std::span<Lanes> fluxes, std::span<Lanes> rows) const;

 private:
  /// Call use(m, f) for each modulated term; f(states) is its flux at a view of the states.
  template <class Use>
  void for_each_modulated(const Use& use) const;
  void add_flux(const ModulatedTerm& term, const Lanes& flux, std::span<Lanes> out) const;

  const System& system_;
  const Rates& rates_;
  const RateTangents& tangents_;
};

template <class Use>
void SystemTangent::for_each_modulated(const Use& use) const {
  const detail::RateView effects{rates_.effects, tangents_.effects},
      weights{rates_.weights, tangents_.weights};
  for (std::size_t m = 0; m < system_.modulated_.size(); ++m) {
    const HyperDual rate(rates_.modulated[m], 0.0, tangents_.modulated[m]);
    use(m, [&](const auto& states) {
      return system_.modulated_flux(system_.modulated_[m], rate, effects, weights, states);
    });
  }
}

inline void SystemTangent::add_flux(const ModulatedTerm& term, const Lanes& flux,
                                    std::span<Lanes> out) const {
  if (term.plus >= 0) out[term.plus] += flux;
  if (term.minus >= 0) out[term.minus] -= flux;
}

inline void SystemTangent::start(std::span<const double> x, std::span<const Lanes> s,
                                 std::span<Lanes> out) const {
  Lanes* const to = out.data();
  system_.rows_.for_each(rates_.linear.data(), system_.pattern_.columns.data(), s.data(),
                         [to](int i, const Lanes& sum) { to[i] = sum; });
  for (const RateTangents::Linear& t : tangents_.linear) out[t.row] += t.value * x[t.column];
  for (std::size_t q = 0; q < system_.products_.size(); ++q) {
    const ProductTerm& term = system_.products_[q];
    const Lanes flux = rates_.product[q] * (s[term.i] * x[term.j] + s[term.j] * x[term.i]);
    out[term.plus] += flux;
    out[term.minus] -= flux;
  }
  for (const RateTangents::Product& t : tangents_.product) {
    const ProductTerm& term = system_.products_[t.term];
    const Lanes flux = t.value * (x[term.i] * x[term.j]);
    out[term.plus] += flux;
    out[term.minus] -= flux;
  }
  for_each_modulated([&](std::size_t m, const auto& flux) {
    add_flux(system_.modulated_[m], flux(detail::StateView{x, {}, s, {}}).d, out);
  });
}

inline void SystemTangent::remainder(std::span<const double> x, std::span<const double> delta,
                                     std::span<const Lanes> s, std::span<const Lanes> d,
                                     std::span<Lanes> out) const {
  const std::size_t products = system_.products_.size();
  for (std::size_t q = 0; q < products; ++q) {
    const ProductTerm& term = system_.products_[q];
    out[q] = rates_.product[q] * (d[term.i] * delta[term.j] + d[term.j] * delta[term.i]);
  }
  for (const RateTangents::Product& t : tangents_.product) {
    const ProductTerm& term = system_.products_[t.term];
    out[t.term] += t.value * (delta[term.i] * delta[term.j]);
  }
  for_each_modulated([&](std::size_t m, const auto& flux) {
    const HyperDual start = flux(detail::StateView{x, delta, s, d});
    out[products + m] = flux(detail::MovedView{x, delta, s, d}).d - start.d - start.ed;
  });
}

inline void SystemTangent::add_jacobian(std::span<const double> x, std::span<const double> k,
                                        std::span<const Lanes> s, std::span<Lanes> fluxes,
                                        std::span<Lanes> rows) const {
  for (const RateTangents::Linear& t : tangents_.linear) rows[t.row] += t.value * k[t.column];
  const std::size_t products = system_.products_.size();
  for (std::size_t q = 0; q < products; ++q) {
    const ProductTerm& term = system_.products_[q];
    fluxes[q] += rates_.product[q] * (s[term.j] * k[term.i] + s[term.i] * k[term.j]);
  }
  for (const RateTangents::Product& t : tangents_.product) {
    const ProductTerm& term = system_.products_[t.term];
    fluxes[t.term] += t.value * (k[term.i] * x[term.j] + k[term.j] * x[term.i]);
  }
  for_each_modulated([&](std::size_t m, const auto& flux) {
    fluxes[products + m] += flux(detail::StateView{x, k, s, {}}).ed;
  });
}

}  // namespace lutetia

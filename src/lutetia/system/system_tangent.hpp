/// @file Derivatives of what a Rosenbrock step takes from a system, several columns at a time. All
/// of it is here to be compiled with the step it belongs to.
#pragma once

#include <span>

#include "lutetia/system/dual.hpp"
#include "lutetia/system/tangent.hpp"

namespace lutetia {

/// T holds the columns: Lanes of one chunk, or a LaneGroup of neighboring chunks. S = ∂x/∂θ at the
/// start of a step, D = ∂Δ/∂θ of a stage, shapes (size).
template <class T>
class SystemTangent {
 public:
  explicit SystemTangent(const System& system)
      : system_(system), flux_(system.modulated_.size()), slopes_(system.slopes_) {}

  /// Rates and their derivatives from now on; both must outlive their use.
  /// @param tangents  shape (chunks in T)
  void use(const Rates& rates, std::span<const RateTangents> tangents) {
    rates_ = &rates;
    tangents_ = tangents;
  }

  /// Everything below is about this state and its derivative; both must outlive their use.
  void begin(std::span<const double> x, std::span<const T> s);
  /// out = d f(x)/dθ = J S + f_θ.
  void start(std::span<T> out) const;
  /// out = dρ/dθ of the remainder at Δ, shape (remainder_size()).
  void remainder(std::span<const double> delta, std::span<const T> d, std::span<T> out) const;
  /// out += dJ/dθ k = (J_θ + J_x[S]) k, and what some remainders add to the rows they join.
  /// @param remainders  shape (remainder_size())
  void add_jacobian(std::span<const double> k, std::span<const T> remainders,
                    std::span<T> out) const;

 private:
  static constexpr int chunks = width<T> / lane_count;

  /// Rates with their derivatives as a sequence.
  struct RateView {
    const std::vector<double>& values;
    std::span<const RateTangents> tangents;
    std::vector<Lanes> RateTangents::*list;
    Dual<T> operator[](int i) const {
      Dual<T> out(values[i]);
      for (int c = 0; c < chunks; ++c) part(out.d, c) = (tangents[c].*list)[i];
      return out;
    }
  };
  RateView rates_of(std::vector<double> Rates::*values,
                    std::vector<Lanes> RateTangents::*list) const {
    return {rates_->*values, tangents_, list};
  }
  RateView modulated() const { return rates_of(&Rates::modulated, &RateTangents::modulated); }
  RateView effects() const { return rates_of(&Rates::effects, &RateTangents::effects); }
  RateView weights() const { return rates_of(&Rates::weights, &RateTangents::weights); }

  /// Rows of the linear terms' own derivatives, added to some rows.
  void add_linear(std::span<const double> x, std::span<T> rows) const {
    for (int c = 0; c < chunks; ++c) {
      const RateTangents::Linear& linear = tangents_[c].linear;
      linear.rows.for_each(linear.values.data(), linear.columns.data(), x.data(),
                           [&](int i, const Lanes& sum) { part(rows[i], c) += sum; });
    }
  }
  void add_flux(const ModulatedTerm& term, const T& flux, std::span<T> out) const {
    if (term.plus >= 0) out[term.plus] += flux;
    if (term.minus >= 0) out[term.minus] -= flux;
  }
  /// Call use(state, slope) for every slope of a modulated term with the state it belongs to.
  template <class Use>
  void for_each_slope(const ModulatedTerm& term, const Use& use) const;

  const System& system_;
  const Rates* rates_ = nullptr;
  std::span<const RateTangents> tangents_;
  std::span<const double> x_;
  std::span<const T> s_;
  std::vector<T> flux_;          ///< derivative of the flux of each modulated term at x
  std::vector<Dual<T>> slopes_;  ///< as in a linearization, with their derivatives
};

namespace detail {

/// States and their derivative as a sequence.
template <class T>
struct StateView {
  std::span<const double> x;
  std::span<const T> s;
  Dual<T> operator[](int i) const { return {x[i], s[i]}; }
};
/// States x + Δ and their derivative S + D.
template <class T>
struct MovedView {
  std::span<const double> x, delta;
  std::span<const T> s, d;
  Dual<T> operator[](int i) const { return {x[i] + delta[i], s[i] + d[i]}; }
};

}  // namespace detail

template <class T>
void SystemTangent<T>::begin(std::span<const double> x, std::span<const T> s) {
  x_ = x;
  s_ = s;
  const detail::StateView<T> states{x, s};
  for (std::size_t m = 0; m < system_.modulated_.size(); ++m) {
    const ModulatedTerm& term = system_.modulated_[m];
    flux_[m] = system_
                   .modulated_slopes<Dual<T>>(term, modulated()[m], effects(), weights(), states,
                                              slopes_.data() + term.slopes)
                   .d;
  }
}

template <class T>
void SystemTangent<T>::start(std::span<T> out) const {
  T* const to = out.data();
  system_.rows_.for_each(rates_->linear.data(), system_.pattern_.columns.data(), s_.data(),
                         [to](int i, const T& sum) { to[i] = sum; });
  add_linear(x_, out);
  for (std::size_t q = 0; q < system_.products_.size(); ++q) {
    const ProductTerm& term = system_.products_[q];
    const T flux = rates_->product[q] * (s_[term.i] * x_[term.j] + s_[term.j] * x_[term.i]);
    out[term.plus] += flux;
    out[term.minus] -= flux;
  }
  for (int c = 0; c < chunks; ++c)
    for (const RateTangents::Product& t : tangents_[c].product) {
      const ProductTerm& term = system_.products_[t.term];
      const Lanes flux = t.value * (x_[term.i] * x_[term.j]);
      part(out[term.plus], c) += flux;
      part(out[term.minus], c) -= flux;
    }
  for (std::size_t m = 0; m < system_.modulated_.size(); ++m)
    add_flux(system_.modulated_[m], flux_[m], out);
}

template <class T>
template <class Use>
void SystemTangent<T>::for_each_slope(const ModulatedTerm& term, const Use& use) const {
  const Dual<T>* slope = slopes_.data() + term.slopes;
  use(term.driver, *slope++);
  for (int u = term.first; u < term.first + term.count; ++u) {
    const EffectTerm& over = system_.effects_[system_.used_effects_[u]];
    for (int k = over.first; k < over.first + over.states; ++k)
      use(system_.effect_states_[k], *slope++);
  }
}

template <class T>
void SystemTangent<T>::remainder(std::span<const double> delta, std::span<const T> d,
                                 std::span<T> out) const {
  const std::size_t products = system_.products_.size();
  for (std::size_t q = 0; q < products; ++q) {
    const ProductTerm& term = system_.products_[q];
    out[q] = rates_->product[q] * (d[term.i] * delta[term.j] + d[term.j] * delta[term.i]);
  }
  for (int c = 0; c < chunks; ++c)
    for (const RateTangents::Product& t : tangents_[c].product) {
      const ProductTerm& term = system_.products_[t.term];
      part(out[t.term], c) += t.value * (delta[term.i] * delta[term.j]);
    }
  const detail::MovedView<T> moved{x_, delta, s_, d};
  for (std::size_t m = 0; m < system_.modulated_.size(); ++m) {
    const ModulatedTerm& term = system_.modulated_[m];
    T flux = system_.modulated_flux<Dual<T>>(term, modulated()[m], effects(), weights(), moved).d -
             flux_[m];
    for_each_slope(term, [&](int state, const Dual<T>& slope) {
      flux -= slope.d * delta[state] + slope.value * d[state];
    });
    out[products + m] = flux;
  }
}

template <class T>
void SystemTangent<T>::add_jacobian(std::span<const double> k, std::span<const T> remainders,
                                    std::span<T> out) const {
  add_linear(k, out);
  const std::size_t products = system_.products_.size();
  for (std::size_t q = 0; q < products; ++q) {
    const ProductTerm& term = system_.products_[q];
    const T flux =
        remainders[q] + rates_->product[q] * (s_[term.j] * k[term.i] + s_[term.i] * k[term.j]);
    out[term.plus] += flux;
    out[term.minus] -= flux;
  }
  for (int c = 0; c < chunks; ++c)
    for (const RateTangents::Product& t : tangents_[c].product) {
      const ProductTerm& term = system_.products_[t.term];
      const Lanes flux = t.value * (k[term.i] * x_[term.j] + k[term.j] * x_[term.i]);
      part(out[term.plus], c) += flux;
      part(out[term.minus], c) -= flux;
    }
  for (std::size_t m = 0; m < system_.modulated_.size(); ++m) {
    T flux = remainders[products + m];
    for_each_slope(system_.modulated_[m],
                   [&](int state, const Dual<T>& slope) { flux += slope.d * k[state]; });
    add_flux(system_.modulated_[m], flux, out);
  }
}

}  // namespace lutetia

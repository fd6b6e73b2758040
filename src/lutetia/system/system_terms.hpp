/// @file The terms of a system evaluated: rates, right-hand side, linearization, what that leaves
/// out. Templates on the number type; included by system.hpp.
#pragma once

#include "lutetia/system/system.hpp"

namespace lutetia {

/// x + Δ as a sequence.
template <class T>
struct Sum {
  std::span<const T> x, delta;
  T operator[](int i) const { return x[i] + delta[i]; }
};

template <class T>
BasicRates<T> System::rates(std::span<const T> parameters) const {
  BasicRates<T> out;
  out.slots = network_.tape.evaluate(parameters);
  out.linear.assign(pattern_.nonzeros(), T(0.0));
  for (const LinearTerm& term : linear_)
    out.linear[term.position] += term.sign * out.slots[term.slot];
  for (const Tape::Slot slot : product_slots_) out.product.push_back(out.slots[slot]);
  for (const Tape::Slot slot : modulated_slots_) out.modulated.push_back(out.slots[slot]);
  for (const auto& numbers : effect_slots_)
    for (const Tape::Slot slot : numbers) out.effects.push_back(out.slots[slot]);
  for (const Tape::Slot slot : weight_slots_) out.weights.push_back(out.slots[slot]);
  return out;
}

template <class T, class Weights, class States>
T System::concentration(int effect, const Weights& weights, const States& x) const {
  T sum(0.0);
  const EffectTerm& term = effects_[effect];
  for (int k = term.first; k < term.first + term.states; ++k)
    sum += weights[k] * x[effect_states_[k]];
  return sum;
}

template <class T, class Effects, class Weights, class States>
T System::modulated_flux(const ModulatedTerm& term, const T& rate, const Effects& effects,
                         const Weights& weights, const States& x) const {
  T flux = rate * x[term.driver];
  for (int u = term.first; u < term.first + term.count; ++u) {
    const int e = used_effects_[u];
    flux *= effect_factor(concentration<T>(e, weights, x), T(effects[3 * e]), T(effects[3 * e + 1]),
                          T(effects[3 * e + 2]));
  }
  return flux;
}

template <class T>
void System::rhs(const BasicRates<T>& rates, std::span<const T> x, std::span<T> dxdt) const {
  T* const out = dxdt.data();
  rows_.for_each(rates.linear.data(), pattern_.columns.data(), x.data(),
                 [out](int i, const T& sum) { out[i] = sum; });
  for (std::size_t q = 0; q < products_.size(); ++q) {
    const ProductTerm& term = products_[q];
    const T flux = rates.product[q] * x[term.i] * x[term.j];
    dxdt[term.plus] += flux;
    dxdt[term.minus] -= flux;
  }
  for (std::size_t m = 0; m < modulated_.size(); ++m) {
    const ModulatedTerm& term = modulated_[m];
    const T flux = modulated_flux<T>(term, rates.modulated[m], rates.effects, rates.weights, x);
    if (term.plus >= 0) dxdt[term.plus] += flux;
    if (term.minus >= 0) dxdt[term.minus] -= flux;
  }
}

template <class T, class Effects, class Weights, class States>
T System::modulated_slopes(const ModulatedTerm& term, const T& rate, const Effects& effects,
                           const Weights& weights, const States& x, T* slopes) const {
  auto factor = [&](int e) {
    return effect_factor(concentration<T>(e, weights, x), T(effects[3 * e]), T(effects[3 * e + 1]),
                         T(effects[3 * e + 2]));
  };
  auto slope = [&](int e) {
    return effect_slope(concentration<T>(e, weights, x), T(effects[3 * e]), T(effects[3 * e + 1]),
                        T(effects[3 * e + 2]));
  };
  T all(1.0);
  for (int u = term.first; u < term.first + term.count; ++u) all *= factor(used_effects_[u]);
  *slopes++ = rate * all;
  const T unhindered = rate * x[term.driver];
  for (int u = term.first; u < term.first + term.count; ++u) {
    T others(1.0);
    for (int other = term.first; other < term.first + term.count; ++other)
      if (other != u) others *= factor(used_effects_[other]);
    const EffectTerm& over = effects_[used_effects_[u]];
    const T by = unhindered * others * slope(used_effects_[u]);
    for (int k = over.first; k < over.first + over.states; ++k) *slopes++ = by * weights[k];
  }
  return unhindered * all;
}

template <class T, class Add>
void System::linearize(const BasicRates<T>& rates, std::span<const T> x, Linearization<T>& at,
                       const Add& add) const {
  const T* const product = rates.product.data();
  for (std::size_t q = 0; q < products_.size(); ++q) {
    const ProductTerm& term = products_[q];
    const T by_i = product[q] * x[term.j], by_j = product[q] * x[term.i];
    add(term.plus_i, by_i);
    add(term.plus_j, by_j);
    add(term.minus_i, -by_i);
    add(term.minus_j, -by_j);
  }
  for (std::size_t m = 0; m < modulated_.size(); ++m) {
    const ModulatedTerm& term = modulated_[m];
    T* const slopes = at.slope.data() + term.slopes;
    at.flux[m] =
        modulated_slopes<T>(term, rates.modulated[m], rates.effects, rates.weights, x, slopes);
    const int* const position = modulated_positions_.data() + term.positions;
    for (int c = 0; c < term.columns; ++c) {
      if (position[2 * c] >= 0) add(position[2 * c], -slopes[c]);
      if (position[2 * c + 1] >= 0) add(position[2 * c + 1], slopes[c]);
    }
  }
}

template <class T>
void System::remainder(const BasicRates<T>& rates, const Linearization<T>& at, std::span<const T> x,
                       std::span<const T> delta, std::span<T> out) const {
  const T* const product = rates.product.data();
  for (std::size_t q = 0; q < products_.size(); ++q)
    out[q] = product[q] * delta[products_[q].i] * delta[products_[q].j];
  const Sum<T> moved{x, delta};
  for (std::size_t m = 0; m < modulated_.size(); ++m) {
    const ModulatedTerm& term = modulated_[m];
    T flux = modulated_flux<T>(term, rates.modulated[m], rates.effects, rates.weights, moved) -
             at.flux[m];
    const T* slope = at.slope.data() + term.slopes;
    flux -= *slope++ * delta[term.driver];
    for (int u = term.first; u < term.first + term.count; ++u) {
      const EffectTerm& over = effects_[used_effects_[u]];
      for (int k = over.first; k < over.first + over.states; ++k)
        flux -= *slope++ * delta[effect_states_[k]];
    }
    out[products_.size() + m] = flux;
  }
}

template <class T>
void System::scatter_remainder(std::span<const T> fluxes, std::span<T> out) const {
  for (std::size_t q = 0; q < products_.size(); ++q) {
    out[products_[q].plus] += fluxes[q];
    out[products_[q].minus] -= fluxes[q];
  }
  for (std::size_t m = 0; m < modulated_.size(); ++m) {
    const T& flux = fluxes[products_.size() + m];
    if (modulated_[m].plus >= 0) out[modulated_[m].plus] += flux;
    if (modulated_[m].minus >= 0) out[modulated_[m].minus] -= flux;
  }
}

}  // namespace lutetia

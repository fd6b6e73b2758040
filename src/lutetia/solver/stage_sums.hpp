/// @file The sums over earlier stages, for states and for lanes of their derivatives; see
/// tableau.hpp.
#pragma once

#include <cstddef>
#include <utility>

namespace lutetia {

/// The constants of a method in the form the stages use, computed when it is compiled.
template <const auto& Tableau>
struct StageWeights {
  static constexpr auto of_start = Tableau.of_start();
  static constexpr auto of_stages = Tableau.of_stages();
  static constexpr auto of_remainders = Tableau.of_remainders();
  static constexpr auto of_time = Tableau.combined(Tableau.d);
};

/// Δ_I and what r_I is before the remainders, in one pass over the earlier stages. Δ still holds
/// stage I − 1. The compiler stops proving that so many arrays are distinct, hence the pragma.
/// @param k  stages one after the other, shape (stages, stride)
template <const auto& Tableau, std::size_t I, class T, std::size_t... J>
void stage_sums(const T* __restrict f0, const T* __restrict k, T* __restrict delta, T* __restrict r,
                double h, std::size_t stride, std::index_sequence<J...>) {
  using Weights = StageWeights<Tableau>;
  [[maybe_unused]] const double per_h = 1.0 / h;
#pragma GCC ivdep
  for (std::size_t n = 0; n < stride; ++n) {
    if constexpr (I == 0)
      delta[n] = T{};
    else if constexpr (Tableau.row_extends_previous(I))
      delta[n] += k[(I - 1) * stride + n];
    else
      delta[n] = (... + (Tableau.a[I][J] * k[J * stride + n]));
    if constexpr (I == 0)
      r[n] = f0[n];
    else
      r[n] = Weights::of_start[I] * f0[n] +
             per_h * (... + (Weights::of_stages[I][J] * k[J * stride + n]));
  }
}

/// Σ_{j≤I} M_Ij ρ_j.
/// @param rho  remainders of the stages, shape (stages, stride)
template <const auto& Tableau, std::size_t I, class T, std::size_t... J>
void remainder_sums(const T* __restrict rho, T* __restrict out, std::size_t stride,
                    std::index_sequence<J...>) {
  constexpr auto& m = StageWeights<Tableau>::of_remainders;
#pragma GCC ivdep
  for (std::size_t q = 0; q < stride; ++q)
    out[q] = (rho[I * stride + q] + ... + (m[I][J] * rho[J * stride + q]));
}

}  // namespace lutetia

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

/// What r_I and r_{I+1} are before k_I and the remainders, each in its own place, in one pass over
/// the earlier stages. Columns of derivatives fill more than the nearest memory, so their sums wait
/// for what they read.
template <const auto& Tableau, std::size_t I, std::size_t... J>
void begin_two_sums(const double* f0, double* k, double h, std::size_t stride,
                    std::index_sequence<J...>) {
  using Weights = StageWeights<Tableau>;
  static_assert(I + 1 < Tableau.stages, "the methods have an even number of stages");
  [[maybe_unused]] const double per_h = 1.0 / h;
#pragma GCC ivdep
  for (std::size_t n = 0; n < stride; ++n) {
    double first = 0.0, second = 0.0;
    if constexpr (I > 0) {
      first = per_h * (... + (Weights::of_stages[I][J] * k[J * stride + n]));
      second = per_h * (... + (Weights::of_stages[I + 1][J] * k[J * stride + n]));
    }
    k[I * stride + n] = Weights::of_start[I] * f0[n] + first;
    k[(I + 1) * stride + n] = Weights::of_start[I + 1] * f0[n] + second;
  }
}
/// What r_I still lacks of k_{I−1}.
template <const auto& Tableau, std::size_t I>
void finish_second_sum(double* k, double h, std::size_t stride) {
  const double weight = StageWeights<Tableau>::of_stages[I][I - 1] / h;
#pragma GCC ivdep
  for (std::size_t n = 0; n < stride; ++n) k[I * stride + n] += weight * k[(I - 1) * stride + n];
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

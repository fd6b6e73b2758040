/// @file The sums over earlier stages, for states and for lanes of their derivatives.
#pragma once

#include <cstddef>
#include <utility>

namespace lutetia {

/// y = start + Σ_{j<I} a_Ij k_j and c = Σ_{j<I} C_Ij k_j in one pass over the earlier stages; y
/// still holds stage I − 1. The compiler stops proving that so many arrays are distinct, hence the
/// pragma.
/// @param k  stages one after the other, shape (stages, size)
template <const auto& Tableau, std::size_t I, class T, std::size_t... J>
void stage_sums(const T* __restrict start, const T* __restrict k, T* __restrict y, T* __restrict c,
                std::size_t size, std::index_sequence<J...>) {
#pragma GCC ivdep
  for (std::size_t n = 0; n < size; ++n) {
    if constexpr (I == 0)
      y[n] = start[n];
    else if constexpr (Tableau.row_extends_previous(I))
      y[n] += k[(I - 1) * size + n];
    else
      y[n] = (start[n] + ... + (Tableau.a[I][J] * k[J * size + n]));
    if constexpr (I > 0) c[n] = (... + (Tableau.C[I][J] * k[J * size + n]));
  }
}

}  // namespace lutetia

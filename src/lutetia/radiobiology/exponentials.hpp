/// @file Absorbed dose and protraction of sums of exponentials, in closed form.
#pragma once

#include <vector>

namespace lutetia {

/// One term a·exp(−λ·t) of a dose rate from time 0 on; a may be negative.
struct ExponentialDoseRate {
  double amplitude;  ///< [Gy/h]
  double decay;      ///< [1/h], positive
};

/// D = Σ aᵢ/λᵢ [Gy].
double dose_of_exponentials(const std::vector<ExponentialDoseRate>& terms);

/// Q = 2 Σᵢ Σⱼ aᵢ aⱼ / ((λᵢ + λⱼ)(λᵢ + μ)) = G·D² [Gy²], so that BED = D + Q/(α/β)
/// (Lea–Catcheside; Baechler 2008, doi:10.1118/1.2836421).
/// @param repair  μ = ln 2 / T_rep [1/h]; 0 when nothing is repaired
double protraction_of_exponentials(const std::vector<ExponentialDoseRate>& terms, double repair);

}  // namespace lutetia

/// @file How much work the reference course may take.
#pragma once

#include <cstddef>

namespace lutetia::testing {

/// Attempted steps allowed at a tolerance. Counts repeat exactly on one machine; two percent of
/// room is left for other compilers and instruction sets, whose rounding differs. Every attempt
/// costs one factorization, and one right-hand side and one solve per stage.
struct Budget {
  double rtol;
  std::size_t attempts;
};

/// Of netter1_reference with its amino acids, about 50 outputs per cycle.
constexpr Budget reference_budgets[] = {{1e-3, 232},  {1e-4, 362},  {1e-5, 606},
                                        {1e-6, 1054}, {1e-7, 1829}, {1e-8, 3253}};

}  // namespace lutetia::testing

/// @file Four numbers that are computed together: columns of a sensitivity, or patients of a batch.
///
/// A kernel written for double works on lanes as it stands. 32 bytes are as wide as AVX2; the
/// compiler splits them in two on the baseline, and wider vectors are badly lowered there.
#pragma once

namespace lutetia {

inline constexpr int lane_count = 4;
using Lanes = double __attribute__((vector_size(lane_count * sizeof(double))));

}  // namespace lutetia

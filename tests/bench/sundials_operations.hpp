/// @file Operations of SUNDIALS on vectors and sparse matrices, compiled as a careful user would.
///
/// Debian compiles SUNDIALS without optimization, which would more than double its times. Most of
/// them is spent in the operations on vectors, so these are replaced; the logic of CVODES and KLU
/// (which Debian does optimize) stay as they are.
#pragma once

#include <sundials/sundials_matrix.h>
#include <sundials/sundials_nvector.h>

namespace lutetia::bench {

/// Let a serial vector, and every vector cloned from it, use the loops of this file.
void use_fast_operations(N_Vector vector);

/// The same for a sparse matrix whose pattern holds its diagonal and never changes, and matrices
/// cloned from it.
/// @throws std::runtime_error when a diagonal entry is missing
void use_fast_operations(SUNMatrix matrix);

}  // namespace lutetia::bench

// Compiled for the machine it runs on, sums in any order: see CMakeLists.txt. Includes nothing of
// the package, whose inline functions must stay those of every other file.
#include "sundials_operations.hpp"

#include <nvector/nvector_serial.h>
#include <sunmatrix/sunmatrix_sparse.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lutetia::bench {
namespace {

long size(N_Vector v) { return NV_LENGTH_S(v); }
double* data(N_Vector v) { return NV_DATA_S(v); }

/// z_i = f(x_i); z may be x.
template <class F>
void each(N_Vector x, N_Vector z, const F& f) {
  const double* const from = data(x);
  double* const to = data(z);
  const long n = size(x);
#pragma GCC ivdep
  for (long i = 0; i < n; ++i) to[i] = f(from[i]);
}
/// z_i = f(x_i, y_i); z may be x or y.
template <class F>
void each(N_Vector x, N_Vector y, N_Vector z, const F& f) {
  const double *const a = data(x), *const b = data(y);
  double* const to = data(z);
  const long n = size(x);
#pragma GCC ivdep
  for (long i = 0; i < n; ++i) to[i] = f(a[i], b[i]);
}

void linear_sum(double a, N_Vector x, double b, N_Vector y, N_Vector z) {
  each(x, y, z, [=](double u, double v) { return a * u + b * v; });
}
void constant(double c, N_Vector z) { std::fill_n(data(z), size(z), c); }
void scale(double c, N_Vector x, N_Vector z) {
  each(x, z, [=](double u) { return c * u; });
}
void absolute(N_Vector x, N_Vector z) {
  each(x, z, [](double u) { return std::abs(u); });
}
void inverse(N_Vector x, N_Vector z) {
  each(x, z, [](double u) { return 1.0 / u; });
}
void add_constant(N_Vector x, double b, N_Vector z) {
  each(x, z, [=](double u) { return u + b; });
}
void product(N_Vector x, N_Vector y, N_Vector z) {
  each(x, y, z, [](double u, double v) { return u * v; });
}
double least(N_Vector x) { return *std::min_element(data(x), data(x) + size(x)); }
double largest(N_Vector x) {
  double out = 0.0;
  for (long i = 0; i < size(x); ++i) out = std::max(out, std::abs(data(x)[i]));
  return out;
}
double weighted_rms(N_Vector x, N_Vector w) {
  const double *const a = data(x), *const b = data(w);
  double sum = 0.0;
  for (long i = 0; i < size(x); ++i) sum += a[i] * b[i] * a[i] * b[i];
  return std::sqrt(sum / static_cast<double>(size(x)));
}

int copy(SUNMatrix from, SUNMatrix to) {
  std::copy_n(SM_DATA_S(from), SM_NNZ_S(from), SM_DATA_S(to));
  std::copy_n(SM_INDEXVALS_S(from), SM_NNZ_S(from), SM_INDEXVALS_S(to));
  std::copy_n(SM_INDEXPTRS_S(from), SM_NP_S(from) + 1, SM_INDEXPTRS_S(to));
  return SUNMAT_SUCCESS;
}
int zero(SUNMatrix matrix) {  // the pattern stays
  std::fill_n(SM_DATA_S(matrix), SM_NNZ_S(matrix), 0.0);
  return SUNMAT_SUCCESS;
}
/// matrix = c·matrix + I.
int scale_add_identity(double c, SUNMatrix matrix) {
  double* const values = SM_DATA_S(matrix);
  const sunindextype *const start = SM_INDEXPTRS_S(matrix), *const row = SM_INDEXVALS_S(matrix);
  for (sunindextype j = 0; j < SM_NP_S(matrix); ++j)
    for (sunindextype k = start[j]; k < start[j + 1]; ++k)
      values[k] = c * values[k] + (row[k] == j ? 1.0 : 0.0);
  return SUNMAT_SUCCESS;
}

void use_operations(SUNMatrix matrix);

SUNMatrix clone(SUNMatrix matrix) {  // that of SUNDIALS gives the copy its own operations again
  SUNMatrix out = SUNSparseMatrix(SM_ROWS_S(matrix), SM_COLUMNS_S(matrix), SM_NNZ_S(matrix),
                                  SM_SPARSETYPE_S(matrix), matrix->sunctx);
  use_operations(out);
  return out;
}

void use_operations(SUNMatrix matrix) {
  matrix->ops->clone = clone;
  matrix->ops->copy = copy;
  matrix->ops->zero = zero;
  matrix->ops->scaleaddi = scale_add_identity;
}

}  // namespace

void use_fast_operations(N_Vector vector) {
  auto& use = *vector->ops;
  use.nvlinearsum = linear_sum;
  use.nvconst = constant;
  use.nvscale = scale;
  use.nvabs = absolute;
  use.nvinv = inverse;
  use.nvaddconst = add_constant;
  use.nvprod = product;
  use.nvmin = least;
  use.nvmaxnorm = largest;
  use.nvwrmsnorm = weighted_rms;
}

void use_fast_operations(SUNMatrix matrix) {
  const sunindextype *const start = SM_INDEXPTRS_S(matrix), *const row = SM_INDEXVALS_S(matrix);
  for (sunindextype j = 0; j < SM_NP_S(matrix); ++j)
    if (std::find(row + start[j], row + start[j + 1], j) == row + start[j + 1])
      throw std::runtime_error("a sparse matrix without its diagonal cannot keep its pattern");
  use_operations(matrix);
}

}  // namespace lutetia::bench

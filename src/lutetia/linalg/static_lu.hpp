/// @file Sparse LU without pivoting on a fixed pattern.
///
/// The symbolic part (fill and the list of update targets) is done once per pattern; factorizing is
/// then a straight walk over index lists. Stable for the M-matrices I/(hγ) − J of compartment
/// models, whose J has nonnegative off-diagonals and column sums ≤ 0; pivots are checked anyway.
#pragma once

#include <span>
#include <vector>

#include "lutetia/linalg/lanes.hpp"
#include "lutetia/linalg/pattern.hpp"
#include "lutetia/linalg/row_runs.hpp"

namespace lutetia {

/// Fill pattern and update lists; constant after construction, shared between threads.
class SymbolicLu {
 public:
  SymbolicLu() = default;
  explicit SymbolicLu(const Pattern& pattern);

  int size() const { return filled_.size(); }
  int nonzeros() const { return filled_.nonzeros(); }  ///< of L + U
  /// Multiplications with subtraction of one factorization.
  std::size_t updates() const { return targets_.size(); }

 private:
  friend class StaticLu;
  Pattern filled_;             ///< L + U
  std::vector<int> diagonal_;  ///< position of each diagonal entry
  std::vector<int> scatter_;   ///< position in L + U of each entry of the original pattern
  std::vector<int> targets_;   ///< positions updated, in the order factorize() visits them
  RowRuns lower_,
      upper_;  ///< rows of L and of U without diagonal, in an order that substitution allows
};

/// The numbers of one factorization.
class StaticLu {
 public:
  explicit StaticLu(const SymbolicLu& symbolic);

  /// Factorize diagonal·I − J.
  /// @param jacobian  values on the original pattern, shape (nonzeros of the pattern)
  /// @return false when a pivot is zero, negative or not finite; solve() must not be called then
  bool factorize(double diagonal, std::span<const double> jacobian);

  /// Solve in place; shape (size).
  void solve(std::span<double> b) const { substitute(b); }
  /// Solve for four right-hand sides at once.
  void solve(std::span<Lanes> b) const { substitute(b); }

  /// Index of the pivot that failed in the last factorize(), −1 if none.
  int failed_pivot() const { return failed_pivot_; }

 private:
  template <class T>
  void substitute(std::span<T> b) const {
    const SymbolicLu& s = *symbolic_;
    const int* const columns = s.filled_.columns.data();
    T* const x = b.data();
    const double* const inverse_pivot = inverse_pivots_.data();
    s.lower_.for_each(values_.data(), columns, x, [x](int i, const T& sum) { x[i] -= sum; });
    s.upper_.for_each(values_.data(), columns, x,
                      [=](int i, const T& sum) { x[i] = (x[i] - sum) * inverse_pivot[i]; });
  }

  const SymbolicLu* symbolic_;
  std::vector<double> values_;
  std::vector<double> inverse_pivots_;
  int failed_pivot_ = -1;
};

}  // namespace lutetia

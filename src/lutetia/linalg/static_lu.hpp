/// @file Sparse LU without pivoting on a fixed pattern.
///
/// The symbolic part is done once per pattern: the fill, and every operation of the elimination as
/// an entry of a flat list, in rounds whose operations do not wait for each other. Stable for the
/// M-matrices I/(hγ) − J of compartment models, whose J has nonnegative off-diagonals and column
/// sums ≤ 0; pivots are checked anyway.
#pragma once

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "lutetia/linalg/lanes.hpp"
#include "lutetia/linalg/pattern.hpp"
#include "lutetia/linalg/row_runs.hpp"

namespace lutetia {

/// Fill, places and operations; constant after construction, shared between threads.
///
/// Values of L + U lie as they are used: pivots first, by rounds, then the rows of L and of U in
/// the order of substitution.
class SymbolicLu {
 public:
  SymbolicLu() = default;
  explicit SymbolicLu(const Pattern& pattern);

  int size() const { return size_; }
  int nonzeros() const { return static_cast<int>(columns_.size()); }  ///< of L + U
  /// Multiplications with subtraction of one factorization.
  std::size_t updates() const { return updates_.size(); }
  /// Where each entry of the pattern lies among the values, shape (nonzeros of the pattern).
  const std::vector<int>& places() const { return places_; }
  /// Put −(values on the pattern) among the values of L + U, shape (nonzeros()); fill becomes zero.
  template <class T>
  void place_negated(std::span<const T> from, std::span<T> to) const {
    std::fill(to.begin(), to.end(), T(0.0));
    for (std::size_t p = 0; p < from.size(); ++p) to[places_[p]] = -from[p];
  }

 private:
  template <class T>
  friend class BasicLu;
  /// value[at] ·= inverse of a pivot.
  struct Factor {
    int at, pivot;
  };
  /// value[at] −= value[factor]·value[by].
  struct Update {
    int at, factor, by;
  };
  /// First its pivots are inverted, then its factors formed, then its updates made; each list goes
  /// on where the round before ended.
  struct Round {
    int pivots, factors, updates;  ///< ends
  };

  int size_ = 0;
  std::vector<int> places_;
  std::vector<int> pivots_;   ///< place of the pivot of each row
  std::vector<int> columns_;  ///< of the value at each place
  std::vector<Round> rounds_;
  std::vector<Factor> factors_;
  std::vector<Update> updates_;
  RowRuns lower_, upper_;  ///< rows of L that are not empty, rows of U, both without diagonal
};

/// The numbers of one factorization; T is double, or Lanes for four matrices at once.
template <class T>
class BasicLu {
 public:
  explicit BasicLu(const SymbolicLu& symbolic)
      : symbolic_(&symbolic), values_(symbolic.nonzeros()), inverse_pivots_(symbolic.size()) {}

  /// The matrix to factorize goes here, by the places of the symbolic part; fill is zero.
  std::span<T> values() { return values_; }

  /// Factorize what values() holds, in place.
  /// @return false when a pivot is zero, negative or not finite; solve() must not be called then
  bool factorize() {
    const SymbolicLu& s = *symbolic_;
    T* const v = values_.data();
    T* const inverse = inverse_pivots_.data();
    T lowest(std::numeric_limits<double>::max()), sum(0.0);
    const SymbolicLu::Factor* factor = s.factors_.data();
    const SymbolicLu::Update* update = s.updates_.data();
    int pivot = 0;
    for (const SymbolicLu::Round& round : s.rounds_) {
      for (; pivot < round.pivots; ++pivot) {
        lowest = smaller(lowest, v[pivot]);
        sum += v[pivot];  // carries what is not finite to the end
        inverse[pivot] = 1.0 / v[pivot];
      }
      for (const auto* const end = s.factors_.data() + round.factors; factor != end; ++factor)
        v[factor->at] *= inverse[factor->pivot];
      for (const auto* const end = s.updates_.data() + round.updates; update != end; ++update)
        v[update->at] -= v[update->factor] * v[update->by];
    }
    good_ = smallest(lowest) > 0.0 && all_finite(sum);
    return good_;
  }

  /// Factorize diagonal·I − J.
  /// @param jacobian  values on the original pattern, shape (nonzeros of the pattern)
  bool factorize(double diagonal, std::span<const T> jacobian) {
    symbolic_->place_negated<T>(jacobian, values_);
    for (int i = 0; i < symbolic_->size(); ++i) values_[i] += diagonal;
    return factorize();
  }

  /// x = (diagonal·I − J)⁻¹ x, shape (size). Plain numbers also solve for Lanes, four right-hand
  /// sides at once.
  template <class R>
  void solve(std::span<R> x) const {
    const SymbolicLu& s = *symbolic_;
    const int* const columns = s.columns_.data();
    const int* const pivots = s.pivots_.data();
    const T* const inverse = inverse_pivots_.data();
    R* const to = x.data();
    s.lower_.for_each(values_.data(), columns, to, [=](int i, const R& sum) { to[i] -= sum; });
    s.upper_.for_each(values_.data(), columns, to,
                      [=](int i, const R& sum) { to[i] = (to[i] - sum) * inverse[pivots[i]]; });
  }

  /// Row of the first pivot that failed in the last factorize(), −1 if none.
  int failed_pivot() const {
    for (int i = 0; !good_ && i < symbolic_->size(); ++i) {
      const T& pivot = values_[symbolic_->pivots_[i]];
      if (!(smallest(pivot) > 0.0) || !all_finite(pivot)) return i;
    }
    return -1;
  }

 private:
  const SymbolicLu* symbolic_;
  AlignedVector<T> values_;
  AlignedVector<T> inverse_pivots_;  ///< by places
  bool good_ = true;
};

using StaticLu = BasicLu<double>;

}  // namespace lutetia

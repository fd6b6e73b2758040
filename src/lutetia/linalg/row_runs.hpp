/// @file Sparse rows in runs of equal length: the short inner loops of compartment models,
/// unrolled.
///
/// A row of such a matrix has one to four entries; a counted loop over them costs more than their
/// arithmetic. Rows of equal length that may follow each other are visited as one run.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "lutetia/linalg/pattern.hpp"

namespace lutetia {

class RowRuns {
 public:
  /// All rows of a pattern, the shortest first.
  static RowRuns of(const Pattern& pattern);

  /// Append a row whose entries are at positions first … first + length − 1.
  void add(int row, int first, int length);

  /// Call use(row, Σ values[p]·x[columns[p]]) for every row in turn; a later row sees what use()
  /// wrote to x.
  template <class V, class T, class Use>
  void for_each(const V* values, const int* columns, const T* x, const Use& use) const {
    const Row* row = rows_.data();
    for (const Run& run : runs_) {
      const Row* const end = row + run.rows;
      switch (run.length) {
        case 0:
          visit<0>(row, end, values, columns, x, use);
          break;
        case 1:
          visit<1>(row, end, values, columns, x, use);
          break;
        case 2:
          visit<2>(row, end, values, columns, x, use);
          break;
        case 3:
          visit<3>(row, end, values, columns, x, use);
          break;
        case 4:
          visit<4>(row, end, values, columns, x, use);
          break;
        case 5:
          visit<5>(row, end, values, columns, x, use);
          break;
        default:
          for (const Row* r = row; r != end; ++r)
            use(r->index, dot(values + r->first, columns + r->first, x, run.length));
      }
      row = end;
    }
  }

 private:
  struct Row {
    int index, first;
  };
  struct Run {
    int length, rows;
  };

  /// Numbers times lanes are lanes, whichever are the values.
  template <class V, class T>
  using Product = decltype(V() * T());

  template <std::size_t Length, class V, class T, class Use>
  static void visit(const Row* row, const Row* end, const V* values, const int* columns, const T* x,
                    const Use& use) {
    for (; row != end; ++row) {
      const V* const v = values + row->first;
      const int* const c = columns + row->first;
      use(
          row->index, [&]<std::size_t... P>(std::index_sequence<P...>)->Product<V, T> {
            if constexpr (Length == 0)
              return {};
            else
              return (... + (v[P] * x[c[P]]));
          }(std::make_index_sequence<Length>{}));
    }
  }

  /// Four sums, so that the additions of a long row need not wait for each other.
  template <class V, class T>
  static Product<V, T> dot(const V* values, const int* columns, const T* x, int length) {
    Product<V, T> a{}, b{}, c{}, d{};
    int p = 0;
    for (; p + 4 <= length; p += 4) {
      a += values[p] * x[columns[p]];
      b += values[p + 1] * x[columns[p + 1]];
      c += values[p + 2] * x[columns[p + 2]];
      d += values[p + 3] * x[columns[p + 3]];
    }
    for (; p < length; ++p) a += values[p] * x[columns[p]];
    return (a + b) + (c + d);
  }

  std::vector<Row> rows_;
  std::vector<Run> runs_;
};

}  // namespace lutetia

/// @file Statistics of results that are not kept: mean, spread, range and quantiles per cell.
///
/// Members are added in their order, and bins count integers: the numbers do not depend on threads
/// or on how members are divided into blocks.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "lutetia/batch/members.hpp"

namespace lutetia {

/// Relative accuracy of a quantile.
constexpr double quantile_accuracy = 1e-3;
/// Magnitudes below count as zero [the unit of the result].
constexpr double smallest_magnitude = 1e-12;

/// Counts of magnitudes in bins of equal ratio (DDSketch: Masson, Rim & Lee 2019,
/// doi:10.14778/3352063.3352135). Memory follows the logarithm of the range of values, not their
/// number: a factor of 1000 takes 28 kB.
class LogHistogram {
 public:
  /// @param value  finite
  void add(double value);
  std::uint64_t count() const { return count_; }
  /// The value of rank ⌊q·(count − 1)⌋ from below, off by quantile_accuracy of itself at most; NaN
  /// when nothing was added. @param q  from 0 to 1
  double quantile(double q) const;

 private:
  /// Counts per bin; the first is that of bin `first`.
  struct Side {
    int first = 0;
    std::vector<std::uint64_t> counts = {};
    void add(int bin);
  };
  Side positive_, negative_;
  std::uint64_t zeros_ = 0, count_ = 0;
};

/// Running mean and sum of squared deviations (Welford 1962, doi:10.2307/1266577).
struct Moments {
  std::uint64_t count = 0;
  double mean = 0.0, squares = 0.0;
  double lowest = std::numeric_limits<double>::infinity(),
         highest = -std::numeric_limits<double>::infinity();

  void add(double value);
  double standard_deviation() const;  ///< of the sample; NaN for less than two values
};

/// Statistics of one outcome: every region and column is a cell.
class Statistics {
 public:
  /// @param with_quantiles  whether to count bins, too
  Statistics(std::size_t cells, bool with_quantiles);

  /// Add the members of a block that went well.
  /// @param values  shape (members, cells); NaN where a member has no such cell
  /// @throws std::invalid_argument when the shapes do not fit
  void add(const std::vector<double>& values, const std::vector<MemberStatus>& status);

  const std::vector<Moments>& moments() const { return moments_; }
  /// Of every cell, shape (cells); NaN where nothing was added.
  /// @throws std::invalid_argument when q is not from 0 to 1 or quantiles were not asked for
  std::vector<double> quantile(double q) const;

 private:
  std::vector<Moments> moments_;
  std::vector<LogHistogram> histograms_;
};

}  // namespace lutetia

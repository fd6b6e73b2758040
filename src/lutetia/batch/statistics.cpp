#include "lutetia/batch/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

/// Bin b holds magnitudes from ratio^(b−1) to ratio^b; its middle is off by quantile_accuracy of
/// either end.
constexpr double ratio = (1.0 + quantile_accuracy) / (1.0 - quantile_accuracy);
const double log_ratio = std::log(ratio);

int bin_of(double magnitude) {
  return static_cast<int>(std::ceil(std::log(magnitude) / log_ratio));
}
double middle_of(int bin) { return 2.0 * std::exp(bin * log_ratio) / (ratio + 1.0); }

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void LogHistogram::Side::add(int bin) {
  if (counts.empty()) first = bin;
  if (bin < first) {
    counts.insert(counts.begin(), first - bin, 0);
    first = bin;
  }
  const auto at = static_cast<std::size_t>(bin - first);
  if (at >= counts.size()) counts.resize(at + 1, 0);
  ++counts[at];
}

void LogHistogram::add(double value) {
  ++count_;
  if (std::abs(value) < smallest_magnitude)
    ++zeros_;
  else
    (value > 0.0 ? positive_ : negative_).add(bin_of(std::abs(value)));
}

double LogHistogram::quantile(double q) const {
  if (count_ == 0) return nan;
  auto below = static_cast<std::uint64_t>(q * static_cast<double>(count_ - 1));
  for (std::size_t b = negative_.counts.size(); b-- > 0;) {
    if (below < negative_.counts[b]) return -middle_of(negative_.first + static_cast<int>(b));
    below -= negative_.counts[b];
  }
  if (below < zeros_) return 0.0;
  below -= zeros_;
  for (std::size_t b = 0; b < positive_.counts.size(); ++b) {
    if (below < positive_.counts[b]) return middle_of(positive_.first + static_cast<int>(b));
    below -= positive_.counts[b];
  }
  throw InternalError("a histogram holds fewer values than it counted");
}

void Moments::add(double value) {
  ++count;
  const double before = value - mean;
  mean += before / static_cast<double>(count);
  squares += before * (value - mean);
  lowest = std::min(lowest, value);
  highest = std::max(highest, value);
}

double Moments::standard_deviation() const {
  return count < 2 ? nan : std::sqrt(squares / static_cast<double>(count - 1));
}

Statistics::Statistics(std::size_t cells, bool with_quantiles)
    : moments_(cells), histograms_(with_quantiles ? cells : 0) {}

void Statistics::add(const std::vector<double>& values, const std::vector<MemberStatus>& status) {
  const std::size_t cells = moments_.size();
  if (values.size() != status.size() * cells)
    throw std::invalid_argument(text(status.size(), " members of ", cells, " cells cannot have ",
                                     values.size(), " values"));
  for (std::size_t m = 0; m < status.size(); ++m) {
    if (status[m] != MemberStatus::ok) continue;
    for (std::size_t c = 0; c < cells; ++c) {
      const double value = values[m * cells + c];
      if (std::isnan(value)) continue;
      moments_[c].add(value);
      if (!histograms_.empty()) histograms_[c].add(value);
    }
  }
}

std::vector<double> Statistics::quantile(double q) const {
  if (!(q >= 0.0 && q <= 1.0))
    throw std::invalid_argument(text("a quantile must be from 0 to 1, found ", q));
  if (histograms_.empty() && !moments_.empty())
    throw std::invalid_argument("quantiles were not asked for");
  std::vector<double> out;
  for (const LogHistogram& histogram : histograms_) out.push_back(histogram.quantile(q));
  return out;
}

}  // namespace lutetia

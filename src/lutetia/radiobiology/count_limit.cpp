#include "lutetia/radiobiology/count_limit.hpp"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "lutetia/core/text.hpp"
#include "lutetia/radiobiology/cell_slopes.hpp"

namespace lutetia {
namespace {

/// The states after one step of constant kill, by the classical method of Runge and Kutta.
class StepForward {
 public:
  StepForward(const CellLine& line, double length)
      : line_(line), length_(length), size_(CellStates::first_transit + line.transits) {
    for (auto* values : {&at_, &slope_, &sum_}) values->resize(size_);
  }

  void operator()(std::vector<double>& x, double kill) {
    std::fill(sum_.begin(), sum_.end(), 0.0);
    stage(kill, x, 1.0 / 6.0);
    for (const auto& [ahead, weight] :
         {std::pair{0.5, 1.0 / 3.0}, {0.5, 1.0 / 3.0}, {1.0, 1.0 / 6.0}}) {
      for (std::size_t i = 0; i < size_; ++i) at_[i] = x[i] + ahead * length_ * slope_[i];
      stage(kill, at_, weight);
    }
    for (std::size_t i = 0; i < size_; ++i) x[i] += length_ * sum_[i];
  }

 private:
  void stage(double kill, const std::vector<double>& at, double weight) {
    cell_slopes(line_, at.data(), slope_.data(), kill, 0.0);
    for (std::size_t i = 0; i < size_; ++i) sum_[i] += weight * slope_[i];
  }

  const CellLine& line_;
  double length_;
  std::size_t size_;
  std::vector<double> at_, slope_, sum_;
};

}  // namespace

std::vector<double> lowest_counts(const CellLine& line, const Steps& steps,
                                  std::span<const double> bed) {
  check_cell_line(line);
  if (!(steps.length > 0.0) || steps.starts.empty() ||
      !std::is_sorted(steps.starts.begin(), steps.starts.end()) || steps.starts.back() > bed.size())
    throw std::invalid_argument("steps need a length, and starts that ascend and lie within");
  StepForward forward(line, steps.length);
  std::vector<double> x(CellStates::first_transit + line.transits, 0.0);
  std::fill(x.begin() + CellStates::first_transit, x.end(), 1.0);
  BloodCourse course{{}, {}, {}, {}};
  for (std::size_t i = 0; i <= bed.size(); ++i) {
    if (i >= steps.starts.front()) {
      course.times.push_back(static_cast<double>(i) * steps.length);
      course.count.push_back(line.baseline * std::exp(x[CellStates::log_count]));
    }
    if (i < bed.size()) forward(x, line.alpha * bed[i] / steps.length);
  }
  std::vector<double> starts, out;
  for (const std::size_t start : steps.starts)
    starts.push_back(static_cast<double>(start) * steps.length);
  for (const Nadir& nadir : nadirs(course, starts)) out.push_back(nadir.count);
  return out;
}

double largest_scale(const CellLine& line, const Steps& steps, const ScaledBed& bed, double least) {
  constexpr double never = std::numeric_limits<double>::infinity();
  constexpr double most_kill = 1e4;  // logarithm of the share that survives: nobody is left
  const double total = std::accumulate(bed.linear.begin(), bed.linear.end(), 0.0);
  const double all = std::accumulate(bed.given.begin(), bed.given.end(), total) +
                     std::accumulate(bed.quadratic.begin(), bed.quadratic.end(), 0.0);
  if (!std::isfinite(all)) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> at(bed.linear.size());
  const auto room = [&](double scale) {
    for (std::size_t i = 0; i < at.size(); ++i)
      at[i] = bed.given[i] + scale * (bed.linear[i] + scale * bed.quadratic[i]);
    const std::vector<double> lowest = lowest_counts(line, steps, at);
    return std::log(*std::min_element(lowest.begin(), lowest.end()) / least);
  };
  double low = 0.0, room_low = room(0.0);
  if (!(room_low > 0.0)) return 0.0;
  if (!(line.alpha * total > 0.0)) return never;
  double high = 0.1 / (line.alpha * total), room_high = room(high);
  while (room_high > 0.0) {
    low = high;
    room_low = room_high;
    high *= 2.0;
    if (high * line.alpha * total > most_kill) return never;
    room_high = room(high);
  }
  std::uintmax_t steps_left = 100;
  const auto found =
      boost::math::tools::toms748_solve(room, low, high, room_low, room_high,
                                        boost::math::tools::eps_tolerance<double>(44), steps_left);
  return found.first;
}

}  // namespace lutetia

/// @file What one run writes down, and what its events do to its states.
#pragma once

#include <span>
#include <vector>

#include "lutetia/simulate/trajectory.hpp"

namespace lutetia {

/// Fills a checked trajectory. Runs in lock step have one each.
class Recorder {
 public:
  explicit Recorder(Trajectory& out);

  const Trajectory& run() const { return out_; }

  /// Where the states at an output time go.
  std::span<double> row(std::size_t output);
  /// Σ states − given, relative to given, of daughters to those born; outputs and the end are
  /// checked, nothing is corrected.
  void check_balance(std::span<const double> x);
  /// The integrals so far belong to the next mark.
  void mark(std::span<const double> integral);
  void end(std::span<const double> x, const StepCounters& counters);

  /// Refuse rates of a phase that begins if they leave fewer receptors than are held: a label given
  /// later would follow their negative number.
  void check_receptors(const Event& event, std::span<const double> x) const;
  /// Let a jump happen with the rates of its time.
  void apply(const Jump& jump, const Rates& rates, std::span<double> x);

 private:
  int block_of(int state) const;

  Trajectory& out_;
  const System& system_;
  std::vector<std::vector<int>> amounts_;  ///< states that hold the amount of each block
  std::vector<double> given_;              ///< to each block so far [nmol]
  std::vector<double> brought_;            ///< the same with what was born in it
};

}  // namespace lutetia

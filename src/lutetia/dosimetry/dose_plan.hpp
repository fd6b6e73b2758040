/// @file Absorbed doses of many runs of one system: tables are looked up once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lutetia/dosimetry/absorbed_dose.hpp"
#include "lutetia/dosimetry/dose_rates.hpp"

namespace lutetia {

/// What the absorbed doses of all runs of a system share. Cross values do not scale with mass, so
/// they are kept; self values follow the masses of each run.
class DosePlan {
 public:
  DosePlan() = default;
  /// @param nuclides  descriptions, in the order of time_integrated_activity()
  /// @param s_values  their tables, same order; may be empty for local_electrons
  DosePlan(const System& system, std::vector<Nuclide> nuclides, std::vector<SValues> s_values,
           std::string sex, DoseConvention convention);

  /// Regions with a mass, as target_regions() lists them: positions in Network::regions.
  const std::vector<int>& targets() const { return targets_; }

  /// Exactly the values of absorbed_dose(), shape (targets, cycles) [Gy].
  /// @throws DataError when an S value cannot be given
  std::vector<double> values(const Trajectory& run,
                             const std::vector<TimeIntegratedActivity>& tia) const;

  /// Terms of the dose rates of a run, as source_terms().
  SourceTerms terms(const Trajectory& run) const;

 private:
  double self_value(std::size_t nuclide, const TargetRegion& target) const;

  std::vector<Nuclide> nuclides_;
  std::vector<SValues> tables_;
  std::string sex_;
  DoseConvention convention_ = DoseConvention::s_values;
  std::vector<int> targets_;
  /// Per nuclide and target: sources that reach it, ascending, with their values [Gy/(MBq·h)]; the
  /// target itself is among them, its value is that of the run.
  std::vector<std::vector<std::pair<int, double>>> sources_;
};

}  // namespace lutetia

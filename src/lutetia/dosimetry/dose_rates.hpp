/// @file Activity curves × S values → absorbed dose rates of every region with a mass.
#pragma once

#include <string>
#include <vector>

#include "lutetia/dosimetry/absorbed_dose.hpp"
#include "lutetia/dosimetry/dose_rate.hpp"
#include "lutetia/simulate/activity_curves.hpp"

namespace lutetia {

/// Absorbed dose rates of all targets, Ḋ(r_T, t) = Σ_S A(r_S, t)·S(r_T ← r_S), over the same knots.
/// Alpha particles are kept apart from electrons and photons: radiobiology treats them otherwise.
struct DoseRates {
  std::vector<std::string> regions;
  std::vector<double> knots;               ///< ascending [h]; one more than intervals
  std::vector<DoseRate::Piece> low_let;    ///< shape (intervals, regions) [Gy/h]
  std::vector<DoseRate::Piece> alpha;      ///< the same; empty without alpha particles
  std::vector<double> low_let_tail_decay;  ///< per region [1/h], as in DoseRate
  std::vector<double> alpha_tail_decay;    ///< the same; empty without alpha particles

  std::size_t intervals() const { return knots.empty() ? 0 : knots.size() - 1; }
  DoseRate low_let_of(std::size_t region) const;
  DoseRate alpha_of(std::size_t region) const;
};

/// What one source region adds to the dose rate of a target [Gy/(MBq·h)]; one value for all cycles,
/// or one per cycle where the mass of the target changes.
struct SourceTerm {
  int nuclide, source;
  std::vector<double> low_let, alpha;
  /// Their derivatives by the mass of the target [Gy/(MBq·h)/kg]; only source_terms() knows them.
  std::vector<double> low_let_slope = {}, alpha_slope = {};
};
/// The terms of each target.
using SourceTerms = std::vector<std::vector<SourceTerm>>;

/// Terms of targets, in the convention of absorbed_dose() and with its arguments; terms that are
/// zero are left out.
/// @param tia  says which nuclides and source regions there are, and how many cycles
/// @throws DataError when an S value cannot be given
SourceTerms source_terms(const std::vector<TargetRegion>& targets,
                         const std::vector<TimeIntegratedActivity>& tia,
                         const std::vector<Nuclide>& nuclides, const std::vector<SValues>& s_values,
                         const std::string& sex, DoseConvention convention);

/// Part of an S value that is of alpha particles [Gy/(MBq·h)]: all their energy where it is
/// emitted; none in the convention of local electrons. @param mass [kg]
double alpha_s_value(DoseConvention convention, const Nuclide& nuclide, double mass);

/// Dose rates of a run. After its end a rate falls by one exponential from its value there, with
/// the dose of the tail: the dose of the whole is that of absorbed_dose().
/// @param tia  of the run, with its tail
DoseRates dose_rates(const ActivityCurves& curves, const std::vector<std::string>& targets,
                     const SourceTerms& terms, const std::vector<TimeIntegratedActivity>& tia);

/// Of the values of all cycles, or the one for all of them.
double in_cycle(const std::vector<double>& values, std::size_t cycle);

/// The cycle a time belongs to, 0 for the first; what is before the first belongs to it.
std::size_t cycle_at(const std::vector<double>& cycle_starts, double time);

}  // namespace lutetia

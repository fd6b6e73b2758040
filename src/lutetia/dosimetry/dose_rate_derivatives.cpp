#include "lutetia/dosimetry/dose_rate_derivatives.hpp"

#include <numeric>

namespace lutetia {
namespace {

using Values = ActivityCurves::Values;

/// S values of a kind of radiation and their slopes.
struct Kind {
  std::vector<double> SourceTerm::*value;
  std::vector<double> SourceTerm::*slope;
};
constexpr Kind low_let{&SourceTerm::low_let, &SourceTerm::low_let_slope};
constexpr Kind alpha{&SourceTerm::alpha, &SourceTerm::alpha_slope};

void add(double factor, const Values& values, Values& to) {
  for (int place = 0; place < ActivityCurves::places; ++place) to[place] += factor * values[place];
}

/// ∂mass/∂p of every target and cycle, shape (targets, cycles, directions).
std::vector<std::vector<double>> mass_derivatives(const Trajectory& run, const Sensitivities& s,
                                                  const std::vector<TargetRegion>& targets) {
  std::vector<std::vector<double>> out;
  for (const TargetRegion& target : targets)
    for (std::size_t k = 0; k < run.schedule.cycle_starts.size(); ++k)
      out.push_back(mass_derivative(run, s, target.name, k));
  return out;
}

/// Everything of one kind of radiation at fixed u, then at fixed time.
RateDerivative derivative_of(const Kind& kind, const Trajectory& run, const Sensitivities& s,
                             const std::vector<DoseRate::Piece>& rates,
                             const std::vector<std::vector<double>>& masses,
                             const SourceTerms& terms,
                             const std::vector<TimeIntegratedActivity>& tia,
                             const std::vector<TiaDerivative>& tia_derivatives) {
  const ActivityCurves& curves = run.curves;
  const auto& starts = run.schedule.cycle_starts;
  const std::size_t directions = s.directions, targets = terms.size(), cycles = starts.size();
  RateDerivative out;
  out.pieces.reserve(curves.intervals() * targets * directions);
  for (std::size_t i = 0; i < curves.intervals(); ++i) {
    const std::size_t cycle = cycle_at(starts, curves.knots[i]);
    for (std::size_t t = 0; t < targets; ++t)
      for (std::size_t d = 0; d < directions; ++d) {
        Values sum{};
        for (const SourceTerm& term : terms[t]) {
          const std::size_t row = i * curves.row() + term.nuclide * curves.regions + term.source;
          add(in_cycle(term.*kind.value, cycle), s.curves.values[row * directions + d], sum);
          if (const double slope = in_cycle(term.*kind.slope, cycle); slope != 0.0)
            add(slope * masses[t * cycles + cycle][d], curves.values[row], sum);
        }
        out.pieces.push_back(through(sum));
      }
  }
  for (const auto& [interval, direction, speed] : s.curves.intervals) {
    const double length = curves.knots[interval + 1] - curves.knots[interval];
    for (std::size_t t = 0; t < targets; ++t) {
      const DoseRate::Piece& rate = rates[interval * targets + t];
      DoseRate::Piece& piece = out.pieces[(interval * targets + t) * directions + direction];
      for (int k = 1; k < DoseRate::coefficients; ++k) piece[k - 1] -= speed * k * rate[k] / length;
    }
  }
  const std::size_t last = cycles - 1;
  for (std::size_t t = 0; t < targets; ++t)
    for (std::size_t d = 0; d < directions; ++d) {
      double sum = 0.0;
      for (const SourceTerm& term : terms[t])
        sum += in_cycle(term.*kind.value, last) *
                   tia_derivatives[term.nuclide].tail[term.source * directions + d] +
               in_cycle(term.*kind.slope, last) * masses[t * cycles + last][d] *
                   tia[term.nuclide].tail[term.source];
      out.tail_dose.push_back(sum);
    }
  return out;
}

/// Dose rates of activities with the S values of a cycle.
std::vector<double> rates_of(const Kind& kind, const std::vector<double>& activities,
                             std::size_t regions, const SourceTerms& terms, std::size_t cycle) {
  std::vector<double> out;
  for (const auto& of_target : terms) {
    double sum = 0.0;
    for (const SourceTerm& term : of_target)
      sum += in_cycle(term.*kind.value, cycle) * activities[term.nuclide * regions + term.source];
    out.push_back(sum);
  }
  return out;
}

}  // namespace

DoseRateDerivatives dose_rate_derivatives(const Trajectory& run, const Sensitivities& s,
                                          const DoseRates& rates,
                                          const std::vector<TargetRegion>& targets,
                                          const SourceTerms& terms,
                                          const std::vector<TimeIntegratedActivity>& tia,
                                          const std::vector<TiaDerivative>& tia_derivatives) {
  DoseRateDerivatives out;
  out.directions = s.directions;
  if (run.schedule.cycle_starts.empty() || terms.empty()) return out;
  const auto masses = mass_derivatives(run, s, targets);
  out.low_let = derivative_of(low_let, run, s, rates.low_let, masses, terms, tia, tia_derivatives);
  if (!rates.alpha.empty())
    out.alpha = derivative_of(alpha, run, s, rates.alpha, masses, terms, tia, tia_derivatives);
  for (const auto& knot : s.curves.knots) {
    std::size_t cycle = cycle_at(run.schedule.cycle_starts, run.curves.knots[knot.knot]);
    if (knot.cycle && cycle > 0) --cycle;  // the S values change with the cycle
    out.events.push_back({knot.knot, knot.direction, knot.speed, knot.cycle,
                          rates_of(low_let, knot.before, run.curves.regions, terms, cycle),
                          rates_of(alpha, knot.before, run.curves.regions, terms, cycle)});
  }
  return out;
}

}  // namespace lutetia

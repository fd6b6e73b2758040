#include "lutetia/dosimetry/dose_rates.hpp"

#include <algorithm>
#include <limits>

#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

/// Values of a target at the five places of an interval, of one kind of radiation.
DoseRate::Piece piece_of(const ActivityCurves::Values* activities, std::size_t regions,
                         const std::vector<SourceTerm>& terms,
                         std::vector<double> SourceTerm::*kind, std::size_t cycle) {
  ActivityCurves::Values sum{};
  for (const SourceTerm& term : terms) {
    const double s = in_cycle(term.*kind, cycle);
    if (s == 0.0) continue;
    const auto& activity = activities[term.nuclide * regions + term.source];
    for (int place = 0; place < ActivityCurves::places; ++place) sum[place] += s * activity[place];
  }
  return through(sum);
}

double tail_dose(const std::vector<SourceTerm>& terms, std::vector<double> SourceTerm::*kind,
                 const std::vector<TimeIntegratedActivity>& tia) {
  double sum = 0.0;
  for (const SourceTerm& term : terms)
    sum += (term.*kind).back() * tia[term.nuclide].tail[term.source];
  return sum;
}

/// The exponential that begins with a rate and brings a dose; without either it ends at once.
double tail_decay(double rate, double dose) {
  return rate > 0.0 && dose > 0.0 ? rate / dose : std::numeric_limits<double>::infinity();
}

double last_value(const DoseRate::Piece& piece) {
  double sum = 0.0;
  for (const double c : piece) sum += c;
  return sum;
}

/// One target's pieces as a dose rate of its own.
DoseRate single(const std::vector<double>& knots, const std::vector<DoseRate::Piece>& pieces,
                std::size_t regions, std::size_t region, double tail_decay) {
  DoseRate out{knots, {}, tail_decay};
  for (std::size_t i = region; i < pieces.size(); i += regions) out.pieces.push_back(pieces[i]);
  return out;
}

}  // namespace

double in_cycle(const std::vector<double>& values, std::size_t cycle) {
  return values.size() == 1 ? values.front() : values.at(cycle);
}

std::size_t cycle_at(const std::vector<double>& cycle_starts, double time) {
  const auto after = std::upper_bound(cycle_starts.begin(), cycle_starts.end(), time);
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - cycle_starts.begin(), 1) - 1);
}

double alpha_s_value(DoseConvention convention, const Nuclide& nuclide, double mass) {
  if (convention == DoseConvention::local_electrons) return 0.0;
  return constants::dose_per_energy * nuclide.alpha_energy / mass;
}

DoseRate DoseRates::low_let_of(std::size_t region) const {
  return single(knots, low_let, regions.size(), region, low_let_tail_decay.at(region));
}

DoseRate DoseRates::alpha_of(std::size_t region) const {
  if (!alpha.empty())
    return single(knots, alpha, regions.size(), region, alpha_tail_decay.at(region));
  return {knots, std::vector<DoseRate::Piece>(intervals()),
          std::numeric_limits<double>::infinity()};
}

SourceTerms source_terms(const std::vector<TargetRegion>& targets,
                         const std::vector<TimeIntegratedActivity>& tia,
                         const std::vector<Nuclide>& nuclides, const std::vector<SValues>& s_values,
                         const std::string& sex, DoseConvention convention) {
  SourceTerms out(targets.size());
  for (std::size_t t = 0; t < targets.size(); ++t)
    for (std::size_t n = 0; n < tia.size(); ++n)
      for (std::size_t s = 0; s < tia[n].regions.size(); ++s) {
        const bool self = tia[n].regions[s] == targets[t].name;
        const std::size_t cycles =
            targets[t].cycle_masses.empty() ? 1 : targets[t].cycle_masses.size();
        SourceTerm term{static_cast<int>(n), static_cast<int>(s), {}, {}};
        bool any = false;
        for (std::size_t k = 0; k < cycles; ++k) {
          const TargetRegion target = targets[t].in_cycle(k);
          const SValue all = s_value(convention, s_values.empty() ? nullptr : &s_values.at(n),
                                     nuclides.at(n), sex, target, tia[n].regions[s]);
          const double alpha = self ? alpha_s_value(convention, nuclides[n], target.mass) : 0.0;
          term.low_let.push_back(all.value - alpha);
          term.alpha.push_back(alpha);
          term.alpha_slope.push_back(-alpha / target.mass);  // falls as 1/mass
          term.low_let_slope.push_back(all.slope - term.alpha_slope.back());
          any = any || all.value != 0.0;
        }
        if (any) out[t].push_back(std::move(term));
      }
  return out;
}

DoseRates dose_rates(const ActivityCurves& curves, const std::vector<std::string>& targets,
                     const SourceTerms& terms, const std::vector<TimeIntegratedActivity>& tia) {
  DoseRates out;
  out.regions = targets;
  out.knots = curves.knots;
  bool any_alpha = false;
  for (const auto& of_target : terms)
    for (const SourceTerm& term : of_target)
      any_alpha = any_alpha || in_cycle(term.alpha, term.alpha.size() - 1) != 0.0;
  out.low_let.reserve(curves.intervals() * targets.size());
  for (std::size_t i = 0; i < curves.intervals(); ++i) {
    const std::size_t cycle = tia.empty() ? 0 : cycle_at(tia.front().cycle_starts, curves.knots[i]);
    const auto* const activities = curves.values.data() + i * curves.row();
    for (const auto& of_target : terms) {
      out.low_let.push_back(
          piece_of(activities, curves.regions, of_target, &SourceTerm::low_let, cycle));
      if (any_alpha)
        out.alpha.push_back(
            piece_of(activities, curves.regions, of_target, &SourceTerm::alpha, cycle));
    }
  }
  const auto tails = [&](const std::vector<DoseRate::Piece>& pieces,
                         std::vector<double> SourceTerm::*kind) {
    std::vector<double> decays;
    for (std::size_t t = 0; t < targets.size(); ++t)
      decays.push_back(
          tail_decay(pieces.empty() ? 0.0 : last_value(pieces[pieces.size() - targets.size() + t]),
                     tail_dose(terms[t], kind, tia)));
    return decays;
  };
  out.low_let_tail_decay = tails(out.low_let, &SourceTerm::low_let);
  if (any_alpha) out.alpha_tail_decay = tails(out.alpha, &SourceTerm::alpha);
  return out;
}

}  // namespace lutetia

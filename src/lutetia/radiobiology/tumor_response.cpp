#include "lutetia/radiobiology/tumor_response.hpp"

#include <cmath>

#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

/// Where the states stand: ln N of every dose bin, then these, then the log kill of every bin, then
/// the unrepaired doses.
enum Rest { doomed, receptors, dose, rest_size };

std::vector<std::string> names_of(std::size_t bins, std::size_t repairs) {
  std::vector<std::string> out(bins, "viable cells");
  out.insert(out.end(), {"doomed cells", "receptor factor", "absorbed dose"});
  out.insert(out.end(), bins, "log kill");
  out.insert(out.end(), repairs, "unrepaired dose");
  return out;
}

void check(const TumorParameters& p, double mass) {
  const auto refuse = [](bool wrong, const char* what, double found) {
    if (wrong) throw std::invalid_argument(text(what, ", found ", found));
  };
  check_tissue(p.tissue);
  refuse(!(mass > 0.0), "the mass of a lesion must be positive", mass);
  refuse(!(p.alpha >= 0.0), "alpha must not be negative", p.alpha);
  refuse(!(p.clearance_half_time >= 0.0), "clearance_half_time must not be negative",
         p.clearance_half_time);
  refuse(!(p.receptor_loss >= 0.0), "receptor_loss must not be negative", p.receptor_loss);
  refuse(!(p.receptor_recovery_rate >= 0.0), "receptor_recovery_rate must not be negative",
         p.receptor_recovery_rate);
  if (p.growth.law != GrowthLaw::exponential)
    refuse(!(p.growth.capacity > mass), "capacity must be larger than the mass of the lesion",
           p.growth.capacity);
}

/// The right-hand side; masses relative to the first one, so that every state is of order one.
struct Slopes {
  const std::vector<LesionExposure>& exposures;
  const TumorParameters& p;
  double first_mass;
  double uptake = 1.0;  ///< activity of the lesion over that of the exposures

  double mass(const std::vector<double>& x) const {
    double viable = 0.0;
    for (std::size_t i = 0; i < p.dose_bins.size(); ++i) viable += std::exp(x[i]);
    return first_mass * (viable + x[p.dose_bins.size() + doomed]);
  }

  void operator()(const std::vector<double>& x, std::vector<double>& out, double t) const {
    const std::size_t bins = p.dose_bins.size(), kill = bins + rest_size, repair = kill + bins;
    const double* rest = x.data() + bins;
    double* rest_slope = out.data() + bins;
    const double mass = this->mass(x);
    double low = 0.0, high = 0.0;
    for (const LesionExposure& e : exposures) {
      MassFactors factors{1.0, 1.0};
      if (e.mass_factors) {
        factors = e.mass_factors(mass);
        factors = {uptake * factors.low_let, uptake * factors.alpha};
      }
      low += factors.low_let * e.dose_rate.low_let.at(t);
      if (e.dose_rate.has_alpha_particles())
        high += factors.alpha * e.dose_rate.alpha_particles.at(t);
    }
    const EffectRate effect{p.tissue};
    const std::span<const double> y(x.data() + repair, effect.states());
    const double alpha = p.alpha * factor_at(p.alpha_windows, t), f = p.oxygen_factor;
    const double unrepaired = effect.unrepaired(y);
    const double growth = p.growth.rate * p.growth.share(mass);
    double killed = 0.0;
    for (std::size_t i = 0; i < bins; ++i) {
      const double d = p.dose_bins[i].value;
      const double h =
          alpha * d * (f * effect.low_let(f * d * unrepaired, low) + effect.alpha_particles(high));
      killed += h * std::exp(x[i]);
      out[i] = growth - h;
      out[kill + i] = h;
    }
    rest_slope[doomed] = p.clearance_half_time == 0.0
                             ? 0.0
                             : killed - constants::ln2 / p.clearance_half_time * rest[doomed];
    rest_slope[receptors] = p.receptor_recovery_rate * (1.0 - rest[receptors]) -
                            p.receptor_loss * (low + high) * rest[receptors];
    rest_slope[dose] = low + high;
    effect.slopes(y, {out.data() + repair, effect.states()}, low, factor_at(p.repair_windows, t));
  }
};

}  // namespace

std::vector<DoseBin> lognormal_bins(double sigma, int count) {
  if (!(sigma >= 0.0))
    throw std::invalid_argument(text("sigma must not be negative, found ", sigma));
  if (sigma == 0.0) return {{1.0, 1.0}};
  constexpr double widest = 5.0;  // standard deviations; 6e-7 of a normal distribution is beyond
  std::vector<DoseBin> out;
  double shares = 0.0, mean = 0.0;
  for (int i = 0; i < count; ++i) {
    const double z = widest * (2.0 * i / (count - 1.0) - 1.0);
    out.push_back({std::exp(-0.5 * z * z), std::exp(sigma * z)});
    shares += out.back().share;
    mean += out.back().share * out.back().value;
  }
  for (DoseBin& bin : out) bin = {bin.share / shares, bin.value * shares / mean};
  return out;
}

TumorCourse tumor_response(const std::vector<LesionExposure>& exposures,
                           const TumorParameters& parameters, double mass, double start,
                           const std::vector<double>& times, double tolerance,
                           const std::vector<CycleMass>& cycles) {
  check(parameters, mass);
  check_times(start, times);
  for (const CycleMass& cycle : cycles)
    if (!(cycle.mass > 0.0))
      throw std::invalid_argument(
          text("the mass of a lesion must be positive, found ", cycle.mass, " in a cycle"));
  Stops stops(start);
  for (const LesionExposure& e : exposures) stops.add(e.dose_rate);
  stops.add(parameters.alpha_windows);
  stops.add(parameters.repair_windows);
  const EffectRate effect{parameters.tissue};
  const std::size_t bins = parameters.dose_bins.size(), n = times.size();
  const std::size_t kill = bins + rest_size, repair = kill + bins;
  std::vector<double> x(repair + effect.states(), 0.0);
  for (std::size_t i = 0; i < bins; ++i) x[i] = std::log(parameters.dose_bins[i].share);
  x[bins + receptors] = 1.0;
  TumorCourse out;
  out.times = times;
  for (auto* values : {&out.viable, &out.doomed, &out.receptor_factor, &out.unrepaired_dose,
                       &out.absorbed_dose, &out.log_kill})
    values->resize(n);
  const auto observe = [&](std::size_t i, const std::vector<double>& state) {
    // Relative to the bin that is hit least, since exp(−kill) may be below any number.
    const auto first = state.begin() + static_cast<std::ptrdiff_t>(kill);
    const double least = *std::min_element(first, first + static_cast<std::ptrdiff_t>(bins));
    double viable = 0.0, surviving = 0.0;
    for (std::size_t b = 0; b < bins; ++b) {
      viable += std::exp(state[b]);
      surviving += parameters.dose_bins[b].share * std::exp(least - state[kill + b]);
    }
    out.viable[i] = mass * viable;
    out.doomed[i] = mass * state[bins + doomed];
    out.receptor_factor[i] = state[bins + receptors];
    out.unrepaired_dose[i] = effect.unrepaired(std::span(state).subspan(repair));
    out.absorbed_dose[i] = state[bins + dose];
    out.log_kill[i] = least - std::log(surviving);
  };
  for (const CycleMass& cycle : cycles) stops.add(cycle.start);
  const std::vector<double> all = stops.until(start, times);
  Slopes slopes{exposures, parameters, mass};
  // From the start of a cycle to that of the next, to which its output times do not belong.
  std::size_t first = 0, observed = 0, cycle = 0;
  while (first < all.size()) {
    for (; cycle < cycles.size() && cycles[cycle].start <= all[first]; ++cycle)
      slopes.uptake = slopes.mass(x) / cycles[cycle].mass;
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
    const auto next =
        cycle < cycles.size() ? std::lower_bound(begin, all.end(), cycles[cycle].start) : all.end();
    const std::vector<double> part(begin, next == all.end() ? next : next + 1);
    const auto from = times.begin() + static_cast<std::ptrdiff_t>(observed);
    const auto to = next == all.end() ? times.end() : std::lower_bound(from, times.end(), *next);
    integrate_course(
        slopes, x, names_of(bins, effect.states()), part, {from, to}, tolerance,
        [&](std::size_t k, const std::vector<double>& state) { observe(observed + k, state); });
    observed = static_cast<std::size_t>(to - times.begin());
    first = static_cast<std::size_t>(next - all.begin());
  }
  return out;
}

double minimal_volume(double volume, double growth_rate, double alpha, double time, double bed) {
  return volume * std::exp(growth_rate * time - alpha * bed);
}

double oxygen_factor(double pressure, double oer_max, double half_effect) {
  return (oer_max * pressure + half_effect) / (pressure + half_effect) / oer_max;
}

}  // namespace lutetia

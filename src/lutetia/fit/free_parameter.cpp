#include "lutetia/fit/free_parameter.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "lutetia/core/text.hpp"

namespace lutetia {

double FreeParameter::exponent(std::size_t cycle) const {
  return exponents.empty() ? 0.0 : exponents[std::min(cycle, exponents.size() - 1)];
}

Transformed transformed(FreeParameter::Transform transform, double phi) {
  if (transform == FreeParameter::Transform::log) {
    const double value = std::exp(phi);
    return {value, value};
  }
  const double value = 1.0 / (1.0 + std::exp(-phi));
  return {value, value * (1.0 - value)};
}

FreeParameters::FreeParameters(std::vector<FreeParameter> free, const System& system,
                               std::size_t cycles)
    : free_(std::move(free)), given_(system.parameter_values()), cycles_(cycles) {
  Problems problems;
  const Network& network = system.network();
  for (const NetworkParameter& p : network.parameters) names_.push_back(p.name);
  std::set<int> set_by_value;
  for (const FreeParameter& f : free_) {
    std::vector<int>& positions = positions_.emplace_back();
    if (f.factor && f.parameters.empty())
      problems.add({.what = text(quote(f.name), " is a factor of nothing")});
    if (!f.factor && f.parameters.size() != 1)
      problems.add(
          {.what = text(quote(f.name), " gives values to ", f.parameters.size(), " parameters"),
           .hint = "a value is of one, a factor may be of more"});
    for (const std::string& name : f.parameters) {
      const auto at = std::find(names_.begin(), names_.end(), name);
      if (at == names_.end()) {
        const bool computed = network.slots.count(name) > 0;
        const bool unused =
            std::find(network.unused.begin(), network.unused.end(), name) != network.unused.end();
        problems.add({.what = computed ? text(quote(name), " is computed; it cannot be fitted")
                              : unused ? text("nothing in this run depends on ", quote(name))
                                       : text("no parameter ", quote(name), " to fit"),
                      .hint = computed ? "fit what it is computed from"
                              : unused ? "leave it out"
                                       : suggestion(name, names_)});
        continue;
      }
      positions.push_back(static_cast<int>(at - names_.begin()));
      const double value = given_[positions.back()];
      if (!f.factor && !set_by_value.insert(positions.back()).second)
        problems.add({.what = text(quote(name), " is fitted twice"),
                      .hint = "one coordinate gives its value; others may be factors of it"});
      if (!f.factor && f.transform == FreeParameter::Transform::logit && value >= 1.0)
        problems.add(
            {.what = text(quote(name), " is no share between 0 and 1"), .found = text(value)});
    }
  }
  problems.throw_if_any();
}

std::vector<int> FreeParameters::positions() const {
  std::vector<int> out;
  for (const std::vector<int>& of_one : positions_)
    out.insert(out.end(), of_one.begin(), of_one.end());
  return out;
}

FittedValues FreeParameters::values(const double* phi) const {
  FittedValues out{given_, {}};
  for (std::size_t f = 0; f < free_.size(); ++f)
    if (!free_[f].factor)
      out.values[positions_[f].front()] = transformed(free_[f].transform, phi[f]).value;
  for (std::size_t f = 0; f < free_.size(); ++f) {
    if (!free_[f].factor) continue;
    const double first = free_[f].exponent(0);
    std::vector<double> factors;
    for (std::size_t c = 0; c < cycles_; ++c)
      factors.push_back(std::exp(phi[f] * (free_[f].exponent(c) - first)));
    const bool changes = std::any_of(free_[f].exponents.begin(), free_[f].exponents.end(),
                                     [&](double e) { return e != first; });
    for (const int p : positions_[f]) {
      out.values[p] *= std::exp(phi[f] * first);
      if (changes && cycles_ > 1)
        out.effects.push_back({.parameter = names_[p],
                               .term = CycleEffect::Term::free_per_cycle,
                               .numbers = factors,
                               .always = true});
    }
  }
  return out;
}

std::vector<ParameterDirection> FreeParameters::directions(
    const double* phi, const std::vector<RatePhase>& phases,
    const std::vector<double>& cycle_starts) const {
  std::vector<std::size_t> cycle_of;
  for (const RatePhase& phase : phases) {
    const auto after = std::upper_bound(cycle_starts.begin(), cycle_starts.end(), phase.start);
    cycle_of.push_back(after == cycle_starts.begin() ? 0 : after - cycle_starts.begin() - 1);
  }
  std::vector<ParameterDirection> out;
  for (std::size_t f = 0; f < free_.size(); ++f) {
    ParameterDirection& direction = out.emplace_back();
    for (const int p : positions_[f]) {
      ParameterChange& change = direction.emplace_back(ParameterChange{p, {}});
      for (std::size_t k = 0; k < phases.size(); ++k) {
        const double value = phases[k].values[p];
        const Transformed t = transformed(free_[f].transform, phi[f]);
        change.by_phase.push_back(
            value * (free_[f].factor ? free_[f].exponent(cycle_of[k]) : t.derivative / t.value));
      }
    }
  }
  return out;
}

}  // namespace lutetia

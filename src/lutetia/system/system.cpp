#include "lutetia/system/system.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "lutetia/system/cause.hpp"

namespace lutetia {

std::vector<int> Block::amounts() const {
  std::vector<int> out;
  for (const int s : states)
    if (s >= 0) out.push_back(s);
  out.insert(out.end(), reservoirs.begin(), reservoirs.end());
  if (bag >= 0) out.push_back(bag);
  if (decayed >= 0) out.push_back(decayed);
  return out;
}

std::vector<double> System::parameter_values() const {
  std::vector<double> out;
  for (const NetworkParameter& p : network_.parameters) out.push_back(p.value);
  return out;
}

int System::parameter_index(const std::string& name) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < network_.parameters.size(); ++i) {
    if (network_.parameters[i].name == name) return static_cast<int>(i);
    names.push_back(network_.parameters[i].name);
  }
  throw std::out_of_range(text("unknown parameter ", quote(name), "; ", suggestion(name, names)));
}

Rates System::rates() const {
  const std::vector<double> values = parameter_values();
  return rates<double>(values);
}

BasicRates<Lanes> in_lanes(std::span<const Rates* const> members) {
  BasicRates<Lanes> out;
  auto interleave = [&](std::vector<double> Rates::*from, std::vector<Lanes>& to) {
    to.resize((members.front()->*from).size());
    for (int l = 0; l < lane_count; ++l) {
      const auto& of = members[std::min<std::size_t>(l, members.size() - 1)]->*from;
      for (std::size_t i = 0; i < to.size(); ++i) to[i].set(l, of[i]);
    }
  };
  interleave(&Rates::linear, out.linear);
  interleave(&Rates::product, out.product);
  interleave(&Rates::modulated, out.modulated);
  interleave(&Rates::effects, out.effects);
  interleave(&Rates::weights, out.weights);
  return out;
}

int System::block_index(const std::string& name) const {
  for (std::size_t b = 0; b < blocks_.size(); ++b)
    if (blocks_[b].name == name) return static_cast<int>(b);
  return -1;
}

std::vector<int> System::ancestry(int block) const {
  std::vector<int> out{block};
  for (std::size_t i = 0; i < out.size(); ++i)
    for (const Lineage& line : lineages_)
      if (line.daughter == out[i] && std::find(out.begin(), out.end(), line.parent) == out.end())
        out.push_back(line.parent);
  std::reverse(out.begin(), out.end());
  return out;
}

double System::decay_constant(const Rates& rates, int tracer) const {
  return rates.slots[network_.decay_constants[tracer_nuclide_[tracer]]];
}

std::vector<int> System::remainder_states() const {
  std::set<int> out;
  for (const ProductTerm& term : products_) out.insert({term.i, term.j});
  for (const ModulatedTerm& term : modulated_) {
    out.insert(term.driver);
    for (int u = term.first; u < term.first + term.count; ++u) {
      const EffectTerm& over = effects_[used_effects_[u]];
      const auto first = effect_states_.begin() + over.first;
      out.insert(first, first + over.states);
    }
  }
  return {out.begin(), out.end()};
}

void System::jacobian(const Rates& rates, std::span<const double> x,
                      std::span<double> values) const {
  auto at = linearization<double>();
  std::copy(rates.linear.begin(), rates.linear.end(), values.begin());
  linearize<double>(rates, x, at, [&](int position, double value) { values[position] += value; });
}

/// An effect leaves a rate positive, and its numbers have a meaning.
void System::check_effects(const Rates& rates, Problems& problems) const {
  // A number that was given is wrong where it was given, a computed one where it is used.
  auto refuse = [&](const std::string& what, Tape::Slot slot, const Location& used,
                    const char* expected) {
    const int input = network_.tape.input_of(slot);
    problems.add({.what = what,
                  .where = input >= 0 ? network_.parameters[input].where : used,
                  .found = to_string(Quantity{rates.slots[slot], network_.tape.dimension(slot)}),
                  .expected = expected});
  };
  auto within = [&](Tape::Slot slot, double low, double high) {
    return rates.slots[slot] >= low && rates.slots[slot] <= high &&
           std::isfinite(rates.slots[slot]);
  };
  constexpr double no_limit = std::numeric_limits<double>::infinity();
  for (const NetworkEffect& e : network_.effects) {
    const std::string of = text(" of effect ", quote(e.name));
    if (!(rates.slots[e.half] > 0.0)) refuse("'half'" + of, e.half, e.where, "more than zero");
    if (!(rates.slots[e.hill] > 0.0)) refuse("'hill'" + of, e.hill, e.where, "more than zero");
    if (e.maximum >= 0 && !within(e.maximum, 0.0, e.stimulates ? no_limit : 1.0))
      refuse("'maximum'" + of, e.maximum, e.where,
             e.stimulates ? "zero or more" : "from 0 (no inhibition) to 1 (complete)");
  }
  for (const auto& [compartment, release] : network_.daughter_releases)
    if (!within(release.share, 0.0, 1.0))
      refuse(
          text("share of daughters released from ", quote(network_.compartments[compartment].name)),
          release.share, network_.compartments[compartment].where, "from 0 to 1");
  for (const Tape::Slot share : network_.freed_shares)
    if (!within(share, 0.0, 1.0))
      refuse("share of daughters the chelator does not keep", share, {}, "from 0 to 1");
  for (const NetworkVoiding& v : network_.voiding) {
    if (!(rates.slots[v.interval] > 0.0))
      refuse("interval of voids", v.interval, v.where, "more than zero");
    if (!within(v.first, 0.0, no_limit))
      refuse("time of the first void", v.first, v.where, "zero or more");
    if (!within(v.fraction, 0.0, 1.0))
      refuse("voided fraction", v.fraction, v.where, "from 0 to 1");
  }
}

/// Regions cannot contain more of a compartment than there is of it.
void System::check_shares(const Rates& rates, Problems& problems) const {
  constexpr double rounding = 1e-9;  // of a sum of some twenty shares
  std::vector<double> sums(network_.compartments.size(), 0.0);
  for (const Region& region : network_.regions)
    for (const RegionPart& part : region.parts) {
      if (part.share < 0) continue;
      const double share = rates.slots[part.share];
      sums[part.compartment] += share;
      const NetworkCompartment& compartment = network_.compartments[part.compartment];
      if (!(share >= 0.0) || !std::isfinite(share))
        problems.add(
            {.what = text("share of ", quote(compartment.name), " in ", quote(region.name)),
             .where = compartment.where,
             .found = text(share),
             .expected = "from 0 to 1"});
    }
  for (std::size_t c = 0; c < sums.size(); ++c)
    if (sums[c] > 1.0 + rounding)
      problems.add(
          {.what = text("regions contain more than all of ", quote(network_.compartments[c].name)),
           .where = network_.compartments[c].where,
           .found = text(sums[c]),
           .expected = "shares that add up to 1 at most"});
}

void System::check(const Rates& rates) const {
  Problems problems;
  auto value = [&](Tape::Slot slot) { return rates.slots[slot]; };
  auto report = [&](const std::string& what, Tape::Slot slot) {
    problems.add(impossible(network_, rates.slots, slot, what));
  };
  for (const auto& [name, slot] : network_.volumes)
    if (const double v = value(slot); !(v > 0.0) || !std::isfinite(v))
      report(text("size of ", quote(name)), slot);

  // A size of zero makes rates infinite: they would only repeat its problem.
  const bool sizes_good = problems.empty();
  auto impossible_rate = [&](double rate) { return std::isfinite(rate) ? rate < 0.0 : sizes_good; };
  std::vector<double> inflow(network_.compartments.size(), 0.0), outflow(inflow);
  for (const FirstOrderProcess& p : network_.first_order) {
    for (const Tape::Slot slot : p.rate)
      if (slot >= 0 && impossible_rate(value(slot))) {
        report(text("rate of ", quote(p.name)), slot);
        break;
      }
    if (p.shared_rate >= 0 && impossible_rate(value(p.shared_rate)))
      report(text("rate of ", quote(p.name)), p.shared_rate);
    if (p.perfusion < 0) continue;
    inflow[p.to] += value(p.perfusion);
    outflow[p.from] += value(p.perfusion);
  }
  for (const BindingProcess& p : network_.bindings) {
    if (const double r = value(p.receptors); impossible_rate(r))
      report(text("receptors of ", quote(p.name)), p.receptors);
    for (std::size_t l = 0; l < p.association.size(); ++l)
      for (const Tape::Slot slot : {p.association[l], p.dissociation[l]})
        if (slot >= 0 && impossible_rate(value(slot)))
          report(text("rate constant of ", quote(p.name)), slot);
  }
  check_effects(rates, problems);
  check_shares(rates, problems);
  constexpr double closure = 1e-9;  // rounding of sums of some twenty flows
  std::vector<std::size_t>
      open;  // flows that are themselves impossible cannot close: not looked at then
  for (std::size_t c = 0; c < inflow.size(); ++c)
    if (problems.empty() &&
        std::abs(inflow[c] - outflow[c]) > closure * std::max(inflow[c], outflow[c]))
      open.push_back(c);
  for (const std::size_t c : open) {
    const NetworkCompartment& compartment = network_.compartments[c];
    std::vector<std::string> in, out;
    for (const FirstOrderProcess& p : network_.first_order) {
      if (p.perfusion < 0) continue;
      if (p.to == static_cast<int>(c)) in.push_back(p.name);
      if (p.from == static_cast<int>(c)) out.push_back(p.name);
    }
    problems.add({.what = text("blood flow through ", quote(compartment.name), " does not close"),
                  .where = compartment.where,
                  .found = text(inflow[c], " L/h in and ", outflow[c], " L/h out"),
                  .expected = "equal flows",
                  .hint = text("in: ", in.empty() ? "nothing" : join(in),
                               "; out: ", out.empty() ? "nothing" : join(out))});
  }
  for (const Tape::Slot slot : network_.decay_constants)
    if (!(value(slot) > 0.0)) report("decay constant", slot);
  problems.throw_if_any();
}

}  // namespace lutetia

#include "lutetia/system/system.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "lutetia/system/cause.hpp"

namespace lutetia {

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

int System::block_index(const std::string& name) const {
  for (std::size_t b = 0; b < blocks_.size(); ++b)
    if (blocks_[b].name == name) return static_cast<int>(b);
  return -1;
}

double System::decay_constant(const Rates& rates, int tracer) const {
  return rates.slots[network_.decay_constants[tracer_nuclide_[tracer]]];
}

void System::jacobian(const Rates& rates, std::span<const double> x,
                      std::span<double> values) const {
  std::copy(rates.linear.begin(), rates.linear.end(), values.begin());
  for (std::size_t q = 0; q < products_.size(); ++q) {
    const ProductTerm& term = products_[q];
    const double by_i = rates.product[q] * x[term.j], by_j = rates.product[q] * x[term.i];
    values[term.plus_i] += by_i;
    values[term.plus_j] += by_j;
    values[term.minus_i] -= by_i;
    values[term.minus_j] -= by_j;
  }
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
      if (const double k = value(slot); impossible_rate(k)) {
        report(text("rate of ", quote(p.name)), slot);
        break;
      }
    if (p.perfusion < 0) continue;
    inflow[p.to] += value(p.perfusion);
    outflow[p.from] += value(p.perfusion);
  }
  for (const BindingProcess& p : network_.bindings) {
    if (const double r = value(p.receptors); impossible_rate(r))
      report(text("receptors of ", quote(p.name)), p.receptors);
    for (std::size_t l = 0; l < p.association.size(); ++l)
      for (const Tape::Slot slot : {p.association[l], p.dissociation[l]})
        if (const double k = value(slot); impossible_rate(k))
          report(text("rate constant of ", quote(p.name)), slot);
  }
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

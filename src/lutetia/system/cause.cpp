#include "lutetia/system/cause.hpp"

#include <cmath>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

struct Named {
  std::string name;
  Tape::Slot slot;
};

/// The first named quantity with a dimension that is impossible in the same way as the slot (zero,
/// or below, or not finite).
Named first_impossible(const Network& network, std::span<const double> slots,
                       const std::vector<Tape::Slot>& order, const std::string& what) {
  const bool zero = slots[order.back()] == 0.0;
  std::map<Tape::Slot, std::string> names;
  for (const auto& [name, slot] : network.slots) names.try_emplace(slot, name);
  for (const Tape::Slot s : order) {
    const auto name = names.find(s);
    const bool bad = zero ? slots[s] == 0.0 : !(slots[s] >= 0.0) || !std::isfinite(slots[s]);
    if (name != names.end() && bad && !network.tape.dimension(s).dimensionless())
      return {quote(name->second), s};
  }
  return {what, order.back()};
}

}  // namespace

Problem impossible(const Network& network, std::span<const double> slots, Tape::Slot slot,
                   const std::string& what) {
  const Named cause = first_impossible(network, slots, network.tape.dependencies(slot), what);
  const Dimension of = network.tape.dimension(cause.slot);
  const bool size = of == dimension::volume || of == dimension::mass;
  Problem out{.what = cause.name,
              .found = to_string(Quantity{slots[cause.slot], of}),
              .expected = size ? "a positive value" : "zero or a positive value"};
  if (const int input = network.tape.input_of(cause.slot); input >= 0) {
    out.where = network.parameters[input].where;
    return out;
  }
  std::vector<const NetworkParameter*> given;
  std::vector<std::string> values;
  for (const Tape::Slot s : network.tape.dependencies(cause.slot))
    if (const int input = network.tape.input_of(s);
        input >= 0 && network.parameters[input].from_patient) {
      const NetworkParameter& p = network.parameters[input];
      given.push_back(&p);
      // As it was here: a member or a fit may have another than the patient.
      values.push_back(text(p.name, ' ', to_string(Quantity{slots[s], p.dimension})));
    }
  for (const auto& [name, formula] : network.formulas)
    if (quote(name) == cause.name) {
      out.hint = "computed as " + formula.name;
      if (given.empty()) out.where = formula.where;
    }
  if (!values.empty())
    out.hint += text(out.hint.empty() ? "computed from " : ", from ", join(values));
  if (given.size() == 1) out.where = given.front()->where;
  return out;
}

}  // namespace lutetia

#include "lutetia/system/ports.hpp"

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

/// A compartment named in a split: in full, or the organ whose compartment the shared route enters.
int split_compartment(const Network& network, const Port& port, const std::string& name) {
  if (const int c = network.find_compartment(name); c >= 0) return c;
  std::string inside = "vascular";
  if (const auto route = network.route_compartments.find(port.route);
      route != network.route_compartments.end())
    inside = route->second;
  if (const int c = network.find_compartment(name + "." + inside); c >= 0) return c;
  std::vector<std::string> names;
  for (const NetworkCompartment& c : network.compartments) {
    names.push_back(c.name);
    if (!c.organ.empty()) names.push_back(c.organ);
  }
  throw ModelError(
      {.what = text("unknown place ", quote(name), " in the split of an administration"),
       .hint = suggestion(name, names)});
}

}  // namespace

std::vector<PortTarget> targets_of(Network& network, const Port& port, const Block& block) {
  const auto route = network.routes.find(port.route);
  if (route == network.routes.end()) {
    std::vector<std::string> names;
    for (const auto& [name, targets] : network.routes) names.push_back(name);
    throw ModelError({.what = text("the model has no route ", quote(port.route)),
                      .hint = suggestion(port.route, names)});
  }
  std::vector<PortTarget> out;
  double left = 1.0;
  for (const auto& [name, share] : port.split) {
    const int state = block.states[split_compartment(network, port, name)];
    if (state < 0) continue;
    out.push_back({state, network.tape.constant(share)});
    left -= share;
  }
  constexpr double rounding = 1e-12;
  if (left < rounding) return out;
  const int remainder = port.split.empty() ? -1 : network.route_remainders.at(port.route);
  if (remainder >= 0) {
    if (block.states[remainder] >= 0)
      out.push_back({block.states[remainder], network.tape.constant(left)});
    return out;
  }
  for (const RouteTarget& target : route->second)
    if (block.states[target.compartment] >= 0)
      out.push_back({block.states[target.compartment],
                     port.split.empty()
                         ? target.share
                         : network.tape.multiply(target.share, network.tape.constant(left))});
  return out;
}

}  // namespace lutetia

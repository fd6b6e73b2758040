#include "lutetia/system/ports.hpp"

#include "lutetia/core/text.hpp"

namespace lutetia {
int split_compartment(const Network& network, const std::string& route, const std::string& name) {
  if (const int c = network.find_compartment(name); c >= 0) return c;
  std::string inside = "vascular";
  if (const auto shared = network.route_compartments.find(route);
      shared != network.route_compartments.end())
    inside = shared->second;
  return network.find_compartment(name + "." + inside);
}

std::vector<PortTarget> targets_of(Network& network, const Port& port, const Block& block,
                                   Problems& problems) {
  const auto route = network.routes.find(port.route);
  if (route == network.routes.end()) {
    std::vector<std::string> names;
    for (const auto& [name, targets] : network.routes) names.push_back(name);
    problems.add({.what = text("the model has no route ", quote(port.route)),
                  .where = port.where,
                  .hint = suggestion(port.route, names)});
    return {};
  }
  std::vector<PortTarget> out;
  double left = 1.0;
  for (const auto& [to, share] : port.split) {
    const int compartment = split_compartment(network, port.route, to.name);
    if (compartment < 0) {
      std::vector<std::string> names;
      for (const NetworkCompartment& c : network.compartments)
        for (const std::string& name : {c.name, c.organ})
          if (!name.empty()) names.push_back(name);
      problems.add(
          {.what = text("unknown place ", quote(to.name), " in the split of an administration"),
           .where = to.where,
           .hint = suggestion(to.name, names)});
    }
    const int state = compartment < 0 ? -1 : block.states[compartment];
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

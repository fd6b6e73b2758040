#include "lutetia/system/processes.hpp"

#include <algorithm>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

class Builder {
 public:
  Builder(Network& network, Scope& scope, Problems& problems)
      : network_(network), scope_(scope), problems_(problems) {}

  void add(const Process& process, const OrganInstance* organ) {
    std::visit([&](const auto& kind) { add(process, kind, organ); }, process.kind);
  }

  void add(const Effect& effect, const OrganInstance* organ) {
    NetworkEffect out{.name = organ ? organ->name + "." + effect.name : effect.name,
                      .compartments = {},
                      .inverse = {},
                      .change = -1,
                      .half = -1,
                      .hill = -1,
                      .maximum = -1,
                      .stimulates = effect.kind == Effect::Kind::stimulates,
                      .where = effect.where};
    Tape& tape = network_.tape;
    for (const Place& named : effect.by) {
      const int c = place(named, organ);
      if (c >= 0 && network_.counts_receptors(c)) {
        problems_.add({.what = text("effect ", quote(effect.name), " depends on ",
                                    quote(named.name), ", which counts receptors"),
                       .where = named.where,
                       .expected = "compartments of ligands; their concentrations are summed"});
        continue;
      }
      const Tape::Slot volume = volume_of(c, "effect", effect.name, named.where);
      if (volume < 0) continue;
      out.compartments.push_back(c);
      out.inverse.push_back(tape.divide(tape.constant(1.0), volume));
    }
    auto number = [&](const Formula& formula, const Dimension& dimension, const char* what) {
      return scope_.formula(formula, organ, Scope::no_ligand, dimension,
                            text(what, " of effect ", quote(effect.name)));
    };
    out.half = number(effect.half, dim::concentration, "'half'");
    out.hill = effect.hill ? number(*effect.hill, dim::none, "'hill'") : tape.constant(1.0);
    if (effect.maximum) out.maximum = number(*effect.maximum, dim::none, "'maximum'");
    out.change = effect.maximum ? out.maximum : tape.constant(1.0);
    if (out.change < 0 || out.half < 0 || out.hill < 0) return;
    if (effect.kind != Effect::Kind::stimulates)
      out.change = tape.unary(Tape::Op::negate, out.change);
    network_.effects.push_back(std::move(out));
  }

 private:
  int place(const Place& named, const OrganInstance* organ) {
    return find_place(network_, named, organ, problems_);
  }

  Tape::Slot volume_of(int compartment, const char* kind, const std::string& of,
                       const Location& where) {
    if (compartment < 0) return -1;
    const NetworkCompartment& c = network_.compartments[compartment];
    if (c.volume < 0)
      problems_.add({.what = text(kind, ' ', quote(of), " needs the volume of ", quote(c.name),
                                  ", which has none"),
                     .where = where});
    return c.volume;
  }

  /// One slot per ligand that can be in a compartment, −1 for the others.
  template <class Build>
  std::vector<Tape::Slot> per_ligand(int compartment, const Build& build) {
    std::vector<Tape::Slot> out;
    for (int l = 0; l < static_cast<int>(network_.ligands.size()); ++l)
      out.push_back(network_.holds(compartment, l) ? build(l) : -1);
    return out;
  }

  /// Rates of a process driven by a compartment.
  template <class Build>
  void set_rates(FirstOrderProcess& out, const Build& build) {
    if (network_.counts_receptors(out.driver))
      out.shared_rate = build(Scope::no_ligand);
    else
      out.rate = per_ligand(out.driver, build);
  }

  /// What leaves one compartment arrives as the same substance; only receptors come and go.
  bool ends_fit(const Process& process, const FirstOrderProcess& p) {
    auto substance = [&](int c) { return c < 0 ? receptor : network_.compartments[c].substance; };
    const std::string from = substance(p.from), to = substance(p.to);
    const bool made = from == receptor && to == receptor;
    if (p.from == p.to) {
      problems_.add({.what = text("process ", quote(process.name), " begins and ends in ",
                                  quote(network_.compartments[p.to].name)),
                     .where = process.where});
      return false;
    }
    if (const int only = p.from < 0 ? p.to : p.from;
        (p.from < 0 || p.to < 0) && !network_.counts_receptors(only)) {
      problems_.add({.what = text("process ", quote(process.name), " has no ",
                                  p.from < 0 ? "'from'" : "'to'"),
                     .where = process.where,
                     .found = text(quote(network_.compartments[only].name), " holds ",
                                   network_.compartments[only].substance),
                     .hint = "only receptors are made and lost; what leaves a compartment arrives "
                             "in another, which may be outside: true"});
      return false;
    }
    if (from == to && (made || substance(p.driver) == from)) return true;
    problems_.add({.what = text("process ", quote(process.name), " joins different substances"),
                   .where = process.where,
                   .found = text("from ", from, " to ", to, ", driven by ", substance(p.driver)),
                   .hint = "an amount stays what it is; only compartments with substance: receptor "
                           "may lack an end or be driven by another substance"});
    return false;
  }

  /// The driver and the effects a process names.
  bool influence(const Process& process, const Influence& named, const OrganInstance* organ,
                 FirstOrderProcess& out) {
    out.driver = named.driven_by.name.empty() ? out.from : place(named.driven_by, organ);
    if (out.driver < 0) return false;
    for (const Place& wanted : named.effects)
      if (const int e = find_effect(wanted, organ); e >= 0) out.effects.push_back(e);
    return ends_fit(process, out);
  }

  int find_effect(const Place& wanted, const OrganInstance* organ) {
    std::vector<std::string> names;
    for (int e = static_cast<int>(network_.effects.size()); e-- > 0;) {
      const std::string& name = network_.effects[e].name;
      if (name == wanted.name || (organ && name == organ->name + "." + wanted.name)) return e;
      names.push_back(organ && name.starts_with(organ->name + ".")
                          ? name.substr(organ->name.size() + 1)
                          : name);
    }
    problems_.add({.what = text("unknown effect ", quote(wanted.name)),
                   .where = wanted.where,
                   .hint = suggestion(wanted.name, names)});
    return -1;
  }

  /// @return false when the process cannot be
  bool add_concentration_flow(const Process& process, int from, int to, const Formula& formula,
                              const OrganInstance* organ, bool perfusion,
                              const Influence& named = {}) {
    if (from < 0 || to < 0) return false;
    FirstOrderProcess out{label(process, organ), from, to, from, {}};
    if (!influence(process, named, organ, out)) return false;
    const Tape::Slot volume = volume_of(out.driver, "process", process.name, process.where);
    if (volume < 0) return false;
    out.flow.assign(std::max<std::size_t>(network_.ligands.size(), 1), -1);
    set_rates(out, [&](int l) {
      const Tape::Slot flow =
          scope_.formula(formula, organ, l, dim::flow, "the flow of " + quote(process.name));
      if (flow < 0) return -1;
      if (perfusion) out.perfusion = flow;
      out.flow[std::max(l, 0)] = flow;
      return network_.tape.divide(flow, volume);
    });
    network_.first_order.push_back(std::move(out));
    return true;
  }

  std::string label(const Process& process, const OrganInstance* organ) const {
    return organ ? organ->name + " " + process.name : process.name;
  }

  void add(const Process& process, const Perfusion& p, const OrganInstance* organ) {
    add_concentration_flow(process, place(p.from, organ), place(p.to, organ), p.flow, organ, true);
  }

  void add(const Process& process, const Clearance& p, const OrganInstance* organ) {
    add_concentration_flow(process, place(p.from, organ), place(p.to, organ), p.clearance, organ,
                           false, p.influence);
  }

  void add(const Process& process, const Exchange& p, const OrganInstance* organ) {
    const int first = place(p.first, organ), second = place(p.second, organ);
    if (add_concentration_flow(process, first, second, p.permeability_surface, organ, false))
      add_concentration_flow(process, second, first, p.permeability_surface, organ, false);
  }

  void add(const Process& process, const Transfer& p, const OrganInstance* organ) {
    FirstOrderProcess out{label(process, organ), -1, -1, -1, {}};
    for (const auto& [named, index] : {std::pair{&p.from, &out.from}, std::pair{&p.to, &out.to}})
      if (!named->name.empty() && (*index = place(*named, organ)) < 0) return;
    if (!influence(process, p.influence, organ, out)) return;
    set_rates(out, [&](int l) {
      return scope_.formula(p.rate, organ, l, dim::rate, "the rate of " + quote(process.name));
    });
    network_.first_order.push_back(std::move(out));
  }

  void add(const Process& process, const Binding& p, const OrganInstance* organ) {
    const int from = place(p.from, organ), to = place(p.to, organ);
    if (from < 0 || to < 0) return;
    if (!ends_fit(process, {.name = {}, .from = from, .to = to, .driver = from, .rate = {}}))
      return;
    if (network_.counts_receptors(from)) {
      problems_.add({.what = text("process ", quote(process.name), " binds receptors to receptors"),
                     .where = process.where,
                     .hint = "'from' and 'to' hold the ligand, free and bound; 'receptors' is the "
                             "amount of binding sites"});
      return;
    }
    const Tape::Slot volume = volume_of(from, "process", process.name, process.where);
    if (volume < 0) return;
    BindingProcess out{label(process, organ), from, to, -1, {}, {}};
    out.receptors = scope_.formula(p.receptors, organ, Scope::no_ligand, dim::amount,
                                   "receptors of " + quote(process.name));
    out.k_on = per_ligand(from, [&](int l) {
      return scope_.formula(p.k_on, organ, l, dim::association, "k_on of " + quote(process.name));
    });
    for (const Tape::Slot k_on : out.k_on)
      out.association.push_back(k_on < 0 ? -1 : network_.tape.divide(k_on, volume));
    out.dissociation = per_ligand(from, [&](int l) {
      return scope_.formula(p.k_off, organ, l, dim::rate, "k_off of " + quote(process.name));
    });
    for (const Place& named : p.unavailable) {
      const int c = place(named, organ);
      if (c < 0) continue;
      out.unavailable.push_back(c);
      if (!network_.counts_receptors(c))
        problems_.add({.what = text("compartment ", quote(named.name), " does not count receptors"),
                       .where = named.where,
                       .hint = "give it substance: receptor"});
    }
    network_.bindings.push_back(std::move(out));
  }

  Network& network_;
  Scope& scope_;
  Problems& problems_;
};

}  // namespace

int find_place(const Network& network, const Place& named, const OrganInstance* organ,
               Problems& problems) {
  const std::string& name = named.name;
  std::vector<std::string> names;
  if (organ) {
    if (const int own = network.find_compartment(organ->name + "." + name); own >= 0) return own;
    if (const auto link = organ->connections.find(name); link != organ->connections.end())
      return find_place(network, link->second, nullptr, problems);
    for (const Compartment& c : organ->compartments) names.push_back(c.name);
    for (const auto& [connection, target] : organ->connections) names.push_back(connection);
  }
  const int index = network.find_compartment(name);
  if (index < 0) {
    for (const NetworkCompartment& c : network.compartments) names.push_back(c.name);
    problems.add({.what = text("unknown compartment ", quote(name),
                               organ ? text(" in organ ", quote(organ->name)) : ""),
                  .where = named.where,
                  .hint = suggestion(name, names)});
  }
  return index;
}

void add_process(const Process& process, const OrganInstance* organ, Network& network, Scope& scope,
                 Problems& problems) {
  Builder(network, scope, problems).add(process, organ);
}

void add_effect(const Effect& effect, const OrganInstance* organ, Network& network, Scope& scope,
                Problems& problems) {
  Builder(network, scope, problems).add(effect, organ);
}

}  // namespace lutetia

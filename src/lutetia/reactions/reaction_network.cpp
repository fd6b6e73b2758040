#include "lutetia/reactions/reaction_network.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "lutetia/core/text.hpp"
#include "lutetia/reactions/reaction_events.hpp"

namespace lutetia {
namespace {

class Writer {
 public:
  Writer(const System& system, const std::vector<RatePhase>& phases, const Schedule& schedule)
      : system_(system), network_(system.network()), phases_(phases), schedule_(schedule) {
    // One quantity may have several names: an organ's parameter that is a parameter of the model,
    // "gi.k_release" and "k_release_normal". The latter tells that other organs follow it.
    for (const auto& [name, slot] : network_.slots) {
      const auto [known, added] = names_.try_emplace(slot, name);
      if (!added && of_organ(known->second) && !of_organ(name)) known->second = name;
    }
    for (const auto& [slot, name] : names_) taken_.insert(name);
  }

  ReactionNetwork write() {
    for (const NetworkCompartment& c : network_.compartments)
      out_.compartments.push_back({c.name, c.organ, per_phase(c.volume), c.outside});
    for (const Region& region : network_.regions) add_region(region);
    species_of_state_.assign(system_.size(), -1);
    for (std::size_t b = 0; b < system_.blocks().size(); ++b) add_species(static_cast<int>(b));
    for (const NetworkEffect& effect : network_.effects) add_effect(effect);
    for (const BindingProcess& p : network_.bindings) add_pool(p);
    for (std::size_t b = 0; b < system_.blocks().size(); ++b) add_reactions(static_cast<int>(b));
    for (const Birth& birth : system_.births()) add_birth(birth);
    out_.start = schedule_.events.empty() ? 0.0 : std::min(0.0, schedule_.events.front().time);
    out_.phase = phase_at(phases_, out_.start);
    out_.events = reaction_events(phases_, schedule_, species_of_state_);
    return std::move(out_);
  }

 private:
  static bool of_organ(const std::string& name) { return name.find('.') != std::string::npos; }

  std::vector<double> per_phase(Tape::Slot slot) const {
    std::vector<double> out;
    if (slot < 0) return out;
    for (const RatePhase& phase : phases_) out.push_back(phase.rates.slots[slot]);
    return out;
  }

  std::string unique(const std::string& wanted) {
    std::string name = wanted;
    for (int n = 2; !taken_.insert(name).second; ++n) name = text(wanted, ' ', n);
    return name;
  }

  /// @param fallback  name of a quantity that is an unnamed formula of a process
  int quantity(Tape::Slot slot, const std::string& fallback) {
    const auto [at, added] =
        quantity_of_slot_.try_emplace(slot, static_cast<int>(out_.quantities.size()));
    if (!added) return at->second;
    const auto named = names_.find(slot);
    ReactionQuantity q{named == names_.end() ? unique(fallback) : named->second,
                       network_.tape.dimension(slot), per_phase(slot)};
    if (const int input = network_.tape.input_of(slot); input >= 0)
      q.provenance = network_.parameters[input].provenance;
    if (const auto formula = network_.formulas.find(q.name); formula != network_.formulas.end())
      q.formula = formula->second.name;
    out_.quantities.push_back(std::move(q));
    return at->second;
  }

  /// −1 for a number that is always one: an exponent or a share that changes nothing.
  int factor(Tape::Slot slot, const std::string& fallback) {
    const std::vector<double> values = per_phase(slot);
    const bool one = std::all_of(values.begin(), values.end(), [](double v) { return v == 1.0; });
    return one ? -1 : quantity(slot, fallback);
  }

  int add_one_species(int state, ReactionSpecies species) {
    species_of_state_[state] = static_cast<int>(out_.species.size());
    out_.species.push_back(std::move(species));
    return species_of_state_[state];
  }

  /// Parts nothing can be in need no share.
  void add_region(const Region& region) {
    ReactionRegion out{region.name, {}};
    for (const auto& [c, share] : region.parts) {
      const auto holds = [c = c](const Block& block) { return block.states[c] >= 0; };
      if (std::none_of(system_.blocks().begin(), system_.blocks().end(), holds)) continue;
      out.parts.emplace_back(
          c, share < 0 ? -1
                       : quantity(share, text("share of ", network_.compartments[c].name, " in ",
                                              region.name)));
    }
    out_.regions.push_back(std::move(out));
  }

  /// An infusion is in use when an event fills its bag.
  bool fills(int reservoir) const {
    for (const Event& event : schedule_.events)
      for (const Jump& jump : event.jumps)
        if (jump.state == reservoir) return true;
    return false;
  }

  void add_species(int b) {
    const Block& block = system_.blocks()[b];
    ReactionForm form{block.name, block.ligand < 0 ? "" : network_.ligands[block.ligand], ""};
    int lambda = -1;
    if (block.tracer >= 0) {
      form.nuclide = system_.structure().tracers[block.tracer].nuclide;
      lambda = quantity(network_.slots.at(form.nuclide + ".decay_constant"), "");
    }
    out_.forms.push_back(form);
    out_.decay_constants.push_back(lambda);
    const auto& names = system_.state_names();
    for (int c = 0; c < static_cast<int>(block.states.size()); ++c)
      if (const int s = block.states[c]; s >= 0) add_one_species(s, {names[s], b, c});
    for (std::size_t p = 0; p < block.reservoirs.size(); ++p)
      if (fills(block.reservoirs[p])) {
        add_one_species(block.reservoirs[p], {names[block.reservoirs[p]], b});
        add_one_species(block.infusions[p], {names[block.infusions[p]], b, -1, true});
      }
    if (block.bag >= 0) add_one_species(block.bag, {names[block.bag], b});
    if (block.decayed >= 0) add_one_species(block.decayed, {names[block.decayed], b});
  }

  int species(const Block& block, int compartment) const {
    if (compartment < 0 || block.states[compartment] < 0) return -1;
    return species_of_state_[block.states[compartment]];
  }

  /// Total forms: they act, bind and saturate for all labels at once.
  std::vector<int> total_species(int compartment) const {
    std::vector<int> out;
    for (const Block& block : system_.blocks())
      if (block.total() && block.states[compartment] >= 0)
        out.push_back(species(block, compartment));
    return out;
  }

  const Block& receptor_block() const {
    return *std::find_if(system_.blocks().begin(), system_.blocks().end(),
                         [](const Block& b) { return b.ligand < 0; });
  }

  /// An effect of substances nobody gives stays in its place, without species: its factor is one.
  void add_effect(const NetworkEffect& effect) {
    ReactionEffect out{effect.name, {}, -1, -1, -1, effect.stimulates};
    for (const int c : effect.compartments)
      for (const int s : total_species(c)) out.species.push_back(s);
    if (!out.species.empty()) {
      if (effect.maximum >= 0) out.maximum = quantity(effect.maximum, effect.name + " maximum");
      out.half = quantity(effect.half, effect.name + " half");
      out.hill = factor(effect.hill, effect.name + " hill");
    }
    out_.effects.push_back(std::move(out));
  }

  void add_pool(const BindingProcess& p) {
    ReceptorPool out{p.name + " free receptors", quantity(p.receptors, p.name + " receptors"),
                     total_species(p.to)};
    for (const int c : p.unavailable) out.taken.push_back(species(receptor_block(), c));
    out_.pools.push_back(std::move(out));
  }

  /// "kidney filtration flow", with the ligand when others take the same way.
  std::string label(const std::string& process, const char* what, const Block& block) const {
    const std::string name = text(process, ' ', what);
    if (block.ligand < 0) return name;
    const auto& all = network_.substances;
    const bool alone = std::count(all.begin(), all.end(), all[block.ligand]) == 1;
    return alone ? name : text(name, " of ", network_.ligands[block.ligand]);
  }

  void add_reactions(int b) {
    const Block& block = system_.blocks()[b];
    for (const FirstOrderProcess& p : network_.first_order) add_first_order(b, p);
    if (block.ligand < 0) return;
    for (std::size_t i = 0; i < network_.bindings.size(); ++i) add_binding(b, static_cast<int>(i));
    for (std::size_t p = 0; p < block.infusions.size(); ++p) add_infusion(b, p);
    if (block.tracer < 0) return;
    for (const int state : block.states)
      if (state >= 0) add_decay(b, species_of_state_[state], species_of_state_[block.decayed]);
    if (block.bag >= 0)
      add_decay(b, species_of_state_[block.bag], species_of_state_[block.decayed]);
  }

  /// A decay makes an atom of a daughter; its own loss is another reaction.
  void add_birth(const Birth& birth) {
    const int parent = species_of_state_[birth.parent],
              daughter = species_of_state_[birth.daughter];
    if (parent < 0) return;  // of a bag that is never filled
    out_.reactions.push_back(
        {.name = "daughters",
         .form = out_.species[daughter].form,
         .from = -1,
         .to = daughter,
         .driver = parent,
         .rate = quantity(birth.rate, text(out_.species[daughter].name, " born"))});
  }

  /// Free daughters move in compartments of their substance only; elsewhere they stay.
  bool moves(const Block& block, int compartment) const {
    return block.ligand < 0 || network_.holds(compartment, block.ligand);
  }

  void add_first_order(int b, const FirstOrderProcess& p) {
    const Block& block = system_.blocks()[b];
    const int driver = species(block, p.driver);
    if (driver < 0 || !moves(block, p.driver)) return;
    const bool moves_receptors = network_.counts_receptors(p.from >= 0 ? p.from : p.to);
    if (moves_receptors && block.tracer >= 0) return;  // the total form drives them
    const Block& moved = moves_receptors ? receptor_block() : block;
    const bool per_volume = !p.flow.empty();
    const int at = std::max(block.ligand, 0);
    const Tape::Slot rate = per_volume ? p.flow[at] : block.ligand < 0 ? p.shared_rate : p.rate[at];
    Reaction out{.name = p.name,
                 .form = b,
                 .from = species(moved, p.from),
                 .to = species(moved, p.to),
                 .driver = driver,
                 .rate = quantity(rate, label(p.name, per_volume ? "flow" : "rate", block)),
                 .per_volume = per_volume};
    for (const int e : p.effects)
      if (!out_.effects[e].species.empty()) out.effects.push_back(e);
    out_.reactions.push_back(std::move(out));
  }

  void add_binding(int b, int index) {
    const Block& block = system_.blocks()[b];
    const BindingProcess& p = network_.bindings[index];
    const int from = species(block, p.from), to = species(block, p.to);
    if (from < 0 || to < 0 || !moves(block, p.from)) return;
    out_.reactions.push_back(
        {.name = p.name,
         .form = b,
         .from = from,
         .to = to,
         .driver = from,
         .rate = quantity(p.k_on[block.ligand], label(p.name, "k_on", block)),
         .per_volume = true,
         .pool = index,
         .dissociation = quantity(p.dissociation[block.ligand], label(p.name, "k_off", block))});
  }

  /// Bag → body at the rate of the infusion; when the label decays in the bag, so does the rate.
  void add_infusion(int b, std::size_t index) {
    const Block& block = system_.blocks()[b];
    const Port& port = system_.structure().ports[index];
    const int bag = species_of_state_[block.reservoirs[index]];
    if (bag < 0) return;
    const int rate = species_of_state_[block.infusions[index]];
    const std::string name = port.route + " infusion";
    for (const PortTarget& target : block.targets[index]) {
      const int to = species_of_state_[target.state];
      const ReactionCompartment& c = out_.compartments[out_.species[to].compartment];
      out_.reactions.push_back({.name = name,
                                .form = b,
                                .from = bag,
                                .to = to,
                                .driver = rate,
                                .rate = factor(target.share, text(name, " share of ", c.name))});
    }
    if (block.tracer < 0 || !port.decays) return;
    add_decay(b, bag, species_of_state_[block.decayed]);
    add_decay(b, rate, -1);
  }

  void add_decay(int b, int from, int to) {
    out_.reactions.push_back({.name = "decay",
                              .form = b,
                              .from = from,
                              .to = to,
                              .driver = from,
                              .rate = out_.decay_constants[b]});
  }

  const System& system_;
  const Network& network_;
  const std::vector<RatePhase>& phases_;
  const Schedule& schedule_;
  std::map<Tape::Slot, std::string> names_;
  std::set<std::string> taken_;
  std::map<Tape::Slot, int> quantity_of_slot_;
  std::vector<int> species_of_state_;
  ReactionNetwork out_;
};

}  // namespace

ReactionNetwork reaction_network(const System& system, const std::vector<RatePhase>& phases,
                                 const Schedule& schedule) {
  return Writer(system, phases, schedule).write();
}

}  // namespace lutetia

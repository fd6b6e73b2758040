#include "lutetia/system/compile.hpp"

#include <algorithm>
#include <map>

#include "lutetia/core/text.hpp"
#include "lutetia/system/ports.hpp"

namespace lutetia {

/// Builds a System from its network. States are first numbered as they come, then renumbered into
/// elimination order, so that the LU needs no permutation.
class Compiler {
 public:
  Compiler(Network network, const Model& model) {
    system_.network_ = std::move(network);
    system_.model_name_ = model.name;
    system_.model_hash_ = model.hash;
  }

  System compile(const SystemStructure& structure, const std::vector<Nuclide>& nuclides) {
    system_.structure_ = structure;
    one_ = system_.network_.tape.constant(1.0);
    for (int l = 0; l < static_cast<int>(structure.ligands.size()); ++l) add_block(l, -1, nuclides);
    for (int t = 0; t < static_cast<int>(structure.tracers.size()); ++t)
      add_block(ligand_of(t), t, nuclides);
    add_receptor_block();
    Problems problems;
    for (Block& block : system_.blocks_) add_ports(block, problems);
    problems.throw_if_any();
    for (const NetworkEffect& effect : system_.network_.effects) add_effect(effect);
    for (const Block& block : system_.blocks_) add_terms(block);
    for (const TracerDecay& d : structure.decays) add_births(d);
    number_in_elimination_order();
    return std::move(system_);
  }

 private:
  struct Entry {
    int row, column;
    Tape::Slot slot;
    double sign;
  };

  int ligand_of(int tracer) const {
    const auto& ligands = system_.network_.ligands;
    const auto at =
        std::find(ligands.begin(), ligands.end(), system_.structure_.tracers[tracer].ligand);
    if (at == ligands.end()) throw InternalError("tracer of a ligand that is not compiled");
    return static_cast<int>(at - ligands.begin());
  }

  /// Whether atoms of a tracer can be in a compartment: its ligand can, or they are born there.
  bool can_be_in(int compartment, int tracer) const {
    if (system_.network_.holds(compartment, ligand_of(tracer))) return true;
    const auto& decays = system_.structure_.decays;
    return std::any_of(decays.begin(), decays.end(), [&](const TracerDecay& d) {
      return d.daughter == tracer && can_be_in(compartment, d.parent);
    });
  }

  int add_state(const std::string& name, int group) {
    system_.names_.push_back(name);
    system_.error_groups_.push_back(group);
    return system_.size() - 1;
  }

  void add_block(int ligand, int tracer, const std::vector<Nuclide>& nuclides) {
    const Network& network = system_.network_;
    Block block;
    block.ligand = ligand;
    block.tracer = tracer;
    block.name = network.ligands[ligand];
    if (tracer >= 0) {
      const std::string& wanted = system_.structure_.tracers[tracer].nuclide;
      block.name += "[" + wanted + "]";
      const auto found = std::find_if(nuclides.begin(), nuclides.end(),
                                      [&](const Nuclide& n) { return n.name == wanted; });
      if (found == nuclides.end()) throw InternalError("nuclide of a tracer was not given");
      system_.tracer_nuclide_.push_back(static_cast<int>(found - nuclides.begin()));
    }
    add_compartments(
        block, [&](int c) { return tracer < 0 ? network.holds(c, ligand) : can_be_in(c, tracer); });
    const bool given = tracer < 0 || system_.structure_.given(tracer);
    for (std::size_t p = 0; given && p < system_.structure_.ports.size(); ++p) {
      const Port& port = system_.structure_.ports[p];
      const std::string where = text(block.name, " ", port.route, port.decays ? "" : " (no decay)",
                                     port.split.empty() ? "" : text(" split ", p + 1));
      block.reservoirs.push_back(add_state(where + " reservoir", system_.error_group_count_));
      block.infusions.push_back(add_state(where + " infusion rate", system_.error_group_count_++));
    }
    const auto& decays = system_.structure_.decays;
    if (std::any_of(decays.begin(), decays.end(),
                    [&](const TracerDecay& d) { return d.daughter == tracer; }))
      block.bag = add_state(block.name + " in bags", system_.error_group_count_++);
    if (tracer >= 0)
      block.decayed = add_state(block.name + " decayed", system_.error_group_count_++);
    system_.blocks_.push_back(std::move(block));
  }

  /// One state for every compartment the block can be in, one error group per organ.
  template <class Holds>
  void add_compartments(Block& block, const Holds& holds) {
    const auto& compartments = system_.network_.compartments;
    std::map<std::string, int> group_of_organ;
    for (int c = 0; c < static_cast<int>(compartments.size()); ++c) {
      block.states.push_back(-1);
      if (!holds(c)) continue;
      const NetworkCompartment& compartment = compartments[c];
      const std::string key = compartment.organ.empty() ? compartment.name : compartment.organ;
      const auto [group, added] = group_of_organ.try_emplace(key, system_.error_group_count_);
      if (added) ++system_.error_group_count_;
      block.states.back() = add_state(block.name + " " + compartment.name, group->second);
    }
  }

  /// Receptors that cannot bind are counted once, for all ligands.
  void add_receptor_block() {
    const Network& network = system_.network_;
    const auto counts = [](const NetworkCompartment& c) { return c.substance == receptor; };
    if (std::none_of(network.compartments.begin(), network.compartments.end(), counts)) return;
    Block block{.name = receptor, .ligand = -1};
    add_compartments(block, [&](int c) { return network.counts_receptors(c); });
    receptor_block_ = static_cast<int>(system_.blocks_.size());
    system_.blocks_.push_back(std::move(block));
  }

  void add_effect(const NetworkEffect& effect) {
    EffectTerm term{static_cast<int>(system_.effect_states_.size()), 0};
    for (std::size_t i = 0; i < effect.compartments.size(); ++i)
      for (const Block& block : system_.blocks_) {
        const int state = block.states[effect.compartments[i]];
        if (!block.total() || state < 0) continue;
        system_.effect_states_.push_back(state);
        system_.weight_slots_.push_back(effect.inverse[i]);
        ++term.states;
      }
    system_.effects_.push_back(term);
    system_.effect_slots_.push_back({effect.change, effect.half, effect.hill});
  }

  /// rate·x(driver) from one state to another; either may be −1. Effects of substances nobody
  /// gives are left out.
  void move(int driver, int from, int to, Tape::Slot rate, const std::vector<int>& effects = {}) {
    ModulatedTerm term{driver, from, to, static_cast<int>(system_.used_effects_.size()), 0, 0};
    for (const int e : effects)
      if (system_.effects_[e].states > 0) {
        system_.used_effects_.push_back(e);
        ++term.count;
      }
    if (term.count > 0) {
      system_.modulated_.push_back(term);
      system_.modulated_slots_.push_back(rate);
      return;
    }
    if (from >= 0) entries_.push_back({from, driver, rate, -1.0});
    if (to >= 0) entries_.push_back({to, driver, rate, +1.0});
  }

  void transfer(int from, int to, Tape::Slot rate) { move(from, from, to, rate); }

  void add_terms(const Block& block) {
    for (const FirstOrderProcess& p : system_.network_.first_order) add_first_order(block, p);
    if (block.ligand < 0) return;
    for (const BindingProcess& p : system_.network_.bindings) add_binding(block, p);
    for (std::size_t port = 0; port < block.infusions.size(); ++port) add_port(block, port);
    if (block.tracer < 0) return;
    for (const int state : block.states)
      if (state >= 0) transfer(state, block.decayed, decay(block));
    if (block.bag >= 0) transfer(block.bag, block.decayed, decay(block));
  }

  /// Atoms of a daughter arrive where their parents decay, or where free ones are released to.
  void add_births(const TracerDecay& d) {
    Tape& tape = system_.network_.tape;
    const int parent = block_of(d.parent), daughter = block_of(d.daughter);
    const Block &from = system_.blocks_[parent], &to = system_.blocks_[daughter];
    Tape::Slot share = tape.constant(d.branch);
    const Tape::Slot freed = system_.network_.freed_shares[system_.tracer_nuclide_[d.parent]];
    if (d.atom == TracerDecay::Atom::freed) share = tape.multiply(share, freed);
    if (d.atom == TracerDecay::Atom::kept)
      share = tape.multiply(share, tape.binary(Tape::Op::subtract, one_, freed));
    system_.lineages_.push_back({parent, daughter, share});
    const Tape::Slot rate = tape.multiply(decay(from), share);
    const auto& releases = system_.network_.daughter_releases;
    for (std::size_t c = 0; c < from.states.size(); ++c) {
      if (from.states[c] < 0) continue;
      const auto release = releases.find(static_cast<int>(c));
      const int out = release == releases.end() ? -1 : to.states[release->second.compartment];
      if (d.atom == TracerDecay::Atom::kept || out < 0) {
        birth(from.states[c], to.states[c], rate);
        continue;
      }
      const Tape::Slot leaves = release->second.share;
      birth(from.states[c], out, tape.multiply(rate, leaves));
      birth(from.states[c], to.states[c],
            tape.multiply(rate, tape.binary(Tape::Op::subtract, one_, leaves)));
    }
    for (std::size_t p = 0; p < from.reservoirs.size(); ++p)
      if (system_.structure_.ports[p].decays && !from.targets[p].empty())
        birth(from.reservoirs[p], to.bag, rate);
    if (from.bag >= 0) birth(from.bag, to.bag, rate);
  }

  void birth(int parent, int daughter, Tape::Slot rate) {
    system_.births_.push_back({parent, daughter, rate});
    entries_.push_back({daughter, parent, rate, +1.0});
  }

  int block_of(int tracer) const {
    const auto& blocks = system_.blocks_;
    return static_cast<int>(
        std::find_if(blocks.begin(), blocks.end(),
                     [&](const Block& block) { return block.tracer == tracer; }) -
        blocks.begin());
  }

  /// Free daughters move in compartments of their substance only; elsewhere they stay.
  bool moves(const Block& block, int compartment) const {
    return block.ligand < 0 || system_.network_.holds(compartment, block.ligand);
  }

  void add_first_order(const Block& block, const FirstOrderProcess& p) {
    const int driver = block.states[p.driver];
    if (driver < 0 || !moves(block, p.driver)) return;
    const Tape::Slot rate = block.ligand < 0 ? p.shared_rate : p.rate[block.ligand];
    // Receptors follow what all ligands do together: total forms drive them, labels do not.
    const bool of_receptors =
        system_.network_.counts_receptors(p.from >= 0 ? p.from : p.to) && block.ligand >= 0;
    if (of_receptors && block.tracer >= 0) return;
    const Block& moved = of_receptors ? system_.blocks_[receptor_block_] : block;
    move(driver, p.from < 0 ? -1 : moved.states[p.from], p.to < 0 ? -1 : moved.states[p.to], rate,
         p.effects);
  }

  /// k_a·x_I·(R₀ − ΣT_B − Σ unavailable): the first part is linear, the others are products.
  void add_binding(const Block& block, const BindingProcess& p) {
    const int free = block.states[p.from], bound = block.states[p.to], l = block.ligand;
    if (free < 0 || bound < 0 || !moves(block, p.from)) return;
    transfer(free, bound, system_.network_.tape.multiply(p.association[l], p.receptors));
    transfer(bound, free, p.dissociation[l]);
    auto occupied = [&](int state) {
      if (state < 0) return;
      system_.products_.push_back({free, state, free, bound, -1, -1, -1, -1});
      system_.product_slots_.push_back(p.association[l]);
    };
    for (const Block& total : system_.blocks_)
      if (total.total()) occupied(total.states[p.to]);
    for (const int c : p.unavailable) occupied(system_.blocks_[receptor_block_].states[c]);
  }

  Tape::Slot decay(const Block& block) const {
    return system_.network_.decay_constants[system_.tracer_nuclide_[block.tracer]];
  }

  void add_ports(Block& block, Problems& problems) {
    if (block.ligand < 0 || (block.tracer >= 0 && !system_.structure_.given(block.tracer))) return;
    for (const Port& port : system_.structure_.ports)
      block.targets.push_back(targets_of(system_.network_, port, block, problems));
  }

  /// reservoir' = −u, target' = +share·u; with decay also u' = −λu and reservoir → decayed.
  void add_port(const Block& block, std::size_t index) {
    const Port& port = system_.structure_.ports[index];
    const int u = block.infusions[index], reservoir = block.reservoirs[index];
    for (const PortTarget& target : block.targets[index])
      entries_.push_back({target.state, u, target.share, +1.0});
    if (block.targets[index].empty()) return;  // no administration takes this way
    entries_.push_back({reservoir, u, one_, -1.0});
    if (block.tracer < 0 || !port.decays) return;
    entries_.push_back({u, u, decay(block), -1.0});
    transfer(reservoir, block.decayed, decay(block));
  }

  void number_in_elimination_order() {
    std::vector<std::pair<int, int>> pairs;
    for (const Entry& e : entries_) pairs.emplace_back(e.row, e.column);
    for (const ProductTerm& q : system_.products_)
      for (const int row : {q.plus, q.minus})
        for (const int column : {q.i, q.j}) pairs.emplace_back(row, column);
    for (const ModulatedTerm& term : system_.modulated_)
      for (const int column : columns_of(term))
        for (const int row : {term.minus, term.plus})
          if (row >= 0) pairs.emplace_back(row, column);
    const Pattern written = Pattern::of(system_.size(), pairs);
    const std::vector<int> order = elimination_order(written);
    std::vector<int> rank(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) rank[order[k]] = static_cast<int>(k);

    system_.pattern_ = renumbered(written, rank);
    system_.rows_ = RowRuns::of(system_.pattern_);
    system_.symbolic_lu_ = SymbolicLu(system_.pattern_);
    const Pattern& pattern = system_.pattern_;
    for (const Entry& e : entries_)
      system_.linear_.push_back({pattern.position(rank[e.row], rank[e.column]), e.slot, e.sign});
    for (ProductTerm& q : system_.products_) {
      for (int* index : {&q.i, &q.j, &q.plus, &q.minus}) *index = rank[*index];
      q.plus_i = pattern.position(q.plus, q.i);
      q.plus_j = pattern.position(q.plus, q.j);
      q.minus_i = pattern.position(q.minus, q.i);
      q.minus_j = pattern.position(q.minus, q.j);
    }
    auto renumber = [&](int& state) {
      if (state >= 0) state = rank[state];
    };
    for (int& state : system_.effect_states_) renumber(state);
    for (ModulatedTerm& term : system_.modulated_) {
      for (int* index : {&term.driver, &term.minus, &term.plus}) renumber(*index);
      term.positions = static_cast<int>(system_.modulated_positions_.size());
      for (const int column : columns_of(term))
        for (const int row : {term.minus, term.plus})
          system_.modulated_positions_.push_back(row < 0 ? -1 : pattern.position(row, column));
      term.slopes = system_.slopes_;
      term.columns = static_cast<int>(columns_of(term).size());
      system_.slopes_ += term.columns;
    }
    for (Block& block : system_.blocks_) {
      for (auto* indices : {&block.states, &block.reservoirs, &block.infusions})
        for (int& index : *indices) renumber(index);
      for (auto& port : block.targets)
        for (PortTarget& target : port) renumber(target.state);
      renumber(block.decayed);
      renumber(block.bag);
    }
    for (Birth& birth : system_.births_) {
      renumber(birth.parent);
      renumber(birth.daughter);
    }
    std::vector<std::string> names(rank.size());
    std::vector<int> groups(rank.size());
    for (std::size_t i = 0; i < rank.size(); ++i) {
      names[rank[i]] = system_.names_[i];
      groups[rank[i]] = system_.error_groups_[i];
    }
    system_.names_ = std::move(names);
    system_.error_groups_ = std::move(groups);
  }

  /// Columns of the Jacobian a modulated term enters: its driver, then every state of its effects.
  std::vector<int> columns_of(const ModulatedTerm& term) const {
    std::vector<int> out{term.driver};
    for (int u = term.first; u < term.first + term.count; ++u) {
      const EffectTerm& effect = system_.effects_[system_.used_effects_[u]];
      const auto first = system_.effect_states_.begin() + effect.first;
      out.insert(out.end(), first, first + effect.states);
    }
    return out;
  }

  System system_;
  std::vector<Entry> entries_;
  Tape::Slot one_ = -1;
  int receptor_block_ = -1;
};

System compile(const Model& model, const Patient& patient, const std::vector<Ligand>& ligands,
               const std::vector<Nuclide>& nuclides, const SystemStructure& structure) {
  return Compiler(expand_network(model, patient, ligands, nuclides), model)
      .compile(structure, nuclides);
}

}  // namespace lutetia

#include "lutetia/system/compile.hpp"

#include <algorithm>
#include <map>

#include "lutetia/core/text.hpp"

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
    for (int t = 0; t < static_cast<int>(structure.tracers.size()); ++t) {
      const auto ligand = std::find(structure.ligands.begin(), structure.ligands.end(),
                                    structure.tracers[t].ligand);
      if (ligand == structure.ligands.end())
        throw InternalError("tracer of a ligand that is not compiled");
      add_block(static_cast<int>(ligand - structure.ligands.begin()), t, nuclides);
    }
    for (const Block& block : system_.blocks_) add_terms(block);
    number_in_elimination_order();
    return std::move(system_);
  }

 private:
  struct Entry {
    int row, column;
    Tape::Slot slot;
    double sign;
  };

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
    std::map<std::string, int> group_of_organ;
    for (const NetworkCompartment& c : network.compartments) {
      const std::string key = c.organ.empty() ? c.name : c.organ;
      const auto [group, added] = group_of_organ.try_emplace(key, system_.error_group_count_);
      if (added) ++system_.error_group_count_;
      block.states.push_back(add_state(block.name + " " + c.name, group->second));
    }
    for (const Port& port : system_.structure_.ports) {
      const std::string where = text(block.name, " ", port.route, port.decays ? "" : " (no decay)");
      block.reservoirs.push_back(add_state(where + " reservoir", system_.error_group_count_));
      block.infusions.push_back(add_state(where + " infusion rate", system_.error_group_count_++));
    }
    if (tracer >= 0)
      block.decayed = add_state(block.name + " decayed", system_.error_group_count_++);
    system_.blocks_.push_back(std::move(block));
  }

  void transfer(int from, int to, Tape::Slot rate) {
    entries_.push_back({from, from, rate, -1.0});
    entries_.push_back({to, from, rate, +1.0});
  }

  void add_terms(const Block& block) {
    Network& network = system_.network_;
    const int l = block.ligand;
    for (const FirstOrderProcess& p : network.first_order)
      transfer(block.states[p.from], block.states[p.to], p.rate[l]);
    for (const BindingProcess& p : network.bindings) {
      const int free = block.states[p.from], bound = block.states[p.to];
      // k_a·x_I·(R₀ − ΣT_B): the first part is linear, the second one product per ligand.
      transfer(free, bound, network.tape.multiply(p.association[l], p.receptors));
      transfer(bound, free, p.dissociation[l]);
      for (const Block& total : system_.blocks_) {
        if (total.tracer >= 0) continue;
        system_.products_.push_back({free, total.states[p.to], free, bound, -1, -1, -1, -1});
        system_.product_slots_.push_back(p.association[l]);
      }
    }
    for (std::size_t port = 0; port < block.infusions.size(); ++port) add_port(block, port);
    if (block.tracer < 0) return;
    for (const int state : block.states) transfer(state, block.decayed, decay(block));
  }

  Tape::Slot decay(const Block& block) const {
    return system_.network_.decay_constants[system_.tracer_nuclide_[block.tracer]];
  }

  /// reservoir' = −u, target' = +u; with decay also u' = −λu and reservoir → decayed.
  void add_port(const Block& block, std::size_t index) {
    const Port& port = system_.structure_.ports[index];
    const auto route = system_.network_.routes.find(port.route);
    if (route == system_.network_.routes.end()) {
      std::vector<std::string> names;
      for (const auto& [name, compartment] : system_.network_.routes) names.push_back(name);
      throw ModelError({.what = text("the model has no route ", quote(port.route)),
                        .hint = suggestion(port.route, names)});
    }
    const int u = block.infusions[index], reservoir = block.reservoirs[index];
    entries_.push_back({block.states[route->second], u, one_, +1.0});
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
    for (Block& block : system_.blocks_) {
      for (auto* indices : {&block.states, &block.reservoirs, &block.infusions})
        for (int& index : *indices) index = rank[index];
      if (block.decayed >= 0) block.decayed = rank[block.decayed];
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

  System system_;
  std::vector<Entry> entries_;
  Tape::Slot one_ = -1;
};

System compile(const Model& model, const Patient& patient, const std::vector<Ligand>& ligands,
               const std::vector<Nuclide>& nuclides, const SystemStructure& structure) {
  return Compiler(expand_network(model, patient, ligands, nuclides), model)
      .compile(structure, nuclides);
}

}  // namespace lutetia

/// @file The compiled model: numbered states, their rate terms, right-hand side and Jacobian.
///
/// States come in blocks that share every rate constant of their ligand:
///   total    T: all peptide of a ligand, labeled or not; does not decay
///   labeled  L: the part carrying one nuclide; decays with λ into a bookkeeping state
///
///   dT_i/dt = Σ k·T + k_a·T_I·(R₀ − ΣT_B) − k_off·T_B …
///   dL_i/dt = Σ k·L + k_a·L_I·(R₀ − ΣT_B) − k_off·L_B … − λ·L_i
///
/// Every term is linear (a·x_j) or a product (a·x_i·x_j), so the whole model is two lists of
/// coefficients over fixed indices. Administrations enter through bookkeeping states: `reservoir`
/// (what the bag still holds) and `infusion` (the rate at which it runs), changed only by events.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lutetia/linalg/static_lu.hpp"
#include "lutetia/system/network.hpp"

namespace lutetia {

/// A labeled form to follow: a ligand with a nuclide.
struct Tracer {
  std::string ligand;
  std::string nuclide;
  bool operator==(const Tracer&) const = default;
};

/// A way in: a route, with or without decay of the label while it waits in the bag.
struct Port {
  std::string route;
  bool decays;
  bool operator==(const Port&) const = default;
};

/// What a regimen asks of a system; compile() fixes states for exactly this.
struct SystemStructure {
  std::vector<std::string> ligands;
  std::vector<Tracer> tracers;
  std::vector<Port> ports;
};

/// The states of one total or labeled form.
struct Block {
  std::string name;             ///< "dotatate" or "dotatate[Lu-177]"
  int ligand;                   ///< index into Network::ligands
  int tracer = -1;              ///< index into SystemStructure::tracers, −1 for a total block
  std::vector<int> states;      ///< state of each compartment
  std::vector<int> reservoirs;  ///< state per port [nmol]
  std::vector<int> infusions;   ///< state per port [nmol/h]
  int decayed = -1;             ///< state collecting decayed label [nmol], −1 for a total block
};

/// A product term: rate[coefficient]·x_i·x_j is added to row `plus` and subtracted from `minus`.
struct ProductTerm {
  int i, j, plus, minus;
  int plus_i, plus_j, minus_i, minus_j;  ///< positions of its four Jacobian entries
};

/// The numbers of a system for one set of parameter values; cheap to recompute, shared by steps.
template <class T>
struct BasicRates {
  std::vector<T> linear;   ///< coefficient at each position of the pattern
  std::vector<T> product;  ///< coefficient of each product term
  std::vector<T> slots;    ///< every quantity of the tape: volumes, masses, flows, …
};
using Rates = BasicRates<double>;

class System {
 public:
  int size() const { return static_cast<int>(names_.size()); }
  const std::vector<std::string>& state_names() const { return names_; }
  const std::vector<Block>& blocks() const { return blocks_; }
  const Network& network() const { return network_; }
  const SystemStructure& structure() const { return structure_; }
  const Pattern& pattern() const { return pattern_; }
  const SymbolicLu& symbolic_lu() const { return symbolic_lu_; }
  /// Group of each state for the error norm: one per organ and block.
  const std::vector<int>& error_groups() const { return error_groups_; }
  int error_group_count() const { return error_group_count_; }

  const std::string& model_name() const { return model_name_; }
  const std::string& model_hash() const { return model_hash_; }

  /// Values of all parameters in internal units, shape (parameters), as model and patient give
  /// them.
  std::vector<double> parameter_values() const;
  /// Position of a parameter.
  /// @throws std::out_of_range naming the nearest parameter
  int parameter_index(const std::string& name) const;

  /// Rate constants from parameter values; T may be any dual number.
  template <class T>
  BasicRates<T> rates(std::span<const T> parameters) const;
  Rates rates() const;

  /// Refuse volumes, masses or rates that are negative or not finite, and flows that do not close.
  /// @throws ModelError naming each
  void check(const Rates& rates) const;

  /// dxdt, shape (size) [nmol/h], from x, shape (size) [nmol].
  template <class T>
  void rhs(const BasicRates<T>& rates, std::span<const T> x, std::span<T> dxdt) const;

  /// ∂(dx/dt)/∂x on the pattern, shape (nonzeros) [1/h].
  void jacobian(const Rates& rates, std::span<const double> x, std::span<double> values) const;

  int block_index(const std::string& name) const;
  double decay_constant(const Rates& rates, int tracer) const;  ///< [1/h]

 private:
  friend class Compiler;

  struct LinearTerm {
    int position;
    Tape::Slot slot;
    double sign;
  };

  Network network_;
  SystemStructure structure_;
  std::vector<int> tracer_nuclide_;  ///< index into Network::decay_constants
  std::vector<std::string> names_;
  std::vector<Block> blocks_;
  Pattern pattern_;
  RowRuns rows_;  ///< of the pattern
  SymbolicLu symbolic_lu_;
  std::vector<LinearTerm> linear_;
  std::vector<ProductTerm> products_;
  std::vector<Tape::Slot> product_slots_;
  std::vector<int> error_groups_;
  int error_group_count_ = 0;
  std::string model_name_, model_hash_;
};

template <class T>
BasicRates<T> System::rates(std::span<const T> parameters) const {
  BasicRates<T> out;
  out.slots = network_.tape.evaluate(parameters);
  out.linear.assign(pattern_.nonzeros(), T(0.0));
  for (const LinearTerm& term : linear_)
    out.linear[term.position] += term.sign * out.slots[term.slot];
  for (const Tape::Slot slot : product_slots_) out.product.push_back(out.slots[slot]);
  return out;
}

template <class T>
void System::rhs(const BasicRates<T>& rates, std::span<const T> x, std::span<T> dxdt) const {
  T* const out = dxdt.data();
  rows_.for_each(rates.linear.data(), pattern_.columns.data(), x.data(),
                 [out](int i, const T& sum) { out[i] = sum; });
  for (std::size_t q = 0; q < products_.size(); ++q) {
    const ProductTerm& term = products_[q];
    const T flux = rates.product[q] * x[term.i] * x[term.j];
    dxdt[term.plus] += flux;
    dxdt[term.minus] -= flux;
  }
}

}  // namespace lutetia

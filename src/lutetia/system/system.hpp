/// @file The compiled model: numbered states, their rate terms, right-hand side and Jacobian.
///
/// States come in blocks that share every rate constant of their ligand:
///   total    T: all peptide of a ligand, labeled or not; does not decay
///   labeled  L: the part carrying one nuclide; decays with λ into a bookkeeping state
///
///   dT_i/dt = Σ k·T + k_a·T_I·(R₀ − ΣT_B) − k_off·T_B …
///   dL_i/dt = Σ k·L + k_a·L_I·(R₀ − ΣT_B) − k_off·L_B … − λ·L_i
///
/// A block holds the compartments of its ligand's substance. Compartments of receptors are a block
/// of their own: they count receptors that cannot bind now, as deviations from the state before
/// treatment, so every state is zero before the first administration.
///
/// A daughter d of a decay chain is a labeled block, too. What the chelator keeps moves as the
/// ligand; an atom it does not keep is a ligand of its own (a free form) that stays where it was
/// born, in any compartment of its parents, or is released to a compartment of its substance and
/// moves from there:
///
///   dL_d,i/dt = … − λ_d·L_d,i + share·λ_p·L_p,i
///
/// Every term is linear (a·x_j), a product (a·x_i·x_j) or linear times saturable effects
/// (a·x_j·Π(1 + e·s^h/(k^h + s^h))), so the whole model is three lists of coefficients over fixed
/// indices. Administrations enter through bookkeeping states: `reservoir`
/// (what the bag still holds) and `infusion` (the rate at which it runs), changed only by events.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "lutetia/linalg/static_lu.hpp"
#include "lutetia/system/effect.hpp"
#include "lutetia/system/network.hpp"

namespace lutetia {

/// A labeled form to follow: a ligand with a nuclide.
struct Tracer {
  std::string ligand;
  std::string nuclide;
  bool operator==(const Tracer&) const = default;
};

/// A share of an administration that enters one place directly.
struct SplitShare {
  Place to;  ///< a compartment, or an organ
  double share;
  bool operator==(const SplitShare& other) const {
    return to.name == other.to.name && share == other.share;
  }
};

/// A way in: a route, with or without decay of the label while it waits in the bag, and an explicit
/// split over compartments or organs if one is given (the rest takes the route's usual way).
struct Port {
  std::string route;
  bool decays;
  std::vector<SplitShare> split = {};
  Location where = {};  ///< of the first administration that takes it
  bool operator==(const Port& other) const {
    return route == other.route && decays == other.decays && split == other.split;
  }
};

/// Where a port enters a block.
struct PortTarget {
  int state;
  Tape::Slot share;
};

/// Decays of one tracer that make atoms of another.
struct TracerDecay {
  int parent, daughter;  ///< indices into SystemStructure::tracers
  double branch;         ///< [1]
  enum class Atom {
    kept,   ///< those the chelator keeps: parent's share 1 − freed_share
    freed,  ///< those it does not: freed_share
    free    ///< all: the parent is free itself
  } atom;
};

/// What a regimen asks of a system; compile() fixes states for exactly this.
struct SystemStructure {
  std::vector<std::string> ligands;
  std::vector<Tracer> tracers;  ///< those given, then those that are only born of them
  std::vector<Port> ports;
  int born = 0;                         ///< number of tracers that nobody gives
  std::vector<std::string> free_forms;  ///< ligands that nobody gives: daughters without chelator
  std::vector<TracerDecay> decays;

  bool given(int tracer) const { return tracer < static_cast<int>(tracers.size()) - born; }
};

/// The states of one total or labeled form, or of the receptors.
struct Block {
  std::string name;             ///< "dotatate", "dotatate[Lu-177]" or "receptor"
  int ligand;                   ///< index into Network::ligands, −1 for receptors
  int tracer = -1;              ///< index into SystemStructure::tracers, −1 for a total block
  std::vector<int> states;      ///< state of each compartment, −1 where the form cannot be
  std::vector<int> reservoirs;  ///< state per port [nmol]
  std::vector<int> infusions;   ///< state per port [nmol/h]
  std::vector<std::vector<PortTarget>> targets;  ///< per port
  int decayed = -1;  ///< state collecting decayed label [nmol], −1 for a total block
  int bag = -1;      ///< daughters born in a bag, which stay there [nmol]; −1 when none are

  bool total() const { return ligand >= 0 && tracer < 0; }
  /// States that hold its amount: compartments it can be in, reservoirs, bag, decayed label.
  std::vector<int> amounts() const;
};

/// Atoms that decays of one labeled block make in another: share·λ·x(parent) in all.
struct Lineage {
  int parent, daughter;  ///< blocks
  Tape::Slot share;      ///< [1]
};

/// One term of it: rate·x(parent) arrives at the state `daughter`; nothing leaves the parent by it.
struct Birth {
  int parent, daughter;  ///< states
  Tape::Slot rate;       ///< [1/h]
};

/// A product term: rate[coefficient]·x_i·x_j is added to row `plus` and subtracted from `minus`.
struct ProductTerm {
  int i, j, plus, minus;
  int plus_i, plus_j, minus_i, minus_j;  ///< positions of its four Jacobian entries
};

/// An effect over states: s = Σ weight·x; it spans `states` entries from `first`.
struct EffectTerm {
  int first, states;
};

/// A linear term with effects: rate·x_driver·Π factor moves from `minus` to `plus`. Its effects are
/// `count` entries of the list of used effects from `first`; positions of its Jacobian entries
/// follow from `positions`: (minus, plus) for the driver, then for every state of every effect.
/// Its slopes are `columns` entries of a linearization from `slopes`, in the same order.
struct ModulatedTerm {
  int driver, minus, plus;
  int first, count;
  int positions;
  int slopes = 0, columns = 0;
};

/// The numbers of a system for one set of parameter values; cheap to recompute, shared by steps.
template <class T>
struct BasicRates {
  std::vector<T> linear;          ///< coefficient at each position of the pattern
  std::vector<T> product;         ///< coefficient of each product term
  std::vector<T> modulated = {};  ///< coefficient of each modulated term
  std::vector<T> effects = {};    ///< change, half, hill of each effect
  std::vector<T> weights = {};    ///< of each state of each effect [1/L]
  std::vector<T> slots = {};      ///< every quantity of the tape: volumes, masses, flows, …
};
using Rates = BasicRates<double>;

/// The numbers of four members of a batch side by side.
/// @param members  of one system, shape (1 … lane_count); the last fills what is left
BasicRates<Lanes> in_lanes(std::span<const Rates* const> members);

/// What the modulated terms of a system do at one state.
template <class T>
struct Linearization {
  std::vector<T> flux;   ///< of each modulated term [nmol/h]
  std::vector<T> slope;  ///< of each by its driver, then by every state of its effects [1/h]
};

/// x + Δ as a sequence.
template <class T>
struct Sum {
  std::span<const T> x, delta;
  T operator[](int i) const { return x[i] + delta[i]; }
};

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

  /// Room for a linearization.
  template <class T>
  Linearization<T> linearization() const {
    return {std::vector<T>(modulated_.size()), std::vector<T>(slopes_)};
  }
  /// Linearize dx/dt at x, shape (size); T is double or Lanes. Calls add(position, value) with what
  /// comes to the entries of the Jacobian beyond the linear terms, several times for some.
  template <class T, class Add>
  void linearize(const BasicRates<T>& rates, std::span<const T> x, Linearization<T>& at,
                 const Add& add) const;

  /// Fluxes a linearization at x leaves out at x + Δ: a·Δ_i·Δ_j of each product, then those of the
  /// modulated terms, shape (remainder_size()) [nmol/h].
  int remainder_size() const { return static_cast<int>(products_.size() + modulated_.size()); }
  template <class T>
  void remainder(const BasicRates<T>& rates, const Linearization<T>& at, std::span<const T> x,
                 std::span<const T> delta, std::span<T> out) const;
  /// States whose increments they depend on, ascending.
  std::vector<int> remainder_states() const;
  /// Add such fluxes to the rows they join: f(x + Δ) = f(x) + J Δ + scattered remainder.
  template <class T>
  void scatter_remainder(std::span<const T> fluxes, std::span<T> out) const;

  /// ∂(dx/dt)/∂x on the pattern, shape (nonzeros) [1/h].
  void jacobian(const Rates& rates, std::span<const double> x, std::span<double> values) const;

  /// Decay chains: which block is made of which, parents before their daughters' daughters.
  const std::vector<Lineage>& lineages() const { return lineages_; }
  const std::vector<Birth>& births() const { return births_; }
  /// A labeled block and all it descends from, itself last; alone when it is no daughter.
  std::vector<int> ancestry(int block) const;

  int block_index(const std::string& name) const;
  double decay_constant(const Rates& rates, int tracer) const;  ///< [1/h]

 private:
  friend class Compiler;
  template <class T>
  friend class SystemTangent;

  /// s of an effect, summed over its states. Sequences of T, or anything indexed like them.
  template <class T, class Weights, class States>
  T concentration(int effect, const Weights& weights, const States& x) const;
  /// rate·x(driver)·Π factors of a modulated term.
  template <class T, class Effects, class Weights, class States>
  T modulated_flux(const ModulatedTerm& term, const T& rate, const Effects& effects,
                   const Weights& weights, const States& x) const;

  /// Flux of a modulated term and its derivatives by its driver and the states of its effects.
  template <class T, class Effects, class Weights, class States>
  T modulated_slopes(const ModulatedTerm& term, const T& rate, const Effects& effects,
                     const Weights& weights, const States& x, T* slopes) const;
  void check_effects(const Rates& rates, Problems& problems) const;
  void check_shares(const Rates& rates, Problems& problems) const;

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
  std::vector<ModulatedTerm> modulated_;
  std::vector<Tape::Slot> modulated_slots_;
  std::vector<Lineage> lineages_;
  std::vector<Birth> births_;
  std::vector<EffectTerm> effects_;
  std::vector<std::array<Tape::Slot, 3>> effect_slots_;
  std::vector<int> effect_states_;
  std::vector<Tape::Slot> weight_slots_;
  std::vector<int> used_effects_;         ///< effects of the modulated terms, term by term
  std::vector<int> modulated_positions_;  ///< −1 where a row does not exist
  int slopes_ = 0;                        ///< of all modulated terms together
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
  for (const Tape::Slot slot : modulated_slots_) out.modulated.push_back(out.slots[slot]);
  for (const auto& numbers : effect_slots_)
    for (const Tape::Slot slot : numbers) out.effects.push_back(out.slots[slot]);
  for (const Tape::Slot slot : weight_slots_) out.weights.push_back(out.slots[slot]);
  return out;
}

template <class T, class Weights, class States>
T System::concentration(int effect, const Weights& weights, const States& x) const {
  T sum(0.0);
  const EffectTerm& term = effects_[effect];
  for (int k = term.first; k < term.first + term.states; ++k)
    sum += weights[k] * x[effect_states_[k]];
  return sum;
}

template <class T, class Effects, class Weights, class States>
T System::modulated_flux(const ModulatedTerm& term, const T& rate, const Effects& effects,
                         const Weights& weights, const States& x) const {
  T flux = rate * x[term.driver];
  for (int u = term.first; u < term.first + term.count; ++u) {
    const int e = used_effects_[u];
    flux *= effect_factor(concentration<T>(e, weights, x), T(effects[3 * e]), T(effects[3 * e + 1]),
                          T(effects[3 * e + 2]));
  }
  return flux;
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
  for (std::size_t m = 0; m < modulated_.size(); ++m) {
    const ModulatedTerm& term = modulated_[m];
    const T flux = modulated_flux<T>(term, rates.modulated[m], rates.effects, rates.weights, x);
    if (term.plus >= 0) dxdt[term.plus] += flux;
    if (term.minus >= 0) dxdt[term.minus] -= flux;
  }
}

template <class T, class Effects, class Weights, class States>
T System::modulated_slopes(const ModulatedTerm& term, const T& rate, const Effects& effects,
                           const Weights& weights, const States& x, T* slopes) const {
  auto factor = [&](int e) {
    return effect_factor(concentration<T>(e, weights, x), T(effects[3 * e]), T(effects[3 * e + 1]),
                         T(effects[3 * e + 2]));
  };
  auto slope = [&](int e) {
    return effect_slope(concentration<T>(e, weights, x), T(effects[3 * e]), T(effects[3 * e + 1]),
                        T(effects[3 * e + 2]));
  };
  T all(1.0);
  for (int u = term.first; u < term.first + term.count; ++u) all *= factor(used_effects_[u]);
  *slopes++ = rate * all;
  const T unhindered = rate * x[term.driver];
  for (int u = term.first; u < term.first + term.count; ++u) {
    T others(1.0);
    for (int other = term.first; other < term.first + term.count; ++other)
      if (other != u) others *= factor(used_effects_[other]);
    const EffectTerm& over = effects_[used_effects_[u]];
    const T by = unhindered * others * slope(used_effects_[u]);
    for (int k = over.first; k < over.first + over.states; ++k) *slopes++ = by * weights[k];
  }
  return unhindered * all;
}

template <class T, class Add>
void System::linearize(const BasicRates<T>& rates, std::span<const T> x, Linearization<T>& at,
                       const Add& add) const {
  const T* const product = rates.product.data();
  for (std::size_t q = 0; q < products_.size(); ++q) {
    const ProductTerm& term = products_[q];
    const T by_i = product[q] * x[term.j], by_j = product[q] * x[term.i];
    add(term.plus_i, by_i);
    add(term.plus_j, by_j);
    add(term.minus_i, -by_i);
    add(term.minus_j, -by_j);
  }
  for (std::size_t m = 0; m < modulated_.size(); ++m) {
    const ModulatedTerm& term = modulated_[m];
    T* const slopes = at.slope.data() + term.slopes;
    at.flux[m] =
        modulated_slopes<T>(term, rates.modulated[m], rates.effects, rates.weights, x, slopes);
    const int* const position = modulated_positions_.data() + term.positions;
    for (int c = 0; c < term.columns; ++c) {
      if (position[2 * c] >= 0) add(position[2 * c], -slopes[c]);
      if (position[2 * c + 1] >= 0) add(position[2 * c + 1], slopes[c]);
    }
  }
}

template <class T>
void System::remainder(const BasicRates<T>& rates, const Linearization<T>& at, std::span<const T> x,
                       std::span<const T> delta, std::span<T> out) const {
  const T* const product = rates.product.data();
  for (std::size_t q = 0; q < products_.size(); ++q)
    out[q] = product[q] * delta[products_[q].i] * delta[products_[q].j];
  const Sum<T> moved{x, delta};
  for (std::size_t m = 0; m < modulated_.size(); ++m) {
    const ModulatedTerm& term = modulated_[m];
    T flux = modulated_flux<T>(term, rates.modulated[m], rates.effects, rates.weights, moved) -
             at.flux[m];
    const T* slope = at.slope.data() + term.slopes;
    flux -= *slope++ * delta[term.driver];
    for (int u = term.first; u < term.first + term.count; ++u) {
      const EffectTerm& over = effects_[used_effects_[u]];
      for (int k = over.first; k < over.first + over.states; ++k)
        flux -= *slope++ * delta[effect_states_[k]];
    }
    out[products_.size() + m] = flux;
  }
}

template <class T>
void System::scatter_remainder(std::span<const T> fluxes, std::span<T> out) const {
  for (std::size_t q = 0; q < products_.size(); ++q) {
    out[products_[q].plus] += fluxes[q];
    out[products_[q].minus] -= fluxes[q];
  }
  for (std::size_t m = 0; m < modulated_.size(); ++m) {
    const T& flux = fluxes[products_.size() + m];
    if (modulated_[m].plus >= 0) out[modulated_[m].plus] += flux;
    if (modulated_[m].minus >= 0) out[modulated_[m].minus] -= flux;
  }
}

}  // namespace lutetia

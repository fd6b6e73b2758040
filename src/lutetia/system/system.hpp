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
#include "lutetia/system/structure.hpp"
#include "lutetia/system/terms.hpp"

namespace lutetia {

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

}  // namespace lutetia

#include "lutetia/system/system_terms.hpp"

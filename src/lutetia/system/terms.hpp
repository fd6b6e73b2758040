/// @file What a compiled model is made of: blocks of states, terms over them, their coefficients.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lutetia/expression/tape.hpp"
#include "lutetia/linalg/lanes.hpp"

namespace lutetia {

/// Where a port enters a block.
struct PortTarget {
  int state;
  Tape::Slot share;
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

}  // namespace lutetia

/// @file Decay chains: which daughters have amounts of their own, what they emit together, and
/// their amounts at any time.
///
/// dN_i/dt = −λ_i N_i + Σ_j b_{j→i} λ_j N_j   (Bateman 1910)
///
/// Members that live for less than a second decay where and when they are born: A = b·A(parent).
/// Their energies count to the member they come from, and their daughters become its daughters.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lutetia/document/library.hpp"
#include "lutetia/nuclide/nuclide.hpp"

namespace lutetia {

/// Where a chain is cut; both are choices of the method, not data.
struct ChainLimits {
  double prompt = prompt_half_life();  ///< members of this half-life or less are prompt [h]
  double outlives = 1000.0;  ///< a daughter that lives this many times longer than the head ends
                             ///< the chain: the body has long changed when it decays [1]

  static double prompt_half_life();  ///< one second [h]
};

struct DecayChain {
  /// Head first, every member after its parents. Energies contain those of prompt daughters;
  /// `daughters` are members only.
  std::vector<Nuclide> members;
  /// Daughters left out because they outlive the chain: "At-211 decays to Bi-207 (41.8 %)".
  std::vector<std::string> left_out;

  /// Position of a member, −1 when it is none.
  int index(const std::string& nuclide) const;
};

using NuclideLookup = std::function<Nuclide(const std::string&)>;

/// The chain that begins with a nuclide.
/// @throws ModelError when a nuclide is its own descendant
DecayChain decay_chain(const std::string& head, const NuclideLookup& find,
                       const ChainLimits& limits = {});

/// The same from the files of a library.
/// @throws ModelError, FileError for a nuclide that is missing or broken
DecayChain decay_chain(const Library& library, const std::string& head,
                       const ChainLimits& limits = {});

/// A nuclide of a library with the energies of its prompt daughters: what one of its decays
/// deposits.
Nuclide with_prompt_daughters(const Library& library, const std::string& nuclide);

/// Decays of each member per decay of the head when all have decayed, shape (members) [1].
std::vector<double> decays_per_decay(const DecayChain& chain);

/// Mean energies of all members per decay of the head [MeV].
struct ChainEnergy {
  double alpha, electron, photon;
};
ChainEnergy energy_per_decay(const DecayChain& chain);

/// Amounts of all members a time after the head was pure, shape (members), in the unit of `amount`.
/// Exact for half-lives that are equal, nearly equal or 10¹² apart.
/// @param time [h], not negative
std::vector<double> chain_amounts(const DecayChain& chain, double amount, double time);

}  // namespace lutetia

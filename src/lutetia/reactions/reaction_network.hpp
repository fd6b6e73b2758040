/// @file A run as a reaction network: what a format of exchange such as SBML holds.
///
/// Reactions are read from the processes of the network, not from the terms they are compiled to,
/// so that another solver of the written equations checks the compiler as well as the solver.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lutetia/dosing/changes.hpp"

namespace lutetia {

/// A number the laws are written with; it may differ between phases of a course.
struct ReactionQuantity {
  std::string name;            ///< "gfr", or after its process: "kidney binding receptors"
  Dimension dimension;         ///< in internal units
  std::vector<double> values;  ///< per phase
  Provenance provenance = {};  ///< of a given value
  std::string formula = {};    ///< of a computed one that has a name
};

struct ReactionCompartment {
  std::string name, organ;
  std::vector<double> volume;  ///< per phase [L]; empty when it only holds an amount
  bool outside;
};

/// A labeled or total form of a ligand, or the receptors.
struct ReactionForm {
  std::string name, ligand, nuclide;  ///< ligand and nuclide may be ""
};

/// An amount [nmol], or the rate at which an infusion runs [nmol/h].
struct ReactionSpecies {
  std::string name;
  int form;
  int compartment = -1;  ///< −1: bookkeeping of administrations and decay
  bool infusion_rate = false;
};

/// Receptors all ligands compete for: free = receptors − Σ taken.
struct ReceptorPool {
  std::string name;
  int receptors;           ///< quantity [nmol]
  std::vector<int> taken;  ///< species: bound ligand, receptors that cannot bind
};

/// Factor 1 ± maximum·s^hill/(half^hill + s^hill), s = Σ amount/volume of its species.
struct ReactionEffect {
  std::string name;
  std::vector<int> species;
  int maximum, half, hill;  ///< quantities; maximum and hill −1 when they are 1
  bool stimulates;
};

/// Flux from one species to another, either may be −1: rate·driver, over the volume of the driver's
/// compartment when the rate is a flow, times effects. Binding multiplies with free receptors, too,
/// and subtracts dissociation·N(to).
struct Reaction {
  std::string name;
  int form;
  int from, to, driver;
  int rate;  ///< quantity: [1/h], [L/h], k_on [L/(nmol·h)] or a share; −1 when it is 1
  bool per_volume = false;
  int pool = -1;
  int dissociation = -1;  ///< quantity [1/h]
  std::vector<int> effects = {};
};

/// A new value of a species: constant + Σ factor·value before, all values at once.
struct ReactionAssignment {
  int species;
  double constant;
  std::vector<std::pair<int, double>> terms;
};

/// What happens at one time, everything that falls together.
struct ReactionEvent {
  double time;  ///< [h]
  std::string name;
  int phase;  ///< whose values hold from then on
  std::vector<ReactionAssignment> assignments;
};

/// Where its species are: compartments, each with the quantity that says which share of it counts
/// (−1: all of it).
struct ReactionRegion {
  std::string name;
  std::vector<std::pair<int, int>> parts;
};

struct ReactionNetwork {
  double start;  ///< of the clock, the first event or zero [h]
  int phase;     ///< in force at the start
  std::vector<ReactionForm> forms;
  std::vector<ReactionCompartment> compartments;
  std::vector<ReactionQuantity> quantities;
  std::vector<ReactionSpecies> species;
  std::vector<ReceptorPool> pools;
  std::vector<ReactionEffect> effects;
  std::vector<Reaction> reactions;
  std::vector<ReactionEvent> events;  ///< by time, at distinct times
  std::vector<ReactionRegion> regions;
  std::vector<int> decay_constants;  ///< quantity of each form, −1 when it does not decay
};

/// @param phases, schedule  with every stop of the run
ReactionNetwork reaction_network(const System& system, const std::vector<RatePhase>& phases,
                                 const Schedule& schedule);

}  // namespace lutetia

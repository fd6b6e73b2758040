/// @file What a regimen asks of a system: ligands, labels, ways in, decays that make daughters.
#pragma once

#include <string>
#include <vector>

#include "lutetia/core/error.hpp"
#include "lutetia/model/names.hpp"

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

}  // namespace lutetia

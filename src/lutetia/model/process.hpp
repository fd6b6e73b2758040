/// @file The processes a model may consist of, one struct each. Compartments are named relative to
/// the organ ("vascular"), by connection ("drain") or in full ("liver.vascular").
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "lutetia/core/error.hpp"
#include "lutetia/expression/expression.hpp"
#include "lutetia/model/names.hpp"

namespace lutetia {

/// A formula with its text and place.
struct Formula {
  std::string text;
  Expression expression;
  Location where;

  /// The place of a part of the formula, its offset in `text`.
  Location at(std::size_t position) const;
};

/// Blood flow carries substance along: rate = flow · c(from). Flows must close in every
/// compartment.
struct Perfusion {
  Place from, to;
  Formula flow;  ///< [L/h]
};

/// What else a process depends on: another compartment that drives it, and named effects that
/// multiply its rate (model.hpp). Both may be absent.
struct Influence {
  Place driven_by;             ///< "" when the process is driven by what it empties
  std::vector<Place> effects;  ///< names of effects
};

/// A fluid stream or other clearance that need not close: rate = clearance · c(from).
struct Clearance {
  Place from, to;
  Formula clearance;  ///< [L/h]
  Influence influence = {};
};

/// Diffusion across a wall, both ways: rate = permeability_surface · (c(first) − c(second)).
struct Exchange {
  Place first, second;
  Formula permeability_surface;  ///< [L/h]
};

/// First-order transfer of an amount: rate = rate · N(from). Between compartments of receptors one
/// end may be absent: receptors are made and degraded.
struct Transfer {
  Place from, to;
  Formula rate;  ///< [1/h]
  Influence influence = {};
};

/// Reversible binding to receptors shared by all ligands:
/// rate = k_on · c(from) · (receptors − ΣN(to) − ΣN(unavailable)) − k_off · N(to).
struct Binding {
  Place from, to;
  Formula receptors;                    ///< amount of binding sites before treatment [nmol]
  Formula k_on;                         ///< [L/(nmol·h)]
  Formula k_off;                        ///< [1/h]
  std::vector<Place> unavailable = {};  ///< compartments of receptors that cannot bind now
};

struct Process {
  std::string name;  ///< label for messages and documentation; the kind when none is given
  std::variant<Perfusion, Clearance, Exchange, Transfer, Binding> kind;
  Location where;
};

}  // namespace lutetia

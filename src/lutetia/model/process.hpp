/// @file The processes a model may consist of, one struct each. Compartments are named relative to
/// the organ ("vascular"), by connection ("drain") or in full ("liver.vascular").
#pragma once

#include <string>
#include <variant>

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

/// A fluid stream or other clearance that need not close: rate = clearance · c(from).
struct Clearance {
  Place from, to;
  Formula clearance;  ///< [L/h]
};

/// Diffusion across a wall, both ways: rate = permeability_surface · (c(first) − c(second)).
struct Exchange {
  Place first, second;
  Formula permeability_surface;  ///< [L/h]
};

/// First-order transfer of an amount: rate = rate · N(from).
struct Transfer {
  Place from, to;
  Formula rate;  ///< [1/h]
};

/// Reversible binding to a conserved number of receptors shared by all ligands:
/// rate = k_on · c(from) · (receptors − ΣN(to)) − k_off · N(to).
struct Binding {
  Place from, to;
  Formula receptors;  ///< amount of binding sites [nmol]
  Formula k_on;       ///< [L/(nmol·h)]
  Formula k_off;      ///< [1/h]
};

struct Process {
  std::string name;  ///< label for messages and documentation; the kind when none is given
  std::variant<Perfusion, Clearance, Exchange, Transfer, Binding> kind;
  Location where;
};

}  // namespace lutetia

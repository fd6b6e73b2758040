/// @file A model as written: parameters, organ types, organs, processes, observables. Plain values,
/// no numerics; network.hpp (module system) expands it for one patient.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lutetia/document/fields.hpp"
#include "lutetia/expression/expression.hpp"
#include "lutetia/model/process.hpp"

namespace lutetia {

/// A named number of the model: given, given by sex, computed by a formula, or asked of the
/// patient.
struct Parameter {
  std::string name;
  std::optional<SourcedQuantity> value = {};
  std::map<std::string, SourcedQuantity> by_sex = {};  ///< keys "male" and "female"
  std::optional<Formula> formula = {};
  Dimension dimension = {};        ///< of a value; for a required one what the patient must give
  bool required = false;           ///< the patient must give it
  std::string required_unit = {};  ///< a unit the patient may give it in, as written
  std::optional<std::array<double, 2>> between = {};  ///< plausible values a patient may give
  Provenance provenance = {};                         ///< of a formula or a requirement
  Location where = {};
};

/// What a compartment holds when it says nothing else, and what a ligand is.
inline constexpr const char* peptide = "peptide";
/// The substance of compartments that count receptors; it has no ligand.
inline constexpr const char* receptor = "receptor";

/// A well-mixed space holding an amount; `outside` marks bookkeeping pools such as urine.
struct Compartment {
  std::string name;
  std::optional<Formula> volume = {};
  bool outside = false;
  std::string substance = peptide;  ///< only ligands of this substance enter
  Location where = {};
};

/// A saturable influence on processes that name it: their rate is multiplied with
/// 1 ± maximum · s^hill / (half^hill + s^hill), s the concentration of all ligands in `by`, summed.
struct Effect {
  enum class Kind { inhibits, stimulates, saturates };  ///< saturates: 1 / (1 + s / half)
  std::string name;
  Kind kind = Kind::inhibits;
  std::vector<Place> by = {};
  std::optional<Formula> maximum = {};  ///< [1]; absent when it saturates
  Formula half = {};                    ///< [nmol/L]
  std::optional<Formula> hill = {};     ///< [1]; 1 when absent
  Location where = {};
};

/// A way in. Either straight into compartments (one per substance), or shared by the organs of a
/// group in proportion to a parameter.
struct Route {
  std::vector<Place> into = {};
  Place group = {};                              ///< "" for a route straight into compartments
  Place compartment = {};                        ///< of each organ of the group
  std::optional<Formula> in_proportion_to = {};  ///< in the scope of each organ of the group
  Place remainder = {};  ///< what an explicit split leaves over, for a group
  Location where = {};
};

/// A compartment emptied at intervals, such as a bladder.
struct Voiding {
  Place from, to;
  Formula fraction;  ///< [1]
  Formula first;     ///< after the start of the first administration [h]
  Formula interval;  ///< [h]
  Location where;
};

/// Where atoms go that a decay sets free: the share of those born in a compartment of a ligand that
/// enters a compartment of free daughters at once. The others stay where they are born.
struct DaughterRelease {
  std::vector<Place> from;  ///< names or patterns such as "*.bound"
  Place to;
  Formula share;  ///< [1]
  Location where;
};

/// What a region holds besides its own compartments: a share of a well-mixed space of the model,
/// such as the blood in its vessels.
struct ContentShare {
  Place compartment;
  Formula share;  ///< [1], in the scope of the organ
};

/// Where a lesion sits: what that changes of its connections and groups.
struct Site {
  std::string name;
  std::map<std::string, Place> connections = {};
  std::vector<std::string> groups = {};
  Location where = {};
};

/// A template: every organ of this type gets its parameters, compartments and processes.
struct OrganType {
  std::string name;
  std::string description = {};
  std::string extends = {};
  bool lesion = false;  ///< patients may add organs of this type
  std::vector<std::string> groups = {};
  std::map<std::string, Place> connections = {};  ///< name used in processes → compartment
  std::vector<Parameter> parameters = {};
  std::vector<Compartment> compartments = {};
  std::vector<Process> processes = {};
  std::vector<Effect> effects = {};
  std::vector<ContentShare> contains = {};
  Location where = {};
  Location extends_where = {};
};

struct Organ {
  std::string name;
  std::string type;
  std::string only = {};  ///< "male" or "female"; "" for both
  std::vector<std::string> groups = {};
  std::map<std::string, Place> connections = {};
  std::vector<Parameter> parameters = {};
  Location where = {};
  Location type_where = {};
};

/// A sum of compartments measured together, over a volume when it is a concentration.
struct Observable {
  std::string name;
  std::vector<Place> compartments;  ///< names or patterns such as "*.vascular"; "*" = all inside
  std::optional<Formula> volume = {};
  Location where = {};
};

struct Model {
  std::string name;
  std::string description;
  std::string reference;
  std::string hash;                ///< of the text it was read from
  std::vector<std::string> notes;  ///< what a reader of any result must know
  std::string lesion_type;         ///< type of a lesion that names none
  std::vector<Parameter> parameters;
  std::vector<Compartment> compartments;
  std::vector<Process> processes;
  std::vector<OrganType> organ_types;
  std::vector<Organ> organs;
  std::vector<Observable> observables;
  std::vector<Effect> effects;
  std::map<std::string, Route> routes;
  std::vector<Voiding> voiding;
  std::vector<DaughterRelease> daughter_release;  ///< later ones replace earlier ones
  std::vector<Site> sites;                        ///< none: any site may be named
  std::map<std::string, std::string> refuses;     ///< substance → why it cannot be given
  std::vector<std::string> modules;               ///< merged into it, as asked for
  Location where;

  const OrganType* find_type(const std::string& name) const;
};

}  // namespace lutetia

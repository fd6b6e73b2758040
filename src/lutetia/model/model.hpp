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
  Dimension dimension = {};  ///< of a value; for a required one what the patient must give
  bool required = false;     ///< the patient must give it
  std::optional<std::array<double, 2>> between = {};  ///< plausible values a patient may give
  Provenance provenance = {};                         ///< of a formula or a requirement
  Location where = {};
};

/// A well-mixed space holding an amount; `outside` marks bookkeeping pools such as urine.
struct Compartment {
  std::string name;
  std::optional<Formula> volume = {};
  bool outside = false;
  Location where = {};
};

/// A template: every organ of this type gets its parameters, compartments and processes.
struct OrganType {
  std::string name;
  std::string extends = {};
  bool lesion = false;  ///< patients may add organs of this type
  std::vector<std::string> groups = {};
  std::map<std::string, Place> connections = {};  ///< name used in processes → compartment
  std::vector<Parameter> parameters = {};
  std::vector<Compartment> compartments = {};
  std::vector<Process> processes = {};
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
  std::map<std::string, Place> routes;  ///< route → compartment an administration enters
  Location where;

  const OrganType* find_type(const std::string& name) const;
};

}  // namespace lutetia

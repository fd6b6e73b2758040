/// @file A model expanded for one patient: named compartments and flat processes whose
/// coefficients are slots of one tape.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "lutetia/expression/tape.hpp"
#include "lutetia/model/ligand.hpp"
#include "lutetia/model/model.hpp"
#include "lutetia/model/patient.hpp"
#include "lutetia/nuclide/nuclide.hpp"

namespace lutetia {

/// A number the run depends on: an input of the tape.
struct NetworkParameter {
  std::string name;  ///< "kidney.receptor_density", "k_protein_binding", "dotatate.k_d"
  double value;      ///< internal units
  Dimension dimension;
  Provenance provenance;
  bool from_patient;                ///< given by the patient, not by the model
  std::optional<double> variation;  ///< between-subject coefficient of variation
  Location where;
};

struct NetworkCompartment {
  std::string name;        ///< "kidney.bound", "veins"
  std::string organ;       ///< "kidney"; "" for a compartment of the whole model
  Tape::Slot volume = -1;  ///< −1 when it has none
  bool outside = false;
  Location where = {};
};

/// N(from) flows to N(to) with rate constant `rate`.
struct FirstOrderProcess {
  std::string name;
  int from, to;
  std::vector<Tape::Slot> rate;  ///< per ligand [1/h]
  Tape::Slot perfusion = -1;     ///< blood flow [L/h] when it must close
};

/// Binding of each ligand to the shared receptors of one organ.
struct BindingProcess {
  std::string name;
  int from, to;
  Tape::Slot receptors;                  ///< [nmol]
  std::vector<Tape::Slot> association;   ///< per ligand, k_on / volume(from) [1/(nmol·h)]
  std::vector<Tape::Slot> dissociation;  ///< per ligand [1/h]
};

/// A set of compartments reported together.
struct Region {
  std::string name;
  std::vector<int> compartments;
  Tape::Slot volume = -1;  ///< [L], −1 when unknown
  Tape::Slot mass = -1;    ///< [kg], −1 when it has no absorbed dose
  bool lesion = false;
};

struct Network {
  Tape tape;
  std::vector<NetworkParameter> parameters;  ///< in the order of the tape's inputs
  std::vector<NetworkCompartment> compartments;
  std::vector<FirstOrderProcess> first_order;
  std::vector<BindingProcess> bindings;
  std::vector<Region> regions;
  std::vector<std::string> ligands;
  std::vector<Tape::Slot> decay_constants;  ///< per nuclide [1/h]
  std::vector<std::pair<std::string, Tape::Slot>>
      volumes;                              ///< every volume and mass, must be positive
  std::map<std::string, int> routes;        ///< route → compartment
  std::map<std::string, Tape::Slot> slots;  ///< every named quantity, given or computed
  std::map<std::string, Place>
      formulas;  ///< text and place of the formula of every computed quantity

  int find_compartment(const std::string& name) const;  ///< −1 when unknown
};

/// Expand a model for a patient.
/// @throws ModelError with every unknown name, missing value and dimension that does not fit
Network expand_network(const Model& model, const Patient& patient,
                       const std::vector<Ligand>& ligands, const std::vector<Nuclide>& nuclides);

}  // namespace lutetia

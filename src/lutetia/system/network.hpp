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
  std::optional<std::array<double, 2>> between = {};  ///< what is plausible for a patient
};

/// What is wrong with a patient's value of a parameter that is outside the plausible range.
std::optional<Problem> implausible(const NetworkParameter& parameter, double value);

struct NetworkCompartment {
  std::string name;        ///< "kidney.bound", "veins"
  std::string organ;       ///< "kidney"; "" for a compartment of the whole model
  Tape::Slot volume = -1;  ///< −1 when it has none
  bool outside = false;
  std::string substance = peptide;
  Location where = {};
};

/// A saturable influence on the rate of processes; see Effect.
struct NetworkEffect {
  std::string name;
  std::vector<int> compartments;    ///< the concentrations of all their ligands are summed
  std::vector<Tape::Slot> inverse;  ///< 1 / volume of each compartment [1/L]
  Tape::Slot change;                ///< the factor is 1 + change·s^hill/(half^hill + s^hill)
  Tape::Slot half;                  ///< [nmol/L]
  Tape::Slot hill;
  Tape::Slot maximum;  ///< as given; −1 when it saturates
  bool stimulates;
  Location where;
};

/// N(driver) · rate flows from `from` to `to`; the driver is `from` unless another is named.
/// Processes of receptors may lack an end (−1).
struct FirstOrderProcess {
  std::string name;
  int from, to, driver;
  std::vector<Tape::Slot> rate;  ///< per ligand [1/h]; −1 where the ligand cannot be
  Tape::Slot shared_rate = -1;   ///< [1/h] when the driver counts receptors
  Tape::Slot perfusion = -1;     ///< blood flow [L/h] when it must close
  /// Like rate, [L/h], when the rate is a flow over the driver's volume; one entry of a shared one.
  std::vector<Tape::Slot> flow = {};
  std::vector<int> effects = {};
};

/// Binding of each ligand to the shared receptors of one organ.
struct BindingProcess {
  std::string name;
  int from, to;
  Tape::Slot receptors;                  ///< [nmol]
  std::vector<Tape::Slot> association;   ///< per ligand, k_on / volume(from) [1/(nmol·h)]
  std::vector<Tape::Slot> dissociation;  ///< per ligand [1/h]
  std::vector<int> unavailable = {};     ///< compartments of receptors that cannot bind
  std::vector<Tape::Slot> k_on = {};     ///< per ligand [L/(nmol·h)]
};

/// One way from a route into a compartment, with its share of what is given.
struct RouteTarget {
  int compartment;
  Tape::Slot share;
};

/// A compartment emptied at intervals.
struct NetworkVoiding {
  int from, to;
  Tape::Slot fraction, first, interval;
  Location where;
};

/// A compartment in a region, or the share of it that is there.
struct RegionPart {
  int compartment;
  Tape::Slot share = -1;  ///< [1], −1 for all of it

  double share_in(const std::vector<double>& slots) const { return share < 0 ? 1.0 : slots[share]; }
};

/// A set of compartments reported together.
struct Region {
  std::string name;
  std::vector<RegionPart> parts;
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
  std::vector<NetworkEffect> effects;
  std::vector<NetworkVoiding> voiding;
  /// Compartment of a ligand → where atoms freed there go, and which share of them.
  std::map<int, RouteTarget> daughter_releases;
  std::vector<Region> regions;
  std::vector<std::string> ligands;
  std::vector<std::string> substances;      ///< of each ligand
  std::vector<Tape::Slot> decay_constants;  ///< per nuclide [1/h]
  std::vector<Tape::Slot> freed_shares;     ///< per nuclide [1], see Nuclide::freed_share
  std::vector<std::pair<std::string, Tape::Slot>>
      volumes;  ///< every volume and mass, must be positive
  std::map<std::string, std::vector<RouteTarget>> routes;
  std::map<std::string, std::string> route_compartments;   ///< of a route shared by organs
  std::map<std::string, int> route_remainders;             ///< −1: none
  std::map<std::string, std::vector<std::string>> groups;  ///< group → organs of this patient
  std::map<std::string, Tape::Slot> slots;  ///< every named quantity, given or computed
  std::vector<std::string> unused;          ///< parameters of the model nothing asks for
  std::map<std::string, Place>
      formulas;  ///< text and place of the formula of every computed quantity

  int find_compartment(const std::string& name) const;  ///< −1 when unknown
  /// True when a ligand can be in a compartment.
  bool holds(int compartment, int ligand) const {
    return compartments[compartment].substance == substances[ligand];
  }
  bool counts_receptors(int compartment) const {
    return compartments[compartment].substance == receptor;
  }
};

/// Expand a model for a patient.
/// @throws ModelError with every unknown name, missing value and dimension that does not fit
Network expand_network(const Model& model, const Patient& patient,
                       const std::vector<Ligand>& ligands, const std::vector<Nuclide>& nuclides);

}  // namespace lutetia

/// @file How a case or a policy is to be planned, and what plans assume: what files say.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lutetia/document/fields.hpp"
#include "lutetia/document/library.hpp"
#include "lutetia/dosing/regimen.hpp"
#include "lutetia/study/plan_limits.hpp"
#include "lutetia/system/system.hpp"

namespace lutetia {

/// Arguments of a plan. The numbers are checked here; their texts are what the planner takes.
struct PlanSettings {
  Node document;
  std::vector<Place> regions;  ///< named in limits and measured doses
  std::vector<Place> lesions;
  std::vector<LimitPlace> counts;
};

/// A protocol: a regimen and how it is adapted to a patient.
struct Policy {
  std::string name, description;
  Provenance provenance;
  Node regimen;       ///< a name or a description
  PlanSettings plan;  ///< without document: the regimen is given as it is
};

/// What plans assume where nothing is said.
struct PlanningAssumptions {
  std::string name;
  std::map<std::string, SourcedQuantity>
      useful_cycle;  ///< smallest_share of the template's activity
  std::map<std::string, SourcedQuantity> measured_dose_error;  ///< relative, by kind of measurement
  std::map<std::string, SourcedQuantity> stop;  ///< platelets, neutrophils [1/L], gfr [L/h]
};

PlanSettings read_plan_settings(const Node& node, Problems& problems);
Policy read_policy(const Node& node, Problems& problems);
PlanningAssumptions read_planning_assumptions(const Node& node, Problems& problems);

/// Add what is wrong with names: limits the library does not have, regions and lesions the patient
/// does not have.
void check_plan_settings(const Library& library, const PlanSettings& settings, const System& system,
                         Problems& problems);

/// The same of a policy, which has no patient: names of its regimen and limits.
void check_policy(const Library& library, const Policy& policy, Problems& problems);

}  // namespace lutetia

/// @file A patient as the clinic knows him: covariates, organ volumes, lesions, overrides.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lutetia/document/fields.hpp"
#include "lutetia/model/cycle_effect.hpp"
#include "lutetia/model/names.hpp"

namespace lutetia {

struct Lesion {
  std::string name;
  std::string type;  ///< organ type of the model; "" takes the model's lesion type
  std::string site;
  std::map<std::string, SourcedQuantity> parameters;  ///< volume, receptor_density, …
  Location where;
  Location type_where, site_where;
};

struct Patient {
  std::string name;
  std::string sex;  ///< "male" or "female"
  std::map<std::string, SourcedQuantity>
      values;                               ///< "weight", "kidney.volume", any model parameter
  std::map<std::string, Place> references;  ///< parameters given by the name of another one
  std::vector<Place> absent_organs;
  std::vector<Lesion> lesions;
  std::vector<CycleEffect> cycle_effects;
  std::map<std::string, SourcedQuantity> published;  ///< measured results to compare with
  std::string description;
  Location where;
};

/// @param of_cohort  provenance of numbers that have none of their own nor of their patient
Patient read_patient(const Node& node, Problems& problems, const Provenance& of_cohort = {});

/// One patient, or all patients of a cohort file.
std::vector<Patient> read_patients(const Node& node, Problems& problems);

}  // namespace lutetia

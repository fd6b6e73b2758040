/// @file The male reference patient with free parameters, as a function of coordinates.
#pragma once

#include <random>

#include "lutetia/fit/patient_predictor.hpp"
#include "support/fits.hpp"
#include "support/repeatable.hpp"

namespace lutetia::testing {

inline const std::string two_cycles =
    "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, duration: 30 min, "
    "amino_acids: lysine_arginine, repeat: {every: 100 h, count: 2}}";

inline FreeParameter value(const std::string& name,
                           FreeParameter::Transform transform = FreeParameter::Transform::log) {
  return {.name = name, .parameters = {name}, .transform = transform};
}

/// Densities, rates, a share, a factor shared by two rates, and one of the second cycle.
inline std::vector<FreeParameter> free_parameters() {
  return {value("kidney.receptor_density"),
          value("tumor.receptor_density"),
          value("k_release_normal"),
          value("hematocrit", FreeParameter::Transform::logit),
          {.name = "internalization",
           .parameters = {"k_internalization_normal", "tumor.k_internalization"},
           .factor = true,
           .exponents = {1.0}},
          {.name = "decline",
           .parameters = {"tumor.receptor_density"},
           .factor = true,
           .exponents = {0.0, 1.0}}};
}

inline std::shared_ptr<const PatientCourse> course_of(const std::string& administrations,
                                                      std::vector<FreeParameter> free, double rtol,
                                                      std::size_t max_steps = 200000,
                                                      std::vector<CycleEffect> effects = {}) {
  Setup setup = reference_setup(administrations);
  setup.patient.cycle_effects = std::move(effects);
  SimulationOptions options;
  options.rtol = rtol;
  options.max_steps = max_steps;
  return std::make_shared<const PatientCourse>(
      library(), setup.model, setup.patient, regimen_of(administrations), std::move(free), options);
}

/// Coordinates of the patient as given.
inline VectorXd given(const PatientCourse& course) {
  const std::vector<double> values = course.system().parameter_values();
  VectorXd out = VectorXd::Zero(course.free().size());
  for (int f = 0; f < out.size(); ++f) {
    const FreeParameter& free = course.free().all()[f];
    if (free.factor) continue;
    const double v = values[course.system().parameter_index(free.parameters.at(0))];
    out(f) =
        free.transform == FreeParameter::Transform::log ? std::log(v) : std::log(v / (1.0 - v));
  }
  return out;
}

/// A draw from the prior: 30 % around the patient.
inline VectorXd draw(const PatientCourse& course, std::mt19937_64& generator) {
  VectorXd out = given(course);
  for (double& phi : out)
    phi += 0.3 * (2.0 * static_cast<double>(generator() >> 11) * 0x1p-53 - 1.0);
  return out;
}

inline std::vector<std::string> regions_of(const PatientCourse& course) {
  std::vector<std::string> out;
  for (const Region& region : course.system().network().regions) out.push_back(region.name);
  return out;
}

inline Prediction predicted(const Predictor& predictor, const VectorXd& phi, bool derivatives) {
  Prediction out;
  const auto why = predictor.predict(phi, derivatives, out);
  REQUIRE_MESSAGE(!why, why.value_or(""));
  return out;
}

}  // namespace lutetia::testing

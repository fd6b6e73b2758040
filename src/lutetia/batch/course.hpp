/// @file One patient under one regimen, compiled once for any number of parameter values.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lutetia/dosimetry/dose_plan.hpp"
#include "lutetia/radiobiology/tissues.hpp"
#include "lutetia/study/study.hpp"

namespace lutetia {

/// What is kept of every member.
enum class Outcome {
  absorbed_dose,                      ///< [Gy] per region and cycle
  total_absorbed_dose,                ///< [Gy] per region
  time_integrated_activity,           ///< [MBq·h] per region and cycle, all nuclides together
  total_time_integrated_activity,     ///< [MBq·h] per region
  activity,                           ///< [MBq] per region and output time
  protraction,                        ///< Q = GD² [Gy²] per region and cycle it is added in
  total_protraction,                  ///< [Gy²] per region
  biologically_effective_dose,        ///< [Gy] per region and cycle it is added in
  total_biologically_effective_dose,  ///< [Gy] per region
  damage  ///< of one region up to each output time: D, D_α [Gy] and Q [Gy²], shape (3, times)
};

constexpr std::size_t damage_parts = 3;  ///< dose, dose of alpha particles, protraction

/// A parameter of which every member has a value of its own.
struct GivenParameter {
  std::string name;
  std::string unit;  ///< of any scale; decides the dimension
};

/// How to run the members of a batch and what to keep.
struct BatchOptions {
  std::vector<Outcome> observe{Outcome::absorbed_dose};
  DoseConvention convention = DoseConvention::s_values;
  Tail tail = Tail::linear;
  std::vector<double> times;       ///< output times of the activities or of the damage [h]
  std::string damage_region;       ///< whose damage is observed
  std::optional<Tissues> tissues;  ///< those of the library when absent
  std::optional<double> end;       ///< [h]; chosen for each member when absent
  SimulationOptions simulation{.rtol = 1e-4, .max_steps = 20000};
  bool reproducible = false;  ///< members never share steps: results are those of simulate()
};

/// What the members of one patient and one regimen share.
struct Course {
  std::string patient, regimen_name;
  std::shared_ptr<const System> system;
  Regimen regimen;  ///< with its amino acids
  std::vector<CycleEffect> cycle_effects;
  std::vector<double> values;  ///< of all parameters, NaN where every member gives his own
  std::vector<int> given;      ///< position of each given parameter; −1: nothing depends on it
  DosePlan dose;
  std::vector<Tissue> tissues;    ///< of each target of the doses; empty when nobody asks
  std::size_t damage_target = 0;  ///< the one whose damage is observed
  std::size_t cycles = 0;
  std::vector<int> regions;  ///< position of each region in Batch::regions
};

/// Courses and options of a batch: constant, shared by all threads.
struct Batch {
  std::vector<Course> courses;
  std::vector<std::string> regions;  ///< of all courses, by first appearance
  std::size_t cycles = 0;            ///< of the longest course
  BatchOptions options;

  /// True when any of some outcomes is kept.
  bool observes(std::initializer_list<Outcome> any) const;
  /// Values of an outcome per row: cycles, output times or one.
  std::size_t columns(Outcome outcome) const;
  /// Rows of an outcome: regions, or the parts of a damage.
  std::size_t rows(Outcome outcome) const;
};

/// Compile every patient for every regimen, the regimens of one patient together.
/// @throws ModelError with every problem of every course: unknown names, wrong dimensions
/// @throws FileError, DataError  for a missing library entry
Batch make_batch(const Library& library, const Model& model, const std::vector<Patient>& patients,
                 const std::vector<Regimen>& regimens, const std::vector<GivenParameter>& given,
                 BatchOptions options);

}  // namespace lutetia

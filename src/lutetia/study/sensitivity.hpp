/// @file Derivatives of a run by names: parameters, and fields of administrations.
#pragma once

#include <string>
#include <vector>

#include "lutetia/dosimetry/derivatives.hpp"
#include "lutetia/radiobiology/damage_derivatives.hpp"
#include "lutetia/study/study.hpp"

namespace lutetia {

/// What a column of derivatives is by, and its value in the run.
struct NamedDirection {
  std::string name;
  Quantity value;
};

struct NamedDirections {
  std::vector<NamedDirection> names;  ///< order of the columns: parameters first, then doses
  Directions directions;
};

/// Read names of parameters ("gfr", "kidney.receptor_density") and of fields of administrations:
///   administration_1.activity            of the label; the peptide stays unless a molar activity
///   is
///                                        given
///   administration_1.amount              of all peptide given; the label stays
///   administration_1.at                  start, end and amino acids move together
///   administration_1.duration
///   administration_1.amino_acids.start   of all amino acids against the administration
///   administration_1.amino_acids.duration
/// Activity and amount are those that are given, after calibration and residual.
/// @param regimen  with its amino acids
/// @throws ModelError with every name that is none
NamedDirections named_directions(const std::vector<std::string>& names, const System& system,
                                 const Schedule& schedule, const Regimen& regimen);

/// A run with its derivatives.
struct DifferentiatedRun {
  Trajectory run;
  Sensitivities sensitivities;
  std::vector<NamedDirection> directions;
};

/// Compile, expand, integrate and differentiate.
DifferentiatedRun run_with_sensitivities(const Model& model, const Patient& patient,
                                         const Regimen& regimen, const Substances& substances,
                                         const std::vector<std::string>& names,
                                         const RunRequest& request = {});

/// Derivatives of the absorbed dose with the tables of the nuclides, shape (targets, cycles,
/// directions) [Gy per unit of the direction].
std::vector<double> dose_derivative_of(const Library& library, const Trajectory& run,
                                       const Sensitivities& sensitivities,
                                       const Substances& substances, const std::string& sex,
                                       DoseConvention convention, Tail tail);

/// Derivatives of what each cycle adds to dose and protraction, shape (targets, cycles,
/// directions).
/// @param run  with its curves
std::vector<Damage> damage_derivative_of(const Library& library, const Trajectory& run,
                                         const Sensitivities& sensitivities,
                                         const Substances& substances, const std::string& sex,
                                         DoseConvention convention, Tail tail,
                                         const Tissues& tissues);

}  // namespace lutetia

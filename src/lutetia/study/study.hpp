/// @file One run from its descriptions: model + patient + regimen → trajectory, with the data they
/// name.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lutetia/document/library.hpp"
#include "lutetia/dosimetry/absorbed_dose.hpp"
#include "lutetia/dosing/regimen.hpp"
#include "lutetia/model/reader.hpp"
#include "lutetia/simulate/simulate.hpp"
#include "lutetia/system/compile.hpp"

namespace lutetia {

/// Ligands and nuclides a regimen names, read from the library.
struct Substances {
  SystemStructure structure;
  std::vector<Ligand> ligands;  ///< order of structure.ligands, then of structure.free_forms
  /// Each once, in the order of structure.tracers; energies contain those of prompt daughters.
  std::vector<Nuclide> nuclides;
  std::vector<std::string>
      left_out;  ///< daughters not followed: "At-211 decays to Bi-207 (41.8 %)"
};

/// The regimen with its amino acids as administrations of their own; mixes are read from the
/// library.
/// @throws ModelError naming the administration that asks for an unknown or broken mix
Regimen with_amino_acids(const Library& library, Regimen regimen);
/// The same; what cannot be read is left out and becomes a problem.
Regimen with_amino_acids(const Library& library, Regimen regimen, Problems& problems);

/// @param regimen  with its amino acids
/// @throws ModelError for a broken file, or naming the administration that asks for an unknown
/// entry
Substances read_substances(const Library& library, const Regimen& regimen);

/// Compile a model for a patient, look at its numbers and expand the regimen; adds what is wrong.
void check_run(const Model& model, const Patient& patient, const Regimen& regimen,
               const Substances& substances, Problems& problems);

/// Output times and end of a run; what is absent is chosen (default_times, default_end).
struct RunRequest {
  std::optional<std::vector<double>> times;  ///< [h]
  std::optional<double> end;                 ///< [h]
  int times_per_cycle = 50;
  SimulationOptions options;
};

/// Everything a run needs before it is integrated.
struct PreparedRun {
  std::shared_ptr<const System> system;
  std::vector<RatePhase> phases;
  Schedule schedule;          ///< with voids and the stops of every phase
  std::vector<double> times;  ///< [h]
  double end;                 ///< [h]
};

/// Compile, expand and choose what a request leaves open.
PreparedRun prepare_run(const Model& model, const Patient& patient, const Regimen& regimen,
                        const Substances& substances, const RunRequest& request = {});

/// Compile, expand and integrate.
Trajectory run(const Model& model, const Patient& patient, const Regimen& regimen,
               const Substances& substances, const RunRequest& request = {});

/// Nuclides and their S values, in the order of time-integrated activities.
struct DoseData {
  std::vector<Nuclide> nuclides;
  std::vector<SValues> s_values;  ///< empty for local_electrons
};
DoseData dose_data(const Library& library, const std::vector<TimeIntegratedActivity>& tia,
                   const Substances& substances, DoseConvention convention);

/// Absorbed dose of a run with the tables of its nuclides.
DoseTable dose_of(const Library& library, const Trajectory& run, const Substances& substances,
                  const std::string& sex, DoseConvention convention, Tail tail);

}  // namespace lutetia

/// @file A case file: everything one run needs, by name or written out.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lutetia/study/fit_settings.hpp"
#include "lutetia/study/plan_settings.hpp"
#include "lutetia/study/study.hpp"

namespace lutetia {

/// Where the measurements of a case are: a file, or rows of texts by column.
struct CaseObservations {
  std::filesystem::path file;  ///< empty when rows are given
  Node rows;                   ///< a list of maps
};

struct Case {
  std::string name;
  std::string description;
  std::string hash;  ///< of everything read for it that can change its result
  Model model;
  std::vector<Patient> patients;  ///< one, or a cohort
  Regimen regimen;                ///< with its amino acids as administrations
  Regimen prescribed;             ///< as written: amino acids beside their administration
  Substances substances;
  RunRequest request;
  Tail tail = Tail::linear;
  DoseConvention convention = DoseConvention::s_values;
  std::optional<CaseObservations> observations;
  std::optional<FitSettings> fit;
  std::optional<PlanSettings> plan;
};

/// Read a case with all it names. Problems of all its files are reported together.
/// @throws ModelError, FileError
Case read_case(const Library& library, const std::string& name_or_path);

/// Read a case from its parsed file; paths in it are relative to the file.
Case read_case(const Library& library, const std::filesystem::path& file, const Node& node);

/// Read and check any file of the library's kinds, told apart by its first keys. A case is also
/// compiled for each of its patients; patients and regimens are tried in the library's model when
/// it has just one; the names and dimensions of a model are tried on a patient of ones. In a file
/// of the library every source must be listed.
/// @return every problem found, sorted; empty when the file is good
std::vector<Problem> validate(const Library& library, const std::filesystem::path& file);

}  // namespace lutetia

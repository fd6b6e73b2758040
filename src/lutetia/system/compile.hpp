/// @file Network → System: number the states, collect the terms, fix the elimination order.
#pragma once

#include "lutetia/system/system.hpp"

namespace lutetia {

/// Compile a model for a patient and for what a regimen needs.
/// @param ligands   descriptions of structure.ligands, then of structure.free_forms, same order
/// @param nuclides  descriptions of the nuclides of structure.tracers
/// @throws ModelError with every problem of model, patient and structure
System compile(const Model& model, const Patient& patient, const std::vector<Ligand>& ligands,
               const std::vector<Nuclide>& nuclides, const SystemStructure& structure);

}  // namespace lutetia

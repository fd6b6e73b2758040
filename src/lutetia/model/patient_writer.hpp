/// @file A patient as the document its reader takes.
#pragma once

#include "lutetia/document/node.hpp"
#include "lutetia/model/patient.hpp"

namespace lutetia {

/// However the patient was made, read_patient() gives the same one back but for places in files.
Node document_of(const Patient& patient);

/// The same of a cycle effect; see read_cycle_effects().
Node document_of(const CycleEffect& effect);

}  // namespace lutetia

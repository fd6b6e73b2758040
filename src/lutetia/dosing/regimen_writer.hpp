/// @file A regimen as the document its reader takes.
#pragma once

#include "lutetia/document/node.hpp"
#include "lutetia/dosing/regimen.hpp"

namespace lutetia {

/// However the regimen was made, read_regimen() gives the same one back but for places in files;
/// repeats stay expanded and clock times are delays.
/// @param regimen  amino acids beside their administration
Node document_of(const Regimen& regimen);

}  // namespace lutetia

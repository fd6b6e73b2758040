/// @file A regimen with one of its values replaced, for sweeps and plans.
#pragma once

#include <string>

#include "lutetia/document/node.hpp"
#include "lutetia/dosing/regimen.hpp"

namespace lutetia {

/// Replace a value of all administrations ("amount") or of one, counted by time from 1
/// ("administration_2.amount").
///
/// `amount` replaces a molar activity; `activity` is that at the start, replaces a calibrated one
/// and its residual, and of all administrations means the labeled ones; further names are
/// `duration`, `at` (of one administration), `molar_activity`, `nuclide` (of labeled ones), `route`,
/// `unlabeled_as`, `infusate_decays`, `amino_acids` (a mix, "none", or a map) and
/// `amino_acids.start`, `amino_acids.duration`.
/// @throws ModelError when the name or the value is wrong
Regimen with_value(Regimen regimen, const std::string& name, const Node& value);

}  // namespace lutetia

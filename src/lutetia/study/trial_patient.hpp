/// @file A patient to try models, regimens and unfinished files with.
#pragma once

#include <string>

#include "lutetia/document/node.hpp"
#include "lutetia/model/model.hpp"
#include "lutetia/model/patient.hpp"

namespace lutetia {

/// A patient of ones (or plausible values): gives all that is required, in the right dimension, and
/// a lesion of every type. He tells whether the names and dimensions of a model fit, nothing about
/// its numbers.
Patient patient_of_ones(const Model& model, const std::string& sex);

/// A patient whose file already has problems: what is written but could not be read becomes one, so
/// that the other names and units are looked at in the same pass.
Patient completed(Patient patient, const Model& model, const Node& written);

}  // namespace lutetia

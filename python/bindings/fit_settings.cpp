/// @file Settings of a fit as the arguments Python gives it.
#include <pybind11/stl.h>

#include "bindings.hpp"

namespace lutetia::python {
namespace {

py::list names_of(const std::vector<Place>& places) {
  py::list out;
  for (const Place& place : places) out.append(place.name);
  return out;
}

/// Arguments of Python's ErrorModel; what was not written is left out.
py::dict error_of(const ErrorSettings& error) {
  py::dict out;
  for (const auto& [name, kind] : error_kinds())
    if (kind == error.model.kind) out["kind"] = name;
  out["cv"] = error.model.b;
  out["sd"] = error.model.a;
  out["degrees"] = error.model.degrees;
  out["estimated"] = error.model.estimated;
  if (error.scale_spread) out["scale_spread"] = *error.scale_spread;
  return out;
}

}  // namespace

py::object fit_settings_of(const Case& read) {
  if (!read.fit) return py::none();
  const FitSettings& fit = *read.fit;
  py::dict out;
  if (fit.free) out["free"] = names_of(*fit.free);
  if (fit.shared) out["shared"] = names_of(*fit.shared);
  py::dict cv, cycle_effect, errors;
  for (const auto& [name, value] : fit.cv) cv[py::str(name)] = value.quantity.value;
  for (const CycleTerm& effect : fit.cycle_effect)
    cycle_effect[py::str(effect.parameter.name)] = effect.term;
  for (const auto& [group, error] : fit.errors) errors[py::str(group)] = error_of(error);
  if (!fit.cv.empty()) out["cv"] = cv;
  if (!fit.cycle_effect.empty()) out["cycle_effect"] = cycle_effect;
  if (!fit.between_cycles.empty()) out["between_cycles"] = names_of(fit.between_cycles);
  if (!fit.logit.empty()) out["logit"] = names_of(fit.logit);
  if (!fit.errors.empty()) out["errors"] = errors;
  if (fit.calibration) out["calibration"] = *fit.calibration;
  if (!fit.calibration_spreads.empty()) out["calibration"] = fit.calibration_spreads;
  if (fit.starts) out["starts"] = *fit.starts;
  if (fit.seed) out["seed"] = *fit.seed;
  if (fit.rtol) out["rtol"] = *fit.rtol;
  return out;
}

}  // namespace lutetia::python

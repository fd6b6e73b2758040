#include "lutetia/model/fit_assumptions.hpp"

#include <vector>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

/// Positive numbers under exactly these keys.
std::map<std::string, SourcedQuantity> read_numbers(Fields& file, const std::string& key,
                                                    const std::vector<std::string>& names,
                                                    Problems& problems) {
  std::map<std::string, SourcedQuantity> out;
  const Node* node = file.require(key, names.front() + ": 10 %");
  if (!node) return out;
  Fields fields(*node, key, problems);
  for (const std::string& name : names) {
    const Node* number = fields.require(name, "10 %");
    if (!number) continue;
    const auto read = read_sourced(*number, name, dimension::none, problems);
    if (read && check_sign(*number, *read, name, false, problems)) out[name] = *read;
  }
  fields.finish();
  return out;
}

}  // namespace

FitAssumptions read_fit_assumptions(const Node& node, Problems& problems) {
  FitAssumptions out;
  Fields fields(node, "a file of fit assumptions", problems);
  if (!fields.valid()) return out;
  fields.schema_version();
  out.name = fields.required_text("fit_assumptions", "default");
  (void)fields.text_or("description", "");
  out.relative_error =
      read_numbers(fields, "relative_error",
                   {"SPECT_organ", "SPECT_tumor", "SPECT_small_tumor", "planar", "PET_organ",
                    "PET_tumor", "PET_small_tumor", "blood", "whole_body"},
                   problems);
  out.calibration_error = read_numbers(fields, "calibration_error", {"organ", "tumor"}, problems);
  out.spread = read_numbers(
      fields, "spread",
      {"between_lesions", "between_cycles_organ", "between_cycles_tumor", "cycle_effect"},
      problems);
  if (const Node* volume = fields.require("small_tumor_volume", "10 mL"))
    if (const auto read = read_sourced(*volume, "small_tumor_volume", dimension::volume, problems);
        read && check_sign(*volume, *read, "small_tumor_volume", false, problems))
      out.small_tumor_volume = *read;
  fields.finish();
  return out;
}

}  // namespace lutetia

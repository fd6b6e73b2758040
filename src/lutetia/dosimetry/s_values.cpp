#include "lutetia/dosimetry/s_values.hpp"

#include <algorithm>
#include <cmath>

#include "lutetia/core/text.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

using constants::dose_per_energy;

/// Radius times density of a sphere [kg/dm²]: what the fits call R in g/cm².
double radius_density(double mass, const SphereParameters& p) {
  const double radius = std::cbrt(3.0 * mass / (4.0 * constants::pi * p.density));  // dm
  return radius * p.density;
}

/// Formula for an organ without a table: a sphere, or two equal ones sharing the activity.
double organ_formula(const Nuclide& nuclide, const TargetRegion& target, const SphereParameters& p) {
  const auto marrow = p.marrow_fraction.find(nuclide.name);
  if (target.name == "red_marrow" && marrow != p.marrow_fraction.end())
    return dose_per_energy * nuclide.electron_energy * marrow->second / target.mass;
  const bool paired = std::find(p.paired_organs.begin(), p.paired_organs.end(), target.name) != p.paired_organs.end();
  const double part = paired ? 0.5 * target.mass : target.mass;
  return sphere_s_value(nuclide, part, p) * part / target.mass;
}

/// S_e ∝ 1/m, S_γ ∝ m^(−2/3): the electron part of a table value is the sphere formula at the reference mass.
double scaled_self(const Nuclide& nuclide, const TargetRegion& target, double tabulated, double reference_mass,
                   const SphereParameters& p) {
  const bool paired = std::find(p.paired_organs.begin(), p.paired_organs.end(), target.name) != p.paired_organs.end();
  const double part = paired ? 0.5 * reference_mass : reference_mass;
  const double electrons = std::min(
      tabulated, dose_per_energy * nuclide.electron_energy * electron_fraction(nuclide, part, p) / reference_mass);
  const double ratio = reference_mass / target.mass;
  return electrons * ratio + (tabulated - electrons) * std::pow(ratio, 2.0 / 3.0);
}

PhantomSValues read_phantom(const Node& node, Problems& problems) {
  PhantomSValues out;
  Fields fields(node, "a phantom", problems);
  if (const Node* masses = fields.require("masses", "{kidney: 310 g}"))
    for (const auto& [organ, value] : masses->entries)
      if (const auto mass = read_sourced(value, organ, dimension::mass, problems)) out.masses[organ] = mass->quantity.value;
  if (const Node* values = fields.require("values"))
    for (const Node& item : values->items) {
      Fields entry(item, "an S value", problems);
      const std::string target = entry.required_text("target", "kidney");
      const std::string source = entry.required_text("source_region", "liver");
      if (!entry.has("value")) entry.problem("an S value has no 'value'");
      const auto value = entry.number("value", dimension::s_value);
      (void)entry.provenance();
      entry.finish();
      if (!value) continue;
      if (!out.s_values.emplace(std::pair(target, source), *value).second)
        entry.problem(text("S value ", target, " <- ", source, " is given twice"));
      if (!out.masses.count(target)) entry.problem(text("target ", quote(target), " has no reference mass"));
    }
  fields.finish();
  return out;
}

SphereParameters read_general(const Node& node, Problems& problems) {
  SphereParameters out{};
  Fields fields(node, "general S-value parameters", problems);
  (void)fields.require("lutetia");
  (void)fields.required_text("s_values", "general");
  (void)fields.text_or("description", "");
  out.density = fields.number("sphere_density", dimension::density).value_or(1.0);
  out.photon_path_fraction = fields.number("photon_path_fraction", dimension::none).value_or(0.0);
  out.smallest_mass = fields.number("smallest_sphere", dimension::mass).value_or(0.0);
  if (const Node* marrow = fields.find("red_marrow_absorbed_fraction"))
    for (const auto& [nuclide, value] : marrow->entries)
      if (const auto phi = read_sourced(value, nuclide, dimension::none, problems)) out.marrow_fraction[nuclide] = phi->quantity.value;
  out.paired_organs = fields.words("paired_organs");
  fields.finish();
  return out;
}

}  // namespace

std::string to_string(SValueKind kind) {
  switch (kind) {
    case SValueKind::tabulated: return "tabulated";
    case SValueKind::sphere: return "sphere";
    case SValueKind::formula: return "formula";
    case SValueKind::none: return "none";
  }
  return "none";
}

double electron_fraction(const Nuclide& nuclide, double mass, const SphereParameters& p) {
  if (!nuclide.sphere_fit)
    throw DataError(text("nuclide ", quote(nuclide.name), " has no sphere_fit, so no S value can be computed; give one in its file or use the local_electrons convention"));
  if (mass < p.smallest_mass)
    throw DataError(text("a sphere of ", to_string(Quantity{mass, dimension::mass}), " is below the range of the electron fit, ",
                         to_string(Quantity{p.smallest_mass, dimension::mass})));
  return 1.0 / (1.0 + std::pow(nuclide.sphere_fit->radius * p.density / radius_density(mass, p), nuclide.sphere_fit->exponent));
}

double photon_fraction(const Nuclide& nuclide, double mass, const SphereParameters& p) {
  if (!nuclide.photon_absorption) return 0.0;
  return -std::expm1(-p.photon_path_fraction * *nuclide.photon_absorption * radius_density(mass, p));
}

double sphere_s_value(const Nuclide& nuclide, double mass, const SphereParameters& p) {
  const double energy = nuclide.alpha_energy + nuclide.electron_energy * electron_fraction(nuclide, mass, p) +
                        nuclide.photon_energy * photon_fraction(nuclide, mass, p);
  return dose_per_energy * energy / mass;
}

double local_electron_s_value(const Nuclide& nuclide, double mass) {
  return dose_per_energy * nuclide.local_electron_energy.value_or(nuclide.electron_energy) / mass;
}

SValue s_value(const SValues& table, const Nuclide& nuclide, const std::string& sex, const TargetRegion& target,
               const std::string& source) {
  const bool self = source == target.name;
  if (target.lesion) return self ? SValue{sphere_s_value(nuclide, target.mass, table.spheres), SValueKind::sphere} : SValue{};
  if (const auto phantom = table.phantoms.find(sex); phantom != table.phantoms.end()) {
    const auto found = phantom->second.s_values.find({target.name, source});
    if (found != phantom->second.s_values.end()) {
      const double value = self ? scaled_self(nuclide, target, found->second, phantom->second.masses.at(target.name), table.spheres)
                                : found->second;
      return {value, SValueKind::tabulated};
    }
  }
  return self ? SValue{organ_formula(nuclide, target, table.spheres), SValueKind::formula} : SValue{};
}

SValues read_s_values(const Library& library, const std::string& nuclide) {
  Problems problems;
  SValues out{"formulas", {}, read_general(library.read("s_values", "general"), problems)};
  for (const std::string& name : library.names("s_values")) {
    if (name == "general") continue;
    const Node node = library.read("s_values", name);
    Fields fields(node, "an S-value table", problems);
    (void)fields.require("lutetia");
    const std::string title = fields.required_text("s_values", "opendose_lu177");
    (void)fields.text_or("description", "");
    (void)fields.provenance();
    const bool wanted = fields.required_text("nuclide", "Lu-177") == nuclide;
    const Node* phantoms = fields.require("phantoms");
    fields.finish();
    if (!wanted || !phantoms) continue;
    out.name = title;
    for (const auto& [sex, phantom] : phantoms->entries) out.phantoms[sex] = read_phantom(phantom, problems);
  }
  problems.throw_if_any();
  return out;
}

}  // namespace lutetia

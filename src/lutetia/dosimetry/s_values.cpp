#include "lutetia/dosimetry/s_values.hpp"

#include <ceres/jet.h>

#include <algorithm>
#include <cmath>

#include "lutetia/core/text.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

using constants::dose_per_energy;

/// A mass and what follows from it, differentiated by the mass.
using Dual = ceres::Jet<double, 1>;

double value_of(double mass) { return mass; }
double value_of(const Dual& mass) { return mass.a; }

/// Radius times density of a sphere [kg/dm²]: what the fits call R in g/cm².
template <class T>
T radius_density(const T& mass, const SphereParameters& p) {
  using std::cbrt;
  return cbrt(3.0 * mass / (4.0 * constants::pi * p.density)) * p.density;  // radius in dm
}

template <class T>
T electron_fraction_of(const Nuclide& nuclide, const T& mass, const SphereParameters& p) {
  using std::pow;
  if (!nuclide.sphere_fit)
    throw DataError(text("nuclide ", quote(nuclide.name),
                         " has no sphere_fit, so no S value can be computed; give one in its file "
                         "or use the local_electrons convention"));
  if (const double kilograms = value_of(mass); kilograms < p.smallest_mass)
    throw DataError(text("a sphere of ", to_string(Quantity{kilograms, dimension::mass}),
                         " is below the range of the electron fit, ",
                         to_string(Quantity{p.smallest_mass, dimension::mass})));
  return 1.0 / (1.0 + pow(nuclide.sphere_fit->radius * p.density / radius_density(mass, p),
                          nuclide.sphere_fit->exponent));
}

template <class T>
T photon_fraction_of(const Nuclide& nuclide, const T& mass, const SphereParameters& p) {
  using std::expm1;
  if (!nuclide.photon_absorption) return T(0.0);
  return -expm1(-p.photon_path_fraction * *nuclide.photon_absorption * radius_density(mass, p));
}

template <class T>
ByEmission<T> sphere_of(const Nuclide& nuclide, const T& mass, const SphereParameters& p) {
  const T per_energy = dose_per_energy / mass;
  return {nuclide.alpha_energy * per_energy,
          nuclide.electron_energy * electron_fraction_of(nuclide, mass, p) * per_energy,
          nuclide.photon_energy * photon_fraction_of(nuclide, mass, p) * per_energy};
}

bool is_paired(const std::string& organ, const SphereParameters& p) {
  return std::find(p.paired_organs.begin(), p.paired_organs.end(), organ) != p.paired_organs.end();
}

/// Formula for an organ without a table: a sphere, or two equal ones sharing the activity.
template <class T>
ByEmission<T> organ_formula(const Nuclide& nuclide, const std::string& organ, const T& mass,
                            const SphereParameters& p) {
  const auto marrow = p.marrow_fraction.find(nuclide.name);
  if (organ == "red_marrow" && marrow != p.marrow_fraction.end())
    return {dose_per_energy * nuclide.alpha_energy / mass,
            dose_per_energy * nuclide.electron_energy * marrow->second / mass, T(0.0)};
  if (!is_paired(organ, p)) return sphere_of(nuclide, mass, p);
  const ByEmission<T> one = sphere_of(nuclide, T(0.5 * mass), p);  // each with half the activity
  return {0.5 * one.alpha, 0.5 * one.electron, 0.5 * one.photon};
}

/// A table gives the sum. Its alpha part is all energy of alpha particles, its electron part the
/// sphere formula, both at the reference mass; the rest are photons. With mass the first two go as
/// m⁻¹, photons as m^(−2/3).
template <class T>
ByEmission<T> scaled_self(const Nuclide& nuclide, const std::string& organ, const T& mass,
                          double tabulated, double reference_mass, const SphereParameters& p) {
  using std::pow;
  const double part = is_paired(organ, p) ? 0.5 * reference_mass : reference_mass;
  const double alpha = std::min(tabulated, dose_per_energy * nuclide.alpha_energy / reference_mass);
  const double electron =
      std::min(tabulated - alpha, dose_per_energy * nuclide.electron_energy *
                                      electron_fraction_of(nuclide, part, p) / reference_mass);
  const T ratio = reference_mass / mass;
  return {alpha * ratio, electron * ratio, (tabulated - alpha - electron) * pow(ratio, 2.0 / 3.0)};
}

SValue sum_of(const ByEmission<double>& parts, const ByEmission<double>& slopes, SValueKind kind) {
  return {parts.sum(), slopes.sum(), kind, parts, slopes};
}

/// The same formula for a number and for its derivative by the mass. The number is not taken from
/// the dual one: that divides by multiplying, which rounds otherwise.
template <class Formula>
SValue differentiated(double mass, SValueKind kind, const Formula& formula) {
  const ByEmission<Dual> dual = formula(Dual(mass, 0));
  return sum_of(formula(mass), {dual.alpha.v[0], dual.electron.v[0], dual.photon.v[0]}, kind);
}

/// A map from name to number, each positive.
std::map<std::string, double> read_numbers(const Node& node, const std::string& what,
                                           const Dimension& dimension, Problems& problems) {
  std::map<std::string, double> out;
  if (!node.is_map())
    problems.add({.what = text(quote(what), " must be a map from name to number"),
                  .where = node.where,
                  .found = node.described()});
  for (const auto& [name, value] : node.entries)
    if (const auto read = read_sourced(value, name, dimension, problems);
        read && check_sign(value, *read, name, false, problems))
      out[name] = read->quantity.value;
  return out;
}

void read_value(const Node& item, PhantomSValues& phantom, Problems& problems) {
  Fields entry(item, "an S value", problems);
  const std::string target = entry.required_text("target", "kidney");
  const std::string source = entry.required_text("source_region", "liver");
  const Node* given = entry.require("value", "7.7e-5 mGy/(MBq*s)");
  const auto value =
      given ? read_sourced(*given, "value", dimension::s_value, problems) : std::nullopt;
  (void)entry.provenance();
  entry.finish();
  if (!target.empty() && !phantom.masses.count(target)) {
    std::vector<std::string> known;
    for (const auto& [name, mass] : phantom.masses) known.push_back(name);
    entry.problem_at("target", text("target ", quote(target), " has no reference mass"),
                     suggestion(target, known));
  }
  if (!value || !check_sign(*given, *value, "value", true, problems)) return;
  if (!phantom.s_values.emplace(std::pair(target, source), value->quantity.value).second)
    entry.problem(text("S value ", target, " <- ", source, " is given twice"),
                  "remove one of them");
}

PhantomSValues read_phantom(const Node& node, Problems& problems) {
  PhantomSValues out;
  Fields fields(node, "a phantom", problems);
  if (const Node* masses = fields.require("masses", "{kidney: 310 g}"))
    out.masses = read_numbers(*masses, "masses", dimension::mass, problems);
  if (const Node* values = fields.require(
          "values", "[{target: kidney, source_region: kidney, value: 7.7e-5 mGy/(MBq*s)}]"))
    if (const auto* items = read_list(*values, "values", problems))
      for (const Node& item : *items) read_value(item, out, problems);
  fields.finish();
  return out;
}

SphereParameters read_general(const Node& node, Problems& problems) {
  SphereParameters out{};
  Fields fields(node, "general S-value parameters", problems);
  if (!fields.valid()) return out;
  require_schema_version(node, problems);
  fields.schema_version();
  (void)fields.required_text("s_values", "general");
  (void)fields.text_or("description", "");
  auto positive = [&](const char* key, const Dimension& dimension, const char* example) {
    const Node* given = fields.require(key, example);
    const auto read = given ? read_sourced(*given, key, dimension, problems) : std::nullopt;
    if (!read || !check_sign(*given, *read, key, false, problems)) return 0.0;
    out.values.emplace_back(text("s_values.", key), *read);
    return read->quantity.value;
  };
  out.density = positive("sphere_density", dimension::density, "1 g/mL");
  out.photon_path_fraction = positive("photon_path_fraction", dimension::none, "0.75");
  out.smallest_mass = positive("smallest_sphere", dimension::mass, "1 mg");
  if (const Node* marrow = fields.find("red_marrow_absorbed_fraction"))
    for (const auto& [nuclide, given] : marrow->entries)
      if (const auto read = read_sourced(given, nuclide, dimension::none, problems);
          read && check_sign(given, *read, nuclide, false, problems)) {
        out.marrow_fraction[nuclide] = read->quantity.value;
        out.values.emplace_back(text("s_values.red_marrow_absorbed_fraction.", nuclide), *read);
      }
  out.paired_organs = fields.words("paired_organs");
  fields.finish();
  return out;
}

/// Name, nuclide and phantoms of a table; the phantoms are read when `wanted` says so of the
/// nuclide.
template <class Wanted>
void read_table(const Node& node, SValues& out, Problems& problems, const Wanted& wanted) {
  Fields fields(node, "an S-value table", problems);
  if (!fields.valid()) return;
  require_schema_version(node, problems);
  fields.schema_version();
  const std::string title = fields.required_text("s_values", "opendose_lu177");
  (void)fields.text_or("description", "");
  (void)fields.provenance();
  const std::string nuclide = fields.required_text("nuclide", "Lu-177");
  const Node* phantoms = fields.require("phantoms", "{male: {masses: …, values: …}}");
  fields.finish();
  if (!phantoms || !wanted(nuclide)) return;
  out.name = title;
  if (!phantoms->is_map())
    problems.add({.what = "'phantoms' must be a map",
                  .where = phantoms->where,
                  .found = phantoms->described(),
                  .expected = "male and female"});
  for (const auto& [sex, phantom] : phantoms->entries) {
    if (sex != "male" && sex != "female")
      problems.add({.what = "unknown phantom",
                    .where = phantom.key_place(),
                    .found = quote(sex),
                    .expected = "male or female"});
    out.phantoms[sex] = read_phantom(phantom, problems);
  }
}

}  // namespace

std::string to_string(SValueKind kind) {
  switch (kind) {
    case SValueKind::tabulated:
      return "tabulated";
    case SValueKind::sphere:
      return "sphere";
    case SValueKind::formula:
      return "formula";
    case SValueKind::none:
      return "none";
  }
  return "none";
}

double electron_fraction(const Nuclide& nuclide, double mass, const SphereParameters& p) {
  return electron_fraction_of(nuclide, mass, p);
}

double photon_fraction(const Nuclide& nuclide, double mass, const SphereParameters& p) {
  return photon_fraction_of(nuclide, mass, p);
}

double sphere_s_value(const Nuclide& nuclide, double mass, const SphereParameters& p) {
  return sphere_of(nuclide, mass, p).sum();
}

SValue local_electron_s_value(const Nuclide& nuclide, double mass) {
  const double electrons = nuclide.local_electron_energy.value_or(nuclide.electron_energy);
  const ByEmission<double> parts{dose_per_energy * nuclide.alpha_energy / mass,
                                 dose_per_energy * electrons / mass, 0.0};
  return sum_of(parts, {-parts.alpha / mass, -parts.electron / mass, 0.0}, SValueKind::formula);
}

SValue s_value(const SValues& table, const Nuclide& nuclide, const std::string& sex,
               const TargetRegion& target, const std::string& source) {
  const bool self = source == target.name;
  const SphereParameters& p = table.spheres;
  if (target.lesion && !self) return {};
  if (target.lesion)
    return differentiated(target.mass, SValueKind::sphere,
                          [&](const auto& mass) { return sphere_of(nuclide, mass, p); });
  if (const auto phantom = table.phantoms.find(sex); phantom != table.phantoms.end()) {
    const auto found = phantom->second.s_values.find({target.name, source});
    if (found != phantom->second.s_values.end() && !self)
      return sum_of({0.0, 0.0, found->second}, {}, SValueKind::tabulated);
    if (found != phantom->second.s_values.end())
      return differentiated(target.mass, SValueKind::tabulated, [&](const auto& mass) {
        return scaled_self(nuclide, target.name, mass, found->second,
                           phantom->second.masses.at(target.name), p);
      });
  }
  if (!self) return {};
  return differentiated(target.mass, SValueKind::formula, [&](const auto& mass) {
    return organ_formula(nuclide, target.name, mass, p);
  });
}

SValues read_s_values(const Node& node, Problems& problems) {
  SValues out{"formulas", {}, {}};
  const Node* name = node.find("s_values");
  if (name && name->scalar == "general")
    out.spheres = read_general(node, problems);
  else
    read_table(node, out, problems, [](const std::string&) { return true; });
  return out;
}

SValues read_s_values(const Library& library, const std::string& nuclide) {
  Problems problems;
  SValues out{"formulas", {}, read_general(library.read("s_values", "general"), problems)};
  for (const std::string& name : library.names("s_values"))
    if (name != "general")
      read_table(library.read("s_values", name), out, problems,
                 [&](const std::string& of) { return of == nuclide; });
  problems.throw_if_any();
  return out;
}

}  // namespace lutetia

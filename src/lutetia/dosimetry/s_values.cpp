#include "lutetia/dosimetry/s_values.hpp"

#include <algorithm>
#include <cmath>

#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

using constants::dose_per_energy;

SValue sum_of(const ByEmission<double>& parts, const ByEmission<double>& slopes, SValueKind kind) {
  return {parts.sum(), slopes.sum(), kind, parts, slopes};
}

SValue photons(double value, SValueKind kind) { return sum_of({0.0, 0.0, value}, {}, kind); }

bool is_paired(const std::string& organ, const SphereParameters& p) {
  return std::find(p.paired_organs.begin(), p.paired_organs.end(), organ) != p.paired_organs.end();
}

SValue sphere(const Nuclide& nuclide, double mass, const SphereParameters& p) {
  const auto [parts, slopes] = sphere_parts(nuclide, mass, p);
  return sum_of(parts, slopes, SValueKind::sphere);
}

/// Two equal spheres, each with half the activity: half the value of one of them.
SValue pair_of_spheres(const Nuclide& nuclide, double mass, const SphereParameters& p) {
  const auto [one, slope] = sphere_parts(nuclide, 0.5 * mass, p);
  return sum_of({0.5 * one.alpha, 0.5 * one.electron, 0.5 * one.photon},
                {0.25 * slope.alpha, 0.25 * slope.electron, 0.25 * slope.photon},
                SValueKind::formula);
}

/// Formula for an organ without a table.
SValue organ_formula(const Nuclide& nuclide, const std::string& organ, double mass,
                     const SphereParameters& p) {
  const auto marrow = p.marrow_fraction.find(nuclide.name);
  if (organ == "red_marrow" && marrow != p.marrow_fraction.end()) {
    const double alpha = dose_per_energy * nuclide.alpha_energy / mass,
                 electron = dose_per_energy * nuclide.electron_energy * marrow->second / mass;
    return sum_of({alpha, electron, 0.0}, {-alpha / mass, -electron / mass, 0.0},
                  SValueKind::formula);
  }
  if (is_paired(organ, p)) return pair_of_spheres(nuclide, mass, p);
  SValue out = sphere(nuclide, mass, p);
  out.kind = SValueKind::formula;
  return out;
}

/// A table gives the sum. Its alpha part is all energy of alpha particles, its electron part the
/// sphere formula, both at the reference mass; the rest are photons. With mass the first two go as
/// m⁻¹, photons as m^(−2/3).
SValue scaled_self(const Nuclide& nuclide, const std::string& organ, double mass, double tabulated,
                   double reference_mass, const SphereParameters& p) {
  const double part = is_paired(organ, p) ? 0.5 * reference_mass : reference_mass;
  const double alpha = std::min(tabulated, dose_per_energy * nuclide.alpha_energy / reference_mass);
  const double electron =
      std::min(tabulated - alpha, dose_per_energy * nuclide.electron_energy *
                                      electron_fraction(nuclide, part, p) / reference_mass);
  const double ratio = reference_mass / mass;
  const ByEmission<double> parts{alpha * ratio, electron * ratio,
                                 (tabulated - alpha - electron) * std::pow(ratio, 2.0 / 3.0)};
  return sum_of(parts,
                {-parts.alpha / mass, -parts.electron / mass, -2.0 / 3.0 * parts.photon / mass},
                SValueKind::tabulated);
}

/// At the surface of the contents: half of all electrons, and the photons of a sphere, weakly
/// absorbed, two thirds of their mean in it. Alpha particles do not reach the living cells.
SValue wall_value(const Nuclide& nuclide, const Wall& wall, const SValues& table) {
  const double electron = dose_per_energy * nuclide.electron_energy / wall.contents_mass;
  const double photon = dose_per_energy * nuclide.photon_energy *
                        photon_fraction(nuclide, wall.contents_mass, table.spheres) /
                        wall.contents_mass;
  return sum_of(
      {0.0, table.body.surface_electron_share * electron, table.body.surface_photon_share * photon},
      {}, SValueKind::wall);
}

/// Value of a table or nothing.
const double* tabulated(const SValues& table, const std::string& sex, const std::string& target,
                        const std::string& source) {
  const auto phantom = table.phantoms.find(sex);
  if (phantom == table.phantoms.end()) return nullptr;
  const auto found = phantom->second.s_values.find({target, source});
  return found == phantom->second.s_values.end() ? nullptr : &found->second;
}

/// Remainder of a phantom from its whole body and its other sources; none is ever negative.
double remainder_of_table(const PhantomSValues& phantom, const std::string& target,
                          double whole_body) {
  double mass = phantom.masses.at(whole_body_region), sum = whole_body * mass;
  for (const auto& [pair, value] : phantom.s_values) {
    const auto source = phantom.masses.find(pair.second);
    if (pair.first != target || pair.second == whole_body_region || source == phantom.masses.end())
      continue;
    sum -= value * source->second;
    mass -= source->second;
  }
  return mass > 0.0 ? std::max(0.0, sum / mass) : 0.0;
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
    case SValueKind::wall:
      return "wall";
    case SValueKind::remainder:
      return "remainder";
    case SValueKind::none:
      return "none";
  }
  return "none";
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
  if (target.lesion) return self ? sphere(nuclide, target.mass, table.spheres) : SValue{};
  if (const double* const value = tabulated(table, sex, target.name, source))
    return self ? scaled_self(nuclide, target.name, target.mass, *value,
                              table.phantoms.at(sex).masses.at(target.name), table.spheres)
                : photons(*value, SValueKind::tabulated);
  if (self) return organ_formula(nuclide, target.name, target.mass, table.spheres);
  for (const Wall& wall : table.body.walls)
    if (wall.wall == target.name && wall.contents == source)
      return wall_value(nuclide, wall, table);
  return {};
}

SValue remainder_s_value(const SValues& table, const Nuclide& nuclide, const std::string& sex,
                         const TargetRegion& target) {
  const double* const whole_body =
      target.lesion ? nullptr : tabulated(table, sex, target.name, whole_body_region);
  if (whole_body && table.phantoms.at(sex).masses.count(whole_body_region))
    return photons(remainder_of_table(table.phantoms.at(sex), target.name, *whole_body),
                   SValueKind::remainder);
  const auto mass = table.body.masses.find(sex);
  if (mass == table.body.masses.end() || nuclide.photon_energy == 0.0) return {};
  return photons(
      dose_per_energy * nuclide.photon_energy * table.body.photon_fraction / mass->second,
      SValueKind::remainder);
}

std::vector<SValue> cross_factors(const SValues& table, const Nuclide& nuclide,
                                  const std::string& sex, const TargetRegion& target,
                                  const std::vector<std::string>& sources) {
  const bool whole_body =
      std::find(sources.begin(), sources.end(), whole_body_region) != sources.end();
  const SValue remainder = whole_body ? remainder_s_value(table, nuclide, sex, target) : SValue{};
  std::vector<SValue> out;
  for (const std::string& source : sources) {
    if (source == whole_body_region) {
      out.push_back(remainder);
      continue;
    }
    SValue value = source == target.name ? SValue{} : s_value(table, nuclide, sex, target, source);
    if (source == target.name || value.kind != SValueKind::none) {
      value.value -= remainder.value;
      value.parts.photon -= remainder.parts.photon;
    }
    out.push_back(value);
  }
  return out;
}

}  // namespace lutetia

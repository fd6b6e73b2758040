/// @file Absorbed fractions of spheres and their self S values, from micrometers to liters.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lutetia/nuclide/nuclide.hpp"

namespace lutetia {

/// A quantity by what carries its energy: they differ in range and in biological effect.
template <class T>
struct ByEmission {
  T alpha{};
  T electron{};  ///< β particles, conversion and Auger electrons
  T photon{};

  T sum() const { return alpha + electron + photon; }
};

/// A water sphere too small for the electron fit.
struct SmallSphere {
  double mass;               ///< [kg]
  double electron_fraction;  ///< absorbed in it [1]
};

/// Parameters of the formulas that replace missing tables (models/s_values/general.yaml).
struct SphereParameters {
  double density;               ///< [kg/L]
  double photon_path_fraction;  ///< mean photon path in a sphere over its radius [1]
  double smallest_mass;         ///< lower limit of the electron fit [kg]
  double micro_mass;            ///< below it small_spheres stand without the fit [kg]
  std::map<std::string, std::vector<SmallSphere>>
      small_spheres;             ///< per nuclide, at least two, ascending in mass
  double alpha_escape;           ///< of φ_α = 1/(1 + alpha_escape·exp(−alpha_slope·R)) [1]
  double alpha_slope;            ///< [1/dm]
  double smallest_alpha_radius;  ///< lower limit of that formula [dm]
  std::map<std::string, double>
      marrow_fraction;  ///< electron fraction red marrow ← red marrow, per nuclide
  std::vector<std::string> paired_organs;  ///< made of two equal parts
  std::vector<std::pair<std::string, SourcedQuantity>>
      values;  ///< every number as read, for provenance
};

/// Electron absorbed fraction of a sphere: the fit φ = 1/(1 + (R₀/ρR)^s) from smallest_mass
/// upwards, the small spheres of the nuclide up to micro_mass, in between both, mixed smoothly in
/// ln m.
/// @param mass [kg]
/// @throws DataError when the nuclide has no fit or the sphere is smaller than what is known
double electron_fraction(const Nuclide& nuclide, double mass, const SphereParameters& parameters);

/// Photon absorbed fraction of a sphere, φ ≈ 1 − exp(−path·(μ_en/ρ)·ρR); 0 when the nuclide has no
/// μ_en/ρ.
double photon_fraction(const Nuclide& nuclide, double mass, const SphereParameters& parameters);

/// Absorbed fraction of alpha particles in a sphere; 1 within 1e-6 above a fifth of a millimeter.
/// @throws DataError below the range of the formula
double alpha_fraction(double mass, const SphereParameters& parameters);

/// Self value of a sphere, κ(E_α φ_α + E_e φ_e + E_γ φ_γ)/m [Gy/(MBq·h)]. @param mass [kg]
double sphere_s_value(const Nuclide& nuclide, double mass, const SphereParameters& parameters);

/// Its parts [Gy/(MBq·h)] and their derivatives by the mass [Gy/(MBq·h)/kg].
std::pair<ByEmission<double>, ByEmission<double>> sphere_parts(const Nuclide& nuclide, double mass,
                                                               const SphereParameters& parameters);

}  // namespace lutetia

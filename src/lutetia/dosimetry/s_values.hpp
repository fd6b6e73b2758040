/// @file Absorbed dose per time-integrated activity: tabulated organs, spheres for lesions,
/// formulas for the rest.
///
/// D(r_T) = Σ_S Ã(r_S)·S(r_T ← r_S)   (Bolch 2009, MIRD 21, doi:10.2967/jnumed.108.056036)
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lutetia/document/library.hpp"
#include "lutetia/nuclide/nuclide.hpp"

namespace lutetia {

/// Parameters of the formulas that replace missing tables (models/s_values/general.yaml).
struct SphereParameters {
  double density;               ///< [kg/L]
  double photon_path_fraction;  ///< mean photon path in a sphere over its radius [1]
  double smallest_mass;         ///< lower limit of the electron fit [kg]
  std::map<std::string, double>
      marrow_fraction;  ///< electron fraction red marrow ← red marrow, per nuclide
  std::vector<std::string> paired_organs;  ///< made of two equal parts
  std::vector<std::pair<std::string, SourcedQuantity>>
      values;  ///< every number as read, for provenance
};

/// S values of one reference phantom.
struct PhantomSValues {
  std::map<std::string, double> masses;  ///< [kg]
  std::map<std::pair<std::string, std::string>, double>
      s_values;  ///< (target, source) [Gy/(MBq·h)]
};

/// Everything needed to turn time-integrated activity of one nuclide into absorbed dose.
struct SValues {
  std::string name;  ///< of the table, or "formulas" when the nuclide has none
  std::map<std::string, PhantomSValues> phantoms;  ///< "male", "female"
  SphereParameters spheres;
};

/// A region as the S values see it.
struct TargetRegion {
  std::string name;
  double mass;  ///< [kg]
  bool lesion;
  std::vector<double> cycle_masses = {};  ///< per cycle when the mass changes, else empty [kg]

  TargetRegion in_cycle(std::size_t cycle) const {
    return {name, cycle < cycle_masses.size() ? cycle_masses[cycle] : mass, lesion, {}};
  }
};

/// Where a value comes from.
enum class SValueKind { tabulated, sphere, formula, none };
std::string to_string(SValueKind kind);

/// A quantity by what carries its energy: they differ in range and in biological effect.
template <class T>
struct ByEmission {
  T alpha{};
  T electron{};  ///< β particles, conversion and Auger electrons
  T photon{};

  T sum() const { return alpha + electron + photon; }
};

struct SValue {
  double value = 0.0;  ///< the sum of its parts [Gy/(MBq·h)]
  double slope = 0.0;  ///< ∂value/∂(mass of the target) [Gy/(MBq·h)/kg]
  SValueKind kind = SValueKind::none;
  ByEmission<double> parts = {};   ///< [Gy/(MBq·h)]
  ByEmission<double> slopes = {};  ///< of the parts [Gy/(MBq·h)/kg]
};

/// Electron absorbed fraction of a sphere, φ = 1/(1 + (R₀/ρR)^s).
/// @throws DataError when the nuclide has no fit or the sphere is below its range
double electron_fraction(const Nuclide& nuclide, double mass, const SphereParameters& parameters);

/// Photon absorbed fraction of a sphere, φ ≈ 1 − exp(−path·(μ_en/ρ)·ρR); 0 when the nuclide has no
/// μ_en/ρ.
double photon_fraction(const Nuclide& nuclide, double mass, const SphereParameters& parameters);

/// Self value of a sphere, κ(E_α + E_e φ_e + E_γ φ_γ)/m [Gy/(MBq·h)]. @param mass [kg]
double sphere_s_value(const Nuclide& nuclide, double mass, const SphereParameters& parameters);

/// Self value with all electron and alpha energy absorbed where it is born, no photons: κE/m, with
/// the local electron energy of the nuclide if it has one, else its electron energy.
/// @param mass [kg]
SValue local_electron_s_value(const Nuclide& nuclide, double mass);

/// S(target ← source). Self values of tabulated organs scale with mass, alpha particles and
/// electrons as m⁻¹, photons as m^(−2/3); cross values do not scale; lesions and other organs use
/// spheres, red marrow its own electron fraction.
SValue s_value(const SValues& table, const Nuclide& nuclide, const std::string& sex,
               const TargetRegion& target, const std::string& source);

/// Read one file: a table, or the general parameters. Problems are collected, the result is then
/// incomplete.
SValues read_s_values(const Node& node, Problems& problems);

/// Read the table of a nuclide (if the library has one) and the general parameters.
/// @throws ModelError, FileError
SValues read_s_values(const Library& library, const std::string& nuclide);

}  // namespace lutetia

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
#include "lutetia/dosimetry/spheres.hpp"

namespace lutetia {

/// S values of one reference phantom.
struct PhantomSValues {
  std::map<std::string, double> masses;  ///< [kg]
  std::map<std::pair<std::string, std::string>, double>
      s_values;  ///< (target, source) [Gy/(MBq·h)]
};

/// The wall of a hollow organ, irradiated by what is in it.
struct Wall {
  std::string wall, contents;  ///< regions
  double contents_mass;        ///< [kg]
};

/// What photons do far from where they are emitted.
struct BodyParameters {
  double photon_fraction;                ///< of photon energy of a uniform body, absorbed in it [1]
  std::map<std::string, double> masses;  ///< "male", "female" [kg]
  double surface_electron_share;         ///< electron dose of a wall over that of the contents [1]
  double surface_photon_share;           ///< the same of photons, over the mean of the contents [1]
  std::vector<Wall> walls;
};

/// Everything needed to turn time-integrated activity of one nuclide into absorbed dose.
struct SValues {
  std::string name;  ///< of the table, or "formulas" when the nuclide has none
  std::map<std::string, PhantomSValues> phantoms;  ///< "male", "female"
  SphereParameters spheres;
  BodyParameters body;
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
enum class SValueKind { tabulated, sphere, formula, wall, remainder, none };
std::string to_string(SValueKind kind);

struct SValue {
  double value = 0.0;  ///< the sum of its parts [Gy/(MBq·h)]
  double slope = 0.0;  ///< ∂value/∂(mass of the target) [Gy/(MBq·h)/kg]
  SValueKind kind = SValueKind::none;
  ByEmission<double> parts = {};   ///< [Gy/(MBq·h)]
  ByEmission<double> slopes = {};  ///< of the parts [Gy/(MBq·h)/kg]
};

/// The region that holds all activity in the body, in models and as source or target of tables.
inline constexpr const char* whole_body_region = "whole_body";

/// Self value with all electron and alpha energy absorbed where it is born, no photons: κE/m, with
/// the local electron energy of the nuclide if it has one, else its electron energy.
/// @param mass [kg]
SValue local_electron_s_value(const Nuclide& nuclide, double mass);

/// S(target ← source). Self values of tabulated organs scale with mass, alpha particles and
/// electrons as m⁻¹, photons as m^(−2/3); cross values do not scale; walls get what leaves their
/// contents; lesions and other organs use spheres, red marrow its own electron fraction. Of kind
/// none, and zero, where nothing is known: such a source belongs to the remainder of the body.
SValue s_value(const SValues& table, const Nuclide& nuclide, const std::string& sex,
               const TargetRegion& target, const std::string& source);

/// S(target ← remainder of the body), photons. From a table with the whole body as source,
/// [S(T←TB)·m_TB − Σ_h S(T←h)·m_h]/(m_TB − Σ m_h) over its other sources h, at the masses of its
/// phantom; else κE_γφ/m_TB, as if all photon energy absorbed in a body were spread over it evenly.
SValue remainder_s_value(const SValues& table, const Nuclide& nuclide, const std::string& sex,
                         const TargetRegion& target);

/// What each source region adds to the dose of a target per own time-integrated activity, shape
/// (sources), without the self value: at the place of the target itself stands what is added to
/// that. The remainder of the body is the whole body less the sources that have a value of their
/// own, so its value stands at the whole body and is taken from all of these. Sources that overlap
/// with others (plasma) or lie outside (urine) stay at zero. Without a region for the whole body
/// there is no remainder.
std::vector<SValue> cross_factors(const SValues& table, const Nuclide& nuclide,
                                  const std::string& sex, const TargetRegion& target,
                                  const std::vector<std::string>& sources);

/// Read one file: a table, or the general parameters. Problems are collected, the result is then
/// incomplete.
SValues read_s_values(const Node& node, Problems& problems);

/// Read the table of a nuclide (if the library has one) and the general parameters.
/// @throws ModelError, FileError
SValues read_s_values(const Library& library, const std::string& nuclide);

}  // namespace lutetia

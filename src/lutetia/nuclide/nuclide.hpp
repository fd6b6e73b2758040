/// @file A radionuclide: half-life, mean energies per decay, and what spheres absorb of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lutetia/document/fields.hpp"

namespace lutetia {

/// φ_e(R) = 1 / (1 + (radius/ρR)^exponent): electron absorbed fraction of a water sphere.
struct SphereFit {
  double radius;    ///< half-absorption radius, as ρR over water [dm]
  double exponent;  ///< [1]
};

struct Daughter {
  std::string nuclide;
  double branch;  ///< [1]
};

struct Nuclide {
  std::string name;  ///< "Lu-177"
  SourcedQuantity half_life;
  double alpha_energy = 0.0;     ///< mean per decay, recoil included [MeV]
  double electron_energy = 0.0;  ///< mean per decay, β, conversion and Auger electrons [MeV]
  double photon_energy = 0.0;    ///< mean per decay [MeV]
  std::optional<double> local_electron_energy;  ///< of the `local_electrons` convention [MeV]
  std::optional<double> photon_absorption;      ///< μ_en/ρ [dm^2/kg]
  std::optional<SphereFit> sphere_fit;
  std::vector<Daughter> daughters;
  /// Share of its decays after which the chelator no longer holds the daughter [1].
  SourcedQuantity freed_share{{1.0, dimension::none}, {}, {}, {}};
  std::string free_form;  ///< ligand it is when no chelator holds it: "bismuth"; "" when unknown
  std::vector<std::pair<std::string, SourcedQuantity>>
      values;  ///< every number as read, for provenance

  double decay_constant() const;  ///< λ = ln 2 / T_½ [1/h]
};

/// Read a nuclide description; problems are collected, the result is then meaningless.
Nuclide read_nuclide(const Node& node, Problems& problems);

/// A = λ·N. @param amount [nmol] @param decay_constant [1/h] @return [MBq]
double activity(double amount, double decay_constant);

/// N = A/λ. @param activity [MBq] @param decay_constant [1/h] @return [nmol]
double amount_of_activity(double activity, double decay_constant);

/// Activity of a long-lived impurity over that of the principal nuclide at time t,
/// f·exp(−(λ_impurity − λ_principal)·t).
/// @param fraction  ratio at t = 0 [1]
/// @param time [h]
double impurity_ratio(const Nuclide& impurity, const Nuclide& principal, double fraction,
                      double time);

}  // namespace lutetia

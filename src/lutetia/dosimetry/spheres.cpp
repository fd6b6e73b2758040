#include "lutetia/dosimetry/spheres.hpp"

#include <ceres/jet.h>

#include <algorithm>
#include <cmath>

#include "lutetia/core/text.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

/// A mass and what follows from it, differentiated by the mass.
using Dual = ceres::Jet<double, 1>;

double value_of(double mass) { return mass; }
double value_of(const Dual& mass) { return mass.a; }

std::string shown(double mass) { return to_string(Quantity{mass, dimension::mass}); }

/// Radius times density of a sphere [kg/dm²]: what the fits call R in g/cm².
template <class T>
T radius_density(const T& mass, const SphereParameters& p) {
  using std::cbrt;
  return cbrt(3.0 * mass / (4.0 * constants::pi * p.density)) * p.density;  // radius in dm
}

template <class T>
T fitted_fraction(const SphereFit& fit, const T& mass, const SphereParameters& p) {
  using std::pow;
  return 1.0 / (1.0 + pow(fit.radius * p.density / radius_density(mass, p), fit.exponent));
}

/// ln φ is linear in ln m between two spheres: φ is nearly a power of m where little is absorbed.
template <class T>
T interpolated_fraction(const std::vector<SmallSphere>& spheres, const T& mass) {
  using std::pow;
  const auto above = std::upper_bound(
      spheres.begin() + 1, spheres.end() - 1, value_of(mass),
      [](double kilograms, const SmallSphere& sphere) { return kilograms < sphere.mass; });
  const SmallSphere &low = *(above - 1), &high = *above;
  const double exponent =
      std::log(high.electron_fraction / low.electron_fraction) / std::log(high.mass / low.mass);
  return low.electron_fraction * pow(mass / low.mass, exponent);
}

template <class T>
T electron_fraction_of(const Nuclide& nuclide, const T& mass, const SphereParameters& p) {
  using std::log;
  if (!nuclide.sphere_fit)
    throw DataError(text("nuclide ", quote(nuclide.name),
                         " has no sphere_fit, so no S value can be computed; give one in its file "
                         "or use the local_electrons convention"));
  const double kilograms = value_of(mass);
  if (kilograms >= p.smallest_mass) return fitted_fraction(*nuclide.sphere_fit, mass, p);
  const auto small = p.small_spheres.find(nuclide.name);
  if (small == p.small_spheres.end())
    throw DataError(text("a sphere of ", shown(kilograms),
                         " is below the range of the electron fit, ", shown(p.smallest_mass),
                         ", and there are no small_spheres of nuclide ", quote(nuclide.name)));
  if (kilograms < small->second.front().mass)
    throw DataError(text("a sphere of ", shown(kilograms), " is below the smallest of nuclide ",
                         quote(nuclide.name), ", ", shown(small->second.front().mass)));
  const T table = interpolated_fraction(small->second, mass);
  if (kilograms <= p.micro_mass) return table;
  const T x = log(mass / p.micro_mass) / std::log(p.smallest_mass / p.micro_mass);
  const T weight = x * x * (3.0 - 2.0 * x);  // value and slope meet at both ends
  return table + weight * (fitted_fraction(*nuclide.sphere_fit, mass, p) - table);
}

template <class T>
T photon_fraction_of(const Nuclide& nuclide, const T& mass, const SphereParameters& p) {
  using std::expm1;
  if (!nuclide.photon_absorption) return T(0.0);
  return -expm1(-p.photon_path_fraction * *nuclide.photon_absorption * radius_density(mass, p));
}

template <class T>
T alpha_fraction_of(const T& mass, const SphereParameters& p) {
  using std::exp;
  const T radius = radius_density(mass, p) / p.density;
  if (value_of(radius) < p.smallest_alpha_radius)
    throw DataError(text("a sphere of ", shown(value_of(mass)),
                         " is smaller than the range of the absorbed fraction of alpha particles, ",
                         to_string(Quantity{p.smallest_alpha_radius, dimension::length}),
                         " of radius"));
  return 1.0 / (1.0 + p.alpha_escape * exp(-p.alpha_slope * radius));
}

template <class T>
ByEmission<T> parts_of(const Nuclide& nuclide, const T& mass, const SphereParameters& p) {
  const T per_energy = constants::dose_per_energy / mass;
  ByEmission<T> out{T(0.0), T(0.0), T(0.0)};
  if (nuclide.alpha_energy > 0.0)
    out.alpha = nuclide.alpha_energy * alpha_fraction_of(mass, p) * per_energy;
  out.electron = nuclide.electron_energy * electron_fraction_of(nuclide, mass, p) * per_energy;
  out.photon = nuclide.photon_energy * photon_fraction_of(nuclide, mass, p) * per_energy;
  return out;
}

}  // namespace

double electron_fraction(const Nuclide& nuclide, double mass, const SphereParameters& p) {
  return electron_fraction_of(nuclide, mass, p);
}

double photon_fraction(const Nuclide& nuclide, double mass, const SphereParameters& p) {
  return photon_fraction_of(nuclide, mass, p);
}

double alpha_fraction(double mass, const SphereParameters& p) { return alpha_fraction_of(mass, p); }

double sphere_s_value(const Nuclide& nuclide, double mass, const SphereParameters& p) {
  return parts_of(nuclide, mass, p).sum();
}

// The numbers are not taken from the dual ones: those divide by multiplying, which rounds
// otherwise.
std::pair<ByEmission<double>, ByEmission<double>> sphere_parts(const Nuclide& nuclide, double mass,
                                                               const SphereParameters& p) {
  const ByEmission<Dual> dual = parts_of(nuclide, Dual(mass, 0), p);
  return {parts_of(nuclide, mass, p), {dual.alpha.v[0], dual.electron.v[0], dual.photon.v[0]}};
}

}  // namespace lutetia

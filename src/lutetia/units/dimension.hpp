/// @file Dimensions as integer exponents of seven independent bases.
///
/// Activity, energy and absorbed dose are bases of their own, so that MBq is never mistaken for a
/// rate nor Gy for a velocity squared; the physics that joins them stands in constants.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace lutetia {

enum class Base : std::size_t { time, length, mass, amount, activity, energy, absorbed_dose };

struct Dimension {
  std::array<int, 7> exponents{};

  constexpr bool operator==(const Dimension&) const = default;
  constexpr bool dimensionless() const { return *this == Dimension{}; }

  friend constexpr Dimension operator*(Dimension a, const Dimension& b) {
    for (std::size_t i = 0; i < 7; ++i) a.exponents[i] += b.exponents[i];
    return a;
  }
  friend constexpr Dimension operator/(Dimension a, const Dimension& b) {
    for (std::size_t i = 0; i < 7; ++i) a.exponents[i] -= b.exponents[i];
    return a;
  }
  friend constexpr Dimension power(Dimension a, int n) {
    for (int& e : a.exponents) e *= n;
    return a;
  }
};

constexpr Dimension base_dimension(Base base) {
  Dimension d;
  d.exponents[static_cast<std::size_t>(base)] = 1;
  return d;
}

namespace dimension {
inline constexpr Dimension none{};
inline constexpr Dimension time = base_dimension(Base::time);
inline constexpr Dimension length = base_dimension(Base::length);
inline constexpr Dimension mass = base_dimension(Base::mass);
inline constexpr Dimension amount = base_dimension(Base::amount);
inline constexpr Dimension activity = base_dimension(Base::activity);
inline constexpr Dimension energy = base_dimension(Base::energy);
inline constexpr Dimension absorbed_dose = base_dimension(Base::absorbed_dose);

inline constexpr Dimension area = length * length;
inline constexpr Dimension volume = area * length;
inline constexpr Dimension density = mass / volume;
inline constexpr Dimension rate = none / time;
inline constexpr Dimension flow = volume / time;
inline constexpr Dimension concentration = amount / volume;
inline constexpr Dimension molar_mass = mass / amount;
inline constexpr Dimension molar_activity = activity / amount;
inline constexpr Dimension association = volume / amount / time;
inline constexpr Dimension s_value = absorbed_dose / (activity * time);
inline constexpr Dimension time_integrated_activity = activity * time;
inline constexpr Dimension mass_attenuation = area / mass;
}  // namespace dimension

/// "volume·time⁻¹" in words of the bases; "1" when dimensionless.
std::string to_string(const Dimension& dimension);

}  // namespace lutetia

/// @file Read, convert and print units. Everything inside the library is in the internal units
/// h, L, kg, nmol, MBq, MeV, Gy; this file is the only door.
#pragma once

#include <string>
#include <string_view>

#include "lutetia/units/dimension.hpp"

namespace lutetia {

/// A unit: its size in internal units and its dimension.
struct Unit {
  double scale = 1.0;
  Dimension dimension = {};
};

/// A value in internal units with its dimension.
struct Quantity {
  double value = 0.0;
  Dimension dimension = {};
};

/// Read a unit such as "nmol/L/min", "mGy/(MBq*s)", "cm^2", "%" or "1".
/// @throws UnitError naming the part that is not understood.
Unit parse_unit(std::string_view text);

/// Read "7.4 GBq", "45 %", "0.45": a finite number, then a unit (none means dimensionless).
/// @throws UnitError when the number or the unit cannot be read.
Quantity parse_quantity(std::string_view text);

/// Read a quantity and require a dimension.
/// @throws UnitError naming the found unit and an example of what is expected.
double parse_as(std::string_view text, const Dimension& expected);

/// The unit in which values of a dimension are kept and shown: "L/h" for flow, "1" for none.
std::string internal_unit(const Dimension& dimension);

/// The unit in which a value is the internal one, digit by digit: what is written in it reads back
/// the same. Areas and lengths are shown in other units.
std::string exact_unit(const Dimension& dimension);

/// A value in internal units as text with its unit: "7400 MBq".
std::string to_string(const Quantity& quantity);

/// Convert a value in internal units to another unit of the same dimension.
/// @throws UnitError when the dimensions differ.
double convert(const Quantity& quantity, std::string_view unit);

}  // namespace lutetia

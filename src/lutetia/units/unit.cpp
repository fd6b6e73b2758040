#include "lutetia/units/unit.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "lutetia/core/error.hpp"
#include "lutetia/core/text.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;

struct Symbol {
  std::string_view name;
  double scale;  ///< in internal units h, dm, kg, nmol, MBq, MeV, Gy
  Dimension dimension;
  bool prefixed;  ///< takes SI prefixes
};

constexpr double hour = 1.0;
constexpr double day = 24.0 * hour;
constexpr double year = 365.25 * day;
constexpr double decimeter_per_meter = 10.0;
constexpr double mbq_per_ci = 3.7e4;
// 133.322387415 Pa (BIPM SI brochure, 8th edition) in kg/(dm·h²)
constexpr double mmhg =
    133.322387415 / decimeter_per_meter * constants::seconds_per_hour * constants::seconds_per_hour;

const std::array symbols{
    Symbol{"s", hour / constants::seconds_per_hour, dim::time, true},
    Symbol{"min", hour / 60.0, dim::time, false},
    Symbol{"h", hour, dim::time, false},
    Symbol{"hour", hour, dim::time, false},
    Symbol{"d", day, dim::time, false},
    Symbol{"day", day, dim::time, false},
    Symbol{"days", day, dim::time, false},
    Symbol{"week", 7.0 * day, dim::time, false},
    Symbol{"weeks", 7.0 * day, dim::time, false},
    Symbol{"month", year / 12.0, dim::time, false},
    Symbol{"months", year / 12.0, dim::time, false},
    Symbol{"year", year, dim::time, false},
    Symbol{"years", year, dim::time, false},
    Symbol{"m", decimeter_per_meter, dim::length, true},
    Symbol{"L", 1.0, dim::volume, true},
    Symbol{"l", 1.0, dim::volume, true},
    Symbol{"g", 1e-3, dim::mass, true},
    Symbol{"mol", 1e9, dim::amount, true},
    Symbol{"M", 1e9, dim::concentration, true},
    Symbol{"Bq", 1e-6, dim::activity, true},
    Symbol{"Ci", mbq_per_ci, dim::activity, true},
    Symbol{"eV", 1e-6, dim::energy, true},
    Symbol{"J", 1.0 / constants::joule_per_mev, dim::energy, true},
    Symbol{"Gy", 1.0, dim::absorbed_dose, true},
    Symbol{"mmHg", mmhg, dim::mass / dim::length / power(dim::time, 2), false},
    Symbol{"%", 1e-2, dim::none, false},
    Symbol{"1", 1.0, dim::none, false},
};

constexpr std::array<std::pair<std::string_view, double>, 12> prefixes{{{"T", 1e12},
                                                                        {"G", 1e9},
                                                                        {"M", 1e6},
                                                                        {"k", 1e3},
                                                                        {"d", 1e-1},
                                                                        {"c", 1e-2},
                                                                        {"m", 1e-3},
                                                                        {"u", 1e-6},
                                                                        {"µ", 1e-6},
                                                                        {"μ", 1e-6},
                                                                        {"n", 1e-9},
                                                                        {"p", 1e-12}}};

/// How values of a dimension are shown; the first column is parsed once to find the dimension.
constexpr std::array shown_units{
    "h",     "m",          "m^2",     "L",      "kg",    "nmol",    "MBq",      "MeV",
    "Gy",    "1/h",        "L/h",     "nmol/L", "kg/L",  "kg/nmol", "MBq/nmol", "L/(nmol*h)",
    "MBq*h", "Gy/(MBq*h)", "L/h/kg",  "nmol/h", "Gy/h",  "1/Gy",    "mmHg",     "1/L",
    "1/kg",  "MBq/L",      "MBq*h/L", "m^2/kg", "L/m^2", "kg/h"};

/// A unit without an everyday name, from the bases (dm because L = dm^3).
std::string composed_unit(const Dimension& dimension) {
  static const std::array<std::string, 7> bases{"h", "dm", "kg", "nmol", "MBq", "MeV", "Gy"};
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < 7; ++i)
    if (dimension.exponents[i] != 0)
      parts.push_back(dimension.exponents[i] == 1 ? bases[i]
                                                  : text(bases[i], '^', dimension.exponents[i]));
  return join(parts, "*");
}

std::optional<Unit> find_symbol(std::string_view name) {
  for (const Symbol& s : symbols)
    if (s.name == name) return Unit{s.scale, s.dimension};
  for (const auto& [prefix, factor] : prefixes) {
    if (!name.starts_with(prefix)) continue;
    for (const Symbol& s : symbols)
      if (s.prefixed && s.name == name.substr(prefix.size()))
        return Unit{factor * s.scale, s.dimension};
  }
  return std::nullopt;
}

/// Recursive descent over  product := factor (('*'|'·'|'/') factor)* ;
/// factor := (symbol | '(' product ')') ['^' integer].
class UnitParser {
 public:
  explicit UnitParser(std::string_view text) : text_(text) {}

  Unit parse() {
    const Unit unit = product(0);
    skip_spaces();
    if (at_ != text_.size()) fail(text_.substr(at_));
    return unit;
  }

 private:
  [[noreturn]] void fail(std::string_view part) const {
    throw UnitError(text(quote(text_), " is not a unit",
                         part == text_ ? "" : text(" (at ", quote(part), ")"),
                         "; write for example nmol/L, mL/min/g, GBq, 1/h, Gy/(MBq*h)"));
  }
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(std::string_view token) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  Unit product(int depth) {
    Unit unit = factor(depth);
    for (;;) {
      const std::size_t before = at_;
      if (take("**")) {
        at_ = before;
        return unit;
      }
      if (take("*") || take("·")) {
        const Unit next = factor(depth);
        unit = {unit.scale * next.scale, unit.dimension * next.dimension};
      } else if (take("/")) {
        const Unit next = factor(depth);
        unit = {unit.scale / next.scale, unit.dimension / next.dimension};
      } else {
        return unit;
      }
    }
  }

  Unit factor(int depth) {
    Unit unit;
    if (take("(")) {
      if (depth > 8) fail(text_);
      unit = product(depth + 1);
      if (!take(")")) fail(text_.substr(at_));
    } else {
      unit = symbol();
    }
    if (take("^") || take("**")) {
      skip_spaces();
      int n = 0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), n);
      if (error != std::errc{} || n < -9 || n > 9) fail(text_.substr(at_));
      at_ = end - text_.data();
      unit = {std::pow(unit.scale, n), power(unit.dimension, n)};
    }
    return unit;
  }

  Unit symbol() {
    skip_spaces();
    std::size_t end = at_;
    while (end < text_.size() &&
           std::string_view(" */^()").find(text_[end]) == std::string_view::npos &&
           !text_.substr(end).starts_with("·"))
      ++end;
    const std::string_view name = text_.substr(at_, end - at_);
    const auto unit = find_symbol(name);
    if (!unit) fail(name.empty() ? text_ : name);
    at_ = end;
    return *unit;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Split "7.4 GBq" into its number and the rest; the number must be finite.
std::pair<double, std::string_view> split_number(std::string_view all) {
  std::size_t start = 0;
  while (start < all.size() && all[start] == ' ') ++start;
  std::size_t digits = start;
  if (digits < all.size() && all[digits] == '+') ++digits;
  double value = 0.0;
  const auto [end, error] = std::from_chars(all.data() + digits, all.data() + all.size(), value);
  if (error != std::errc{} || !std::isfinite(value))
    throw UnitError(text(quote(all), " does not start with a finite number"));
  std::string_view rest = all.substr(end - all.data());
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  while (!rest.empty() && rest.back() == ' ') rest.remove_suffix(1);
  return {value, rest};
}

}  // namespace

std::string to_string(const Dimension& d) {
  if (d.dimensionless()) return "1 (dimensionless)";
  static const std::array<std::string, 7> names{"time",     "length", "mass",         "amount",
                                                "activity", "energy", "absorbed dose"};
  std::vector<std::string> parts;
  auto add = [&](const std::string& name, int e) {
    if (e != 0) parts.push_back(e == 1 ? name : text(name, '^', e));
  };
  for (std::size_t i = 0; i < 7; ++i) {
    const bool as_volume = i == static_cast<std::size_t>(Base::length) && d.exponents[i] % 3 == 0;
    add(as_volume ? "volume" : names[i], as_volume ? d.exponents[i] / 3 : d.exponents[i]);
  }
  return join(parts, "·");
}

Unit parse_unit(std::string_view text) { return UnitParser(text).parse(); }

Quantity parse_quantity(std::string_view text) {
  const auto [value, unit_text] = split_number(text);
  if (unit_text.empty()) return {value, dimension::none};
  const Unit unit = parse_unit(unit_text);
  return {value * unit.scale, unit.dimension};
}

double parse_as(std::string_view all, const Dimension& expected) {
  const Quantity quantity = parse_quantity(all);
  if (quantity.dimension != expected)
    throw UnitError(text(quote(all), " has dimension ", to_string(quantity.dimension),
                         ", expected ", to_string(expected), ", e.g. ", internal_unit(expected)));
  return quantity.value;
}

std::string internal_unit(const Dimension& dimension) {
  if (dimension.dimensionless()) return "1";
  for (const char* unit : shown_units)
    if (parse_unit(unit).dimension == dimension) return unit;
  return composed_unit(dimension);
}

std::string exact_unit(const Dimension& dimension) {
  const std::string unit = internal_unit(dimension);
  return parse_unit(unit).scale == 1.0 ? unit : composed_unit(dimension);
}

std::string to_string(const Quantity& quantity) {
  const std::string unit = internal_unit(quantity.dimension);
  return unit == "1" ? text(quantity.value) : text(convert(quantity, unit), ' ', unit);
}

double convert(const Quantity& quantity, std::string_view unit_text) {
  const Unit unit = parse_unit(unit_text);
  if (unit.dimension != quantity.dimension)
    throw UnitError(text(quote(unit_text), " has dimension ", to_string(unit.dimension),
                         ", expected ", to_string(quantity.dimension), ", e.g. ",
                         internal_unit(quantity.dimension)));
  return quantity.value / unit.scale;
}

}  // namespace lutetia

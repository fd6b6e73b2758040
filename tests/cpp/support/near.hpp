/// @file Comparisons that say how near they came. Run the tests with -s to see every achieved
/// error.
///
/// doctest's own approximate comparison adds 1 to the scale, so any two small amounts are equal to
/// it.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <string>

#include "lutetia/core/text.hpp"

namespace lutetia::testing {

/// |actual − expected| ≤ abs + rel·|expected|; false for NaN.
struct Nearness {
  double actual, expected, rel, abs;

  double error() const { return std::abs(actual - expected); }
  double allowed() const { return abs + rel * std::abs(expected); }
  bool ok() const { return error() <= allowed(); }
  std::string message(const char* what) const {
    return text(what, ": found ", actual, ", expected ", expected, ", error ", error(),
                " (relative ", error() / std::abs(expected), "), allowed ", allowed());
  }
};

/// A printed number stands for every value that rounds to it: half a unit of its last digit.
inline Nearness near_printed(double actual, const std::string& printed) {
  const std::size_t exponent_at = printed.find_first_of("eE");
  const std::string digits = printed.substr(0, exponent_at);
  const std::size_t point = digits.find('.');
  const int decimals = point == std::string::npos ? 0 : static_cast<int>(digits.size() - point - 1);
  const int exponent =
      exponent_at == std::string::npos ? 0 : std::atoi(printed.c_str() + exponent_at + 1);
  return {actual, std::atof(printed.c_str()), 0.0, 0.5000001 * std::pow(10.0, exponent - decimals)};
}

/// Text of the error a call throws; "accepted" when it throws none of this type.
template <class Error, class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

/// The largest error of many comparisons, to be checked once.
class WorstError {
 public:
  /// @param scale  what the error is measured against
  void add(double actual, double expected, double scale, const std::string& where) {
    const double error = std::abs(actual - expected) / scale;
    if (error <= value_) return;  // a NaN falls through and stays
    value_ = error;
    where_ = text(where, ": found ", actual, ", expected ", expected);
  }
  double value() const { return value_; }
  bool within(double allowed) const { return value_ <= allowed; }
  std::string message(const char* what, double allowed) const {
    return text("worst ", what, ' ', value_, ", allowed ", allowed, "; ", where_);
  }

 private:
  double value_ = 0.0;
  std::string where_ = "no comparison differs";
};

}  // namespace lutetia::testing

#define CHECK_NEAR(actual, expected, rel, abs)                                      \
  do {                                                                              \
    const lutetia::testing::Nearness nearness_{(actual), (expected), (rel), (abs)}; \
    CHECK_MESSAGE(nearness_.ok(), nearness_.message(#actual));                      \
  } while (false)

/// Equal to the digits of a printed number: CHECK_PRINTED(dose, "0.622").
#define CHECK_PRINTED(actual, printed)                                          \
  do {                                                                          \
    const auto nearness_ = lutetia::testing::near_printed((actual), (printed)); \
    CHECK_MESSAGE(nearness_.ok(), nearness_.message(#actual));                  \
  } while (false)

/// A message holds a part; on failure the whole message is shown.
#define CHECK_CONTAINS(message, part)                                             \
  do {                                                                            \
    const std::string message_ = (message), part_ = (part);                       \
    CHECK_MESSAGE(message_.find(part_) != std::string::npos, "found: ", message_, \
                  "\nexpected part: ", part_);                                    \
  } while (false)

#define CHECK_WORST(worst, allowed) \
  CHECK_MESSAGE((worst).within(allowed), (worst).message(#worst, allowed))

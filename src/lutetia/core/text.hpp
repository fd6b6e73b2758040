/// @file Small text helpers for messages: concatenate, join, quote, and guess what was meant.
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace lutetia {

/// Concatenate anything printable; numbers get up to 10 significant digits.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  out.precision(10);
  (out << ... << parts);
  return out.str();
}

/// Join with a separator: {"a", "b"} → "a, b".
std::string join(const std::vector<std::string>& parts, std::string_view separator = ", ");

/// 'name', shortened when it is too long to print.
std::string quote(std::string_view name);

/// The candidate nearest to `name` by edit distance, or "" when none is near enough to be meant.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

/// "did you mean 'x'?" when a candidate is near, else "one of: a, b, c".
std::string suggestion(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace lutetia

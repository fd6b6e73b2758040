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

/// 'name' on one line: shortened when it is too long, control characters escaped.
std::string quote(std::string_view name);

/// Number of characters of UTF-8 text (a column counts characters, not bytes).
std::size_t character_count(std::string_view utf8);

/// The first `characters` characters of UTF-8 text, never cut inside one.
std::string_view first_characters(std::string_view utf8, std::size_t characters);

/// Offset of the first byte that printable UTF-8 text cannot hold (invalid UTF-8, a control
/// character other than tab and line ends); npos when there is none.
std::size_t first_unprintable(std::string_view bytes);

/// The candidate nearest to `name` by edit distance, or "" when none is near enough to be meant.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

/// "did you mean 'x'?" when a candidate is near, else "one of: a, b, c" unless they are too many to
/// list.
std::string suggestion(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace lutetia

#include "lutetia/core/text.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace lutetia {
namespace {

/// True for the second and later bytes of a UTF-8 character.
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// Levenshtein distance, case-insensitive: "Kidney" is as near to "kidney" as can be.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = std::tolower(static_cast<unsigned char>(a[i - 1])) ==
                        std::tolower(static_cast<unsigned char>(b[j - 1]));
      const std::size_t substituted = diagonal + (same ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::string quote(std::string_view name) {
  constexpr std::size_t longest = 60;
  const std::string_view shown = first_characters(name, longest);
  std::string out = "'";
  for (const char c : shown) {
    if (c == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += '?';
    else
      out += c;
  }
  return out + (shown.size() < name.size() ? "…'" : "'");
}

std::size_t character_count(std::string_view utf8) {
  return std::count_if(utf8.begin(), utf8.end(), [](char c) { return !continues(c); });
}

std::string_view first_characters(std::string_view utf8, std::size_t characters) {
  std::size_t end = 0;
  for (; end < utf8.size(); ++end)
    if (!continues(utf8[end]) && characters-- == 0) break;
  return utf8.substr(0, end);
}

std::size_t first_unprintable(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const unsigned char c = static_cast<unsigned char>(bytes[i]);
    if (c < 0x80) {
      if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) return i;
      ++i;
      continue;
    }
    const std::size_t length = c >= 0xc2 && c < 0xe0   ? 2
                               : c >= 0xe0 && c < 0xf0 ? 3
                               : c >= 0xf0 && c < 0xf5 ? 4
                                                       : 0;
    if (length == 0 || i + length > bytes.size()) return i;
    for (std::size_t k = 1; k < length; ++k)
      if (!continues(bytes[i + k])) return i;
    const unsigned char next = static_cast<unsigned char>(bytes[i + 1]);
    // Overlong forms, surrogates and code points above U+10FFFF.
    if ((c == 0xe0 && next < 0xa0) || (c == 0xed && next >= 0xa0) || (c == 0xf0 && next < 0x90) ||
        (c == 0xf4 && next >= 0x90))
      return i;
    i += length;
  }
  return std::string_view::npos;
}

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  if (name.size() > 200) return "";
  std::string best;
  std::size_t smallest = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < smallest && distance < candidate.size()) {
      smallest = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string near = nearest(name, candidates);
  if (!near.empty()) return text("did you mean ", quote(near), "?");
  if (candidates.empty()) return "";
  constexpr std::size_t shown = 25;
  std::vector<std::string> some = candidates;
  std::sort(some.begin(), some.end());
  some.erase(std::unique(some.begin(), some.end()), some.end());
  if (some.size() > shown) return text("none of the ", some.size(), " known names is similar");
  return text("one of: ", join(some));
}

}  // namespace lutetia

#include "lutetia/core/text.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace lutetia {
namespace {

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
  if (name.size() <= longest) return text('\'', name, '\'');
  return text('\'', name.substr(0, longest), "…'");
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
  std::vector<std::string> some(candidates.begin(),
                                candidates.begin() + std::min(shown, candidates.size()));
  std::sort(some.begin(), some.end());
  if (candidates.size() > shown) some.push_back("…");
  return text("one of: ", join(some));
}

}  // namespace lutetia

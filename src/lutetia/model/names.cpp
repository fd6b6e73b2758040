#include "lutetia/model/names.hpp"

#include <algorithm>
#include <cctype>

#include "lutetia/core/text.hpp"

namespace lutetia {

bool is_name(const std::string& name) {
  auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  return !name.empty() && std::isalpha(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), allowed);
}

void check_name(const Node& node, const std::string& what, Problems& problems) {
  if (node.is_scalar() && !is_name(node.scalar))
    problems.add({.what = text("name of ", what),
                  .where = node.where,
                  .found = node.described(),
                  .expected = "letters, digits and underscores, starting with a letter"});
}

bool matches(const std::string& pattern, const std::string& name) {
  const std::size_t star = pattern.find('*');
  if (star == std::string::npos) return pattern == name;
  const std::string head = pattern.substr(0, star), tail = pattern.substr(star + 1);
  return name.size() >= head.size() + tail.size() && name.starts_with(head) && name.ends_with(tail);
}

}  // namespace lutetia

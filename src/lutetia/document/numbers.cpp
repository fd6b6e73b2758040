#include "lutetia/document/numbers.hpp"

#include <algorithm>
#include <array>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

using Numbers = std::vector<std::pair<std::string, SourcedQuantity>>;

bool describes(const std::string& key) {
  constexpr std::array keys{"lutetia", "source", "tag", "note", "description", "reference", "doi"};
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

Provenance provenance_of(const Node& map, const Provenance& owner) {
  Problems ignored;  // the reader of this kind of file reports them
  const Provenance own = Fields(map, "", ignored).provenance();
  if (own.tag.empty() && own.sources.empty()) return {owner.sources, owner.tag, own.note};
  return own;
}

void add_scalar(const std::string& name, const Node& scalar, const Provenance& provenance,
                Numbers& out) {
  try {
    out.emplace_back(
        name, SourcedQuantity{
                  parse_quantity(scalar.scalar), provenance, {}, scalar.where, scalar.scalar});
  } catch (const UnitError&) {  // a word
  }
}

/// What names an entry of a list: its words.
std::string words_of(const Node& item) {
  std::vector<std::string> words;
  for (const auto& [key, value] : item.entries)
    if (key != "value" && !describes(key) && value.is_scalar()) words.push_back(value.scalar);
  return join(words);
}

void walk(const std::string& name, const Node& node, const Provenance& owner, Numbers& out) {
  if (node.is_sequence()) {
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Node& item = node.items[i];
      const std::string own = item.is_map() ? words_of(item) : text(i + 1);
      walk(text(name, " ", own), item, owner, out);
    }
    return;
  }
  if (node.is_scalar() && !owner.tag.empty()) add_scalar(name, node, owner, out);
  if (!node.is_map()) return;
  const Provenance own = provenance_of(node, owner);
  if (const Node* value = node.find("value"); value && value->is_scalar())
    return add_scalar(name, *value, own, out);
  // A note belongs to the number it stands beside.
  for (const auto& [key, value] : node.entries)
    if (!describes(key))
      walk(name.empty() ? key : text(name, ".", key), value, {own.sources, own.tag, ""}, out);
}

}  // namespace

Numbers sourced_numbers(const Node& file) {
  Numbers out;
  walk("", file, {}, out);
  return out;
}

}  // namespace lutetia

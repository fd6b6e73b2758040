#include "lutetia/document/writing.hpp"

#include <array>
#include <charconv>

namespace lutetia {
namespace {

/// The shortest text that reads back the same number.
std::string exact_text(double value) {
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

}  // namespace

Node word_node(std::string word) { return {.kind = Node::Kind::scalar, .scalar = std::move(word)}; }

Node words_node(const std::vector<std::string>& words) {
  Node out = list_node({});
  for (const std::string& word : words) out.items.push_back(word_node(word));
  return out;
}

Node list_node(std::vector<Node> items) {
  return {.kind = Node::Kind::sequence, .items = std::move(items)};
}

Node map_node() { return {.kind = Node::Kind::map}; }

void put(Node& map, std::string key, Node value) {
  map.entries.emplace_back(std::move(key), std::move(value));
}

void put_word(Node& map, std::string key, const std::string& word) {
  if (!word.empty()) put(map, std::move(key), word_node(word));
}

Node quantity_node(const Quantity& quantity) {
  const std::string unit = exact_unit(quantity.dimension), number = exact_text(quantity.value);
  return word_node(unit == "1" ? number : number + ' ' + unit);
}

Node quantity_node(double value, const Dimension& dimension) {
  return quantity_node(Quantity{value, dimension});
}

Node sourced_node(const SourcedQuantity& given) {
  Node number = quantity_node(given.quantity);
  const Provenance& p = given.provenance;
  if (p.sources.empty() && p.tag.empty() && p.note.empty() && !given.variation) return number;
  Node out = map_node();
  put(out, "value", std::move(number));
  if (!p.sources.empty()) put(out, "source", words_node(p.sources));
  put_word(out, "tag", p.tag);
  put_word(out, "note", p.note);
  if (given.variation) put(out, "cv", quantity_node(*given.variation, dimension::none));
  return out;
}

}  // namespace lutetia

#include "lutetia/document/node.hpp"

#include "lutetia/core/text.hpp"

namespace lutetia {

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, value] : entries)
    if (name == key) return &value;
  return nullptr;
}

std::string Node::described() const {
  switch (kind) {
    case Kind::null: return "nothing";
    case Kind::scalar: return quote(scalar);
    case Kind::sequence: return text("a list of ", items.size());
    case Kind::map: return "a map";
  }
  return "nothing";
}

void set_paths(Node& node, const std::string& path) {
  node.where.path = path;
  for (std::size_t i = 0; i < node.items.size(); ++i)
    set_paths(node.items[i], text(path, '[', i, ']'));
  for (auto& [key, value] : node.entries) set_paths(value, path.empty() ? key : path + "." + key);
}

}  // namespace lutetia

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
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return quote(scalar);
    case Kind::sequence:
      return text("a list of ", items.size());
    case Kind::map:
      return "a map";
  }
  return "nothing";
}

void ContentHash::add(const Node& node) {
  if (!node.where.source) return;
  for (const std::string& line : node.where.source->lines)
    for (const unsigned char c : line + '\n') value_ = (value_ ^ c) * 1099511628211ULL;
}

std::string ContentHash::hex() const {
  std::string out(16, '0');
  std::uint64_t rest = value_;
  for (auto digit = out.rbegin(); digit != out.rend(); ++digit, rest >>= 4)
    *digit = "0123456789abcdef"[rest & 15];
  return out;
}

void set_paths(Node& node, const std::string& path) {
  node.where.path = path;
  node.key_where.path = path;
  for (std::size_t i = 0; i < node.items.size(); ++i)
    set_paths(node.items[i], text(path, '[', i, ']'));
  for (auto& [key, value] : node.entries) set_paths(value, path.empty() ? key : path + "." + key);
}

}  // namespace lutetia

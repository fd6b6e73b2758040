/// @file A parsed input document as a plain tree that remembers where everything stood.
///
/// Files and Python dictionaries become the same tree, so both meet the same reader, the same
/// checks and the same messages.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lutetia/core/error.hpp"

namespace lutetia {

struct Node {
  enum class Kind { null, scalar, sequence, map };

  Kind kind = Kind::null;
  std::string scalar = {};
  std::vector<Node> items = {};                            ///< of a sequence
  std::vector<std::pair<std::string, Node>> entries = {};  ///< of a map, in written order
  Location where = {};

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_map() const { return kind == Kind::map; }

  /// The value under a key, or nullptr.
  const Node* find(std::string_view key) const;

  /// "a map", "the text 'abc'", … for messages.
  std::string described() const;
};

/// Put the path of keys ("lesions[0].volume") into every location below a node.
void set_paths(Node& node, const std::string& path);

}  // namespace lutetia

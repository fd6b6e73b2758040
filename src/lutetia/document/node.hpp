/// @file A parsed input document as a plain tree that remembers where everything stood.
///
/// Files and Python dictionaries become the same tree, so both meet the same reader, the same
/// checks and the same messages.
#pragma once

#include <cstdint>
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
  Location key_where =
      {};  ///< of the key this value stands under; without source for values built in memory

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_map() const { return kind == Kind::map; }

  /// The value under a key, or nullptr.
  const Node* find(std::string_view key) const;

  /// Where the key stands when it has a place of its own, else the value.
  const Location& key_place() const { return key_where.source ? key_where : where; }

  /// "a map", "the text 'abc'", … for messages.
  std::string described() const;
};

/// Hash of the text of files: names exactly what a result rests on.
class ContentHash {
 public:
  /// Add the whole file a node was read from; a node built in memory adds nothing.
  void add(const Node& node);
  std::string hex() const;  ///< 16 digits

 private:
  std::uint64_t value_ = 14695981039346656037ULL;  // FNV-1a
};

/// Put the path of keys ("lesions[0].volume") into every location below a node.
void set_paths(Node& node, const std::string& path);

}  // namespace lutetia

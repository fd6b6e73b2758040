/// @file Strict reading of a map: every key is asked for by name, every other key is an error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lutetia/document/node.hpp"
#include "lutetia/units/unit.hpp"

namespace lutetia {

/// Where a number comes from; shown beside every result that rests on it.
struct Provenance {
  std::vector<std::string> sources;  ///< keys of models/sources.yaml
  std::string tag;                   ///< R, R2, S, C, M or A; "" when the user gave the number
  std::string note;
};

/// A number in internal units as written in a file: with dimension, provenance and place.
struct SourcedQuantity {
  Quantity quantity;
  Provenance provenance;
  std::optional<double> variation;  ///< between-subject coefficient of variation (1 = 100 %)
  Location where;
  std::string written = {};  ///< the number with its unit as the file has it
};

/// Reads the keys of one map. A key that was never asked for is reported by finish().
class Fields {
 public:
  /// @param what  what the map describes, for messages: "a lesion"
  Fields(const Node& node, std::string what, Problems& problems);

  /// True when the node is a map at all; a problem has been added when not.
  bool valid() const { return valid_; }
  bool has(const std::string& key);

  /// The node under a key or nullptr; marks the key as known.
  const Node* find(const std::string& key);
  /// As find, but a missing key is a problem.
  const Node* require(const std::string& key, const std::string& example = "");

  /// The schema version `lutetia: 1`: a problem when it is another.
  void schema_version();

  std::string text_or(const std::string& key, const std::string& otherwise);
  std::string required_text(const std::string& key, const std::string& example);
  bool flag_or(const std::string& key, bool otherwise);
  int count_or(const std::string& key, int otherwise);
  std::optional<double> number(const std::string& key, const Dimension& dimension);
  /// As number, with its provenance and place.
  std::optional<SourcedQuantity> sourced(const std::string& key, const Dimension& dimension);
  std::vector<std::string> words(const std::string& key);
  Provenance provenance();

  void problem(const std::string& what, const std::string& hint = "");
  /// A problem of one key: shown at its place, or at the map when it is not given.
  void problem_at(const std::string& key, const std::string& what, const std::string& hint = "");
  /// Report keys nobody asked for, with the nearest known key.
  void finish();

  const Node& node() const { return node_; }

 private:
  const Node& node_;
  std::string what_;
  Problems& problems_;
  std::vector<std::string> known_;
  bool valid_;
};

/// The text of a scalar; a problem and "" otherwise.
std::string read_word(const Node& node, const std::string& what, Problems& problems);

/// Add a problem when the tree of a whole file has no schema version; trees built in memory need
/// none.
void require_schema_version(const Node& file, Problems& problems);

/// The items of a list with at least one entry; a problem and nullptr otherwise.
const std::vector<Node>* read_list(const Node& node, const std::string& what, Problems& problems);

/// One word or a list of words.
std::vector<std::string> read_words(const Node& node, const std::string& what, Problems& problems);

/// A quantity written as "5 mL" or {value: 5 mL, source: …, tag: …}; nullopt after a problem.
std::optional<SourcedQuantity> read_sourced(const Node& node, const std::string& what,
                                            Problems& problems);

/// As read_sourced, with a required dimension.
std::optional<SourcedQuantity> read_sourced(const Node& node, const std::string& what,
                                            const Dimension& dimension, Problems& problems);

/// Add a problem when a number is negative, or zero where that makes no sense. @return false then
bool check_sign(const Node& node, const SourcedQuantity& read, const std::string& what,
                bool zero_allowed, Problems& problems);

/// The part of a sourced map that is its number: the node itself or its `value`.
const Node& value_node(const Node& node);

}  // namespace lutetia

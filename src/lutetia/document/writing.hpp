/// @file Write values as the documents their readers take: reading gives the same values back, to
/// the last digit.
#pragma once

#include <string>
#include <vector>

#include "lutetia/document/fields.hpp"
#include "lutetia/document/node.hpp"

namespace lutetia {

Node word_node(std::string word);
Node words_node(const std::vector<std::string>& words);
Node list_node(std::vector<Node> items);
Node map_node();

/// Add an entry to a map.
void put(Node& map, std::string key, Node value);
/// The same, unless the word is empty.
void put_word(Node& map, std::string key, const std::string& word);

/// A number with its unit.
Node quantity_node(const Quantity& quantity);
Node quantity_node(double value, const Dimension& dimension);
/// A number with its unit, and where it comes from when that is known.
Node sourced_node(const SourcedQuantity& given);

}  // namespace lutetia

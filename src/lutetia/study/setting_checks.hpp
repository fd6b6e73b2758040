/// @file Checks that settings of several kinds share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lutetia/document/fields.hpp"

namespace lutetia {

using Words = std::vector<std::string>;

/// Probability of exceeding a limit where nothing is said, as in the planner.
constexpr double usual_risk = 0.05;

/// The nodes of a list, or the node itself.
std::vector<const Node*> one_or_more(const Node& node);
void check_word(const Node& node, const std::string& key, const Words& known, Problems& problems);
/// A word or a list of them.
void check_words(Fields& fields, const std::string& key, const Words& known, Problems& problems);
/// One positive number of a dimension, or a list of them.
void check_numbers(Fields& fields, const std::string& key, const Dimension& dimension,
                   Problems& problems);
/// A share between 0 and 1, or what is usual.
double check_share(Fields& fields, const std::string& key, Problems& problems,
                   double usual = usual_risk);
/// A whole number of at least `least`.
std::optional<int> check_count(const Node& node, const std::string& key, int least,
                               Problems& problems);

}  // namespace lutetia

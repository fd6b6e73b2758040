/// @file Just enough to write JSON: every value is text that is JSON already.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lutetia::bench {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string number(double value);              ///< null when it is not finite
std::string quoted(const std::string& plain);  ///< of text without control characters
std::string array(const std::vector<std::string>& values);
std::string object(const Fields& fields);

}  // namespace lutetia::bench

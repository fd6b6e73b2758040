#include "json.hpp"

#include <cmath>

#include "lutetia/core/text.hpp"

namespace lutetia::bench {

std::string number(double value) { return std::isfinite(value) ? text(value) : "null"; }

std::string quoted(const std::string& plain) {
  std::string out = "\"";
  for (const char c : plain) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string array(const std::vector<std::string>& values) {
  return text('[', join(values, ",\n "), ']');
}

std::string object(const Fields& fields) {
  std::vector<std::string> out;
  for (const auto& [name, value] : fields) out.push_back(text(quoted(name), ": ", value));
  return text('{', join(out), '}');
}

}  // namespace lutetia::bench

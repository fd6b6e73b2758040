#include "lutetia/linalg/instructions.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

std::vector<Instructions> detect() {
  std::vector<Instructions> out{Instructions::baseline};
#if defined(__x86_64__) && defined(__GNUC__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return out;
  out.push_back(Instructions::avx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
    out.push_back(Instructions::avx512);
#endif
  return out;
}

Instructions choose() {
  const auto& available = available_instructions();
  const char* const wanted = std::getenv("LUTETIA_INSTRUCTIONS");
  if (!wanted || !*wanted) return available.back();
  std::vector<std::string> names;
  for (const Instructions set : available) {
    if (to_string(set) == wanted) return set;
    names.push_back(to_string(set));
  }
  throw std::invalid_argument(text("LUTETIA_INSTRUCTIONS must be one of ", join(names),
                                   " on this machine, found ", quote(wanted)));
}

}  // namespace

std::string to_string(Instructions set) {
  switch (set) {
    case Instructions::avx2:
      return "avx2";
    case Instructions::avx512:
      return "avx512";
    default:
      return "baseline";
  }
}

const std::vector<Instructions>& available_instructions() {
  static const std::vector<Instructions> available = detect();
  return available;
}

Instructions chosen_instructions() {
  static const Instructions chosen = choose();
  return chosen;
}

}  // namespace lutetia

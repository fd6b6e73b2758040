/// @file Hot work compiled once per instruction set and chosen when the program runs.
#pragma once

#include <string>
#include <vector>

// Under the address sanitizer all of them are the baseline: flattened checks compile for a quarter
// of an hour per file.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define LUTETIA_COMPILED_FOR(features) __attribute__((target(features), flatten, noinline))
#else
#define LUTETIA_COMPILED_FOR(features)
#endif

namespace lutetia {

/// What hot work may be compiled for. On other machines than x86-64 there is only the baseline.
enum class Instructions { baseline, avx2, avx512 };

std::string to_string(Instructions set);
/// Those this machine has, the widest last.
const std::vector<Instructions>& available_instructions();
/// The widest of this machine; the environment variable LUTETIA_INSTRUCTIONS may name a narrower
/// one, to compare them.
/// @throws std::invalid_argument when it names none of this machine
Instructions chosen_instructions();

namespace detail {
template <class F>
LUTETIA_COMPILED_FOR("avx2,fma")
void run_avx2(const F& f) {
  f();
}
template <class F>
LUTETIA_COMPILED_FOR("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")
void run_avx512(const F& f) {
  f();
}
}  // namespace detail

/// Call f compiled for an instruction set. Everything f calls is inlined into the one function that
/// is compiled so: no other code of the program asks for more than the baseline.
template <class F>
void with_instructions(Instructions set, const F& f) {
  switch (set) {
    case Instructions::avx512:
      return detail::run_avx512(f);
    case Instructions::avx2:
      return detail::run_avx2(f);
    case Instructions::baseline:
      return f();
  }
}

}  // namespace lutetia

/// @file Counts what the program takes from the heap.
#pragma once

#include <cstddef>

namespace lutetia::testing {

/// Allocations of this thread so far, by operator new and by aligned vectors.
std::size_t allocations();

}  // namespace lutetia::testing

/// @file Where numbers of a patient come from when they do not say it themselves.
#pragma once

#include "lutetia/document/fields.hpp"

namespace lutetia {

/// Source and tag of a number, else those of what it stands in.
inline const Provenance& own_or(const Provenance& own, const Provenance& outer) {
  return own.sources.empty() && own.tag.empty() ? outer : own;
}

}  // namespace lutetia

/// @file Effective half-lives of a radioligand in a population: what single scans are read with.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lutetia/document/fields.hpp"

namespace lutetia {

struct PopulationHalfLives {
  std::string name;
  std::string nuclide;
  std::vector<std::pair<std::string, SourcedQuantity>>
      regions;  ///< median [h] with its between-subject variation
};

/// Read a table of half-lives; problems are collected, the result is then meaningless.
PopulationHalfLives read_population_half_lives(const Node& node, Problems& problems);

}  // namespace lutetia

/// @file How accurately and with which method to integrate.
#pragma once

#include <cstddef>

#include "lutetia/linalg/instructions.hpp"

namespace lutetia {

enum class Method { rodas5p, rodas4p };

/// Which side of a jump an output at exactly its time shows.
enum class AtEvent { before, after };

struct SimulationOptions {
  Method method = Method::rodas5p;
  double rtol = 1e-6;  ///< relative error per step, RMS within an organ, the worst organ counts
  double atol_fraction = 1e-3;     ///< absolute error = rtol · this · amount given of the block
  double first_step = 0.005;       ///< after every event, times rtol^0.2 [h]
  std::size_t max_steps = 200000;  ///< attempts over the whole run
  AtEvent at_event = AtEvent::before;
  bool curves = false;  ///< keep the activity between steps (Trajectory::curves)
  Instructions instructions = chosen_instructions();  ///< the hot work is compiled for
};

}  // namespace lutetia

/// @file One search by Ceres, which stays private to search.cpp.
#pragma once

#include "lutetia/estimation/minimize.hpp"

namespace lutetia {

/// Search from m.z on. Sets z to the best there was, its gradient (infinite when it is not known)
/// and why the search ended, and adds to the counts. Converged means that Ceres says so and no step
/// was taken back for want of a value: steps that became short for that are no minimum.
void levenberg_marquardt(const Objective& objective, const MinimizeOptions& options,
                         const std::atomic<bool>* cancel, Minimum& m);
void bfgs(const Objective& objective, const MinimizeOptions& options,
          const std::atomic<bool>* cancel, Minimum& m);

/// One evaluation more, with or without derivatives and value.
void count(Minimum& m, bool derivatives, bool value);

}  // namespace lutetia

/// @file The questions of the benchmark: each prints its table and returns results and gates.
#pragma once

#include "measure.hpp"
#include "workload.hpp"

namespace lutetia::bench {

/// How fast is one patient, and against CVODES at equal achieved accuracy?
Section one_patient(const Workload& work);

/// What do derivatives cost, and against CVODES at equal accuracy of the derivatives?
Section derivatives(const Workload& work);

/// How fast is a fit, against differences and against CVODES at equal accuracy of the gradient?
Section fits(const Library& library, const Case& reference);

/// How many virtual patients per second, how accurate, and do two threads double it?
Section many_patients(const Library& library, const Case& reference);

/// How does the time of a step grow with the number of lesions?
Section many_lesions(const Case& reference);

/// What do wider registers bring, and do they change results?
Section instruction_sets(const Workload& work);

}  // namespace lutetia::bench

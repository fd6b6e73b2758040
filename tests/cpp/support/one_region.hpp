/// @file A run of one organ whose dose rate has a formula.
#pragma once

#include "lutetia/radiobiology/damage.hpp"
#include "support/models.hpp"

namespace lutetia::testing {

/// Activity leaves an organ of 300 g with 0.05 1/h, a store of it with 0.4 1/h into the organ.
inline const std::string one_organ = R"(
lutetia: 1
model: one_organ
routes: {intravenous: organ.space, store: store}
parameters: {out: 0.05 1/h, into: 0.4 1/h}
organ_types:
  organ:
    parameters: {volume: 0.3 L, mass: 300 g}
    compartments: {space: {volume: volume}}
organs:
  organ: {type: organ}
compartments: {store: {}, end: {outside: true}}
processes:
  - transfer: {from: store, to: organ.space, rate: into}
  - transfer: {from: organ.space, to: end, rate: out}
)";

/// Dose rates of a run in which all electron energy stays where it is emitted.
inline DoseRates local_dose_rates(const Setup& setup, const Trajectory& run,
                                  Tail tail = Tail::linear) {
  const auto tia = time_integrated_activity(run, tail);
  const auto targets = target_regions(run);
  const DoseData data =
      dose_data(library(), tia, setup.substances, DoseConvention::local_electrons);
  std::vector<std::string> names;
  for (const TargetRegion& target : targets) names.push_back(target.name);
  return dose_rates(run.curves, names,
                    source_terms(targets, tia, data.nuclides, data.s_values, setup.patient.sex,
                                 DoseConvention::local_electrons),
                    tia);
}

inline RunRequest with_curves(double end, double rtol) {
  RunRequest out = request_of({}, end, rtol);
  out.options.curves = true;
  return out;
}

}  // namespace lutetia::testing

#include "workload.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

#include "lutetia/dosimetry/tia.hpp"
#include "lutetia/simulate/problem.hpp"
#include "lutetia/study/case.hpp"
#include "lutetia/units/constants.hpp"

namespace lutetia::bench {
namespace {

/// The organs (not the rest of the body) and all lesions: 20 regions.
std::vector<ObservedRegion> observed_regions(const System& system, const Block& labeled) {
  std::vector<ObservedRegion> out;
  for (const Region& region : system.network().regions) {
    const auto& left_out = {"rest", "serum", "whole_body", "urine"};
    if (std::find(left_out.begin(), left_out.end(), region.name) != left_out.end()) continue;
    out.push_back({region.name, {}});
    for (const int c : region.compartments) out.back().states.push_back(labeled.states[c]);
  }
  return out;
}

const Block& labeled_block(const System& system) {
  return *std::find_if(system.blocks().begin(), system.blocks().end(),
                       [](const Block& b) { return b.tracer >= 0; });
}

}  // namespace

Workload reference_workload(const std::filesystem::path& models) {
  const std::clock_t start = std::clock();
  const Case c = read_case(Library(models.string()), "netter1_reference");
  Workload work;
  const Substances& s = c.substances;
  work.system = std::make_shared<const System>(
      compile(c.model, c.patients.front(), s.ligands, s.nuclides, s.structure));
  work.rates = work.system->rates();
  work.compile_seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  work.schedule = expand(c.regimen, *work.system, work.rates);
  work.end = default_end(*work.system, work.rates, work.schedule);
  work.times = default_times(work.schedule, work.end, 50);
  work.scale = state_scales(*work.system, work.schedule);
  const Block& labeled = labeled_block(*work.system);
  work.regions = observed_regions(*work.system, labeled);
  work.to_activity =
      work.system->decay_constant(work.rates, labeled.tracer) * constants::activity_per_decay_rate;
  return work;
}

Answer solve_with_lutetia(const Workload& work, const SimulationOptions& options) {
  const Trajectory run =
      simulate(work.system, work.rates, work.schedule, work.times, work.end, options);
  const TimeIntegratedActivity tia = time_integrated_activity(run, Tail::none).front();
  Answer out;
  out.counters = run.counters;
  for (const ObservedRegion& region : work.regions) {
    const int r = run.region_index(region.name);
    const std::vector<double> activity = run.activity(r, tia.nuclide);
    out.activity.insert(out.activity.end(), activity.begin(), activity.end());
    for (std::size_t k = 0; k < tia.cycle_starts.size(); ++k) out.tia.push_back(tia.value(r, k));
  }
  return out;
}

Deviation deviation(const Workload& work, const Answer& answer, const Answer& reference) {
  Deviation out;
  const std::size_t times = work.times.size();
  for (std::size_t r = 0; r < work.regions.size(); ++r) {
    const auto first = reference.activity.begin() + static_cast<long>(r * times);
    const double peak = *std::max_element(first, first + static_cast<long>(times));
    for (std::size_t i = r * times; i < (r + 1) * times; ++i)
      out.peak = std::max(out.peak, std::abs(answer.activity[i] - reference.activity[i]) / peak);
  }
  for (std::size_t i = 0; i < reference.tia.size(); ++i)
    out.cumulated = std::max(out.cumulated, std::abs(answer.tia[i] / reference.tia[i] - 1.0));
  return out;
}

}  // namespace lutetia::bench

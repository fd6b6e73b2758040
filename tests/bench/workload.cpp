#include "workload.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "lutetia/dosimetry/derivatives.hpp"
#include "lutetia/dosimetry/tia.hpp"
#include "lutetia/simulate/problem.hpp"
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
    for (const RegionPart& part : region.parts)  // all whole: the model has no free daughters
      out.back().states.push_back(labeled.states[part.compartment]);
  }
  return out;
}

const Block& labeled_block(const System& system) {
  return *std::find_if(system.blocks().begin(), system.blocks().end(),
                       [](const Block& b) { return b.tracer >= 0; });
}

}  // namespace

const std::vector<std::string> varied_parameters{"gfr",
                                                 "kidney.receptor_density",
                                                 "liver.receptor_density",
                                                 "spleen.receptor_density",
                                                 "liver_1.receptor_density",
                                                 "node_1.receptor_density",
                                                 "k_internalization_normal",
                                                 "k_release_normal",
                                                 "k_protein_binding",
                                                 "dotatate.k_on",
                                                 "liver_1.k_internalization",
                                                 "liver_1.k_release",
                                                 "liver_1.perfusion",
                                                 "liver_2.receptor_density",
                                                 "rest.receptor_density",
                                                 "kidney.volume",
                                                 "liver.volume",
                                                 "spleen.volume",
                                                 "liver.permeability_density",
                                                 "kidney.megalin_fraction"};

Case reference_case(const std::filesystem::path& models) {
  return read_case(Library(models.string()), "netter1_reference");
}

Workload workload_of(const Case& reference) {
  PreparedRun run = prepare_run(reference.model, reference.patients.front(), reference.regimen,
                                reference.substances);
  if (run.phases.size() != 1)
    throw std::logic_error("the course of the benchmark changes its parameters: nobody else does");
  Workload work{run.system, std::move(run.phases), std::move(run.schedule), std::move(run.times),
                run.end};
  work.scale = state_scales(*work.system, work.schedule, work.system->rates());
  const Block& labeled = labeled_block(*work.system);
  work.regions = observed_regions(*work.system, labeled);
  work.to_activity = work.system->decay_constant(work.phase().rates, labeled.tracer) *
                     constants::activity_per_decay_rate;
  return work;
}

namespace {

Answer answer_of(const Workload& work, const Trajectory& run) {
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

}  // namespace

Answer solve_with_lutetia(const Workload& work, const SimulationOptions& options) {
  return answer_of(
      work, simulate(work.system, work.phases, work.schedule, work.times, work.end, options));
}

Answer differentiate_with_lutetia(const Workload& work, const std::vector<int>& parameters,
                                  const SimulationOptions& options) {
  const auto [run, sensitivities] = simulate_with_sensitivities(
      work.system, work.phases, {parameters}, work.schedule, work.times, work.end, options);
  Answer out = answer_of(work, run);
  const std::string nuclide = tia_derivatives(run, sensitivities, Tail::none).front().nuclide;
  for (const ObservedRegion& region : work.regions) {
    const auto by = activity_derivative(run, sensitivities, run.region_index(region.name), nuclide);
    out.activity_by.insert(out.activity_by.end(), by.begin(), by.end());
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

double time_at_error(const std::vector<Point>& coarse_to_fine, double error) {
  for (std::size_t i = 0; i + 1 < coarse_to_fine.size(); ++i) {
    const Point &coarse = coarse_to_fine[i], &fine = coarse_to_fine[i + 1];
    if (!(coarse.error >= error && error >= fine.error)) continue;
    const double share = std::log(coarse.error / error) / std::log(coarse.error / fine.error);
    return std::exp(std::lerp(std::log(coarse.time), std::log(fine.time), share));
  }
  return std::nan("");
}

}  // namespace lutetia::bench

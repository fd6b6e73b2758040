#include "lutetia/fit/patient_predictor.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "lutetia/dosimetry/derivatives.hpp"

namespace lutetia {
namespace {

/// What happens until a time.
Schedule until(Schedule schedule, double end) {
  std::erase_if(schedule.events, [&](const Event& e) { return e.time > end; });
  std::erase_if(schedule.cycle_starts, [&](double start) { return start > end; });
  schedule.last_end = std::min(schedule.last_end, end);
  return schedule;
}

}  // namespace

PatientCourse::PatientCourse(const Library& library, const Model& model, const Patient& patient,
                             const Regimen& regimen, std::vector<FreeParameter> free,
                             const SimulationOptions& options)
    : regimen_(with_amino_acids(library, regimen)),
      cycle_effects_(patient.cycle_effects),
      options_(options) {
  const Substances substances = read_substances(library, regimen_);
  system_ = std::make_shared<const System>(
      compile(model, patient, substances.ligands, substances.nuclides, substances.structure));
  const Rates rates = system_->rates();
  system_->check(rates);
  const Schedule schedule = expand(regimen_, *system_, rates);
  cycle_starts_ = schedule.cycle_starts;
  free_ = FreeParameters(std::move(free), *system_, std::max<std::size_t>(1, cycle_starts_.size()));
  check_directions({.parameters = free_.positions()}, *system_, schedule, {});
}

void PatientCourse::check_scans(const std::vector<Scan>& scans) const {
  Problems problems;
  std::vector<std::string> regions, nuclides;
  for (const Region& region : system_->network().regions) regions.push_back(region.name);
  for (const Tracer& tracer : system_->structure().tracers) nuclides.push_back(tracer.nuclide);
  const Schedule schedule = expand(regimen_, *system_, system_->rates());
  for (std::size_t j = 0; j < scans.size(); ++j) {
    const Scan& scan = scans[j];
    const std::string which = text("measurement ", j + 1);
    if (std::find(regions.begin(), regions.end(), scan.region) == regions.end())
      problems.add({.what = text(which, " is of ", quote(scan.region), ", which the model has not"),
                    .hint = suggestion(scan.region, regions)});
    if (std::find(nuclides.begin(), nuclides.end(), scan.nuclide) == nuclides.end()) {
      problems.add({.what = text(which, " is of ", quote(scan.nuclide), ", which is not given"),
                    .hint = suggestion(scan.nuclide, nuclides)});
      continue;
    }
    const bool given = std::any_of(
        schedule.given.begin(), schedule.given.end(),
        [&](const GivenDose& d) { return d.nuclide == scan.nuclide && d.time < scan.time; });
    if (!given)
      problems.add({.what = text(which, " of ", quote(scan.region), " is before any ", scan.nuclide,
                                 " is given"),
                    .found = text(scan.time, " h"),
                    .hint = "times count from the start of the administration of the cycle"});
  }
  problems.throw_if_any();
}

std::pair<Trajectory, Sensitivities> PatientCourse::integrate(const Eigen::VectorXd& phi,
                                                              const std::vector<double>& times,
                                                              std::optional<double> end,
                                                              bool derivatives) const {
  FittedValues fitted = free_.values(phi.data());
  fitted.effects.insert(fitted.effects.end(), cycle_effects_.begin(), cycle_effects_.end());
  const Rates rates = system_->rates<double>(fitted.values);
  system_->check(rates);
  Schedule schedule = expand(regimen_, *system_, rates);
  const double last =
      end ? *end
          : std::max(default_end(*system_, rates, schedule), times.empty() ? 0.0 : times.back());
  if (end) schedule = until(std::move(schedule), last);
  add_voids(schedule, *system_, rates, last);
  const auto phases =
      rate_phases(fitted.effects, regimen_.windows, *system_, fitted.values, last, schedule);
  if (!derivatives)
    return {simulate(system_, phases, schedule, times, last, options_), Sensitivities{}};
  const Directions directions{.parameters = {},
                              .joint = free_.directions(phi.data(), phases, schedule.cycle_starts)};
  return simulate_with_sensitivities(system_, phases, directions, schedule, times, last, options_);
}

std::pair<Trajectory, Sensitivities> PatientCourse::run(const Eigen::VectorXd& phi,
                                                        const std::vector<double>& times,
                                                        bool derivatives) const {
  if (times.empty()) throw std::invalid_argument("a run to the last scan needs a time");
  return integrate(phi, times, times.back(), derivatives);
}

std::pair<Trajectory, Sensitivities> PatientCourse::whole_run(const Eigen::VectorXd& phi,
                                                              const std::vector<double>& times,
                                                              bool derivatives) const {
  return integrate(phi, times, std::nullopt, derivatives);
}

Predictor predict_scans(std::shared_ptr<const PatientCourse> course, std::vector<Scan> scans) {
  course->check_scans(scans);
  std::vector<double> times;
  for (const Scan& scan : scans) times.push_back(scan.time);
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  Predictor out{static_cast<int>(scans.size()), course->free().size(), nullptr};
  out.predict = [course, scans = std::move(scans), times](
                    const Eigen::VectorXd& phi, bool derivatives,
                    Prediction& p) -> std::optional<std::string> {
    try {
      const auto [run, sensitivities] = course->run(phi, times, derivatives);
      const Eigen::Index q = course->free().size();
      p.values.resize(static_cast<Eigen::Index>(scans.size()));
      if (derivatives) p.jacobian.resize(p.values.size(), q);
      for (std::size_t j = 0; j < scans.size(); ++j) {
        const Scan& scan = scans[j];
        const int region = run.region_index(scan.region);
        const std::size_t t =
            std::lower_bound(times.begin(), times.end(), scan.time) - times.begin();
        p.values(static_cast<Eigen::Index>(j)) = run.activity(region, scan.nuclide)[t];
        if (!derivatives) continue;
        const auto by = activity_derivative(run, sensitivities, region, scan.nuclide);
        for (Eigen::Index c = 0; c < q; ++c)
          p.jacobian(static_cast<Eigen::Index>(j), c) = by[t * q + c];
      }
      return std::nullopt;
    } catch (const Error& error) {
      return error.what();
    }
  };
  return out;
}

}  // namespace lutetia

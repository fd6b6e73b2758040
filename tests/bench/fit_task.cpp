#include "fit_task.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <stdexcept>

namespace lutetia::bench {
namespace {

constexpr std::size_t parameter_count = 10;
constexpr double variation = 0.5;  ///< coefficient of variation of the prior
constexpr double relative_error = 0.05;
constexpr double scan_times[] = {24.0, 96.0, 168.0};  ///< [h]
constexpr const char* nuclide = "Lu-177";
constexpr std::uint64_t seed = 2026;

/// Regions with receptors: what only blood fills is empty a day later, and nobody measures it.
constexpr const char* scanned[] = {"kidney",     "liver",    "spleen",  "gi",
                                   "red_marrow", "adrenals", "liver_1", "liver_2",
                                   "liver_3",    "node_1",   "node_2",  "bone_1"};

Workload scanned_course(const Case& reference, std::size_t cycles) {
  Workload work = workload_of(reference);
  work.times.clear();
  for (std::size_t c = 0; c < cycles; ++c)
    for (const double t : scan_times) work.times.push_back(work.schedule.cycle_starts[c] + t);
  work.end = work.times.back();
  std::erase_if(work.schedule.events, [&](const Event& e) { return e.time > work.end; });
  std::erase_if(work.schedule.cycle_starts, [&](double start) { return start > work.end; });
  std::vector<ObservedRegion> regions;
  for (const char* name : scanned)
    regions.push_back(*std::find_if(work.regions.begin(), work.regions.end(),
                                    [&](const ObservedRegion& r) { return r.name == name; }));
  work.regions = std::move(regions);
  return work;
}

class Normal {
 public:
  double operator()() {
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }

 private:
  double uniform() { return (static_cast<double>(bits_() >> 11) + 0.5) * 0x1p-53; }
  std::mt19937_64 bits_{seed};
};

}  // namespace

FitTask fit_task(const Library& library, const Case& reference, std::size_t cycles, int patients) {
  FitTask task{scanned_course(reference, cycles)};
  std::vector<std::string> names;
  Eigen::VectorXd mean(parameter_count);
  for (std::size_t p = 0; p < parameter_count; ++p) {
    const std::string& name = names.emplace_back(varied_parameters[p]);
    task.free.push_back({.name = name, .parameters = {name}});
    task.parameters.push_back(task.work.system->parameter_index(name));
    mean(static_cast<Eigen::Index>(p)) = std::log(task.work.phase().values[task.parameters.back()]);
  }
  const double omega2 = std::log1p(variation * variation);
  task.prior = Prior(names, mean, omega2 * Eigen::MatrixXd::Identity(mean.size(), mean.size()));
  for (const ObservedRegion& region : task.work.regions)
    for (const double t : task.work.times) task.scans.push_back({region.name, nuclide, t});
  const Predictor exact = with_sensitivities(library, reference, task, 1e-8);
  Normal normal;
  for (int i = 0; i < patients; ++i) {
    Eigen::VectorXd z(mean.size());
    for (double& each : z) each = normal();
    Prediction truth;
    if (const auto why = exact.predict(task.prior.coordinates(z), false, truth))
      throw std::runtime_error(*why);
    Objective fit;
    fit.groups = {{.b = relative_error}};
    fit.prior = task.prior;
    for (const double activity : truth.values)
      fit.measurements.push_back({.value = activity * std::exp(relative_error * normal())});
    task.fits.push_back(std::move(fit));
  }
  return task;
}

Predictor with_sensitivities(const Library& library, const Case& reference, const FitTask& task,
                             double rtol) {
  SimulationOptions options;
  options.rtol = rtol;
  return predict_scans(
      std::make_shared<const PatientCourse>(library, reference.model, reference.patients.front(),
                                            reference.regimen, task.free, options),
      task.scans);
}

Predictor with_differences(Predictor values, Differences kind, double step) {
  Predictor out = values;
  out.predict = [values = std::move(values), kind, step](
                    const Eigen::VectorXd& phi, bool derivatives,
                    Prediction& p) -> std::optional<std::string> {
    if (auto why = values.predict(phi, false, p)) return why;
    if (!derivatives) return std::nullopt;
    p.jacobian.resize(p.values.size(), phi.size());
    for (Eigen::Index c = 0; c < phi.size(); ++c) {
      Eigen::VectorXd moved = phi;
      Prediction above, below{p.values, {}};
      moved(c) = phi(c) + step;
      if (auto why = values.predict(moved, false, above)) return why;
      moved(c) = phi(c) - step;
      if (kind == Differences::central)
        if (auto why = values.predict(moved, false, below)) return why;
      const double width = kind == Differences::central ? 2.0 * step : step;
      p.jacobian.col(c) = (above.values - below.values) / width;
    }
    return std::nullopt;
  };
  return out;
}

Predictor with_cvodes(const FitTask& task, double rtol, Corrector corrector) {
  Predictor out{static_cast<int>(task.scans.size()), static_cast<int>(task.free.size()), nullptr};
  out.predict = [work = task.work, parameters = task.parameters, rtol, corrector](
                    const Eigen::VectorXd& phi, bool derivatives,
                    Prediction& p) mutable -> std::optional<std::string> {
    RatePhase& phase = work.phases.front();
    for (std::size_t i = 0; i < parameters.size(); ++i)
      phase.values[parameters[i]] = std::exp(phi(static_cast<Eigen::Index>(i)));
    phase.rates = work.system->rates<double>(phase.values);
    CvodesOptions options{.rtol = rtol, .integrals = false, .corrector = corrector};
    if (derivatives) options.parameters = parameters;
    try {
      const Answer answer = solve_with_cvodes(work, options);
      p.values = Eigen::Map<const Eigen::VectorXd>(
          answer.activity.data(), static_cast<Eigen::Index>(answer.activity.size()));
      if (!derivatives) return std::nullopt;
      using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
      p.jacobian = Eigen::Map<const Rows>(answer.activity_by.data(), p.values.size(), phi.size()) *
                   phi.array().exp().matrix().asDiagonal();
      return std::nullopt;
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  return out;
}

Objective with_predictor(Objective fit, const Predictor& predictor) {
  fit.predictor = predictor;
  return fit;
}

}  // namespace lutetia::bench

// How fast is a fit? Ten parameters of the reference patient from twelve regions at three times, by
// the same search over the same objective with three kinds of derivatives: ours, differences of our
// own runs, and forward sensitivities of CVODES. Ours and those of CVODES are compared at the
// coarsest tolerance that gives the gradient at the start to 1e-5; differences are taken of runs at
// our tolerance, by the fastest scheme and step that still finds the minimum.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "fit_task.hpp"
#include "lutetia/core/text.hpp"
#include "lutetia/estimation/minimize.hpp"
#include "questions.hpp"

namespace lutetia::bench {
namespace {

constexpr int repeats = 3, patients = 4;
constexpr double reference_rtol = 1e-10;
constexpr double gate_gradient = 1e-5;  ///< relative error, by its largest entry
constexpr double same_minimum = 1e-3;   ///< of the objective above the least one
constexpr double our_rtols[] = {1e-4, 1e-5, 1e-6, 1e-7};
constexpr double cvodes_rtols[] = {1e-5, 1e-6, 1e-7, 1e-8, 1e-9};
constexpr double default_rtol = 1e-6;
constexpr double steps[] = {1e-2, 1e-3, 1e-4};  ///< of a logarithm
constexpr double gate_over_cvodes = 5.0, gate_over_differences = 2.0;
constexpr std::size_t starts = 16;
constexpr int threads = 2;
constexpr double hoped_multi_start_s = 1.0;

struct Size {
  std::size_t cycles;
  double hoped_ms;
};
constexpr Size sizes[] = {{1, 25.0}, {4, 100.0}};

/// One way to derivatives and how its fits went.
struct Way {
  std::string name;
  double rtol;
  Predictor predictor;
  double gradient_error;
  Timing time = {};                  ///< of one fit [ms]
  std::vector<double> total = {};    ///< of all patients, each turn [ms]
  std::vector<Minimum> minima = {};  ///< of the patients
  double above = 0.0;                ///< worst objective above that of the reference fits

  bool finds() const { return above <= same_minimum; }
  int runs() const {
    int out = 0;
    for (const Minimum& m : minima) out += m.evaluations;
    return out;
  }
  int derivatives() const {
    int out = 0;
    for (const Minimum& m : minima) out += m.derivatives;
    return out;
  }
};

Eigen::VectorXd gradient(const Objective& fit, const Predictor& predictor) {
  const auto at =
      evaluate(with_predictor(fit, predictor), Eigen::VectorXd::Zero(fit.coordinates()), true);
  if (!at) return Eigen::VectorXd::Constant(fit.coordinates(), std::nan(""));
  return at->gradient;
}

double gradient_error(const FitTask& task, const Predictor& predictor,
                      const std::vector<Eigen::VectorXd>& reference) {
  double worst = 0.0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const Eigen::VectorXd off = gradient(task.fits[i], predictor) - reference[i];
    const double error = off.lpNorm<Eigen::Infinity>() / reference[i].lpNorm<Eigen::Infinity>();
    worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(worst, error);
  }
  return worst;
}

void fit_all(const FitTask& task, Way& way) {
  way.minima.clear();
  for (const Objective& fit : task.fits)
    way.minima.push_back(
        minimize(with_predictor(fit, way.predictor), Eigen::VectorXd::Zero(fit.coordinates())));
}

/// How far the minima lie above those of the reference, on the reference's objective.
double worst_above(const FitTask& task, const Way& way, const Way& reference) {
  double worst = 0.0;
  for (std::size_t i = 0; i < way.minima.size(); ++i) {
    const auto at =
        evaluate(with_predictor(task.fits[i], reference.predictor), way.minima[i].z, false);
    if (!way.minima[i].converged() || !at) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, at->total() - reference.minima[i].objective);
  }
  return worst;
}

/// The coarsest of some tolerances at which the gradient is good enough.
template <class Rtols, class Make>
Way coarsest(const FitTask& task, const std::vector<Eigen::VectorXd>& reference,
             const std::string& name, const Rtols& rtols, const Make& make) {
  Way way{name, 0.0, {}, std::nan("")};
  for (const double rtol : rtols) {
    way.rtol = rtol;
    way.predictor = make(rtol);
    way.gradient_error = gradient_error(task, way.predictor, reference);
    if (way.gradient_error <= gate_gradient) break;
  }
  return way;
}

struct Ways {
  Way reference;
  std::vector<Way> all;  ///< ours, ours at the default tolerance, CVODES twice, differences
};

Ways ways_of(const Library& library, const Case& reference_case, const FitTask& task) {
  auto ours = [&](double rtol) { return with_sensitivities(library, reference_case, task, rtol); };
  Ways out{{"reference", reference_rtol, ours(reference_rtol), 0.0}, {}};
  std::vector<Eigen::VectorXd> gradients;
  for (const Objective& fit : task.fits)
    gradients.push_back(gradient(fit, out.reference.predictor));
  out.all.push_back(coarsest(task, gradients, "lutetia", our_rtols, ours));
  out.all.push_back({"lutetia, default", default_rtol, ours(default_rtol), 0.0});
  for (const auto& [name, corrector] : {std::pair("cvodes staggered", Corrector::staggered),
                                        std::pair("cvodes simultaneous", Corrector::simultaneous)})
    out.all.push_back(
        coarsest(task, gradients, name, cvodes_rtols,
                 [&, c = corrector](double rtol) { return with_cvodes(task, rtol, c); }));
  const Way we = out.all.front();  // the vector grows
  for (const auto& [name, kind] :
       {std::pair("forward", Differences::forward), std::pair("central", Differences::central)})
    for (const double step : steps)
      out.all.push_back({text(name, " differences, ", step), we.rtol,
                         with_differences(we.predictor, kind, step), 0.0});
  for (Way& way : out.all) way.gradient_error = gradient_error(task, way.predictor, gradients);
  return out;
}

void measure(const FitTask& task, Ways& ways) {
  fit_all(task, ways.reference);
  std::vector<std::function<void()>> works;
  for (Way& way : ways.all) works.push_back([&] { fit_all(task, way); });
  const auto ms = turn_by_turn(repeats, works);
  for (std::size_t w = 0; w < ways.all.size(); ++w) {
    Way& way = ways.all[w];
    way.total = ms[w];
    std::vector<double> each;
    for (const double all : ms[w]) each.push_back(all / patients);
    way.time = summary(each);
    way.above = worst_above(task, way, ways.reference);
  }
}

/// Median over the turns of how much longer one takes than another.
double ratio(const Way& slow, const Way& fast) {
  std::vector<double> out;
  for (std::size_t i = 0; i < slow.total.size(); ++i) out.push_back(slow.total[i] / fast.total[i]);
  return median(out);
}

/// The fastest of those whose name has a part and that find the minimum; none if none does.
const Way* fastest(const Ways& ways, const std::string& part) {
  const Way* out = nullptr;
  for (const Way& way : ways.all)
    if (way.name.find(part) != std::string::npos && way.finds() &&
        (!out || way.time.median < out->time.median))
      out = &way;
  return out;
}

/// Seconds of the clock for searches from the mean of the prior and from points one standard
/// deviation away from it along its axes.
double multi_start_seconds(const FitTask& task, const Way& way) {
  std::vector<double> seconds;
  for (const Objective& fit : task.fits) {
    std::vector<Eigen::VectorXd> from(starts, Eigen::VectorXd::Zero(fit.coordinates()));
    for (std::size_t s = 1; s < starts; ++s) {
      const auto axis = static_cast<Eigen::Index>((s - 1) % from[s].size());
      from[s](axis) = s <= static_cast<std::size_t>(from[s].size()) ? 1.0 : -1.0;
    }
    const double begin = clock_seconds();
    minimize_from(with_predictor(fit, way.predictor), from, threads);
    seconds.push_back(clock_seconds() - begin);
  }
  return median(seconds);
}

void print(const Size& size, const FitTask& task, const Ways& ways) {
  std::printf("Fits of %zu parameters to %zu scans in %zu %s, %d patients\n", task.free.size(),
              task.scans.size(), size.cycles, size.cycles == 1 ? "cycle" : "cycles", patients);
  std::printf(
      "   rtol  derivatives                  gradient   runs  with der.    median      min      "
      "max "
      "ms  above minimum\n");
  for (const Way& way : ways.all)
    std::printf("%7.0e  %-28s  %8.1e  %5.1f      %5.1f  %8.1f %8.1f %8.1f     %8.1e\n", way.rtol,
                way.name.c_str(), way.gradient_error, 1.0 * way.runs() / patients,
                1.0 * way.derivatives() / patients, way.time.median, way.time.least, way.time.most,
                way.above);
}

std::string json(const Way& way) {
  return object({{"derivatives", quoted(way.name)},
                 {"rtol", number(way.rtol)},
                 {"gradient_error", number(way.gradient_error)},
                 {"runs", number(1.0 * way.runs() / patients)},
                 {"runs_with_derivatives", number(1.0 * way.derivatives() / patients)},
                 {"time", json(way.time)},
                 {"above_minimum", number(way.above)}});
}

void add_gates(const Size& size, const Ways& ways, double seconds, std::vector<Gate>& gates) {
  const Way& ours = ways.all.front();
  const std::string which =
      text("fit, ", size.cycles, size.cycles == 1 ? " cycle" : " cycles", ": ");
  const Way *cvodes = fastest(ways, "cvodes"), *differences = fastest(ways, "differences");
  gates.push_back({which + "error of the gradient", ours.gradient_error, false, gate_gradient});
  gates.push_back({which + "objective above the least", ours.above, false, same_minimum});
  gates.push_back({which + "times faster than over CVODES",
                   cvodes ? ratio(*cvodes, ours) : std::nan(""), true, gate_over_cvodes});
  gates.push_back({which + "times faster than over differences",
                   differences ? ratio(*differences, ours) : std::nan(""), true,
                   gate_over_differences});
  gates.push_back(
      {which + "one search [ms]", ours.time.median, false, size.hoped_ms, Gate::Kind::guidance});
  gates.push_back({text(which, starts, " searches on ", threads, " threads [s]"), seconds, false,
                   hoped_multi_start_s, Gate::Kind::guidance});
}

}  // namespace

Section fits(const Library& library, const Case& reference) {
  Section out{"fits", {}, {}};
  std::vector<std::string> tables;
  for (const Size& size : sizes) {
    const FitTask task = fit_task(library, reference, size.cycles, patients);
    Ways ways = ways_of(library, reference, task);
    measure(task, ways);
    print(size, task, ways);
    const double seconds = multi_start_seconds(task, ways.all.front());
    std::printf("  %zu searches on %d threads: %.2f s of the clock\n", starts, threads, seconds);
    add_gates(size, ways, seconds, out.gates);
    std::vector<std::string> rows;
    for (const Way& way : ways.all) rows.push_back(json(way));
    tables.push_back(object({{"cycles", number(static_cast<double>(size.cycles))},
                             {"ways", array(rows)},
                             {"multi_start_s", number(seconds)}}));
  }
  out.results.emplace_back("tables", array(tables));
  return out;
}

}  // namespace lutetia::bench

// Exact derivatives of the discrete steps against forward sensitivities of CVODES, both without
// derivatives in the control of steps. Errors are those of derivatives of activities, relative to
// the peak of each in its region. A derivative that moves a region by less than a thousandth
// (p·∂A/∂p against the peak of A) is measured against that thousandth: there neither solver was
// asked for digits.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "lutetia/core/text.hpp"
#include "questions.hpp"

namespace lutetia::bench {
namespace {

constexpr int repeats = 5;
constexpr double rtols[] = {1e-4, 1e-5, 1e-6, 1e-7};
constexpr double cvodes_finer[] = {1e-8, 1e-9};  ///< CVODES needs these for the same errors
constexpr double gate_rtol = 1e-6;
constexpr double negligible = 1e-3;
constexpr double gate_references = 1e-6;  ///< agreement of the two tight runs
constexpr double common_errors[] = {1e-4, 1e-5, 1e-6};

/// Parameters to differentiate by, and how many times a value its derivatives may cost.
struct Size {
  std::size_t parameters;
  double gate;
};
constexpr Size sizes[] = {{10, 5.0}, {20, 7.0}};

SimulationOptions at_tolerance(double rtol) {
  SimulationOptions options;
  options.rtol = rtol;
  return options;
}

struct Worst {
  double error = 0.0;
  std::string where;
};

/// Largest error of a derivative; the reference may have more parameters, ours the first of them.
Worst derivative_error(const Workload& work, const std::vector<int>& all, std::size_t parameters,
                       const Answer& found, const Answer& reference) {
  Worst out;
  const std::size_t times = work.times.size();
  for (std::size_t r = 0; r < work.regions.size(); ++r)
    for (std::size_t p = 0; p < parameters; ++p) {
      double peak = 0.0, activity = 0.0, error = 0.0;
      for (std::size_t t = 0; t < times; ++t) {
        const std::size_t row = r * times + t;
        const double expected = reference.activity_by[row * all.size() + p];
        peak = std::max(peak, std::abs(expected));
        activity = std::max(activity, reference.activity[row]);
        error = std::max(error, std::abs(found.activity_by[row * parameters + p] - expected));
      }
      const double scale =
          std::max(peak, negligible * activity / std::abs(work.phase().values[all[p]]));
      if (error / scale > out.error)
        out = {error / scale, text(work.regions[r].name, " by ", varied_parameters[p])};
    }
  return out;
}

struct Row {
  double rtol;
  std::string solver;
  Timing time;
  Worst error;
};

/// Everything at one number of parameters.
struct Table {
  std::size_t parameters;
  std::vector<Row> rows;
  std::vector<std::pair<double, double>> over_value;  ///< (rtol, ratio)
};

constexpr const char *ours = "lutetia", *staggered = "cvodes staggered",
                     *simultaneous = "cvodes simultaneous";

void measure(const Workload& work, const std::vector<int>& all, const Answer& reference,
             double rtol, bool with_lutetia, Table& table) {
  const std::vector<int> parameters(all.begin(), all.begin() + static_cast<long>(table.parameters));
  CvodesOptions options{.rtol = rtol, .parameters = parameters};
  Answer value, derivative, by_staggered, by_simultaneous;
  std::vector<std::function<void()>> works{[&] {
                                             options.corrector = Corrector::staggered;
                                             by_staggered = solve_with_cvodes(work, options);
                                           },
                                           [&] {
                                             options.corrector = Corrector::simultaneous;
                                             by_simultaneous = solve_with_cvodes(work, options);
                                           }};
  if (with_lutetia) {
    works.push_back([&] { value = solve_with_lutetia(work, at_tolerance(rtol)); });
    works.push_back(
        [&] { derivative = differentiate_with_lutetia(work, parameters, at_tolerance(rtol)); });
  }
  const auto ms = turn_by_turn(repeats, works);
  auto add = [&](const char* solver, const std::vector<double>& times, const Answer& answer) {
    table.rows.push_back({rtol, solver, summary(times),
                          derivative_error(work, all, table.parameters, answer, reference)});
  };
  if (with_lutetia) {
    add(ours, ms[3], derivative);
    std::vector<double> ratios;
    for (int i = 0; i < repeats; ++i) ratios.push_back(ms[3][i] / ms[2][i]);
    table.over_value.emplace_back(rtol, median(ratios));
  }
  add(staggered, ms[0], by_staggered);
  add(simultaneous, ms[1], by_simultaneous);
}

std::vector<Point> points(const Table& table, const std::string& solver) {
  std::vector<Point> out;
  for (const Row& row : table.rows)
    if (row.solver == solver) out.push_back({row.error.error, row.time.median});
  return out;
}
double time_of_cvodes(const Table& table, double error) {
  return std::fmin(time_at_error(points(table, staggered), error),
                   time_at_error(points(table, simultaneous), error));
}

void print(const Table& table) {
  std::printf("Activities and derivatives by %zu parameters\n", table.parameters);
  std::printf("   rtol  solver                  median      min      max ms   of peak  worst\n");
  for (const Row& row : table.rows)
    std::printf("%7.0e  %-20s  %8.2f %8.2f %8.2f     %8.1e  %s\n", row.rtol, row.solver.c_str(),
                row.time.median, row.time.least, row.time.most, row.error.error,
                row.error.where.c_str());
  for (const auto& [rtol, ratio] : table.over_value)
    std::printf("  at rtol %.0e value and derivatives take %.2f times the value\n", rtol, ratio);
  for (const double error : common_errors) {
    const double we = time_at_error(points(table, ours), error),
                 they = time_of_cvodes(table, error);
    std::printf(
        "  at error %.0e of peak the faster CVODES takes %.1f times as long (%.1f, %.1f ms)\n",
        error, they / we, they, we);
  }
}

std::string json(const Table& table) {
  std::vector<std::string> rows, ratios, errors;
  for (const Row& row : table.rows)
    rows.push_back(object({{"rtol", number(row.rtol)},
                           {"solver", quoted(row.solver)},
                           {"time", json(row.time)},
                           {"error", number(row.error.error)},
                           {"worst", quoted(row.error.where)}}));
  for (const auto& [rtol, ratio] : table.over_value)
    ratios.push_back(object({{"rtol", number(rtol)}, {"over_value", number(ratio)}}));
  for (const double error : common_errors)
    errors.push_back(object({{"error", number(error)},
                             {"lutetia_ms", number(time_at_error(points(table, ours), error))},
                             {"cvodes_ms", number(time_of_cvodes(table, error))}}));
  return object({{"parameters", number(static_cast<double>(table.parameters))},
                 {"rows", array(rows)},
                 {"over_value", array(ratios)},
                 {"equal_error", array(errors)}});
}

}  // namespace

Section derivatives(const Workload& work) {
  std::vector<int> all;
  for (const std::string& name : varied_parameters)
    all.push_back(work.system->parameter_index(name));
  const Answer reference = differentiate_with_lutetia(work, all, at_tolerance(1e-10));
  const Worst references =
      derivative_error(work, all, all.size(),
                       solve_with_cvodes(work, {.rtol = 1e-11, .parameters = all}), reference);
  Section out{"derivatives", {{"references_agree_to", number(references.error)}}, {}};
  out.gates.push_back({"difference of the reference derivatives of lutetia and CVODES",
                       references.error, false, gate_references});
  std::vector<std::string> tables;
  for (const Size& size : sizes) {
    Table table{size.parameters, {}, {}};
    for (const double rtol : rtols) measure(work, all, reference, rtol, true, table);
    for (const double rtol : cvodes_finer) measure(work, all, reference, rtol, false, table);
    print(table);
    tables.push_back(json(table));
    for (const auto& [rtol, ratio] : table.over_value)
      if (rtol == gate_rtol)
        out.gates.push_back({text("value and derivatives by ", size.parameters,
                                  " parameters over the value at rtol ", rtol),
                             ratio, false, size.gate});
  }
  out.results.emplace_back("tables", array(tables));
  return out;
}

}  // namespace lutetia::bench

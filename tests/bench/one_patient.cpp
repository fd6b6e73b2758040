// The course by this package and by SUNDIALS CVODES (BDF, KLU, analytic Jacobian) in one process,
// turn by turn, with the same right-hand side, relative tolerance and absolute tolerances; both
// stop at every event. Errors are measured against a run at rtol 1e-11, which CVODES at 1e-12 must
// confirm.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "lutetia/core/text.hpp"
#include "questions.hpp"
#include "support/budgets.hpp"

namespace lutetia::bench {
namespace {

using testing::Budget;
using testing::reference_budgets;

constexpr int repeats = 9;
constexpr double gate_rtol = 1e-6;
constexpr double gate_peak_error = 1e-6;       ///< of the peak of each region
constexpr double gate_cumulated_error = 2e-7;  ///< of each time-integrated activity
constexpr double gate_speed_ratio = 15.0;      ///< CVODES over this package at gate_peak_error
constexpr double hoped_ms = 2.5;               ///< at both errors
constexpr double gate_references = 1e-8;       ///< agreement of the two tight runs
constexpr double common_errors[] = {1e-5, 1e-6, 2e-7};

struct Measured {
  Timing time;
  Deviation error;
  StepCounters counters;
};

/// Ours, and CVODES compiled with care and as the distribution ships it.
struct Row {
  double rtol;
  Measured lutetia, cvodes, shipped;
};

SimulationOptions at_tolerance(double rtol) {
  SimulationOptions options;
  options.rtol = rtol;
  return options;
}

Row measure(const Workload& work, const Answer& reference, double rtol) {
  Answer answers[3];
  const auto ms = turn_by_turn(
      repeats,
      {[&] { answers[0] = solve_with_lutetia(work, at_tolerance(rtol)); },
       [&] { answers[1] = solve_with_cvodes(work, {.rtol = rtol}); },
       [&] { answers[2] = solve_with_cvodes(work, {.rtol = rtol, .shipped_operations = true}); }});
  auto measured = [&](int i) {
    return Measured{summary(ms[i]), deviation(work, answers[i], reference), answers[i].counters};
  };
  return {rtol, measured(0), measured(1), measured(2)};
}

std::vector<Point> points(const std::vector<Row>& rows, Measured Row::*solver) {
  std::vector<Point> out;
  for (const Row& row : rows) out.push_back({(row.*solver).error.peak, (row.*solver).time.median});
  return out;
}

void print_line(double rtol, const char* name, const Measured& m) {
  std::printf("%7.0e  %-15s %6zu %4zu %6zu %7zu %7zu  %8.3f %8.3f %8.3f  %6.2f  %8.1e %8.1e\n",
              rtol, name, m.counters.accepted, m.counters.rejected, m.counters.factorizations,
              m.counters.rhs_calls, m.counters.solves, m.time.median, m.time.least, m.time.most,
              1e3 * m.time.median / static_cast<double>(m.counters.accepted), m.error.peak,
              m.error.cumulated);
}

void print(const std::vector<Row>& rows) {
  std::printf(
      "One patient\n   rtol  solver           steps  rej factor     rhs  solves    median      min "
      " "
      "    max ms us/step   of peak cumulated\n");
  for (const Row& row : rows) {
    print_line(row.rtol, "lutetia", row.lutetia);
    print_line(row.rtol, "cvodes", row.cvodes);
    print_line(row.rtol, "cvodes, shipped", row.shipped);
  }
  std::printf("time of CVODES over that of lutetia   at error of peak");
  for (const double error : common_errors) std::printf("%10.0e", error);
  for (const auto& [name, solver] :
       {std::pair("compiled with care", &Row::cvodes), std::pair("as shipped", &Row::shipped)}) {
    std::printf("\n  %-50s", name);
    for (const double error : common_errors)
      std::printf("%10.1f", time_at_error(points(rows, solver), error) /
                                time_at_error(points(rows, &Row::lutetia), error));
  }
  std::printf("\n");
}

std::string json(const Measured& m) {
  const StepCounters& c = m.counters;
  auto count = [](std::size_t n) { return number(static_cast<double>(n)); };
  return object({{"median_ms", number(m.time.median)},
                 {"min_ms", number(m.time.least)},
                 {"max_ms", number(m.time.most)},
                 {"peak_error", number(m.error.peak)},
                 {"cumulated_error", number(m.error.cumulated)},
                 {"steps", count(c.accepted)},
                 {"rejected", count(c.rejected)},
                 {"factorizations", count(c.factorizations)},
                 {"rhs_calls", count(c.rhs_calls)},
                 {"solves", count(c.solves)}});
}

Fields results(const std::vector<Row>& rows, const Deviation& references) {
  std::vector<std::string> at_rtol, at_error;
  for (const Row& row : rows)
    at_rtol.push_back(object({{"rtol", number(row.rtol)},
                              {"lutetia", json(row.lutetia)},
                              {"cvodes", json(row.cvodes)},
                              {"cvodes_shipped", json(row.shipped)}}));
  for (const double error : common_errors)
    at_error.push_back(
        object({{"peak_error", number(error)},
                {"lutetia_ms", number(time_at_error(points(rows, &Row::lutetia), error))},
                {"cvodes_ms", number(time_at_error(points(rows, &Row::cvodes), error))},
                {"cvodes_shipped_ms", number(time_at_error(points(rows, &Row::shipped), error))}}));
  return {{"repeats", number(repeats)},
          {"references_agree_to", number(std::max(references.peak, references.cumulated))},
          {"equal_rtol", array(at_rtol)},
          {"equal_error", array(at_error)}};
}

void add_budgets(const Row& row, const Budget& budget, std::vector<Gate>& out) {
  const double most = static_cast<double>(budget.attempts),
               stages = static_cast<double>(rodas5p.stages);
  const StepCounters& c = row.lutetia.counters;
  auto limit = [&](const char* what, std::size_t found, double bound) {
    out.push_back({text(what, " at rtol ", row.rtol), static_cast<double>(found), false, bound});
  };
  limit("attempted steps", c.accepted + c.rejected, most);
  limit("factorizations", c.factorizations, most);
  limit("right-hand sides", c.rhs_calls, most);
  limit("solves", c.solves, stages * most);
}

std::vector<Gate> gates_of(const std::vector<Row>& rows, const Deviation& references) {
  std::vector<Gate> out{{"difference of the references of lutetia and CVODES",
                         std::max(references.peak, references.cumulated), false, gate_references}};
  double fastest = std::nan("");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Measured& ours = rows[i].lutetia;
    add_budgets(rows[i], reference_budgets[i], out);
    if (ours.error.peak <= gate_peak_error && ours.error.cumulated <= gate_cumulated_error &&
        !(ours.time.median >= fastest))
      fastest = ours.time.median;
    if (rows[i].rtol != gate_rtol) continue;
    const std::string at = text(" at rtol ", rows[i].rtol);
    out.push_back({"error of an activity" + at, ours.error.peak, false, gate_peak_error});
    out.push_back({"error of a time-integrated activity" + at, ours.error.cumulated, false,
                   gate_cumulated_error});
  }
  const double ours = time_at_error(points(rows, &Row::lutetia), gate_peak_error);
  // The library as Debian compiles it is what users have; the other is the honest measure of
  // method.
  out.push_back({text("times faster than CVODES with optimized loops at error ", gate_peak_error),
                 time_at_error(points(rows, &Row::cvodes), gate_peak_error) / ours, true,
                 gate_speed_ratio, Gate::Kind::guidance});
  out.push_back({text("times faster than CVODES as shipped at error ", gate_peak_error),
                 time_at_error(points(rows, &Row::shipped), gate_peak_error) / ours, true,
                 gate_speed_ratio});
  out.push_back(
      {text("one patient, errors within ", gate_peak_error, " and ", gate_cumulated_error, " [ms]"),
       fastest, false, hoped_ms, Gate::Kind::guidance});
  return out;
}

}  // namespace

Section one_patient(const Workload& work) {
  const Answer reference = solve_with_lutetia(work, at_tolerance(1e-11));
  const Deviation references = deviation(work, solve_with_cvodes(work, {.rtol = 1e-12}), reference);
  std::vector<Row> rows;
  for (const Budget& budget : reference_budgets)
    rows.push_back(measure(work, reference, budget.rtol));
  print(rows);
  return {"one_patient", results(rows, references), gates_of(rows, references)};
}

}  // namespace lutetia::bench

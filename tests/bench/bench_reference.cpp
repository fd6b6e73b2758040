// How fast is one patient, and against what?
//
// The standard course (4 cycles x 7.4 GBq of 177Lu-DOTATATE, 6 lesions, 50 outputs per cycle in 20
// regions and their time-integrated activities) is solved by this package and by SUNDIALS CVODE
// (BDF, KLU, analytic Jacobian) in one process, turn by turn, with the same right-hand side,
// relative tolerance and absolute tolerances; both stop at every event. Errors are measured against
// a run at rtol 1e-11, which CVODE at 1e-12 must confirm.
//
//   bench_reference [result.json]
//
// Exit code 1: more work than the budget below, an error above its limit, or a ratio below its
// gate. Times are processor times of one core; they are reported, only their ratio is judged.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "lutetia/core/text.hpp"
#include "workload.hpp"

namespace lutetia::bench {
namespace {

constexpr int repeats = 9;

/// Attempted steps allowed per tolerance. The counts repeat exactly on one machine; two percent of
/// room is left for other compilers. Every attempt costs one factorization, and at most one
/// right-hand side and one solve per stage. The amino acids of the course add two stops per cycle.
struct Budget {
  double rtol;
  std::size_t attempts;
};
constexpr Budget budgets[] = {{1e-3, 232},  {1e-4, 362},  {1e-5, 606},
                              {1e-6, 1054}, {1e-7, 1829}, {1e-8, 3253}};

constexpr double gate_rtol = 1e-6;
constexpr double gate_peak_error = 1e-6;       ///< of the peak of each region, at gate_rtol
constexpr double gate_cumulated_error = 2e-7;  ///< of each time-integrated activity, at gate_rtol
constexpr double gate_speed_ratio = 5.0;       ///< CVODE over this package at gate_rtol
constexpr double gate_references = 1e-8;       ///< agreement of the two tight runs

struct Timing {
  double median, least, most;  ///< [ms]
};

struct Measured {
  Timing time;
  Deviation error;
  StepCounters counters;
};

struct Row {
  double rtol;
  Measured lutetia, cvode;
};

Timing summary(std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  return {ms[ms.size() / 2], ms.front(), ms.back()};
}

/// One timed run.
template <class Solve>
Answer timed(const Solve& solve, std::vector<double>& ms) {
  const std::clock_t start = std::clock();
  Answer out = solve();
  ms.push_back(1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  return out;
}

SimulationOptions at_tolerance(double rtol) {
  SimulationOptions options;
  options.rtol = rtol;
  return options;
}

Row measure(const Workload& work, const Answer& reference, double rtol) {
  const SimulationOptions options = at_tolerance(rtol);
  std::vector<double> ours, theirs;
  Answer a, b;
  for (int i = 0; i < repeats; ++i) {  // turn by turn, so that noise of the machine meets both
    a = timed([&] { return solve_with_lutetia(work, options); }, ours);
    b = timed([&] { return solve_with_cvode(work, rtol, options.atol_fraction); }, theirs);
  }
  return {rtol,
          {summary(ours), deviation(work, a, reference), a.counters},
          {summary(theirs), deviation(work, b, reference), b.counters}};
}

/// Time to reach an error, log-log between the two tolerances around it; nan outside the table.
double time_at_error(const std::vector<Row>& rows, Measured Row::*solver, double error) {
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    const Measured &coarse = rows[i].*solver, &fine = rows[i + 1].*solver;
    if (!(coarse.error.peak >= error && error >= fine.error.peak)) continue;
    const double share =
        std::log(coarse.error.peak / error) / std::log(coarse.error.peak / fine.error.peak);
    return std::exp(std::lerp(std::log(coarse.time.median), std::log(fine.time.median), share));
  }
  return std::nan("");
}

double ratio(const Row& row) { return row.cvode.time.median / row.lutetia.time.median; }

constexpr double common_errors[] = {1e-5, 1e-6, 2e-7};

void print_line(double rtol, const char* name, const Measured& m) {
  std::printf("%7.0e  %-8s %7zu %5zu %7zu %8zu %8zu  %8.3f %8.3f %8.3f  %6.2f  %8.1e %8.1e\n", rtol,
              name, m.counters.accepted, m.counters.rejected, m.counters.factorizations,
              m.counters.rhs_calls, m.counters.solves, m.time.median, m.time.least, m.time.most,
              1e3 * m.time.median / static_cast<double>(m.counters.accepted), m.error.peak,
              m.error.cumulated);
}

void print(const std::vector<Row>& rows) {
  std::printf(
      "   rtol  solver     steps   rej  factor      rhs   solves    median      min  max [ms] "
      "us/step   of peak cumulated\n");
  for (const Row& row : rows) {
    print_line(row.rtol, "lutetia", row.lutetia);
    print_line(row.rtol, "cvode", row.cvode);
  }
  std::printf("\nCVODE time over lutetia time\n");
  for (const Row& row : rows) std::printf("  at rtol %.0e: %5.1f\n", row.rtol, ratio(row));
  for (const double error : common_errors) {
    const double ours = time_at_error(rows, &Row::lutetia, error),
                 theirs = time_at_error(rows, &Row::cvode, error);
    std::printf("  at error %.0e of peak: %5.1f  (%.2f ms and %.2f ms)\n", error, theirs / ours,
                ours, theirs);
  }
}

std::string json(const Measured& m) {
  const StepCounters& c = m.counters;
  return text("{\"median_ms\": ", m.time.median, ", \"min_ms\": ", m.time.least,
              ", \"max_ms\": ", m.time.most, ", \"peak_error\": ", m.error.peak,
              ", \"cumulated_error\": ", m.error.cumulated, ", \"steps\": ", c.accepted,
              ", \"rejected\": ", c.rejected, ", \"factorizations\": ", c.factorizations,
              ", \"rhs_calls\": ", c.rhs_calls, ", \"solves\": ", c.solves, "}");
}

std::string json(const std::vector<Row>& rows, double compile_ms, const Deviation& references,
                 const std::vector<std::string>& broken) {
  std::vector<std::string> lines, equal_error, failures;
  for (const Row& row : rows)
    lines.push_back(text("    {\"rtol\": ", row.rtol, ", \"ratio\": ", ratio(row),
                         ",\n     \"lutetia\": ", json(row.lutetia),
                         ",\n     \"cvode\": ", json(row.cvode), "}"));
  for (const double error : common_errors) {
    const double ours = time_at_error(rows, &Row::lutetia, error),
                 theirs = time_at_error(rows, &Row::cvode, error);
    if (std::isfinite(theirs / ours))
      equal_error.push_back(text("    {\"peak_error\": ", error, ", \"lutetia_ms\": ", ours,
                                 ", \"cvode_ms\": ", theirs, ", \"ratio\": ", theirs / ours, "}"));
  }
  for (const std::string& what : broken) failures.push_back(text('"', what, '"'));
  return text("{\n  \"case\": \"netter1_reference\",\n  \"repeats\": ", repeats,
              ",\n  \"compile_ms\": ", compile_ms,
              ",\n  \"references_agree_to\": ", std::max(references.peak, references.cumulated),
              ",\n  \"equal_rtol\": [\n", join(lines, ",\n"), "\n  ],\n  \"equal_error\": [\n",
              join(equal_error, ",\n"), "\n  ],\n  \"failures\": [", join(failures), "]\n}\n");
}

/// Everything that may fail, as sentences.
std::vector<std::string> broken_limits(const std::vector<Row>& rows, const Deviation& references) {
  std::vector<std::string> out;
  auto limit = [&](const std::string& what, double found, double most) {
    if (!(found <= most)) out.push_back(text(what, ": ", found, " exceeds ", most));
  };
  limit("difference of the references", std::max(references.peak, references.cumulated),
        gate_references);
  for (const Row& row : rows) {
    const auto* budget = std::find_if(std::begin(budgets), std::end(budgets),
                                      [&](const Budget& b) { return b.rtol == row.rtol; });
    const double most = static_cast<double>(budget->attempts),
                 stages = static_cast<double>(rodas5p.stages);
    const StepCounters& c = row.lutetia.counters;
    const std::string at = text(" at rtol ", row.rtol);
    limit("attempted steps" + at, static_cast<double>(c.accepted + c.rejected), most);
    limit("factorizations" + at, static_cast<double>(c.factorizations), most);
    limit("right-hand sides" + at, static_cast<double>(c.rhs_calls), stages * most);
    limit("solves" + at, static_cast<double>(c.solves), stages * most);
    if (row.rtol != gate_rtol) continue;
    limit("error of an activity" + at, row.lutetia.error.peak, gate_peak_error);
    limit("error of a time-integrated activity" + at, row.lutetia.error.cumulated,
          gate_cumulated_error);
    if (ratio(row) < gate_speed_ratio)
      out.push_back(text("only ", ratio(row), " times faster than CVODE", at));
  }
  return out;
}

int run(int argc, char** argv) {
  const Workload work = reference_workload(LUTETIA_MODELS);
  const double compile_ms = 1e3 * work.compile_seconds;
  const Answer reference = solve_with_lutetia(work, at_tolerance(1e-11));
  const Deviation references =
      deviation(work, solve_with_cvode(work, 1e-12, SimulationOptions{}.atol_fraction), reference);
  std::printf(
      "%d states, %d nonzeros, %d in L + U, %zu outputs of %zu regions; model read and compiled in "
      "%.1f ms\n",
      work.system->size(), work.system->pattern().nonzeros(), work.system->symbolic_lu().nonzeros(),
      work.times.size(), work.regions.size(), compile_ms);
  std::printf("references differ by %.1e of peak and %.1e cumulated\n\n", references.peak,
              references.cumulated);
  std::vector<Row> rows;
  for (const Budget& budget : budgets) rows.push_back(measure(work, reference, budget.rtol));
  print(rows);
  const std::vector<std::string> broken = broken_limits(rows, references);
  for (const std::string& what : broken) std::printf("FAILED %s\n", what.c_str());
  if (argc > 1) std::ofstream(argv[1]) << json(rows, compile_ms, references, broken);
  return broken.empty() ? 0 : 1;
}

}  // namespace
}  // namespace lutetia::bench

int main(int argc, char** argv) { return lutetia::bench::run(argc, argv); }

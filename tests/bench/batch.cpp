// Virtual patients in chunks of four that share steps, against the same patients each alone, and
// two threads against one. What two cores of this machine can do at best is measured in the same
// turns: two independent processes against one.

#include "lutetia/batch/block.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <random>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "questions.hpp"

namespace lutetia::bench {
namespace {

constexpr int repeats = 5;
constexpr std::size_t patients = 400, judged_patients = 40;
constexpr double variation = 0.3;  ///< coefficient of variation of every parameter
constexpr std::uint64_t seed = 2026;
constexpr double reference_rtol = 1e-10;
constexpr double hoped_per_second = 1500.0;  ///< and core
constexpr double gate_over_single = 1.3;
constexpr double gate_scaling = 1.8;
constexpr double free_cores = 1.9;   ///< two processes must be this much faster than one to judge
constexpr double gate_error = 1e-3;  ///< at the rtol of batches, of the peak or the integral

/// Log-normal values around those of the reference patient, shape (patients, parameters).
Rows virtual_patients(const System& system) {
  const std::vector<double> medians = system.parameter_values();
  const double omega = std::sqrt(std::log1p(variation * variation));
  std::mt19937_64 bits(seed);
  auto uniform = [&] { return (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53; };
  Rows out{patients, {}};
  for (std::size_t i = 0; i < patients; ++i)
    for (const std::string& name : varied_parameters) {
      const double radius = std::sqrt(-2.0 * std::log(uniform()));  // Box and Muller
      const double normal = radius * std::cos(2.0 * std::numbers::pi * uniform());
      out.values.push_back(medians[system.parameter_index(name)] * std::exp(omega * normal));
    }
  return out;
}

/// Some kind of batch of the same patients.
struct Kind {
  std::vector<Outcome> observe;
  bool alone = false;
  double rtol = BatchOptions{}.simulation.rtol;
};

std::shared_ptr<const Batch> batch_of(const Library& library, const Case& reference,
                                      const Workload& work, const Kind& kind) {
  std::vector<GivenParameter> given;
  for (const std::string& name : varied_parameters) {
    const auto& parameter = work.system->network().parameters[work.system->parameter_index(name)];
    given.push_back({name, internal_unit(parameter.dimension)});
  }
  BatchOptions options;
  options.observe = kind.observe;
  options.tail = Tail::none;
  options.times = work.times;
  options.simulation.rtol = kind.rtol;
  options.simulation.max_steps = SimulationOptions{}.max_steps;
  options.reproducible = kind.alone;
  return std::make_shared<const Batch>(make_batch(library, reference.model, reference.patients,
                                                  {reference.regimen}, given, options));
}

BlockResult run(const std::shared_ptr<const Batch>& batch, const Rows& rows, unsigned threads) {
  BlockResult out = simulate_many(batch, rows, threads);
  for (std::size_t m = 0; m < out.members(); ++m)
    if (out.status[m] != MemberStatus::ok)
      throw std::runtime_error(text("virtual patient ", m, ": ", out.messages[m]));
  return out;
}

/// Largest difference of two blocks: of activities by their peak, of integrals by themselves.
Deviation difference(const Batch& batch, const BlockResult& found, const BlockResult& reference,
                     std::size_t members) {
  Deviation out;
  const std::size_t times = batch.options.times.size(), cells = batch.regions.size();
  for (std::size_t row = 0; row < members * cells; ++row) {
    const double* const expected = reference.values[0].data() + row * times;
    const double peak = *std::max_element(expected, expected + times);
    if (!(peak > 0.0)) continue;  // a region that holds no label
    for (std::size_t t = 0; t < times; ++t)
      out.peak =
          std::max(out.peak, std::abs(found.values[0][row * times + t] - expected[t]) / peak);
    for (std::size_t k = row * batch.cycles; k < (row + 1) * batch.cycles; ++k)
      out.cumulated =
          std::max(out.cumulated, std::abs(found.values[1][k] / reference.values[1][k] - 1.0));
  }
  return out;
}

Rows first_of(const Rows& rows, std::size_t count) {
  const auto width = rows.values.size() / rows.count;
  return {count, {rows.values.begin(), rows.values.begin() + static_cast<long>(count * width)}};
}

/// Seconds of the clock until `processes` independent ones have each run all rows.
double seconds_of_processes(int processes, const std::shared_ptr<const Batch>& batch,
                            const Rows& rows) {
  std::fflush(stdout);
  const double start = clock_seconds();
  for (int i = 0; i < processes; ++i) {
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("cannot fork");
    if (child == 0) {
      run(batch, rows, 1);
      _exit(0);
    }
  }
  for (int i = 0; i < processes; ++i) {
    int status = 0;
    if (wait(&status) < 0 || status != 0) throw std::runtime_error("a process of its own failed");
  }
  return clock_seconds() - start;
}

struct Scaling {
  std::vector<double> threads, processes;  ///< how much faster two are than one, by turns
};
Scaling scaling(const std::shared_ptr<const Batch>& batch, const Rows& rows) {
  auto seconds = [&](unsigned threads) {
    const double start = clock_seconds();
    run(batch, rows, threads);
    return clock_seconds() - start;
  };
  Scaling out;
  for (int i = 0; i < repeats; ++i) {
    const double one = seconds(1);
    out.threads.push_back(one / seconds(2));
    const double alone = seconds_of_processes(1, batch, rows);
    out.processes.push_back(2.0 * alone / seconds_of_processes(2, batch, rows));
  }
  return out;
}

double load_average() {
  double load = std::nan("");
  return getloadavg(&load, 1) == 1 ? load : std::nan("");
}

}  // namespace

Section many_patients(const Library& library, const Case& reference) {
  const Workload work = workload_of(reference);
  const Rows rows = virtual_patients(*work.system), few = first_of(rows, judged_patients);
  const std::vector<Outcome> all{Outcome::activity, Outcome::time_integrated_activity};
  auto kind = [&](const Kind& k) { return batch_of(library, reference, work, k); };
  const auto together = kind({all}), alone = kind({all, true}),
             dose = kind({{Outcome::absorbed_dose}});
  const double load = load_average();

  BlockResult of_together, of_alone;
  const auto ms =
      turn_by_turn(repeats, {[&] { of_together = run(together, rows, 1); },
                             [&] { of_alone = run(alone, rows, 1); }, [&] { run(dose, rows, 1); }});
  const BlockResult exact = run(kind({all, true, reference_rtol}), few, 1);
  std::vector<double> over_single;
  for (int i = 0; i < repeats; ++i) over_single.push_back(ms[1][i] / ms[0][i]);
  const double rtol = together->options.simulation.rtol;

  struct Line {
    const char* name;
    const std::vector<double>& ms;
    Deviation error;
  };
  const Line lines[] = {{"in fours, activities and integrals", ms[0],
                         difference(*together, of_together, exact, few.count)},
                        {"each alone, activities and integrals", ms[1],
                         difference(*alone, of_alone, exact, few.count)},
                        {"in fours, absorbed dose alone", ms[2], {std::nan(""), std::nan("")}}};
  std::printf("%zu virtual patients, %zu parameters, rtol %.0e, one thread, load average %.2f\n",
              rows.count, varied_parameters.size(), rtol, load);
  std::printf("%-38s per second of a core   ms each   of peak  cumulated\n", "");
  std::vector<std::string> json_lines;
  for (const Line& line : lines) {
    const double each = median(line.ms) / static_cast<double>(rows.count);
    std::printf("%-38s %20.0f %11.3f  %8.1e   %8.1e\n", line.name, 1e3 / each, each,
                line.error.peak, line.error.cumulated);
    json_lines.push_back(object({{"what", quoted(line.name)},
                                 {"per_second_and_core", number(1e3 / each)},
                                 {"ms_each", number(each)},
                                 {"peak_error", number(line.error.peak)},
                                 {"cumulated_error", number(line.error.cumulated)}}));
  }
  const double gain = median(over_single);
  std::printf("a patient in four is %.2f times as fast as alone\n", gain);
  const Scaling two = scaling(together, rows);
  const double by_threads = median(two.threads), ceiling = median(two.processes);
  const bool free = ceiling >= free_cores;
  std::printf(
      "two threads are %.2f times as fast as one, two independent processes %.2f times: two cores "
      "were%s free\n",
      by_threads, ceiling, free ? "" : " not");

  const double per_second = 1e3 * static_cast<double>(rows.count) / median(ms[0]);
  const Deviation& error = lines[0].error;
  return {"many_patients",
          {{"patients", number(static_cast<double>(rows.count))},
           {"rtol", number(rtol)},
           {"load_average", number(load)},
           {"lines", array(json_lines)},
           {"over_single", number(gain)},
           {"two_threads", number(by_threads)},
           {"two_processes", number(ceiling)}},
          {{text("error in a batch at rtol ", rtol), std::fmax(error.peak, error.cumulated), false,
            gate_error},
           {text("virtual patients per second and core at rtol ", rtol), per_second, true,
            hoped_per_second, Gate::Kind::guidance},
           {"speed of a batch over single runs, per patient", gain, true, gate_over_single},
           {text("two threads over one", free ? "" : " (two cores were not free)"), by_threads,
            true, gate_scaling, free ? Gate::Kind::judged : Gate::Kind::guidance}}};
}

}  // namespace lutetia::bench

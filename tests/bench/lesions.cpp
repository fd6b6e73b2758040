// Lesions of one kind, ever more of them in the same patient; no outputs, so that steps alone
// count.

#include <cmath>
#include <cstdio>

#include "lutetia/core/text.hpp"
#include "questions.hpp"

namespace lutetia::bench {
namespace {

constexpr int repeats = 5;
constexpr int counts[] = {100, 200, 500};
constexpr double gate_slope = 1.05;  ///< of the logarithm of time per step
const std::string small_volume = "1 mL";

Patient with_lesions(Patient patient, int count) {
  const Lesion like = patient.lesions.front();
  patient.lesions.assign(count, like);
  for (int i = 0; i < count; ++i) {
    patient.lesions[i].name = text("lesion_", i + 1);
    patient.lesions[i].parameters.at("volume").quantity = parse_quantity(small_volume);
  }
  return patient;
}

struct Grown {
  int lesions, states;
  std::size_t attempts;
  double compile_ms;
  std::function<void()> solve;
  Timing time = {};
  double us_per_attempt() const { return 1e3 * time.median / static_cast<double>(attempts); }
};

Grown grown(const Case& reference, int lesions) {
  const double start = processor_seconds();
  const auto run = std::make_shared<PreparedRun>(
      prepare_run(reference.model, with_lesions(reference.patients.front(), lesions),
                  reference.regimen, reference.substances));
  const double compile_ms = 1e3 * (processor_seconds() - start);
  auto solve = [run] { return simulate(run->system, run->phases, run->schedule, {}, run->end); };
  const StepCounters counters = solve().counters;
  return {lesions, run->system->size(), counters.accepted + counters.rejected, compile_ms,
          [solve] { solve(); }};
}

}  // namespace

Section many_lesions(const Case& reference) {
  std::vector<Grown> all;
  std::vector<std::function<void()>> works;
  for (const int lesions : counts) {
    all.push_back(grown(reference, lesions));
    works.push_back(all.back().solve);
  }
  const auto ms = turn_by_turn(repeats, works);
  std::vector<std::string> rows;
  std::printf(
      "Many lesions, rtol %.0e\nlesions  states  attempts  compile ms  median ms  us/attempt\n",
      SimulationOptions{}.rtol);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Grown& g = all[i];
    g.time = summary(ms[i]);
    std::printf("%7d %7d %9zu %11.1f %10.1f %11.2f\n", g.lesions, g.states, g.attempts,
                g.compile_ms, g.time.median, g.us_per_attempt());
    rows.push_back(object({{"lesions", number(g.lesions)},
                           {"states", number(g.states)},
                           {"attempts", number(static_cast<double>(g.attempts))},
                           {"compile_ms", number(g.compile_ms)},
                           {"time", json(g.time)},
                           {"us_per_attempt", number(g.us_per_attempt())}}));
  }
  const Grown &few = all.front(), &many = all.back();
  const double slope = std::log(many.us_per_attempt() / few.us_per_attempt()) /
                       std::log(static_cast<double>(many.lesions) / few.lesions);
  std::printf("log-slope from %d to %d lesions: %.3f\n", few.lesions, many.lesions, slope);
  return {"many_lesions",
          {{"rows", array(rows)}, {"log_slope", number(slope)}},
          {{text("log-slope of time per step, ", few.lesions, " to ", many.lesions, " lesions"),
            slope, false, gate_slope}}};
}

}  // namespace lutetia::bench

// The same runs compiled for each instruction set of this machine. Rounding differs, results must
// not differ by more than the tolerance.

#include <cmath>
#include <cstdio>

#include "lutetia/core/text.hpp"
#include "questions.hpp"

namespace lutetia::bench {
namespace {

constexpr int repeats = 9;
constexpr std::size_t parameters = 10;

SimulationOptions compiled_for(Instructions set) {
  SimulationOptions options;
  options.instructions = set;
  return options;
}

}  // namespace

Section instruction_sets(const Workload& work) {
  const auto& sets = available_instructions();
  std::vector<int> by;
  for (std::size_t p = 0; p < parameters; ++p)
    by.push_back(work.system->parameter_index(varied_parameters[p]));
  std::vector<Answer> values(sets.size());
  std::vector<std::function<void()>> works;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const SimulationOptions options = compiled_for(sets[i]);
    works.push_back(
        [&work, &values, i, options] { values[i] = solve_with_lutetia(work, options); });
    works.push_back([&work, &by, options] { differentiate_with_lutetia(work, by, options); });
  }
  const auto ms = turn_by_turn(repeats, works);
  const double rtol = SimulationOptions{}.rtol;
  Section out{"instruction_sets", {}, {}};
  std::vector<std::string> rows;
  std::printf(
      "Instruction sets, rtol %.0e\nset         value ms  and %zu derivatives  attempts   "
      "difference "
      "of peak, cumulated\n",
      rtol, parameters);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const Timing value = summary(ms[2 * i]), derivative = summary(ms[2 * i + 1]);
    const Deviation difference = deviation(work, values[i], values.front());
    const StepCounters& c = values[i].counters;
    const std::string name = to_string(sets[i]);
    std::printf("%-10s %9.2f %19.2f %9zu   %10.1e %10.1e\n", name.c_str(), value.median,
                derivative.median, c.accepted + c.rejected, difference.peak, difference.cumulated);
    rows.push_back(object({{"set", quoted(name)},
                           {"value", json(value)},
                           {"derivatives", json(derivative)},
                           {"attempts", number(static_cast<double>(c.accepted + c.rejected))},
                           {"peak_difference", number(difference.peak)},
                           {"cumulated_difference", number(difference.cumulated)}}));
    if (i > 0)
      out.gates.push_back({text("difference of ", name, " from ", to_string(sets.front())),
                           std::fmax(difference.peak, difference.cumulated), false, rtol});
  }
  out.results.emplace_back("rows", array(rows));
  return out;
}

}  // namespace lutetia::bench

#include "measure.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace lutetia::bench {

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

Timing summary(const std::vector<double>& ms) {
  const auto [least, most] = std::minmax_element(ms.begin(), ms.end());
  return {median(ms), *least, *most};
}

std::string json(const Timing& timing) {
  return object({{"median_ms", number(timing.median)},
                 {"min_ms", number(timing.least)},
                 {"max_ms", number(timing.most)}});
}

std::vector<std::vector<double>> turn_by_turn(int repeats,
                                              const std::vector<std::function<void()>>& works) {
  std::vector<std::vector<double>> out(works.size());
  for (int i = 0; i < repeats; ++i)
    for (std::size_t w = 0; w < works.size(); ++w) {
      const double start = processor_seconds();
      works[w]();
      out[w].push_back(1e3 * (processor_seconds() - start));
    }
  return out;
}

namespace {

const char* verdict(const Gate& gate) {
  if (gate.kind == Gate::Kind::guidance) return gate.held() ? "reached" : "not reached";
  return gate.held() ? "holds" : "FAILED";
}

}  // namespace

void print(const std::vector<Gate>& gates) {
  for (const Gate& gate : gates)
    std::printf("  %-75s %9.3g  %s %-8.3g %s\n", gate.what.c_str(), gate.found,
                gate.at_least ? ">=" : "<=", gate.bound, verdict(gate));
}

std::string json(const Gate& gate) {
  return object({{"what", quoted(gate.what)},
                 {"found", number(gate.found)},
                 {gate.at_least ? "at_least" : "at_most", number(gate.bound)},
                 {"verdict", quoted(verdict(gate))}});
}

}  // namespace lutetia::bench

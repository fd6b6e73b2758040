/// @file Times, turn by turn so that noise of the machine meets all alike, and what is asked of
/// them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "json.hpp"

namespace lutetia::bench {

double processor_seconds();  ///< of this process, all its threads
double clock_seconds();

double median(std::vector<double> values);

struct Timing {
  double median, least, most;  ///< [ms]
};
Timing summary(const std::vector<double>& ms);
std::string json(const Timing& timing);

/// Processor times of some work, each done `repeats` times in turn, shape (works, repeats) [ms].
std::vector<std::vector<double>> turn_by_turn(int repeats,
                                              const std::vector<std::function<void()>>& works);

/// One thing that is asked of the package.
struct Gate {
  enum class Kind {
    judged,   ///< a ratio within one run, or a count: decides the exit code
    guidance  ///< a time, or a ratio this machine could not show just now: reported
  };
  std::string what;
  double found;
  bool at_least;  ///< else at most
  double bound;
  Kind kind = Kind::judged;

  bool held() const { return at_least ? found >= bound : found <= bound; }
};

/// What one question found.
struct Section {
  std::string name;
  Fields results;
  std::vector<Gate> gates;
};

void print(const std::vector<Gate>& gates);
std::string json(const Gate& gate);

}  // namespace lutetia::bench

#include "lutetia/reactions/reaction_events.hpp"

#include <cmath>
#include <map>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

/// constant + Σ factor·(value of a species before the event)
struct Affine {
  double constant = 0.0;
  std::map<int, double> factors = {};

  void add(const Affine& other, double times) {
    constant += times * other.constant;
    for (const auto& [species, factor] : other.factors) factors[species] += times * factor;
  }
};

/// The values after an event, of those it touches.
class After {
 public:
  explicit After(const std::vector<int>& species_of_state) : species_of_state_(species_of_state) {}

  void apply(const Jump& jump, const Rates& rates) {
    const int species = species_of_state_[jump.state];
    const double value = jump.value * jump.share_at(rates);
    if (species < 0) {
      if (value != 0.0) throw InternalError("an event changes a state that no reaction knows");
      return;  // an infusion that never runs is stopped with the others
    }
    switch (jump.kind) {
      case Jump::Kind::add:
        of(species).constant += value;
        return;
      case Jump::Kind::set:
        of(species) = {value};
        return;
      case Jump::Kind::move: {
        const Affine before = of(species);
        of(species).add(before, -value);
        of(species_of_state_[jump.to]).add(before, value);
        return;
      }
    }
  }

  std::vector<ReactionAssignment> assignments() const {
    std::vector<ReactionAssignment> out;
    for (const auto& [species, value] : values_) {
      out.push_back({species, value.constant, {}});
      for (const auto& [other, factor] : value.factors)
        if (factor != 0.0) out.back().terms.emplace_back(other, factor);
    }
    return out;
  }

 private:
  Affine& of(int species) {
    return values_.try_emplace(species, Affine{0.0, {{species, 1.0}}}).first->second;
  }

  const std::vector<int>& species_of_state_;
  std::map<int, Affine> values_;
};

/// Times that differ by rounding alone are one: a solver that looks for events could meet them in
/// either order.
bool together(double a, double b) { return std::abs(a - b) <= 1e-13 * (1.0 + std::abs(b)); }

}  // namespace

int phase_at(const std::vector<RatePhase>& phases, double time) {
  std::size_t at = 0;
  while (at + 1 < phases.size() && phases[at + 1].start <= time) ++at;
  return static_cast<int>(at);
}

std::vector<ReactionEvent> reaction_events(const std::vector<RatePhase>& phases,
                                           const Schedule& schedule,
                                           const std::vector<int>& species_of_state) {
  std::vector<ReactionEvent> out;
  for (std::size_t i = 0; i < schedule.events.size();) {
    const double time = schedule.events[i].time;
    After after(species_of_state);
    std::vector<std::string> names;
    double last = time;
    for (; i < schedule.events.size() && together(schedule.events[i].time, time); ++i) {
      const Event& event = schedule.events[i];
      last = event.time;
      names.push_back(event.name);
      for (const Jump& jump : event.jumps)
        after.apply(jump, phases[phase_at(phases, event.time)].rates);
    }
    out.push_back({time, join(names), phase_at(phases, last), after.assignments()});
  }
  return out;
}

}  // namespace lutetia

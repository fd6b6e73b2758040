#include "lutetia/simulate/recorder.hpp"

#include <algorithm>
#include <cmath>

#include "lutetia/core/text.hpp"

namespace lutetia {

Recorder::Recorder(Trajectory& out)
    : out_(out), system_(*out.system), given_(system_.blocks().size(), 0.0), brought_(given_) {
  for (const Block& block : system_.blocks()) amounts_.push_back(block.amounts());
  out_.states.assign(out_.times.size() * system_.size(), 0.0);
  out_.marks = out_.schedule.cycle_starts;
  out_.marks.push_back(out_.end);
}

std::span<double> Recorder::row(std::size_t output) {
  const std::size_t size = system_.size();
  return {out_.states.data() + output * size, size};
}

void Recorder::check_balance(std::span<const double> x) {
  brought_ = given_;
  for (const Lineage& line : system_.lineages())
    brought_[line.daughter] +=
        out_.rates().slots[line.share] * x[system_.blocks()[line.parent].decayed];
  for (std::size_t b = 0; b < amounts_.size(); ++b) {
    const double given = brought_[b];
    if (given <= 0.0) continue;
    double sum = 0.0, lowest = 0.0;
    for (const int s : amounts_[b]) {
      sum += x[s];
      lowest = std::min(lowest, x[s]);
    }
    if (given_[b] > 0.0) out_.lowest_relative = std::min(out_.lowest_relative, lowest / given);
    double& worst =
        system_.blocks()[b].tracer >= 0 ? out_.mass_balance.labeled : out_.mass_balance.total;
    worst = std::max(worst, std::abs(sum - given) / given);
  }
}

void Recorder::mark(std::span<const double> integral) {
  out_.integrals.insert(out_.integrals.end(), integral.begin(), integral.end());
}

void Recorder::end(std::span<const double> x, const StepCounters& counters) {
  check_balance(x);
  out_.last_state.assign(x.begin(), x.end());
  out_.counters = counters;
}

void Recorder::check_receptors(const Event& event, std::span<const double> x) const {
  const Rates& rates = out_.rates_at(event.time);
  const Network& network = system_.network();
  for (const BindingProcess& p : network.bindings) {
    double held = 0.0;
    for (const Block& block : system_.blocks()) {
      if (block.total() && block.states[p.to] >= 0) held += x[block.states[p.to]];
      if (block.ligand < 0)
        for (const int c : p.unavailable) held += x[block.states[c]];
    }
    const double receptors = rates.slots[p.receptors];
    if (held - receptors > out_.rtol * (1.0 + held + receptors))
      throw ModelError(
          {.what = text("the change at ", event.time, " h leaves fewer receptors in ",
                        quote(network.compartments[p.to].organ), " than are occupied then"),
           .found = text(receptors, " nmol"),
           .expected = text("at least ", held, " nmol"),
           .hint = "change receptors when little is bound, such as at the start of "
                   "a cycle"});
  }
}

void Recorder::apply(const Jump& jump, const Rates& rates, std::span<double> x) {
  const double brought = lutetia::apply(jump, rates, x);
  if (jump.kind == Jump::Kind::add) given_[block_of(jump.state)] += brought;
}

int Recorder::block_of(int state) const {
  for (std::size_t b = 0; b < system_.blocks().size(); ++b) {
    const Block& block = system_.blocks()[b];
    for (const auto* states : {&block.states, &block.reservoirs})
      if (std::find(states->begin(), states->end(), state) != states->end())
        return static_cast<int>(b);
  }
  throw InternalError("an event changes a state that is in no block");
}

}  // namespace lutetia

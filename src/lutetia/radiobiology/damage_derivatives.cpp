#include "lutetia/radiobiology/damage_derivatives.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace lutetia {
namespace {

constexpr int n = DoseRate::coefficients;
constexpr double never = std::numeric_limits<double>::infinity();

double dot(const std::array<double, n>& a, const DoseRate::Piece& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}
double integral(const DoseRate::Piece& c, double length) {
  double sum = 0.0;
  for (int k = 0; k < n; ++k) sum += c[k] / (k + 1);
  return length * sum;
}
double end_value(const DoseRate::Piece& c) { return std::accumulate(c.begin(), c.end(), 0.0); }

/// One component of the repair of one region: what is unrepaired, and its derivatives.
struct Component {
  double rate, weight;
  double unrepaired = 0.0;
  std::vector<double> changes;  ///< of what is unrepaired, per direction
};

/// One region, all directions.
class RegionDamage {
 public:
  RegionDamage(const Repair& repair, std::size_t directions) : now_(directions) {
    for (const RepairComponent& c : repair)
      components_.push_back({c.rate(), c.weight, 0.0, std::vector<double>(directions, 0.0)});
  }

  /// @param changes  pieces of the derivative, per direction
  void add(const DoseRate::Piece& rate, const DoseRate::Piece* changes, double length) {
    for (std::size_t d = 0; d < now_.size(); ++d) now_[d].dose += integral(changes[d], length);
    for (Component& c : components_) {
      const RepairWeights w = repair_weights(c.rate * length);
      std::array<double, n> both{};  // the rate against its derivative, whichever comes first
      for (int j = 0; j < n; ++j)
        for (int k = 0; k < n; ++k) both[j] += (w.cross[j][k] + w.cross[k][j]) * rate[k];
      const double read = dot(w.read, rate);
      for (std::size_t d = 0; d < now_.size(); ++d) {
        now_[d].protraction += 2.0 * c.weight * length *
                               (c.unrepaired * dot(w.read, changes[d]) + c.changes[d] * read +
                                length * dot(both, changes[d]));
        c.changes[d] = w.keep * c.changes[d] + length * dot(w.into, changes[d]);
      }
      c.unrepaired = w.keep * c.unrepaired + length * dot(w.into, rate);
    }
  }
  void add_alpha(const DoseRate::Piece* changes, double length) {
    for (std::size_t d = 0; d < now_.size(); ++d)
      now_[d].alpha_dose += integral(changes[d], length);
  }

  void impulse(int direction, double size, double alpha_size) {
    Damage& now = now_[direction];
    now.dose += size;
    now.alpha_dose += alpha_size;
    for (Component& c : components_) {
      if (c.rate == never) continue;
      now.protraction += 2.0 * c.weight * size * c.unrepaired;
      c.changes[direction] += size;
    }
  }

  /// To the end of the tail, R·e^(−κt) with the dose T = R/κ: Q = 2R Σ w (Y + T/2)/(κ + μ).
  void add_tail(double rate, double decay, const DoseRate::Piece* last, const double* doses) {
    if (decay == never) return;
    const double dose = rate / decay;
    for (std::size_t d = 0; d < now_.size(); ++d) {
      const double r = end_value(last[d]), t = doses[d], k = (r - decay * t) / dose;
      now_[d].dose += t;
      for (const Component& c : components_) {
        if (c.rate == never) continue;
        const double left = c.unrepaired + 0.5 * dose, all = decay + c.rate;
        now_[d].protraction += 2.0 * c.weight / all *
                               (r * left + rate * (c.changes[d] + 0.5 * t) - rate * left * k / all);
      }
    }
  }
  void add_alpha_tail(double decay, const double* doses) {
    for (std::size_t d = 0; decay < never && d < now_.size(); ++d) now_[d].alpha_dose += doses[d];
  }

  /// Up to a mark that moves along a direction.
  Damage up_to(int direction, double rate, double alpha_rate, double speed) const {
    Damage out = now_[direction];
    out.dose += rate * speed;
    out.alpha_dose += alpha_rate * speed;
    for (const Component& c : components_)
      out.protraction += 2.0 * c.weight * rate * c.unrepaired * speed;
    return out;
  }

 private:
  std::vector<Component> components_;
  std::vector<Damage> now_;  ///< per direction; what is unrepaired stands in the components
};

/// State at the end of a cycle, whose mark may move.
void write(const std::vector<RegionDamage>& regions, const DoseRateDerivatives& of,
           std::size_t knot, std::size_t cycle, std::size_t cycles, std::vector<Damage>& out) {
  const std::size_t directions = of.directions;
  for (std::size_t r = 0; r < regions.size(); ++r)
    for (std::size_t d = 0; d < directions; ++d)
      out[(r * cycles + cycle) * directions + d] =
          regions[r].up_to(static_cast<int>(d), 0.0, 0.0, 0.0);
  for (const MovingEvent& e : of.events)
    if (e.knot == knot && e.cycle)
      for (std::size_t r = 0; r < regions.size(); ++r)
        out[(r * cycles + cycle) * directions + e.direction] =
            regions[r].up_to(e.direction, e.low_let_before[r], e.alpha_before[r], e.speed);
}

}  // namespace

std::vector<Damage> damage_derivatives_by_cycle(const DoseRates& rates,
                                                const DoseRateDerivatives& of,
                                                const std::vector<Repair>& repair,
                                                const std::vector<double>& cycle_starts) {
  const std::size_t regions = rates.regions.size(), directions = of.directions,
                    cycles = cycle_starts.size();
  std::vector<Damage> out(regions * cycles * directions);
  if (out.empty() || rates.intervals() == 0) return out;
  std::vector<RegionDamage> all;
  for (std::size_t r = 0; r < regions; ++r) {
    check_repair(repair.at(r));
    all.emplace_back(repair[r], directions);
  }
  std::size_t cycle = 0;
  auto event = of.events.begin();
  for (std::size_t i = 0; i < rates.intervals(); ++i) {
    for (; cycle + 1 < cycles && cycle_starts[cycle + 1] <= rates.knots[i]; ++cycle)
      write(all, of, i, cycle, cycles, out);
    for (; event != of.events.end() && event->knot == i; ++event)
      for (std::size_t r = 0; r < regions; ++r) {
        const double low = rates.low_let[i * regions + r].front() - event->low_let_before[r];
        const double high = rates.alpha.empty()
                                ? 0.0
                                : rates.alpha[i * regions + r].front() - event->alpha_before[r];
        all[r].impulse(event->direction, -event->speed * low, -event->speed * high);
      }
    const double length = rates.knots[i + 1] - rates.knots[i];
    for (std::size_t r = 0; r < regions; ++r) {
      const std::size_t at = i * regions + r;
      all[r].add(rates.low_let[at], of.low_let.pieces.data() + at * directions, length);
      if (!rates.alpha.empty()) all[r].add_alpha(of.alpha.pieces.data() + at * directions, length);
    }
  }
  const std::size_t last = (rates.intervals() - 1) * regions;
  for (std::size_t r = 0; r < regions; ++r) {
    all[r].add_tail(end_value(rates.low_let[last + r]), rates.low_let_tail_decay[r],
                    of.low_let.pieces.data() + (last + r) * directions,
                    of.low_let.tail_dose.data() + r * directions);
    if (!rates.alpha.empty())
      all[r].add_alpha_tail(rates.alpha_tail_decay[r], of.alpha.tail_dose.data() + r * directions);
  }
  write(all, of, rates.intervals(), cycles - 1, cycles, out);
  for (std::size_t i = out.size(); i-- > 0;) {
    if (i / directions % cycles == 0) continue;
    const Damage& before = out[i - directions];
    out[i].dose -= before.dose;
    out[i].alpha_dose -= before.alpha_dose;
    out[i].protraction -= before.protraction;
  }
  return out;
}

}  // namespace lutetia

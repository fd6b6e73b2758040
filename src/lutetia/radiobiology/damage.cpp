#include "lutetia/radiobiology/damage.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "lutetia/core/text.hpp"
#include "lutetia/radiobiology/linear_quadratic.hpp"

namespace lutetia {
namespace {

constexpr int n = DoseRate::coefficients;
constexpr double never = std::numeric_limits<double>::infinity();

/// (1 − e^(−x t))/x, also where x is zero.
double decayed_time(double x, double t) { return x == 0.0 ? t : -std::expm1(-x * t) / x; }

double integral(const DoseRate::Piece& c, double length) {
  double sum = 0.0;
  for (int k = 0; k < n; ++k) sum += c[k] / (k + 1);
  return length * sum;
}

double end_value(const DoseRate::Piece& c) { return std::accumulate(c.begin(), c.end(), 0.0); }

/// Damage of all regions as it grows; components of all tissues share the weights of an interval.
class Growth {
 public:
  Growth(std::size_t regions, const std::vector<Repair>& repair) : now_(regions) {
    if (repair.size() != regions)
      throw std::invalid_argument(
          text("repair must be given for ", regions, " regions, found ", repair.size()));
    for (const Repair& of_region : repair) {
      check_repair(of_region);
      auto& components = components_.emplace_back();
      for (const RepairComponent& c : of_region) {
        const auto at = std::find(rates_.begin(), rates_.end(), c.rate());
        components.push_back({static_cast<std::size_t>(at - rates_.begin()), c.weight, 0.0});
        if (at == rates_.end()) rates_.push_back(c.rate());
      }
    }
    weights_.resize(rates_.size());
  }

  /// Weights of an interval; a repair rate of infinity leaves nothing to read.
  void use(double length) {
    for (std::size_t r = 0; r < rates_.size(); ++r)
      weights_[r] = repair_weights(length > 0.0 ? rates_[r] * length : 0.0);
    length_ = length;
  }

  void add(std::size_t region, const DoseRate::Piece& c) {
    Damage& now = now_[region];
    now.dose += integral(c, length_);
    for (Component& component : components_[region]) {
      const RepairWeights& w = weights_[component.rate];
      double into = 0.0, read = 0.0, own = 0.0;
      for (int j = 0; j < n; ++j) {
        double row = 0.0;
        for (int k = 0; k < n; ++k) row += w.cross[j][k] * c[k];
        own += c[j] * row;
        read += w.read[j] * c[j];
        into += w.into[j] * c[j];
      }
      now.protraction +=
          2.0 * component.weight * length_ * (component.unrepaired * read + length_ * own);
      component.unrepaired = w.keep * component.unrepaired + length_ * into;
    }
  }
  void add_alpha(std::size_t region, const DoseRate::Piece& c) {
    now_[region].alpha_dose += integral(c, length_);
  }

  /// An exponential from `rate` on, after the last interval, for a time that may be infinite.
  void add_tail(std::size_t region, double rate, double decay, double time) {
    Damage& now = now_[region];
    if (decay < never) now.dose += rate * decayed_time(decay, time);
    for (Component& component : components_[region]) {
      const double mu = rates_[component.rate];
      const double before = component.unrepaired;
      component.unrepaired = left(before, mu, time);
      if (decay == never || mu == never) continue;
      if (time < never)
        component.unrepaired +=
            rate * std::exp(-std::min(mu, decay) * time) * decayed_time(std::abs(mu - decay), time);
      else if (mu == 0.0)
        component.unrepaired += rate / decay;
      // ∫ Ḋ Y to the end, less what is left of it from then on.
      const double all = rest(rate, before, decay, mu);
      const double later =
          time < never ? rest(rate * std::exp(-decay * time), component.unrepaired, decay, mu)
                       : 0.0;
      now.protraction += 2.0 * component.weight * (all - later);
    }
  }
  void add_alpha_tail(std::size_t region, double rate, double decay, double time) {
    if (decay < never) now_[region].alpha_dose += rate * decayed_time(decay, time);
  }

  Damage of(std::size_t region) const {
    Damage out = now_[region];
    for (const Component& c : components_[region]) out.unrepaired += c.weight * c.unrepaired;
    return out;
  }

 private:
  struct Component {
    std::size_t rate;
    double weight, unrepaired;
  };

  static double left(double damage, double mu, double time) {
    return mu == 0.0 ? damage : mu == never ? 0.0 : damage * std::exp(-mu * time);
  }
  /// ∫₀^∞ Ḋ Y dt of an exponential Ḋ that begins with some damage.
  static double rest(double rate, double damage, double decay, double mu) {
    return rate * (damage + rate / (2.0 * decay)) / (decay + mu);
  }

  std::vector<Damage> now_;  ///< without what is unrepaired
  std::vector<std::vector<Component>> components_;
  std::vector<double> rates_;  ///< different repair rates [1/h]
  std::vector<RepairWeights> weights_;
  double length_ = 0.0;
};

/// Add an interval, or the share of it before a time.
void add_interval(const DoseRates& rates, std::size_t interval, double share, Growth& growth) {
  const std::size_t regions = rates.regions.size();
  growth.use(share * (rates.knots[interval + 1] - rates.knots[interval]));
  for (std::size_t r = 0; r < regions; ++r) {
    growth.add(r, beginning_of(rates.low_let[interval * regions + r], share));
    if (!rates.alpha.empty())
      growth.add_alpha(r, beginning_of(rates.alpha[interval * regions + r], share));
  }
}

void add_tails(const DoseRates& rates, double time, Growth& growth) {
  if (rates.intervals() == 0) return;
  const std::size_t regions = rates.regions.size(), last = (rates.intervals() - 1) * regions;
  for (std::size_t r = 0; r < regions; ++r) {
    growth.add_tail(r, end_value(rates.low_let[last + r]), rates.low_let_tail_decay[r], time);
    if (!rates.alpha.empty())
      growth.add_alpha_tail(r, end_value(rates.alpha[last + r]), rates.alpha_tail_decay[r], time);
  }
}

}  // namespace

std::vector<Damage> damage(const DoseRates& rates, const std::vector<Repair>& repair,
                           const std::vector<double>& times) {
  if (!std::is_sorted(times.begin(), times.end()))
    throw std::invalid_argument("times of damage must ascend");
  const std::size_t regions = rates.regions.size();
  std::vector<Damage> out(regions * times.size());
  Growth growth(regions, repair);
  std::size_t interval = 0;
  for (std::size_t t = 0; t < times.size(); ++t) {
    for (; interval < rates.intervals() && rates.knots[interval + 1] <= times[t]; ++interval)
      add_interval(rates, interval, 1.0, growth);
    Growth here = growth;
    if (interval == rates.intervals()) {
      if (interval > 0) add_tails(rates, times[t] - rates.knots.back(), here);
    } else if (times[t] > rates.knots[interval]) {
      const double length = rates.knots[interval + 1] - rates.knots[interval];
      add_interval(rates, interval, (times[t] - rates.knots[interval]) / length, here);
    }
    for (std::size_t r = 0; r < regions; ++r) out[r * times.size() + t] = here.of(r);
  }
  return out;
}

std::vector<Damage> damage_by_cycle(const DoseRates& rates, const std::vector<Repair>& repair,
                                    const std::vector<double>& cycle_starts) {
  if (cycle_starts.empty()) return {};
  std::vector<double> ends(cycle_starts.begin() + 1, cycle_starts.end());
  ends.push_back(never);
  std::vector<Damage> out = damage(rates, repair, ends);
  for (std::size_t i = out.size(); i-- > 0;) {
    if (i % ends.size() == 0) continue;
    const Damage& before = out[i - 1];
    out[i].dose -= before.dose;
    out[i].alpha_dose -= before.alpha_dose;
    out[i].protraction -= before.protraction;
  }
  return out;
}

double biologically_effective_dose(const Damage& damage, const Tissue& tissue) {
  return biologically_effective_dose(damage.dose, damage.protraction, tissue.alpha_beta,
                                     damage.alpha_dose, tissue.rbe_max);
}

std::vector<Damage> damage(const DoseRate& rate, const Repair& repair,
                           const std::vector<double>& times) {
  return damage(DoseRates{{""}, rate.knots, rate.pieces, {}, {rate.tail_decay}, {}}, {repair},
                times);
}

}  // namespace lutetia

#include "lutetia/system/tangent.hpp"

#include <ceres/jet.h>

#include <algorithm>

#include "lutetia/system/hyperdual.hpp"

namespace lutetia {
namespace {

using Jet = ceres::Jet<double, lane_count>;

Lanes lanes_of(const Jet& jet) {
  Lanes out{};
  for (int l = 0; l < lane_count; ++l) out[l] = jet.v[l];
  return out;
}
std::vector<Lanes> lanes_of(const std::vector<Jet>& jets) {
  std::vector<Lanes> out;
  for (const Jet& jet : jets) out.push_back(lanes_of(jet));
  return out;
}
bool moves(const Jet& jet) { return !jet.v.isZero(0.0); }

/// One number of a rate as the hyper-dual numbers see it: it depends on parameters alone.
struct RateView {
  const std::vector<double>& values;
  const std::vector<Lanes>& tangents;
  HyperDual operator[](int i) const { return HyperDual(values[i], 0.0, tangents[i]); }
};

/// States y + εk + δS.
struct StateView {
  std::span<const double> y, k;
  std::span<const Lanes> s;
  HyperDual operator[](int i) const { return HyperDual(y[i], k.empty() ? 0.0 : k[i], s[i]); }
};

}  // namespace

std::vector<RateTangents> rate_tangents(const System& system, std::span<const double> values,
                                        const std::vector<int>& parameters) {
  std::vector<RateTangents> out;
  std::vector<int> row_of(system.pattern().nonzeros());
  for (int i = 0; i < system.size(); ++i)
    for (int p = system.pattern().row_start[i]; p < system.pattern().row_start[i + 1]; ++p)
      row_of[p] = i;
  for (std::size_t first = 0; first < parameters.size(); first += lane_count) {
    std::vector<Jet> jets(values.begin(), values.end());
    const std::size_t last = std::min(parameters.size(), first + lane_count);
    for (std::size_t p = first; p < last; ++p)
      if (parameters[p] >= 0) jets[parameters[p]].v[p - first] = 1.0;
    const BasicRates<Jet> rates = system.rates<Jet>(jets);
    RateTangents chunk;
    for (std::size_t p = 0; p < rates.linear.size(); ++p)
      if (moves(rates.linear[p]))
        chunk.linear.push_back({row_of[p], system.pattern().columns[p], lanes_of(rates.linear[p])});
    for (std::size_t q = 0; q < rates.product.size(); ++q)
      if (moves(rates.product[q]))
        chunk.product.push_back({static_cast<int>(q), lanes_of(rates.product[q])});
    chunk.modulated = lanes_of(rates.modulated);
    chunk.effects = lanes_of(rates.effects);
    chunk.weights = lanes_of(rates.weights);
    chunk.slots = lanes_of(rates.slots);
    out.push_back(std::move(chunk));
  }
  return out;
}

/// Reads the terms of a system.
class StageTangent {
 public:
  StageTangent(const System& system, const Rates& rates, const RateTangents& tangents)
      : system_(system), rates_(rates), tangents_(tangents) {}

  void add(std::span<const double> y, std::span<const double> k, std::span<const double> start,
           std::span<const Lanes> s_y, std::span<const Lanes> s_start, std::span<Lanes> out) const {
    Lanes* const to = out.data();
    system_.rows_.for_each(rates_.linear.data(), system_.pattern_.columns.data(), s_y.data(),
                           [to](int i, const Lanes& sum) { to[i] = sum; });
    for (const RateTangents::Linear& t : tangents_.linear)
      out[t.row] += t.value * (y[t.column] + k[t.column]);
    for (std::size_t q = 0; q < system_.products_.size(); ++q) {
      const auto& [i, j, plus, minus, ip, jp, im, jm] = system_.products_[q];
      const Lanes flux = rates_.product[q] *
                         (s_y[i] * y[j] + s_y[j] * y[i] + s_start[j] * k[i] + s_start[i] * k[j]);
      out[plus] += flux;
      out[minus] -= flux;
    }
    for (const RateTangents::Product& t : tangents_.product) {
      const auto& [i, j, plus, minus, ip, jp, im, jm] = system_.products_[t.term];
      const Lanes flux = t.value * (y[i] * y[j] + k[i] * start[j] + k[j] * start[i]);
      out[plus] += flux;
      out[minus] -= flux;
    }
    const RateView effects{rates_.effects, tangents_.effects},
        weights{rates_.weights, tangents_.weights};
    for (std::size_t m = 0; m < system_.modulated_.size(); ++m) {
      const ModulatedTerm& term = system_.modulated_[m];
      const HyperDual rate(rates_.modulated[m], 0.0, tangents_.modulated[m]);
      const Lanes flux =
          system_.modulated_flux(term, rate, effects, weights, StateView{y, {}, s_y}).d +
          system_.modulated_flux(term, rate, effects, weights, StateView{start, k, s_start}).ed;
      if (term.plus >= 0) out[term.plus] += flux;
      if (term.minus >= 0) out[term.minus] -= flux;
    }
  }

 private:
  const System& system_;
  const Rates& rates_;
  const RateTangents& tangents_;
};

void stage_tangent(const System& system, const Rates& rates, const RateTangents& tangents,
                   std::span<const double> y, std::span<const double> k,
                   std::span<const double> start, std::span<const Lanes> s_y,
                   std::span<const Lanes> s_start, std::span<Lanes> out) {
  StageTangent(system, rates, tangents).add(y, k, start, s_y, s_start, out);
}

}  // namespace lutetia

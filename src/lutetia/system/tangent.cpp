#include "lutetia/system/tangent.hpp"

#include <ceres/jet.h>

#include <algorithm>

#include "lutetia/system/hyperdual.hpp"

namespace lutetia {
namespace {

using Jet = ceres::Jet<double, lane_count>;

Lanes lanes_of(const Jet& jet) {
  Lanes out{};
  for (int l = 0; l < lane_count; ++l) out.set(l, jet.v[l]);
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

/// States y + εe + δ(S + εD); parts that are empty are zero.
struct StateView {
  std::span<const double> y, e;
  std::span<const Lanes> s, d;
  HyperDual operator[](int i) const {
    HyperDual out(y[i], e.empty() ? 0.0 : e[i], s[i]);
    if (!d.empty()) out.ed = d[i];
    return out;
  }
};

/// States x + Δ and their derivative S + D.
struct MovedView {
  std::span<const double> x, delta;
  std::span<const Lanes> s, d;
  HyperDual operator[](int i) const { return HyperDual(x[i] + delta[i], 0.0, s[i] + d[i]); }
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

template <class Use>
void SystemTangent::for_each_modulated(const Use& use) const {
  const RateView effects{rates_.effects, tangents_.effects},
      weights{rates_.weights, tangents_.weights};
  for (std::size_t m = 0; m < system_.modulated_.size(); ++m) {
    const HyperDual rate(rates_.modulated[m], 0.0, tangents_.modulated[m]);
    use(m, [&](const auto& states) {
      return system_.modulated_flux(system_.modulated_[m], rate, effects, weights, states);
    });
  }
}

void SystemTangent::add_flux(const ModulatedTerm& term, const Lanes& flux,
                             std::span<Lanes> out) const {
  if (term.plus >= 0) out[term.plus] += flux;
  if (term.minus >= 0) out[term.minus] -= flux;
}

void SystemTangent::start(std::span<const double> x, std::span<const Lanes> s,
                          std::span<Lanes> out) const {
  Lanes* const to = out.data();
  system_.rows_.for_each(rates_.linear.data(), system_.pattern_.columns.data(), s.data(),
                         [to](int i, const Lanes& sum) { to[i] = sum; });
  for (const RateTangents::Linear& t : tangents_.linear) out[t.row] += t.value * x[t.column];
  for (std::size_t q = 0; q < system_.products_.size(); ++q) {
    const ProductTerm& term = system_.products_[q];
    const Lanes flux = rates_.product[q] * (s[term.i] * x[term.j] + s[term.j] * x[term.i]);
    out[term.plus] += flux;
    out[term.minus] -= flux;
  }
  for (const RateTangents::Product& t : tangents_.product) {
    const ProductTerm& term = system_.products_[t.term];
    const Lanes flux = t.value * (x[term.i] * x[term.j]);
    out[term.plus] += flux;
    out[term.minus] -= flux;
  }
  for_each_modulated([&](std::size_t m, const auto& flux) {
    add_flux(system_.modulated_[m], flux(StateView{x, {}, s, {}}).d, out);
  });
}

void SystemTangent::remainder(std::span<const double> x, std::span<const double> delta,
                              std::span<const Lanes> s, std::span<const Lanes> d,
                              std::span<Lanes> out) const {
  const std::size_t products = system_.products_.size();
  for (std::size_t q = 0; q < products; ++q) {
    const ProductTerm& term = system_.products_[q];
    out[q] = rates_.product[q] * (d[term.i] * delta[term.j] + d[term.j] * delta[term.i]);
  }
  for (const RateTangents::Product& t : tangents_.product) {
    const ProductTerm& term = system_.products_[t.term];
    out[t.term] += t.value * (delta[term.i] * delta[term.j]);
  }
  for_each_modulated([&](std::size_t m, const auto& flux) {
    out[products + m] = flux(MovedView{x, delta, s, d}).d - flux(StateView{x, {}, s, {}}).d -
                        flux(StateView{x, delta, s, d}).ed;
  });
}

void SystemTangent::add_jacobian(std::span<const double> x, std::span<const double> k,
                                 std::span<const Lanes> s, std::span<Lanes> out) const {
  for (const RateTangents::Linear& t : tangents_.linear) out[t.row] += t.value * k[t.column];
  for (std::size_t q = 0; q < system_.products_.size(); ++q) {
    const ProductTerm& term = system_.products_[q];
    const Lanes flux = rates_.product[q] * (s[term.j] * k[term.i] + s[term.i] * k[term.j]);
    out[term.plus] += flux;
    out[term.minus] -= flux;
  }
  for (const RateTangents::Product& t : tangents_.product) {
    const ProductTerm& term = system_.products_[t.term];
    const Lanes flux = t.value * (k[term.i] * x[term.j] + k[term.j] * x[term.i]);
    out[term.plus] += flux;
    out[term.minus] -= flux;
  }
  for_each_modulated([&](std::size_t m, const auto& flux) {
    add_flux(system_.modulated_[m], flux(StateView{x, k, s, {}}).ed, out);
  });
}

}  // namespace lutetia

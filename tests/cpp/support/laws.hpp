/// @file The law book: what every compiled system obeys at every admissible state, whatever
/// processes it is made of.
#pragma once

#include <ceres/jet.h>

#include <algorithm>
#include <random>
#include <vector>

#include "lutetia/system/system.hpp"
#include "support/near.hpp"

namespace lutetia::testing {

/// Dense ∂f/∂x, column by column through the right-hand side with dual numbers.
inline std::vector<std::vector<double>> jet_jacobian(const System& system, const Rates& rates,
                                                     const std::vector<double>& x) {
  using Jet = ceres::Jet<double, 1>;
  const auto as_jets = [](const std::vector<double>& v) {
    return std::vector<Jet>(v.begin(), v.end());
  };
  const BasicRates<Jet> jets{as_jets(rates.linear),    as_jets(rates.product),
                             as_jets(rates.modulated), as_jets(rates.effects),
                             as_jets(rates.weights),   as_jets(rates.slots)};
  const std::size_t n = x.size();
  std::vector<std::vector<double>> columns(n, std::vector<double>(n));
  std::vector<Jet> y(x.begin(), x.end()), f(n);
  for (std::size_t j = 0; j < n; ++j) {
    y[j].v[0] = 1.0;
    system.rhs<Jet>(jets, y, f);
    y[j].v[0] = 0.0;
    for (std::size_t i = 0; i < n; ++i) columns[j][i] = f[i].v[0];
  }
  return columns;
}

inline double jacobian_entry(const System& system, const std::vector<double>& values, int row,
                             int column) {
  const int p = system.pattern().position(row, column);
  return p < 0 ? 0.0 : values[p];
}

/// Largest coefficient, the scale of rounding errors.
inline double largest(const std::vector<double>& values) {
  double out = 1.0;
  for (const double v : values) out = std::max(out, std::abs(v));
  return out;
}

/// The kernel's Jacobian is the derivative of the right-hand side, also where the pattern has no
/// entry.
inline void check_jacobian(const System& system, const Rates& rates, const std::vector<double>& x) {
  std::vector<double> values(system.pattern().nonzeros());
  system.jacobian(rates, x, values);
  const auto columns = jet_jacobian(system, rates, x);
  WorstError error;
  for (int j = 0; j < system.size(); ++j) {
    const double scale = largest(columns[j]);
    for (int i = 0; i < system.size(); ++i)
      error.add(jacobian_entry(system, values, i, j), columns[j][i], scale,
                system.state_names()[i] + " by " + system.state_names()[j]);
  }
  CHECK_WORST(error, 1e-12);
}

/// Σ|a_ij x_j| of one state: near saturation its terms cancel, and rounding is relative to this.
inline double gross_flow(const System& system, const Rates& rates, const std::vector<double>& x,
                         int row) {
  double out = 0.0;
  const Pattern& pattern = system.pattern();
  for (int p = pattern.row_start[row]; p < pattern.row_start[row + 1]; ++p)
    out += std::abs(rates.linear[p] * x[pattern.columns[p]]);
  return out;
}

/// What leaves one state of a block arrives in another: Σ over a block's amounts of dx/dt, and of
/// every column of the Jacobian, is zero. Infusion rates are no amounts.
inline void check_conservation(const System& system, const Rates& rates,
                               const std::vector<double>& x) {
  std::vector<double> values(system.pattern().nonzeros()), dxdt(system.size());
  system.jacobian(rates, x, values);
  system.rhs<double>(rates, x, dxdt);
  WorstError error;
  for (const Block& block : system.blocks()) {
    if (block.ligand < 0) continue;  // receptors are made and degraded
    const std::vector<int> amounts = block.amounts();
    double flow = 0.0, scale = 1e-300;
    for (const int i : amounts) {
      flow += dxdt[i];
      scale = std::max(scale, gross_flow(system, rates, x, i));
    }
    error.add(flow, 0.0, scale, block.name);
    for (int j = 0; j < system.size(); ++j) {
      double sum = 0.0, greatest = 1e-300;
      for (const int i : amounts) {
        const double entry = jacobian_entry(system, values, i, j);
        sum += entry;
        greatest = std::max(
            {greatest, std::abs(entry), std::abs(jacobian_entry(system, rates.linear, i, j))});
      }
      error.add(sum, 0.0, greatest, block.name + " by " + system.state_names()[j]);
    }
  }
  CHECK_WORST(error, 1e-12);
}

/// An admissible state stays so: an empty compartment does not lose (and, within one block, what is
/// in one compartment never drives another down). Across blocks it may: bound peptide takes
/// receptors from the label.
inline void check_positivity(const System& system, const Rates& rates,
                             const std::vector<double>& x) {
  std::vector<double> values(system.pattern().nonzeros()), dxdt(system.size());
  system.jacobian(rates, x, values);
  double lowest = 0.0;
  const std::vector<int> none;  // receptors in excess of those before treatment are negative
  for (const Block& block : system.blocks())
    for (const int i : block.ligand < 0 ? none : block.states)
      for (const int j : block.states)
        if (i >= 0 && j >= 0 && i != j)
          lowest = std::min(lowest, jacobian_entry(system, values, i, j));
  CHECK(lowest >= 0.0);
  double worst = 0.0;
  for (const Block& block : system.blocks())
    for (const int i : block.ligand < 0 ? none : block.states) {
      if (i < 0) continue;
      std::vector<double> emptied = x;
      emptied[i] = 0.0;
      system.rhs<double>(rates, emptied, dxdt);
      worst = std::min(worst, dxdt[i]);
    }
  CHECK(worst >= 0.0);
}

inline void check_empty_stays_empty(const System& system, const Rates& rates) {
  const std::vector<double> zero(system.size(), 0.0);
  std::vector<double> dxdt(system.size(), 1.0);
  system.rhs<double>(rates, zero, dxdt);
  CHECK(dxdt == zero);
}

/// All laws at one state.
inline void check_laws(const System& system, const Rates& rates, const std::vector<double>& x) {
  check_jacobian(system, rates, x);
  check_conservation(system, rates, x);
  check_positivity(system, rates, x);
  check_empty_stays_empty(system, rates);
}

inline std::vector<double> empty_state(const System& system) {
  return std::vector<double>(system.size(), 0.0);
}

/// Random amounts up to `most`; total blocks leave every receptor partly free, labeled blocks are a
/// part of their total.
/// @param occupied  share of the receptors that is taken, 0…1
inline std::vector<double> admissible_state(const System& system, const Rates& rates, unsigned seed,
                                            double most, double occupied) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> share(0.1, 0.9);
  std::vector<double> x(system.size(), 0.0);
  for (const Block& block : system.blocks()) {
    if (block.total())
      for (const int s : block.states)
        if (s >= 0) x[s] = most * share(random);
    for (const int s : block.infusions) x[s] = most * share(random);
    for (const int s : block.reservoirs) x[s] = most * share(random);
  }
  const double ligands = static_cast<double>(system.network().ligands.size());
  for (const BindingProcess& binding : system.network().bindings)
    for (const Block& block : system.blocks())
      if (block.total() && block.states[binding.to] >= 0)
        x[block.states[binding.to]] = rates.slots[binding.receptors] * occupied / ligands;
  for (const Block& block : system.blocks()) {
    if (block.tracer < 0) continue;
    for (const Block& total : system.blocks())
      if (total.total() && total.ligand == block.ligand)
        for (std::size_t c = 0; c < block.states.size(); ++c)
          if (block.states[c] >= 0) x[block.states[c]] = x[total.states[c]] * share(random);
    x[block.decayed] = most * share(random);
  }
  return x;
}

/// The law book at its three regimes: empty, near saturation, and random with printed seeds.
inline void check_law_book(const System& system, const Rates& rates) {
  {
    INFO("empty");
    check_laws(system, rates, empty_state(system));
  }
  {
    INFO("near saturation");
    check_laws(system, rates, admissible_state(system, rates, 7, 1e3, 0.999999));
  }
  for (const unsigned seed : {11u, 12u, 13u}) {
    CAPTURE(seed);
    check_laws(system, rates, admissible_state(system, rates, seed, 10.0, 0.4));
  }
}

}  // namespace lutetia::testing

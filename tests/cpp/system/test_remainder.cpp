// What a linearization leaves out: f(x + Δ) = f(x) + J Δ + scattered remainder, with saturable
// effects and binding.
#include "lutetia/system/system.hpp"

#include <algorithm>

#include "support/laws.hpp"
#include "support/models.hpp"

namespace lutetia {
namespace {

using namespace testing;

const std::string protected_therapy =
    "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, duration: 30 min, "
    "amino_acids: lysine_arginine}";

/// Four patients with states and moves of their own.
struct Four {
  System system = reference_setup(protected_therapy).compiled();
  std::vector<Rates> rates;
  std::vector<std::vector<double>> x, delta;

  Four() {
    for (unsigned l = 0; l < lane_count; ++l) {
      std::vector<double> values = system.parameter_values();
      values[system.parameter_index("gfr")] *= 1.0 + 0.2 * l;
      values[system.parameter_index("kidney.inhibition_maximum")] *= 1.0 - 0.1 * l;
      rates.push_back(system.rates<double>(values));
      x.push_back(admissible_state(system, rates[l], 21 + l, 10.0, 0.4));
      delta.push_back(admissible_state(system, rates[l], 51 + l, 10.0, 0.5));
      for (std::size_t i = 0; i < delta[l].size(); ++i)
        delta[l][i] = 0.3 * delta[l][i] - 0.2 * x[l][i];  // up here, down there
    }
  }
};

/// Σ of the magnitudes that are added in one row: linear terms, products, and what both Jacobians
/// hold of them. Rounding is relative to this.
std::vector<double> gross(const System& system, const Rates& rates, const std::vector<double>& x,
                          const std::vector<double>& delta) {
  const Pattern& pattern = system.pattern();
  std::vector<double> most(x.size()), out(x.size(), 1e-300);
  for (std::size_t i = 0; i < x.size(); ++i) most[i] = std::abs(x[i]) + std::abs(delta[i]);
  std::vector<double> at_x(pattern.nonzeros()), at_most(pattern.nonzeros());
  system.jacobian(rates, x, at_x);
  system.jacobian(rates, most, at_most);
  for (std::size_t i = 0; i < x.size(); ++i)
    for (int p = pattern.row_start[i]; p < pattern.row_start[i + 1]; ++p)
      out[i] += (std::abs(rates.linear[p]) + std::abs(at_x[p] - rates.linear[p]) +
                 std::abs(at_most[p] - rates.linear[p])) *
                most[pattern.columns[p]];
  return out;
}

std::vector<double> sum(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out = a;
  for (std::size_t i = 0; i < a.size(); ++i) out[i] += b[i];
  return out;
}

/// f(x + Δ) − f(x) − J Δ, from right-hand side and Jacobian alone.
std::vector<double> left_out(const System& system, const Rates& rates, const std::vector<double>& x,
                             const std::vector<double>& delta) {
  std::vector<double> at_x(x.size()), out(x.size()), jacobian(system.pattern().nonzeros());
  system.rhs<double>(rates, x, at_x);
  system.rhs<double>(rates, sum(x, delta), out);
  system.jacobian(rates, x, jacobian);
  for (std::size_t i = 0; i < x.size(); ++i) {
    out[i] -= at_x[i];
    for (int p = system.pattern().row_start[i]; p < system.pattern().row_start[i + 1]; ++p)
      out[i] -= jacobian[p] * delta[system.pattern().columns[p]];
  }
  return out;
}

template <class T>
std::vector<T> remainder_of(const System& system, const BasicRates<T>& rates,
                            const std::vector<T>& x, const std::vector<T>& delta) {
  Linearization<T> at = system.linearization<T>();
  system.linearize<T>(rates, x, at, [](int, const T&) {});
  std::vector<T> fluxes(system.remainder_size()), out(x.size());
  system.remainder<T>(rates, at, x, delta, fluxes);
  system.scatter_remainder<T>(fluxes, out);
  return out;
}

}  // namespace

// A row sums some twenty terms, each rounded a few times: 1e-14 of their magnitudes.
TEST_CASE("right-hand side, linearization and remainder belong together") {
  const Four four;
  WorstError error;
  for (int l = 0; l < lane_count; ++l) {
    const auto expected = left_out(four.system, four.rates[l], four.x[l], four.delta[l]),
               scale = gross(four.system, four.rates[l], four.x[l], four.delta[l]),
               found = remainder_of(four.system, four.rates[l], four.x[l], four.delta[l]);
    double most = 0.0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      error.add(found[i], expected[i], scale[i], four.system.state_names()[i]);
      most = std::max(most, std::abs(found[i]) / scale[i]);
    }
    CHECK(most > 1e-3);  // there is something to be left out, also by amino acids:
    const int megalin = state_index(four.system, "dotatate[Lu-177] kidney.megalin");
    CHECK(std::abs(found[megalin]) > 1e-6 * scale[megalin]);
  }
  CHECK_WORST(error, 1e-14);
}

TEST_CASE("the remainder of four lanes is that of each") {
  const Four four;
  std::vector<const Rates*> members;
  for (const Rates& rates : four.rates) members.push_back(&rates);
  const std::size_t n = four.x[0].size();
  std::vector<Lanes> x(n), delta(n);
  for (std::size_t i = 0; i < n; ++i)
    for (int l = 0; l < lane_count; ++l) {
      x[i].set(l, four.x[l][i]);
      delta[i].set(l, four.delta[l][i]);
    }
  const std::vector<Lanes> found = remainder_of(four.system, in_lanes(members), x, delta);
  WorstError error;
  for (int l = 0; l < lane_count; ++l) {
    const auto scale = gross(four.system, four.rates[l], four.x[l], four.delta[l]),
               expected = remainder_of(four.system, four.rates[l], four.x[l], four.delta[l]);
    for (std::size_t i = 0; i < n; ++i)
      error.add(found[i][l], expected[i], scale[i],
                text("lane ", l, ' ', four.system.state_names()[i]));
  }
  CHECK_WORST(error, 1e-14);
}

// Moving one state changes remainders where others have moved: a binding partner, a driver.
TEST_CASE("remainders depend on the states they name and on no others") {
  const Four four;
  const System& system = four.system;
  const std::vector<int> named = system.remainder_states();
  REQUIRE(std::is_sorted(named.begin(), named.end()));
  CHECK(static_cast<int>(named.size()) < system.size());
  const std::vector<double> plain =
      remainder_of<double>(system, four.rates[0], four.x[0], four.delta[0]);
  for (int i = 0; i < system.size(); ++i) {
    CAPTURE(system.state_names()[i]);
    std::vector<double> delta = four.delta[0];
    delta[i] = 0.5 * delta[i] + 0.1;
    const bool depends = std::binary_search(named.begin(), named.end(), i);
    CHECK((remainder_of<double>(system, four.rates[0], four.x[0], delta) != plain) == depends);
  }
}

}  // namespace lutetia

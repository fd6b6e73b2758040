#include "lutetia/nuclide/decay_chain.hpp"

#include <cmath>
#include <limits>

#include "lutetia/nuclide/divided_difference.hpp"
#include "lutetia/units/constants.hpp"
#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {

using namespace testing;

namespace {

DecayChain chain_of(const std::string& head) { return decay_chain(library(), head); }

/// A chain of given half-lives, each decaying to the next with one branch.
DecayChain made(const std::vector<double>& half_lives, double branch = 1.0) {
  return decay_chain("0",
                     [&](const std::string& name) {
                       const std::size_t i = std::stoul(name);
                       Nuclide out;
                       out.name = name;
                       out.half_life.quantity = {half_lives.at(i), dimension::time};
                       if (i + 1 < half_lives.size())
                         out.daughters.push_back({std::to_string(i + 1), branch});
                       return out;
                     },
                     {.prompt = 0.0, .outlives = std::numeric_limits<double>::infinity()});
}

double half_life_of(double decay_constant) { return constants::ln2 / decay_constant; }

}  // namespace

// The printed sums contain the branch of 1.2e-4 through Rn-217.
TEST_CASE("worked example 8: energies of the Ac-225 chain per decay of Ac-225") {
  const ChainEnergy e = energy_per_decay(chain_of("Ac-225"));
  CHECK_PRINTED(e.alpha, "27.9964315");
  CHECK_PRINTED(e.electron, "0.6895346");
  CHECK_PRINTED(e.photon, "0.2192496");
  const double kappa = constants::dose_per_energy / 0.010;  // 10 g [Gy/(MBq·h)]
  CHECK_PRINTED(1e3 * kappa * e.alpha, "1614.788");
  CHECK_PRINTED(1e3 * kappa * (5.0 * e.alpha + e.electron), "8113.71");
}

// The printed ratio is that of a parent and its daughter; with Fr-221 between them and the branch
// of 1.2e-4 that passes Bi-213 by, the chain comes to 1.0033971.
TEST_CASE("worked example 8: Bi-213 in equilibrium with Ac-225") {
  const DecayChain chain = chain_of("Ac-225");
  const double ac = chain.members[0].decay_constant();
  const double bi = nuclide_of("Bi-213").decay_constant();
  CHECK_PRINTED(bi / (bi - ac), "1.0031760");
  const double fr = nuclide_of("Fr-221").decay_constant();
  const double hours = 48.0;  // 63 half-lives of Bi-213
  const std::vector<double> n = chain_amounts(chain, 1.0, hours);
  const double ratio = bi * n[chain.index("Bi-213")] / (ac * n[0]);
  CHECK_NEAR(ratio, 0.99988 * fr / (fr - ac) * bi / (bi - ac), 1e-13, 0.0);
  CHECK_PRINTED(ratio, "1.0033971");
}

TEST_CASE("worked example 9: energies of the Pb-212 and At-211 chains") {
  const ChainEnergy e = energy_per_decay(chain_of("Pb-212"));
  CHECK_PRINTED(e.alpha, "7.9522965");
  CHECK_PRINTED(e.electron, "0.9009056");
  CHECK_PRINTED(e.photon, "1.4564639");
  const DecayChain astatine = chain_of("At-211");
  CHECK_PRINTED(energy_per_decay(astatine).alpha, "6.914852");
  REQUIRE(astatine.left_out.size() == 1);
  CHECK(astatine.left_out.front() == "At-211 decays to Bi-207 (41.8 %)");
}

TEST_CASE("worked example 9: Bi-212 in pure Pb-212 is most at 3.788763 h, then follows it") {
  const DecayChain chain = chain_of("Pb-212");
  const double pb = chain.members[0].decay_constant();
  const double bi = nuclide_of("Bi-212").decay_constant();
  CHECK_PRINTED(std::log(bi / pb) / (bi - pb), "3.788763");
  auto bismuth = [&](double time) { return chain_amounts(chain, 1.0, time)[1]; };
  const double peak = bismuth(3.788763);
  for (const double off : {-1e-3, 1e-3}) CHECK(bismuth(3.788763 + off) < peak);
  const std::vector<double> late = chain_amounts(chain, 1.0, 60.0);
  CHECK_PRINTED(bi * late[1] / (pb * late[0]), "1.1047850");
}

// By hand: f·(E_m + 0.217·E)·T_m/(E·T), electrons alone, of activity that is never cleared.
TEST_CASE("an impurity of 1e-4 Lu-177m adds 0.49 % to the dose of Lu-177 that stays") {
  const DecayChain impurity = chain_of("Lu-177m");
  const Nuclide principal = nuclide_of("Lu-177");
  const double added = 1e-4 * energy_per_decay(impurity).electron / principal.electron_energy *
                       principal.decay_constant() / impurity.members.front().decay_constant();
  CHECK_PRINTED(100.0 * added, "0.49");
}

TEST_CASE("members that live less than a second belong to what they come from") {
  const DecayChain chain = chain_of("Ac-225");
  std::vector<std::string> names;
  for (const Nuclide& member : chain.members) names.push_back(member.name);
  CHECK(names == std::vector<std::string>{"Ac-225", "Fr-221", "Bi-213", "Tl-209", "Pb-209"});
  CHECK_NEAR(chain.members[1].alpha_energy, 6.4198 + 7.2008 + 1.2e-4 * (7.8855 + 8.5369), 1e-15,
             0.0);
  CHECK_NEAR(chain.members[2].alpha_energy, 0.1245 + 0.9791 * 8.5369, 1e-15, 0.0);
  // Fr-221 → At-217 → Bi-213, and past it by Rn-217 and Po-213 to Pb-209
  REQUIRE(chain.members[1].daughters.size() == 2);
  CHECK(chain.members[1].daughters[0].nuclide == "Bi-213");
  CHECK(chain.members[1].daughters[0].branch == 0.99988);
  CHECK(chain.members[1].daughters[1].nuclide == "Pb-209");
  CHECK(chain.members[1].daughters[1].branch == 1.2e-4);
  CHECK(with_prompt_daughters(library(), "Lu-177").electron_energy ==
        nuclide_of("Lu-177").electron_energy);
}

TEST_CASE("every decay of Ac-225 ends in one decay of Pb-209") {
  const DecayChain chain = chain_of("Ac-225");
  const std::vector<double> decays = decays_per_decay(chain);
  CHECK_NEAR(decays[chain.index("Pb-209")], 1.0, 1e-15, 0.0);
  CHECK_NEAR(decays[chain.index("Tl-209")], 0.99988 * 0.0209, 1e-15, 0.0);
}

// N_3 = N·λ²t²/2·e^{−λt} where all half-lives are equal; textbook solutions where they differ.
TEST_CASE("amounts of a chain follow Bateman's equations, also where half-lives are equal") {
  const double lambda = 0.3, t = 7.0, x = lambda * t;
  const double h = half_life_of(lambda);
  const std::vector<double> equal = chain_amounts(made({h, h, h, h}), 2.0, t);
  CHECK_NEAR(equal[0], 2.0 * std::exp(-x), 1e-14, 0.0);
  CHECK_NEAR(equal[1], 2.0 * x * std::exp(-x), 1e-14, 0.0);
  CHECK_NEAR(equal[3], 2.0 * x * x * x / 6.0 * std::exp(-x), 1e-14, 0.0);
  const double a = 0.2, b = 0.9;
  const std::vector<double> other =
      chain_amounts(made({half_life_of(a), half_life_of(b)}, 0.5), 1.0, t);
  CHECK_NEAR(other[1], 0.5 * a / (b - a) * (std::exp(-a * t) - std::exp(-b * t)), 1e-14, 0.0);
  // Nearly equal: between the limits of equal ones, where the textbook solution has no digits left.
  const std::vector<double> near = chain_amounts(made({h, h * (1.0 + 1e-12), h}), 2.0, t);
  CHECK_NEAR(near[2], 2.0 * x * x / 2.0 * std::exp(-x), 1e-11, 0.0);
}

// A microsecond beside ten days: λ differ by 2e11, the amount is that of equilibrium.
TEST_CASE("amounts of a chain hold where half-lives are far apart") {
  const double slow = 1e-3, fast = 1e9, t = 24.0;
  const std::vector<double> n =
      chain_amounts(made({half_life_of(slow), half_life_of(fast), half_life_of(0.5)}), 1.0, t);
  CHECK_NEAR(n[1], slow / (fast - slow) * std::exp(-slow * t), 1e-14, 0.0);
  CHECK_NEAR(n[2], slow / (0.5 - slow) * (std::exp(-slow * t) - std::exp(-0.5 * t)), 1e-11, 0.0);
}

// exp[z, …, z] = e^z/n!; exp[0, w] = (e^w − 1)/w on both sides of where the series ends.
TEST_CASE("divided differences of the exponential are exact near and far") {
  CHECK_NEAR(exp_divided_difference({-2.0, -2.0, -2.0, -2.0}), std::exp(-2.0) / 6.0, 1e-15, 0.0);
  for (const double w : {1e-9, 0.3, 0.999, 1.001, 5.0, 60.0})
    CHECK_NEAR(exp_divided_difference({-w, 0.0}), -std::expm1(-w) / w, 1e-15, 0.0);
  // Symmetric in its points, and the recurrence closes where it mixes both ways.
  const double mixed = exp_divided_difference({-0.1, -3.0, -0.5, -3.2});
  CHECK_NEAR(mixed, exp_divided_difference({-3.2, -0.5, -3.0, -0.1}), 0.0, 0.0);
  CHECK_NEAR(
      mixed * 3.1,
      exp_divided_difference({-0.1, -3.0, -0.5}) - exp_divided_difference({-3.0, -0.5, -3.2}),
      1e-14, 0.0);
}

TEST_CASE("a chain that returns to itself is refused") {
  const auto circle = [](const std::string& name) {
    Nuclide out;
    out.name = name;
    out.half_life.quantity = {name == "B" ? 1e-9 : 1.0, dimension::time};
    out.daughters.push_back({name == "A" ? "B" : name == "B" ? "C" : "B", 1.0});
    return out;
  };
  CHECK(message_of<ModelError>([&] {
          (void)decay_chain("A", circle);
        }).find("nuclide 'C' is its own descendant, found C to C") != std::string::npos);
}

}  // namespace lutetia

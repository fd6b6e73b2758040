// Dose, unrepaired damage and protraction of dose rates that have formulas, and of runs that follow
// them.
#include "lutetia/radiobiology/damage.hpp"

#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "lutetia/radiobiology/exponentials.hpp"
#include "lutetia/radiobiology/linear_quadratic.hpp"
#include "lutetia/units/constants.hpp"
#include "support/near.hpp"
#include "support/one_region.hpp"

namespace lutetia {
namespace {

using namespace testing;
using constants::ln2;

constexpr double ever = std::numeric_limits<double>::infinity();

/// Knots that follow exponentials with half-lives from minutes to days: every interval is short
/// against the time since the last jump, so that a polynomial of the fourth degree is exact to
/// 1e-11.
std::vector<double> dense_knots(const std::vector<double>& jumps, double end) {
  std::vector<double> out;
  for (std::size_t j = 0; j < jumps.size(); ++j) {
    const double next = j + 1 < jumps.size() ? jumps[j + 1] : end;
    double step = 0.02;
    for (double t = jumps[j]; t < next - 0.5 * step; t += step, step = std::min(1.02 * step, 0.4))
      out.push_back(t);
  }
  out.push_back(end);
  return out;
}

/// The same exponential at several times.
DoseRate repeated(double rate, double decay, const std::vector<double>& starts, double end) {
  DoseRate out{dense_knots(starts, end), {}, decay};
  for (std::size_t i = 0; i + 1 < out.knots.size(); ++i) {
    std::array<double, DoseRate::coefficients> values{};
    for (int place = 0; place < DoseRate::coefficients; ++place) {
      const double t = std::lerp(out.knots[i], out.knots[i + 1], 0.25 * place);
      for (const double start : starts)
        if (start <= out.knots[i]) values[place] += rate * std::exp(-decay * (t - start));
    }
    out.pieces.push_back(through(values));
  }
  return out;
}

double bed(const Damage& d, double alpha_beta) { return d.dose + d.protraction / alpha_beta; }

/// Worked example 2: 222 MBq in the kidneys, 0.2776 mGy/(MBq·h), effective half-life 52 h.
constexpr double kidney_decay = ln2 / 52.0, kidney_rate = 222.0 * 0.2776e-3;
const Repair kidney{{2.8}};

/// Q of a formula by its definition, 2 ∫ Ḋ Y, nested quadrature over intervals of an hour.
template <class Rate>
double double_integral(const Rate& rate, double mu, double end, double jump) {
  using Gauss = boost::math::quadrature::gauss<double, 15>;
  double sum = 0.0, left = 0.0;  // left: what is unrepaired at the begin of the interval
  std::vector<double> knots{0.0};
  while (knots.back() < end) {
    const double next = knots.back() + 1.0;
    knots.push_back(knots.back() < jump - 1e-9 ? std::min(next, jump) : std::min(next, end));
  }
  for (std::size_t i = 0; i + 1 < knots.size(); ++i) {
    const double a = knots[i], b = knots[i + 1];
    const auto unrepaired = [&](double t) {
      return left * std::exp(-mu * (t - a)) +
             Gauss::integrate([&](double w) { return rate(w, a) * std::exp(-mu * (t - w)); }, a, t);
    };
    sum += Gauss::integrate([&](double t) { return rate(t, a) * unrepaired(t); }, a, b);
    left = unrepaired(b);
  }
  return 2.0 * sum;
}

}  // namespace

TEST_CASE("worked example 3: kidneys after one cycle") {
  const DoseRate rate = repeated(kidney_rate, kidney_decay, {0.0}, 1000.0);
  const auto d = damage(rate, kidney, {24.0, 3000.0, ever});
  CHECK_PRINTED(d[2].dose, "4.6232813");
  CHECK_PRINTED(lea_catcheside(d[2].dose, d[2].protraction), "0.05109489051");
  CHECK_PRINTED(bed(d[2], 2.5), "5.060137099");
  CHECK_PRINTED(bed(d[2], 2.5) / d[2].dose, "1.0944904");
  CHECK_PRINTED(eqd2(bed(d[2], 2.5), 2.5), "2.811187");
  CHECK_PRINTED(d[1].dose, "4.62328130");
  CHECK_PRINTED(bed(d[1], 2.5), "5.06013710");
  CHECK_PRINTED(d[0].dose, "1.26580159");
  CHECK_PRINTED(d[0].unrepaired, "0.19038443");
  CHECK_PRINTED(bed(d[0], 2.5), "1.44613868");
}

TEST_CASE("worked example 4: four cycles, and two that overlap") {
  const double week = 168.0;
  const auto total = [](const std::vector<double>& starts, double rate = kidney_rate) {
    return damage(repeated(rate, kidney_decay, starts, starts.back() + 1000.0), kidney, {ever})[0];
  };
  const Damage four = total({0.0, 8 * week, 16 * week, 24 * week});
  CHECK_PRINTED(four.dose, "18.493125");
  CHECK_PRINTED(bed(four, 2.5), "20.240548");
  CHECK_PRINTED(bed(total({0.0}, 4.0 * kidney_rate), 2.5), "25.482818");
  const Damage one = total({0.0});
  CHECK_PRINTED(23.0 / one.dose, "4.97");
  CHECK_PRINTED(28.0 / bed(one, 2.5), "5.53");
  CHECK_PRINTED(40.0 / bed(one, 2.5), "7.90");
  CHECK_PRINTED(bed(total({0.0, 8 * week}), 2.5), "10.1202742");
  CHECK_PRINTED(bed(total({0.0, week}), 2.5), "10.2186408");
  CHECK_PRINTED(bed(total({0.0, 24.0}), 2.5), "10.7907525");
}

TEST_CASE("worked example 5: a bi-exponential dose rate") {
  const auto rate = [](double t) {
    return 0.5 * (std::exp(-ln2 * t / 80.0) - std::exp(-ln2 * t / 4.0));
  };
  const DoseRate curve = sampled(rate, dense_knots({0.0}, 1200.0), ln2 / 80.0);
  const Damage all = damage(curve, {{1.5}}, {ever})[0];
  CHECK_PRINTED(all.dose, "54.82241155");
  CHECK_PRINTED(all.protraction, "53.40019029");
  CHECK_PRINTED(lea_catcheside(all.dose, all.protraction), "0.01776751");
  CHECK_PRINTED(bed(all, 10.0), "60.16243058");
  const double by_600_hours = damage(curve, {{1.5}}, {600.0})[0].protraction;
  CHECK_NEAR(by_600_hours,
             double_integral([&](double t, double) { return rate(t); }, ln2 / 1.5, 600.0, 0.0),
             1e-10, 0.0);
}

TEST_CASE("overlapping cycles have the protraction of the double integral") {
  for (const double between : {24.0, 168.0}) {
    CAPTURE(between);
    const auto rate = [&](double t, double begin) {
      return kidney_rate *
             (std::exp(-kidney_decay * t) +
              (begin >= between - 1e-9 ? std::exp(-kidney_decay * (t - between)) : 0.0));
    };
    const double end = between + 300.0;
    CHECK_NEAR(
        damage(repeated(kidney_rate, kidney_decay, {0.0, between}, end + 1.0), kidney, {end})[0]
            .protraction,
        double_integral(rate, ln2 / 2.8, end, between), 1e-10, 0.0);
  }
}

TEST_CASE("repair at once leaves the dose, no repair its square") {
  const DoseRate rate = repeated(kidney_rate, kidney_decay, {0.0, 24.0}, 500.0);
  for (const double until : {10.0, 400.0, 700.0, ever}) {
    CAPTURE(until);
    const Damage at_once = damage(rate, {{0.0}}, {until})[0];
    CHECK(at_once.protraction == 0.0);
    CHECK(at_once.unrepaired == 0.0);
    const Damage never = damage(rate, {{ever}}, {until})[0];
    CHECK_NEAR(never.protraction, never.dose * never.dose, 1e-12, 0.0);
    CHECK_NEAR(never.unrepaired, never.dose, 1e-12, 0.0);
  }
}

TEST_CASE("protraction is quadratic in the dose rate, linear in the parts of repair") {
  const DoseRate once = repeated(kidney_rate, kidney_decay, {0.0}, 300.0);
  const DoseRate thrice = repeated(3.0 * kidney_rate, kidney_decay, {0.0}, 300.0);
  const Damage a = damage(once, {{0.5}}, {ever})[0], b = damage(once, {{6.0}}, {ever})[0];
  CHECK_NEAR(damage(thrice, {{6.0}}, {ever})[0].protraction, 9.0 * b.protraction, 1e-13, 0.0);
  const Damage both = damage(once, {{0.5, 0.3}, {6.0, 0.7}}, {ever})[0];
  CHECK_NEAR(both.protraction, 0.3 * a.protraction + 0.7 * b.protraction, 1e-13, 0.0);
}

// Half-lives and times in minutes, rates per minute: doses are the same.
TEST_CASE("dose and protraction do not depend on the unit of time") {
  const Damage hours =
      damage(repeated(kidney_rate, kidney_decay, {0.0, 24.0}, 200.0), kidney, {100.0})[0];
  DoseRate in_minutes = repeated(kidney_rate, kidney_decay, {0.0, 24.0}, 200.0);
  for (double& knot : in_minutes.knots) knot *= 60.0;
  for (DoseRate::Piece& piece : in_minutes.pieces)
    for (double& c : piece) c /= 60.0;
  const Damage minutes = damage(in_minutes, {{2.8 * 60.0}}, {6000.0})[0];
  CHECK_NEAR(minutes.dose, hours.dose, 1e-13, 0.0);
  CHECK_NEAR(minutes.protraction, hours.protraction, 1e-13, 0.0);
  CHECK_NEAR(minutes.unrepaired, hours.unrepaired, 1e-13, 0.0);
}

TEST_CASE("the state does not depend on where it is asked for") {
  const DoseRate rate = repeated(kidney_rate, kidney_decay, {0.0}, 60.0);
  // A tail whose decay equals the repair, and one that is slower and faster.
  for (const double half_life : {52.0, 2.8, 500.0}) {
    CAPTURE(half_life);
    DoseRate tailed = rate;
    tailed.tail_decay = ln2 / half_life;
    std::vector<double> many;
    for (double t = 0.0; t < 150.0; t += 0.37) many.push_back(t);
    many.push_back(150.0);
    const Damage step_by_step = damage(tailed, kidney, many).back();
    DoseRate longer = tailed;  // the tail as pieces of its own
    const double last = rate.at_end();
    for (double t = 60.0; t < 150.0; t += 0.05) {
      std::array<double, DoseRate::coefficients> values{};
      for (int place = 0; place < DoseRate::coefficients; ++place)
        values[place] = last * std::exp(-tailed.tail_decay * (t + 0.0125 * place - 60.0));
      longer.pieces.push_back(through(values));
      longer.knots.push_back(t + 0.05);
    }
    const Damage in_pieces = damage(longer, kidney, {150.0}).back();
    CHECK_NEAR(step_by_step.dose, in_pieces.dose, 1e-11, 0.0);
    CHECK_NEAR(step_by_step.protraction, in_pieces.protraction, 1e-11, 0.0);
    CHECK_NEAR(step_by_step.unrepaired, in_pieces.unrepaired, 1e-9, 0.0);
  }
}

// Closed forms (25) to (27). At rtol 1e-11 the error of the interpolant, which has order four, is
// below 1e-8 of the whole.
TEST_CASE("the damage of a run is that of its formula") {
  const Setup setup = setup_of(one_organ,
                               "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, "
                               "amount: 10 nmol}");
  const double decay = 0.05 + nuclide_of("Lu-177").decay_constant();
  const Trajectory run = setup.run(with_curves(120.0, 1e-11));
  const DoseRates rates = local_dose_rates(setup, run);
  const double first = 74.0 * local_electron_s_value(nuclide_of("Lu-177"), 0.3);
  const double mu = ln2 / 2.8;
  for (const double t : {0.5, 24.0, 100.0, 300.0}) {
    CAPTURE(t);
    const Damage d = damage(rates, {kidney}, {t})[0];
    CHECK_NEAR(d.dose, -first / decay * std::expm1(-decay * t), 1e-8, 0.0);
    CHECK_NEAR(d.unrepaired, first * (std::exp(-decay * t) - std::exp(-mu * t)) / (mu - decay),
               1e-8, 0.0);
    CHECK_NEAR(d.protraction,
               2.0 * first * first / (mu - decay) *
                   (-std::expm1(-2.0 * decay * t) / (2.0 * decay) +
                    std::expm1(-(decay + mu) * t) / (decay + mu)),
               1e-8, 0.0);
  }
  const Damage all = damage(rates, {kidney}, {ever})[0];
  CHECK_NEAR(all.dose, first / decay, 1e-8, 0.0);
  CHECK_NEAR(lea_catcheside(all.dose, all.protraction), decay / (mu + decay), 1e-8, 0.0);
}

TEST_CASE("the damage of a run through a store is that of two exponentials") {
  const Setup setup =
      setup_of(one_organ,
               "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol, "
               "route: store}");
  const double lambda = nuclide_of("Lu-177").decay_constant();
  const Trajectory run = setup.run(with_curves(200.0, 1e-11));
  const double peak = 74.0 * local_electron_s_value(nuclide_of("Lu-177"), 0.3) * 0.4 / 0.35;
  const std::vector<ExponentialDoseRate> terms{{peak, 0.05 + lambda}, {-peak, 0.4 + lambda}};
  const Damage all = damage(local_dose_rates(setup, run), {{{1.5, 0.4}, {6.0, 0.6}}}, {ever})[0];
  CHECK_NEAR(all.dose, dose_of_exponentials(terms), 1e-8, 0.0);
  CHECK_NEAR(all.protraction,
             0.4 * protraction_of_exponentials(terms, ln2 / 1.5) +
                 0.6 * protraction_of_exponentials(terms, ln2 / 6.0),
             1e-8, 0.0);
}

TEST_CASE("cycles far apart add up, cycles near each other give more") {
  const auto course = [](const std::string& every) {
    const Setup setup =
        setup_of(one_organ,
                 "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol, "
                 "repeat: {every: " +
                     every + ", count: 2}}");
    const Trajectory run = setup.run(with_curves(1600.0, 1e-9));
    return damage_by_cycle(local_dose_rates(setup, run), {kidney}, run.schedule.cycle_starts);
  };
  const auto apart = course("1300 h"), near = course("12 h");
  CHECK_NEAR(apart[1].protraction, apart[0].protraction, 1e-7, 0.0);
  // Everything decays exponentially, so the sum over both is that of (26) with what is left.
  const double decay = 0.05 + nuclide_of("Lu-177").decay_constant(), mu = ln2 / 2.8;
  const double first = 74.0 * local_electron_s_value(nuclide_of("Lu-177"), 0.3);
  const double second = first * (1.0 + std::exp(-12.0 * decay));
  const double unrepaired = first * (std::exp(-decay * 12.0) - std::exp(-mu * 12.0)) / (mu - decay);
  CHECK_NEAR(near[1].protraction,
             2.0 * second * (unrepaired + second / (2.0 * decay)) / (decay + mu), 1e-7, 0.0);
  CHECK(near[1].protraction > 1.4 * apart[1].protraction);
}

TEST_CASE("alpha particles add their dose and nothing to protraction") {
  const Setup setup =
      setup_of(one_organ, "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol}");
  const Trajectory run = setup.run(with_curves(120.0, 1e-9));
  const auto tia = time_integrated_activity(run, Tail::linear);
  const auto targets = target_regions(run);
  DoseData data = dose_data(library(), tia, setup.substances, DoseConvention::s_values);
  const auto damage_with = [&](double alpha_energy) {
    data.nuclides.front().alpha_energy = alpha_energy;
    const SourceTerms terms =
        source_terms(targets, tia, data.nuclides, data.s_values, "male", DoseConvention::s_values);
    return damage(dose_rates(run.curves, {"organ"}, terms, tia), {kidney}, {30.0, ever});
  };
  const auto without = damage_with(0.0), with = damage_with(6.0);
  for (int t = 0; t < 2; ++t) {
    CHECK(without[t].alpha_dose == 0.0);
    CHECK_NEAR(with[t].dose, without[t].dose, 1e-12, 0.0);
    CHECK_NEAR(with[t].protraction, without[t].protraction, 1e-12, 0.0);
  }
  CHECK_NEAR(with[1].alpha_dose, constants::dose_per_energy * 6.0 / 0.3 * tia.front().total(0),
             1e-9, 0.0);
  const Tissue tissue{2.5, kidney, 4.0};
  CHECK_NEAR(biologically_effective_dose(with[1], tissue),
             biologically_effective_dose(without[1], tissue) + 4.0 * with[1].alpha_dose, 1e-12,
             0.0);
}

TEST_CASE("damage of the reference patient: the dose is that of the table, G is from 0 to 1") {
  const Setup setup = reference_setup(
      "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, duration: 30 "
      "min, repeat: {every: 8 week, count: 2}}");
  Setup shrinking = setup;
  shrinking.patient.cycle_effects = parsed(
      "[{parameter: tumor.volume, term: free_per_cycle, factors: [1, 0.7]}]",
      [](const Node& node, Problems& problems) { return read_cycle_effects(&node, problems); });
  RunRequest request = with_curves(2200.0, 1e-5);
  for (const Setup& s : {setup, shrinking}) {
    const Trajectory run = s.run(request);
    const auto tia = time_integrated_activity(run, Tail::linear);
    const DoseData data = dose_data(library(), tia, s.substances, DoseConvention::s_values);
    const auto targets = target_regions(run);
    const DoseTable table =
        absorbed_dose(targets, tia, data.nuclides, data.s_values, s.patient.sex);
    const DoseRates rates = dose_rates(run.curves, table.regions,
                                       source_terms(targets, tia, data.nuclides, data.s_values,
                                                    s.patient.sex, DoseConvention::s_values),
                                       tia);
    const std::vector<Repair> repair(targets.size(), kidney);
    const auto by_cycle = damage_by_cycle(rates, repair, run.schedule.cycle_starts);
    const auto all = damage(rates, repair, {ever});
    WorstError doses;
    for (std::size_t t = 0; t < targets.size(); ++t) {
      CAPTURE(targets[t].name);
      for (std::size_t k = 0; k < 2; ++k)
        doses.add(by_cycle[t * 2 + k].dose, table.values[t * 2 + k], table.values[t * 2 + k],
                  targets[t].name);
      const double g = lea_catcheside(all[t].dose, all[t].protraction);
      CHECK(g > 0.0);
      CHECK(g <= 1.0);
    }
    CHECK_WORST(doses, 1e-9);
  }
}

}  // namespace lutetia

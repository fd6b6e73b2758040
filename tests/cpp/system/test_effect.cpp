// Derivatives of the factor of an effect, written here anew in the form of the textbook and
// differentiated by dual numbers.
#include "lutetia/system/effect.hpp"

#include <ceres/jet.h>

#include <vector>

#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;
using Jet = ceres::Jet<double, lane_count>;

template <class T>
T textbook_factor(const T& s, const T& change, const T& half, const T& hill) {
  using std::pow;
  return T(1.0) + change * pow(s, hill) / (pow(half, hill) + pow(s, hill));
}
template <class T>
T textbook_slope(const T& s, const T& change, const T& half, const T& hill) {
  using std::pow;
  const T below = pow(half, hill) + pow(s, hill);
  return change * hill * pow(half, hill) * pow(s, hill - T(1.0)) / (below * below);
}

struct Effect {
  double s, change, half, hill;
};
std::vector<Effect> effects() {
  std::vector<Effect> out;
  for (const double hill : {1.0, 0.6, 2.5, 4.0})
    for (const double change : {-0.69, 1.5})
      for (const double relative : {0.01, 0.9, 1.0, 20.0})
        out.push_back({relative * 3.7, change, 3.7, hill});
  return out;
}

bool all_zero(const EffectDerivatives& by) {
  return by.s == 0.0 && by.change == 0.0 && by.half == 0.0 && by.hill == 0.0 && by.ss == 0.0 &&
         by.s_change == 0.0 && by.s_half == 0.0 && by.s_hill == 0.0;
}

}  // namespace

// Derivatives by the relative change of a number are of the size of the effect, unless terms of
// that size cancel, as they do near saturation.
TEST_CASE("closed derivatives of an effect are those of the textbook's formula") {
  WorstError error;
  for (const Effect& at : effects()) {
    const std::string where = text("s ", at.s, ", change ", at.change, ", hill ", at.hill, ": ");
    const Jet s(at.s, 0), change(at.change, 1), half(at.half, 2), hill(at.hill, 3);
    const Jet value = textbook_factor(s, change, half, hill),
              slope = textbook_slope(s, change, half, hill);
    const double effect = std::abs(value.a - 1.0);
    error.add(slope.a, value.v[0], effect / at.s, where + "the textbook by itself");
    const EffectDerivatives by = effect_derivatives(at.s, at.change, at.half, at.hill);
    error.add(by.value, value.a, 1.0, where + "value");
    error.add(effect_factor(at.s, at.change, at.half, at.hill), value.a, 1.0, where + "factor");
    const double first[]{by.s, by.change, by.half, by.hill},
        second[]{by.ss, by.s_change, by.s_half, by.s_hill},
        size[]{at.s, std::abs(at.change), at.half, 1.0};
    for (int k = 0; k < lane_count; ++k) {
      error.add(first[k] * size[k], value.v[k] * size[k], effect, where + text("by number ", k));
      error.add(second[k] * size[k], slope.v[k] * size[k], effect / at.s,
                where + text("slope by number ", k));
    }
    CHECK(effect_slope(at.s, at.change, at.half, at.hill) == by.s);
    const EffectDerivatives fewer = effect_derivatives(at.s, at.change, at.half, at.hill, false);
    CHECK((fewer.hill == 0.0 && fewer.s_hill == 0.0 && fewer.ss == by.ss &&
           fewer.s_half == by.s_half));
  }
  CHECK_WORST(error, 1e-12);
}

TEST_CASE("dual numbers carry the factor of an effect and its slope") {
  auto moving = [](double value, const Lanes& d) {
    Jet out(value);
    for (int l = 0; l < lane_count; ++l) out.v[l] = d[l];
    return out;
  };
  auto lanes = [](double first) {
    Lanes out;
    for (int l = 0; l < lane_count; ++l) out.set(l, first + 0.3 * l);
    return out;
  };
  WorstError error;
  for (const Effect& at : effects())
    for (const bool by_hill : {true, false}) {
      using Number = Dual<LaneGroup<2>>;  // the second half moves the other way
      auto number = [](double value, const Lanes& d) {
        return Number(value, LaneGroup<2>{{d, -d}});
      };
      const Lanes ds = at.s * lanes(-0.5), dchange = at.change * lanes(0.1),
                  dhalf = at.half * lanes(-0.4), dhill = by_hill ? lanes(-0.7) : Lanes();
      const Number s = number(at.s, ds), change = number(at.change, dchange),
                   half = number(at.half, dhalf), hill = number(at.hill, dhill);
      const Number factor = effect_factor(s, change, half, hill),
                   slope = effect_slope(s, change, half, hill);
      const Jet js = moving(at.s, ds), jchange = moving(at.change, dchange),
                jhalf = moving(at.half, dhalf), jhill = moving(at.hill, dhill);
      const Jet factor_by = textbook_factor(js, jchange, jhalf, jhill),
                slope_by = textbook_slope(js, jchange, jhalf, jhill);
      error.add(factor.value, factor_by.a, 1.0, "factor");
      error.add(slope.value, slope_by.a, std::abs(slope_by.a), "slope");
      for (int l = 0; l < lane_count; ++l)
        for (const int half_of : {0, 1}) {
          const double sign = half_of == 0 ? 1.0 : -1.0;
          error.add(factor.d.parts[half_of][l], sign * factor_by.v[l], std::abs(at.change),
                    "derivative of the factor");
          error.add(slope.d.parts[half_of][l], sign * slope_by.v[l], std::abs(slope_by.a),
                    "derivative of the slope");
        }
    }
  CHECK_WORST(error, 1e-12);
}

TEST_CASE("below zero an effect goes on as a line or not at all") {
  const double change = -0.69, half = 3.7;
  for (const double s : {0.0, -1e-30, -0.2}) {
    CAPTURE(s);
    const EffectDerivatives line = effect_derivatives(s, change, half, 1.0);
    CHECK_NEAR(line.value, 1.0 + change * s / half, 1e-15, 0.0);
    CHECK(line.value == effect_factor(s, change, half, 1.0));
    CHECK_NEAR(line.s, change / half, 1e-15, 0.0);
    CHECK_NEAR(line.change, s / half, 1e-15, 0.0);
    CHECK_NEAR(line.half, -change * s / (half * half), 1e-15, 0.0);
    CHECK_NEAR(line.s_change, 1.0 / half, 1e-15, 0.0);
    CHECK_NEAR(line.s_half, -change / (half * half), 1e-15, 0.0);
    CHECK((line.ss == 0.0 && line.hill == 0.0 && line.s_hill == 0.0));
    for (const double hill : {0.6, 2.5}) {
      const EffectDerivatives none = effect_derivatives(s, change, half, hill);
      CHECK(none.value == 1.0);
      CHECK(effect_factor(s, change, half, hill) == 1.0);
      CHECK(all_zero(none));
    }
  }
  // No kink in the line: the limit from above.
  const EffectDerivatives above = effect_derivatives(1e-18, change, half, 1.0),
                          zero = effect_derivatives(0.0, change, half, 1.0);
  CHECK_NEAR(above.s, zero.s, 1e-15, 0.0);
  CHECK_NEAR(above.s_half, zero.s_half, 1e-15, 0.0);
}

// Far below half the factor is 1 + change·(s/half)^hill, down to where nothing is left.
TEST_CASE("of nearly nothing an effect keeps finite derivatives") {
  const double change = 1.5, half = 3.7;
  for (const double hill : {0.6, 1.0, 2.5})
    for (const double ratio : {1e-30, 1e-90, 1e-101, 1e-200, 1e-300}) {
      CAPTURE(hill);
      CAPTURE(ratio);
      const EffectDerivatives by = effect_derivatives(ratio * half, change, half, hill);
      for (const double d :
           {by.value, by.s, by.change, by.half, by.hill, by.ss, by.s_change, by.s_half, by.s_hill})
        CHECK(std::isfinite(d));
      if (hill != 1.0 && ratio < 1e-100) {
        CHECK((by.value == 1.0 && all_zero(by)));
        continue;
      }
      const double slope = change * hill * std::pow(ratio, hill - 1.0) / half;
      CHECK_NEAR(by.s, slope, 1e-12, 0.0);
      CHECK_NEAR(by.s_half, -slope * hill / half, 1e-12, 0.0);
      CHECK_NEAR(by.s_hill, slope * (1.0 / hill + std::log(ratio)), 1e-12, 0.0);
    }
}

}  // namespace lutetia

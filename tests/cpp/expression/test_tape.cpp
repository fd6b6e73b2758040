#include "lutetia/expression/tape.hpp"

#include <ceres/jet.h>

#include "lutetia/core/error.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

namespace dim = dimension;
using Op = Tape::Op;

}  // namespace

TEST_CASE("a tape computes what was recorded") {
  Tape tape;
  const auto volume = tape.input(dim::volume), rate = tape.input(dim::rate),
             two = tape.constant(2.0);
  const auto flow = tape.multiply(volume, rate);
  const auto doubled = tape.add(flow, tape.multiply(two, flow));
  const auto back = tape.divide(doubled, volume);
  const auto squared = tape.binary(Op::power, volume, two);
  const auto least = tape.binary(Op::min, flow, doubled),
             most = tape.binary(Op::max, flow, doubled);
  const auto less = tape.binary(Op::subtract, flow, doubled),
             negative = tape.unary(Op::negate, flow);
  const std::vector<double> inputs{5.0, 0.4};
  const std::vector<double> v = tape.evaluate<double>(inputs);
  CHECK(v[flow] == 2.0);
  CHECK(v[doubled] == 6.0);
  CHECK_NEAR(v[back], 1.2, 4e-16, 0.0);
  CHECK(v[squared] == 25.0);
  CHECK(v[least] == 2.0);
  CHECK(v[most] == 6.0);
  CHECK(v[less] == -4.0);
  CHECK(v[negative] == -2.0);
  CHECK(tape.dimension(flow) == dim::flow);
  CHECK(tape.dimension(back) == dim::rate);
  CHECK(tape.dimension(squared) == power(dim::volume, 2));
  CHECK(tape.dimension(tape.unary(Op::sqrt, squared)) == dim::volume);
  CHECK(tape.inputs() == 2);
}

TEST_CASE("dimensions that do not fit are refused with both") {
  Tape tape;
  const auto volume = tape.input(dim::volume), rate = tape.input(dim::rate),
             half = tape.constant(0.5), three = tape.constant(3.0);
  CHECK_THROWS_WITH_AS(tape.add(volume, rate), "cannot add dimensions volume and time^-1",
                       UnitError);
  CHECK_THROWS_WITH_AS(tape.binary(Op::subtract, volume, rate),
                       "cannot subtract dimensions volume and time^-1", UnitError);
  CHECK_THROWS_WITH_AS(tape.binary(Op::max, volume, rate),
                       "cannot compare dimensions volume and time^-1", UnitError);
  CHECK_THROWS_WITH_AS(tape.unary(Op::exp, rate),
                       "exp and log need a dimensionless argument, found time^-1", UnitError);
  CHECK_THROWS_WITH_AS(tape.unary(Op::sqrt, rate), "cannot take the square root of time^-1",
                       UnitError);
  CHECK_THROWS_WITH_AS(tape.binary(Op::power, volume, half),
                       "a quantity of dimension volume takes whole-number powers only", UnitError);
  CHECK_THROWS_AS(tape.binary(Op::power, three, volume), UnitError);
  CHECK(tape.dimension(tape.binary(Op::power, volume, three)) == power(dim::volume, 3));
}

// Central differences with a step of 1e-6: truncation 1e-12, rounding 1e-16/1e-6.
TEST_CASE("a tape differentiates with dual numbers like central differences") {
  using Jet = ceres::Jet<double, 2>;
  Tape tape;
  const auto x = tape.input(dim::none), y = tape.input(dim::none);
  const auto product = tape.multiply(x, y);
  std::vector<Tape::Slot> slots{tape.add(x, y),
                                tape.binary(Op::subtract, x, y),
                                product,
                                tape.divide(x, y),
                                tape.binary(Op::power, x, y),
                                tape.binary(Op::power, x, tape.constant(3.0)),
                                tape.unary(Op::negate, product),
                                tape.unary(Op::exp, product),
                                tape.unary(Op::log, product),
                                tape.unary(Op::sqrt, product),
                                tape.binary(Op::min, x, product),
                                tape.binary(Op::max, x, product)};
  const std::vector<double> at{1.3, 0.7};
  const std::vector<Jet> jets{Jet(at[0], 0), Jet(at[1], 1)};
  const std::vector<Jet> exact = tape.evaluate<Jet>(jets);
  for (const std::size_t direction : {0, 1}) {
    constexpr double h = 1e-6;
    std::vector<double> up = at, down = at;
    up[direction] += h;
    down[direction] -= h;
    const auto above = tape.evaluate<double>(up), below = tape.evaluate<double>(down);
    for (const Tape::Slot slot : slots) {
      CAPTURE(slot);
      CHECK_NEAR(exact[slot].v[static_cast<int>(direction)],
                 (above[slot] - below[slot]) / (2.0 * h), 1e-9, 1e-10);
    }
  }
}

}  // namespace lutetia

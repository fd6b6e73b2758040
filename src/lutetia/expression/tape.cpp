#include "lutetia/expression/tape.hpp"

#include <cmath>

#include "lutetia/core/error.hpp"
#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

[[noreturn]] void mismatch(const char* operation, const Dimension& a, const Dimension& b) {
  throw UnitError(text("cannot ", operation, " dimensions ", to_string(a), " and ", to_string(b)));
}

}  // namespace

Tape::Slot Tape::append(Step step, const Dimension& dimension) {
  steps_.push_back(step);
  dimensions_.push_back(dimension);
  return static_cast<Slot>(steps_.size()) - 1;
}

Tape::Slot Tape::input(const Dimension& dimension) {
  return append({Op::input, static_cast<Slot>(inputs_++)}, dimension);
}

Tape::Slot Tape::constant(double value, const Dimension& dimension) {
  return append({Op::constant, 0, 0, value}, dimension);
}

std::vector<Tape::Slot> Tape::dependencies(Slot slot) const {
  std::vector<bool> needed(slot + 1, false);
  needed[slot] = true;
  for (Slot s = slot; s >= 0; --s) {
    const Step& step = steps_[s];
    if (!needed[s] || step.op == Op::input || step.op == Op::constant) continue;
    const bool one_argument =
        step.op == Op::negate || step.op == Op::exp || step.op == Op::log || step.op == Op::sqrt;
    needed[step.a] = true;
    if (!one_argument) needed[step.b] = true;
  }
  std::vector<Slot> out;
  for (Slot s = 0; s <= slot; ++s)
    if (needed[s]) out.push_back(s);
  return out;
}

Tape::Slot Tape::unary(Op op, Slot a) {
  const Dimension& d = dimensions_[a];
  if (op == Op::negate) return append({op, a}, d);
  if (op == Op::sqrt) {
    Dimension half = d;
    for (int& e : half.exponents) {
      if (e % 2 != 0) throw UnitError(text("cannot take the square root of ", to_string(d)));
      e /= 2;
    }
    return append({op, a}, half);
  }
  if (!d.dimensionless())
    throw UnitError(text("exp and log need a dimensionless argument, found ", to_string(d)));
  return append({op, a}, d);
}

Tape::Slot Tape::binary(Op op, Slot a, Slot b) {
  const Dimension da = dimensions_[a], db = dimensions_[b];
  switch (op) {
    case Op::multiply:
      return append({op, a, b}, da * db);
    case Op::divide:
      return append({op, a, b}, da / db);
    case Op::power: {
      if (!db.dimensionless()) mismatch("raise to a power the", da, db);
      if (da.dimensionless()) return append({op, a, b}, da);
      const double n = steps_[b].op == Op::constant ? steps_[b].constant : 0.5;
      if (n != std::round(n))
        throw UnitError(
            text("a quantity of dimension ", to_string(da), " takes whole-number powers only"));
      return append({op, a, b}, power(da, static_cast<int>(n)));
    }
    case Op::add:
      if (da != db) mismatch("add", da, db);
      return append({op, a, b}, da);
    case Op::subtract:
      if (da != db) mismatch("subtract", da, db);
      return append({op, a, b}, da);
    default:
      if (da != db) mismatch("compare", da, db);
      return append({op, a, b}, da);
  }
}

}  // namespace lutetia

/// @file A straight-line program for all derived quantities of a model.
///
/// Parameters go in, rate constants, volumes and masses come out. The evaluation is templated on
/// the scalar, so the map parameter → rate can be differentiated with any dual number.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "lutetia/units/dimension.hpp"

namespace lutetia {

class Tape {
 public:
  using Slot = int;
  enum class Op {
    input,
    constant,
    add,
    subtract,
    multiply,
    divide,
    power,
    negate,
    exp,
    log,
    sqrt,
    min,
    max
  };

  /// Append a leaf; its value is taken from position `inputs()` − 1 of the input array.
  Slot input(const Dimension& dimension);
  Slot constant(double value, const Dimension& dimension = {});

  /// Append an operation.
  /// @throws UnitError when the dimensions do not allow it.
  Slot unary(Op op, Slot a);
  Slot binary(Op op, Slot a, Slot b);

  Slot add(Slot a, Slot b) { return binary(Op::add, a, b); }
  Slot multiply(Slot a, Slot b) { return binary(Op::multiply, a, b); }
  Slot divide(Slot a, Slot b) { return binary(Op::divide, a, b); }

  const Dimension& dimension(Slot slot) const { return dimensions_[slot]; }
  std::size_t size() const { return steps_.size(); }
  std::size_t inputs() const { return inputs_; }

  /// All slots a slot is computed from, itself included, in the order of evaluation.
  std::vector<Slot> dependencies(Slot slot) const;
  /// The position in the input array of a slot that is an input, else −1.
  int input_of(Slot slot) const { return steps_[slot].op == Op::input ? steps_[slot].a : -1; }

  /// Value of every slot, shape (size()), from the inputs, shape (inputs()), all in internal units.
  template <class T>
  std::vector<T> evaluate(std::span<const T> inputs) const;

 private:
  struct Step {
    Op op;
    Slot a = 0, b = 0;
    double constant = 0.0;
  };
  Slot append(Step step, const Dimension& dimension);

  std::vector<Step> steps_;
  std::vector<Dimension> dimensions_;
  std::size_t inputs_ = 0;
};

template <class T>
std::vector<T> Tape::evaluate(std::span<const T> inputs) const {
  using std::exp, std::log, std::pow, std::sqrt;
  std::vector<T> v(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto& [op, a, b, constant] = steps_[i];
    switch (op) {
      case Op::input:
        v[i] = inputs[a];
        break;
      case Op::constant:
        v[i] = T(constant);
        break;
      case Op::add:
        v[i] = v[a] + v[b];
        break;
      case Op::subtract:
        v[i] = v[a] - v[b];
        break;
      case Op::multiply:
        v[i] = v[a] * v[b];
        break;
      case Op::divide:
        v[i] = v[a] / v[b];
        break;
      case Op::power:
        v[i] = pow(v[a], v[b]);
        break;
      case Op::negate:
        v[i] = -v[a];
        break;
      case Op::exp:
        v[i] = exp(v[a]);
        break;
      case Op::log:
        v[i] = log(v[a]);
        break;
      case Op::sqrt:
        v[i] = sqrt(v[a]);
        break;
      case Op::min:
        v[i] = v[b] < v[a] ? v[b] : v[a];
        break;
      case Op::max:
        v[i] = v[a] < v[b] ? v[b] : v[a];
        break;
    }
  }
  return v;
}

}  // namespace lutetia

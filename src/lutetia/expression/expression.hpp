/// @file Formulas of model files: parsed once into a tree, checked for dimensions, evaluated as a
/// tape (tape.hpp).
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace lutetia {

/// A node of a formula. Symbols are dotted names; sum(group.name) adds a parameter over organs.
struct Expression {
  enum class Op {
    number,
    symbol,
    sum,
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

  Op op = Op::number;
  double number = 0.0;
  std::string symbol = {};
  std::vector<Expression> arguments = {};
  std::size_t position = 0;  ///< of its symbol or operator, 0-based offset in the formula
};

/// A formula cannot be parsed; `position` is the 0-based offset in its text.
class ExpressionError : public std::runtime_error {
 public:
  ExpressionError(const std::string& what, std::size_t position)
      : std::runtime_error(what), position_(position) {}
  std::size_t position() const { return position_; }

 private:
  std::size_t position_;
};

/// Parse "flow + sum(portal.flow)", "volume * 2 / 3", "exp(-k * volume)".
/// Numbers are dimensionless; a number with a unit must be a named parameter with its source.
/// @throws ExpressionError
Expression parse_expression(const std::string& text);

}  // namespace lutetia

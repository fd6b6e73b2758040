#include "lutetia/expression/expression.hpp"

#include "support/near.hpp"

namespace lutetia {
namespace {

using Op = Expression::Op;

/// A formula of numbers, evaluated on the tree itself.
double value(const Expression& e) {
  auto argument = [&](std::size_t i) { return value(e.arguments.at(i)); };
  switch (e.op) {
    case Op::number:
      return e.number;
    case Op::add:
      return argument(0) + argument(1);
    case Op::subtract:
      return argument(0) - argument(1);
    case Op::multiply:
      return argument(0) * argument(1);
    case Op::divide:
      return argument(0) / argument(1);
    case Op::power:
      return std::pow(argument(0), argument(1));
    case Op::negate:
      return -argument(0);
    case Op::exp:
      return std::exp(argument(0));
    case Op::log:
      return std::log(argument(0));
    case Op::sqrt:
      return std::sqrt(argument(0));
    case Op::min:
      return std::min(argument(0), argument(1));
    case Op::max:
      return std::max(argument(0), argument(1));
    default:
      throw std::logic_error("a symbol has no value");
  }
}

double value_of(const char* formula) { return value(parse_expression(formula)); }

}  // namespace

TEST_CASE("formulas follow the usual precedence") {
  CHECK(value_of("2 + 3 * 4") == 14.0);
  CHECK(value_of("(2 + 3) * 4") == 20.0);
  CHECK(value_of("20 - 5 - 3") == 12.0);
  CHECK(value_of("24 / 4 / 2") == 3.0);
  CHECK(value_of("24 / 4 * 2") == 12.0);
  CHECK(value_of("2 * 3 ^ 2") == 18.0);
  CHECK(value_of("2 ^ 3 ^ 2") == 512.0);  // to the right
  CHECK(value_of("-2 ^ 2") == -4.0);      // the power first
  CHECK(value_of("2 ^ -1") == 0.5);
  CHECK(value_of("2 - -3") == 5.0);
  CHECK(value_of("6 / -2") == -3.0);
  CHECK(value_of("1.5e2 + .5") == 150.5);
  CHECK(value_of(" ( ( 7 ) ) ") == 7.0);
}

TEST_CASE("functions take their arguments") {
  CHECK(value_of("exp(0) + sqrt(9)") == 4.0);
  CHECK(value_of("log(1)") == 0.0);
  CHECK(value_of("min(3, 2) + max(3, 2) * 10") == 32.0);
  CHECK(value_of("max(min(1, 2), 0.5) ") == 1.0);
}

TEST_CASE("symbols and group sums keep their dotted names") {
  const Expression e = parse_expression("flow + sum(portal.flow)");
  REQUIRE(e.op == Op::add);
  CHECK(e.arguments[0].op == Op::symbol);
  CHECK(e.arguments[0].symbol == "flow");
  CHECK(e.arguments[1].op == Op::sum);
  CHECK(e.arguments[1].symbol == "portal.flow");
  CHECK(parse_expression("kidney.receptor_density").symbol == "kidney.receptor_density");
}

TEST_CASE("a formula that cannot be read says what is wrong and where") {
  struct Row {
    const char* formula;
    const char* what;
    std::size_t position;
  };
  for (const Row& row :
       {Row{"2 +", "the formula ends too early", 3}, Row{"", "the formula ends too early", 0},
        Row{"(2 + 3", "missing ')'", 6}, Row{"2 3", "unexpected '3'", 2},
        Row{"2 + )", "unexpected ')'", 4}, Row{"a $ b", "unexpected '$ b'", 2},
        Row{"sin(2)", "unknown function 'sin'", 0},
        Row{"1 + sin(2)", "unknown function 'sin'", 4}}) {
    CAPTURE(std::string(row.formula));
    try {
      (void)parse_expression(row.formula);
      FAIL_CHECK("accepted");
    } catch (const ExpressionError& error) {
      CHECK_CONTAINS(error.what(), row.what);
      CHECK(error.position() == row.position);
    }
  }
}

TEST_CASE("numbers with units and wrong arguments are refused with advice") {
  auto refusal = [](const char* formula) {
    return testing::message_of<ExpressionError>([&] { (void)parse_expression(formula); });
  };
  CHECK_CONTAINS(refusal("5mL + volume"),
                 "a number in a formula has no unit; make it a named parameter with a source");
  CHECK_CONTAINS(refusal("min(2)"), "min takes 2 argument");
  CHECK_CONTAINS(refusal("exp(1, 2)"), "exp takes 1 argument");
  CHECK_CONTAINS(refusal("sum(flow)"), "sum takes group.parameter");
}

TEST_CASE("a formula nested without end is refused, not followed") {
  CHECK_THROWS_AS(parse_expression(std::string(100000, '(')), ExpressionError);
  CHECK_THROWS_AS(parse_expression(std::string(100000, '-')), ExpressionError);
  std::string powers = "2";
  for (int i = 0; i < 10000; ++i) powers += "^2";
  CHECK_THROWS_AS(parse_expression(powers), ExpressionError);
}

}  // namespace lutetia

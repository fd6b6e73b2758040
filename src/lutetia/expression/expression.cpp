#include "lutetia/expression/expression.hpp"

#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

using Op = Expression::Op;

struct Function {
  Op op;
  std::size_t arguments;
};
const std::map<std::string, Function> functions{{"exp", {Op::exp, 1}},
                                                {"log", {Op::log, 1}},
                                                {"sqrt", {Op::sqrt, 1}},
                                                {"min", {Op::min, 2}},
                                                {"max", {Op::max, 2}}};

/// Recursive descent with the usual precedence; '^' binds tightest and to the right.
class Parser {
 public:
  explicit Parser(const std::string& all) : text_(all) {}

  Expression parse() {
    Expression out = sum(0);
    skip_spaces();
    if (at_ != text_.size()) fail("unexpected " + quote(std::string_view(text_).substr(at_)));
    return out;
  }

 private:
  static constexpr int deepest = 64;

  [[noreturn]] void fail(const std::string& what) const { throw ExpressionError(what, at_); }
  void skip_spaces() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(char c) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Expression binary(Op op, Expression a, Expression b, std::size_t position) const {
    Expression out{.op = op, .position = position};
    out.arguments.push_back(std::move(a));
    out.arguments.push_back(std::move(b));
    return out;
  }

  Expression sum(int depth) {
    if (depth > deepest) fail("the formula is nested too deeply");
    Expression out = product(depth);
    for (;;) {
      const std::optional<Op> op = take('+')   ? std::optional(Op::add)
                                   : take('-') ? std::optional(Op::subtract)
                                               : std::nullopt;
      if (!op) return out;
      const std::size_t at = at_ - 1;
      out = binary(*op, std::move(out), product(depth), at);
    }
  }
  Expression product(int depth) {
    Expression out = signed_power(depth);
    for (;;) {
      const std::optional<Op> op = take('*')   ? std::optional(Op::multiply)
                                   : take('/') ? std::optional(Op::divide)
                                               : std::nullopt;
      if (!op) return out;
      const std::size_t at = at_ - 1;
      out = binary(*op, std::move(out), signed_power(depth), at);
    }
  }
  Expression signed_power(int depth) {
    if (depth > deepest) fail("the formula is nested too deeply");
    if (take('-')) {
      Expression out{.op = Op::negate, .position = at_ - 1};
      out.arguments.push_back(signed_power(depth + 1));
      return out;
    }
    Expression base = atom(depth);
    if (!take('^')) return base;
    const std::size_t at = at_ - 1;
    return binary(Op::power, std::move(base), signed_power(depth + 1), at);
  }
  Expression atom(int depth) {
    skip_spaces();
    if (at_ >= text_.size()) fail("the formula ends too early");
    if (take('(')) {
      Expression out = sum(depth + 1);
      if (!take(')')) fail("missing ')'");
      return out;
    }
    const unsigned char c = static_cast<unsigned char>(text_[at_]);
    if (std::isdigit(c) || c == '.') return number();
    if (std::isalpha(c)) return name(depth);
    fail("unexpected " + quote(std::string_view(text_).substr(at_, 1)));
  }
  Expression number() {
    Expression out{.op = Op::number};
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), out.number);
    if (error != std::errc{}) fail("not a number");
    const std::size_t start = at_;
    at_ = end - text_.data();
    std::size_t next = at_;
    while (next < text_.size() && text_[next] == ' ') ++next;
    if (next < text_.size() && std::isalpha(static_cast<unsigned char>(text_[next]))) {
      at_ = next;
      fail("a number in a formula has no unit; make it a named parameter with a source");
    }
    out.position = start;
    return out;
  }
  std::string word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) ||
                                  text_[at_] == '_' || text_[at_] == '.'))
      ++at_;
    return text_.substr(start, at_ - start);
  }
  Expression name(int depth) {
    const std::size_t start = at_;
    const std::string symbol = word();
    if (!take('(')) return {.op = Op::symbol, .symbol = symbol, .position = start};
    if (symbol == "sum") {
      skip_spaces();
      const std::size_t inside = at_;
      Expression out{.op = Op::sum, .symbol = word(), .position = inside};
      if (out.symbol.find('.') == std::string::npos) {
        at_ = inside;
        fail("sum takes group.parameter, for example sum(lesions.flow)");
      }
      if (!take(')')) fail("missing ')'");
      return out;
    }
    const auto function = functions.find(symbol);
    if (function == functions.end()) {
      at_ = start;
      fail(text("unknown function ", quote(symbol),
                "; the functions are exp, log, max, min, sqrt and sum"));
    }
    Expression out{.op = function->second.op, .position = start};
    do out.arguments.push_back(sum(depth + 1));
    while (take(','));
    if (!take(')')) fail("missing ')'");
    if (out.arguments.size() != function->second.arguments) {
      at_ = start;
      fail(text(symbol, " takes ", function->second.arguments,
                function->second.arguments == 1 ? " argument" : " arguments", ", found ",
                out.arguments.size()));
    }
    return out;
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

}  // namespace

Expression parse_expression(const std::string& text) { return Parser(text).parse(); }

}  // namespace lutetia

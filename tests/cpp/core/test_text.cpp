#include "lutetia/core/text.hpp"

#include "lutetia/core/error.hpp"
#include "support/near.hpp"

namespace lutetia {

TEST_CASE("text joins anything printable with ten digits") {
  CHECK(text("a ", 1, ' ', 0.1) == "a 1 0.1");
  CHECK(text(1.0 / 3.0) == "0.3333333333");
  CHECK(join({"a", "b", "c"}) == "a, b, c");
  CHECK(join({}) == "");
}

TEST_CASE("a misspelled name is answered with the nearest one") {
  const std::vector<std::string> names{"kidney", "liver", "spleen"};
  CHECK(nearest("kidny", names) == "kidney");
  CHECK(nearest("livre", names) == "liver");
  CHECK(nearest("pituitary", names) == "");
  CHECK(suggestion("splen", names) == "did you mean 'spleen'?");
  CHECK_CONTAINS(suggestion("pituitary", names), "kidney, liver, spleen");
}

TEST_CASE("a problem says what, found, expected and hint") {
  const Problem problem{
      .what = "unit of 'x'", .found = "1/min", .expected = "L/h", .hint = "divide"};
  CHECK(problem.message() == "unit of 'x', found 1/min, expected L/h; divide");
}

TEST_CASE("a problem with a place shows its line and a caret") {
  Problem problem{.what = "wrong"};
  problem.where.source =
      std::make_shared<const SourceText>(SourceText{"file.yaml", {"first: 1", "second: two"}});
  problem.where.line = 2;
  problem.where.column = 9;
  CHECK(problem.message() == "file.yaml:2:9: wrong\n     2 | second: two\n       |         ^");
}

TEST_CASE("all problems are thrown together, sorted and once each") {
  Problems problems;
  CHECK_NOTHROW(problems.throw_if_any());
  auto source = std::make_shared<const SourceText>(SourceText{"file.yaml", {"a", "b"}});
  auto add = [&](const char* what, int line) {
    Problem problem{.what = what};
    problem.where.source = source;
    problem.where.line = line;
    problem.where.column = 1;
    problems.add(problem);
  };
  add("second", 2);
  add("first", 1);
  add("second", 2);
  try {
    problems.throw_if_any();
    FAIL("no error");
  } catch (const ModelError& error) {
    REQUIRE(error.problems().size() == 2);
    CHECK(error.problems()[0].what == "first");
    CHECK(error.problems()[1].what == "second");
  }
}

}  // namespace lutetia

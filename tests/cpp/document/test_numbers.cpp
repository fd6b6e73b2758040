#include "lutetia/document/numbers.hpp"

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

auto numbers(const std::string& yaml) { return sourced_numbers(parse_yaml(yaml, "text")); }

}  // namespace

TEST_CASE("numbers of a file are named by the keys that lead to them") {
  const auto found = numbers(
      "lutetia: 1\n"
      "mix: any\n"
      "gain: {value: 2 h, source: b25, tag: A, note: about}\n"
      "by_sex: {value: {male: 3 L, female: 4 L}, tag: S}\n"
      "phantoms:\n"
      "  male:\n"
      "    values: [{target: kidney, source_region: liver, value: 5 mGy/(MBq*h), tag: C}]\n");
  REQUIRE(found.size() == 4);
  CHECK(found[0].first == "gain");
  CHECK_NEAR(found[0].second.quantity.value, 2.0, 1e-15, 0.0);
  CHECK(found[0].second.provenance.tag == "A");
  CHECK(found[0].second.provenance.sources == std::vector<std::string>{"b25"});
  CHECK(found[0].second.provenance.note == "about");
  CHECK(found[1].first == "by_sex.value.male");
  CHECK(found[2].second.provenance.tag == "S");
  CHECK(found[3].first == "phantoms.male.values kidney, liver");
  CHECK_NEAR(found[3].second.quantity.value, 5e-3, 1e-15, 0.0);
}

TEST_CASE("a plain number has the tag of the map it stands in, nearest first, and no note") {
  const auto found = numbers(
      "{tag: M, source: recalled, note: of the file, start: -30 min, amounts: {lysine: 25 g}, "
      "own: {value: 1, tag: R}, list: [1 g, 2 g], word: netter1}");
  REQUIRE(found.size() == 5);
  for (const std::size_t i : {0, 1, 3, 4}) {
    CAPTURE(found[i].first);
    CHECK(found[i].second.provenance.tag == "M");
    CHECK(found[i].second.provenance.note.empty());
  }
  CHECK(found[1].first == "amounts.lysine");
  CHECK(found[2].second.provenance.tag == "R");
  CHECK(found[4].first == "list 2");
}

TEST_CASE("plain numbers of a file without a tag are settings, not data") {
  CHECK(numbers("{lutetia: 1, starts: 16, seed: 1}").empty());
}

}  // namespace lutetia

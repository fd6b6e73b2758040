// Files of tissue parameters.
#include "lutetia/radiobiology/tissues.hpp"

#include "support/models.hpp"
#include "support/near.hpp"

using namespace lutetia;
using namespace lutetia::testing;

TEST_CASE("the default tissues: kidneys have their own, lesions and others share theirs") {
  const Tissues tissues = read_tissues(library());
  CHECK(tissues.of("kidney", false).alpha_beta == 2.5);
  CHECK(tissues.of("kidney", false).repair.front().half_life == 2.8);
  CHECK(&tissues.of("liver_1", true) == &tissues.tissues.at("lesion"));
  CHECK(&tissues.of("muscle", false) == &tissues.tissues.at("other"));
  for (const auto& [name, tissue] : tissues.tissues) CHECK_NOTHROW(check_repair(tissue.repair));
  CHECK(tissues.values.size() == 3 * tissues.tissues.size() + 1);
}

TEST_CASE("several half-lives of repair have weights") {
  const Tissues tissues = parsed(
      "{lutetia: 1, radiobiology: mine, weighted_dose_rbe: 5, tissues: {lesion: {alpha_beta: 10 "
      "Gy, "
      "rbe_max: 3, repair: [{half_life: 20 min, weight: 0.4}, {half_life: 3 h, weight: 60 %}]}, "
      "other: {alpha_beta: 3 Gy, rbe_max: 5, repair: [{half_life: 0 h}]}}}",
      [](const Node& node, Problems& problems) { return read_tissues(node, problems); });
  const Repair& repair = tissues.of("liver_1", true).repair;
  CHECK_NEAR(repair.at(0).half_life, 1.0 / 3.0, 1e-15, 0.0);
  CHECK(repair.at(1).weight == 0.6);
}

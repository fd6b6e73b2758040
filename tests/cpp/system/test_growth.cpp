// The work of a step grows in proportion to the number of lesions.
#include <cmath>

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

/// Everything a step does once per factorization, solve and right-hand side, as counts.
struct Work {
  double states, pattern, factors, updates, products;
  double all() const { return pattern + factors + updates + products; }
};

Work work_of(int lesions, const std::string& site, const std::vector<std::string>& modules) {
  Setup setup = reference_setup(one_therapy, "reference_male", modules);
  const Lesion like = setup.patient.lesions.front();
  setup.patient.lesions.clear();
  for (int i = 0; i < lesions; ++i) {
    setup.patient.lesions.push_back(like);
    setup.patient.lesions.back().name = text("lesion_", i + 1);
    setup.patient.lesions.back().site = site;
    setup.patient.lesions.back().parameters.at("volume").quantity = parse_quantity("1 mL");
  }
  const System system = setup.compiled();
  const SymbolicLu& lu = system.symbolic_lu();
  const Rates rates = system.rates();
  return {static_cast<double>(system.size()), static_cast<double>(system.pattern().nonzeros()),
          static_cast<double>(lu.nonzeros()), static_cast<double>(lu.updates()),
          static_cast<double>(rates.product.size())};
}

double slope(double few, double many, double ratio) {
  return std::log(many / few) / std::log(ratio);
}

}  // namespace

// A lesion touches arteries, veins and its own states: eliminated first, it fills nothing among
// lesions. One dense row between them would double the slope.
TEST_CASE("work per step is linear in the number of lesions") {
  for (const auto& [site, modules] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"lymph_node", {}}, {"liver", {}}, {"liver", {"receptor_recycling", "metabolite"}}}) {
    CAPTURE(site);
    const Work few = work_of(100, site, modules), many = work_of(500, site, modules);
    CAPTURE(few.all());
    CAPTURE(many.all());
    CHECK(many.states > 4.0 * few.states);
    CHECK(slope(few.all(), many.all(), 5.0) <= 1.1);
    CHECK(slope(few.factors, many.factors, 5.0) <= 1.1);
    CHECK(slope(few.updates, many.updates, 5.0) <= 1.1);
    CHECK(slope(few.products, many.products, 5.0) <= 1.1);
  }
}

}  // namespace lutetia

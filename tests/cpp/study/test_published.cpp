// The eight patients of the In-111-DOTATATE study behind the model (K16 via B25,
// doi:10.1186/s40658-025-00726-7): time-integrated activity coefficients predicted by the published
// typical parameters, as two independent implementations print them.
#include <array>

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

const std::array<const char*, 6> regions{"serum",  "whole_body", "kidney",
                                         "spleen", "liver",      "tumor"};

/// Predicted coefficients [min], serum per liter of serum; "" where nothing is published.
const std::array<std::array<const char*, 6>, 8> predicted{
    {{"21.21", "905.7", "61.1", "103.4", "127.1", "75.03"},
     {"19.79", "861.4", "55.7", "88.8", "122.2", "77.87"},
     {"25.90", "853.7", "44.8", "64.6", "118.6", "1.96"},
     {"18.74", "792.3", "59.1", "115.6", "121.1", "1.93"},
     {"25.92", "811.3", "54.0", "", "145.5", "26.02"},
     {"33.78", "1290.2", "72.9", "110.0", "183.3", "132.95"},
     {"62.54", "1682.7", "154.6", "138.2", "237.4", "21.17"},
     {"39.39", "1321.7", "80.0", "133.5", "213.1", "19.62"}}};

double coefficient(const Trajectory& run, const std::string& region) {
  const auto tia = time_integrated_activity(run, Tail::none).at(0);
  const double minutes = convert({1.0, dimension::time}, "min");
  const std::size_t index = index_of(tia.regions, region);
  const double value = tia.total(index) / tia.administered_total() * minutes;
  return region == "serum" ? value / run.rates().slots[run.system->network().regions[index].volume]
                           : value;
}

}  // namespace

TEST_CASE("published cohort: all 47 coefficients agree to the printed digits") {
  const Case study = read_case(library(), "k16_published");
  REQUIRE(study.patients.size() == predicted.size());
  int compared = 0;
  for (std::size_t p = 0; p < predicted.size(); ++p) {
    const Patient& patient = study.patients[p];
    CAPTURE(patient.name);
    const Trajectory run =
        lutetia::run(study.model, patient, study.regimen, study.substances, study.request);
    for (std::size_t r = 0; r < regions.size(); ++r) {
      if (*predicted[p][r] == '\0') continue;
      CAPTURE(std::string(regions[r]));
      CHECK_PRINTED(coefficient(run, regions[r]), predicted[p][r]);
      ++compared;
    }
  }
  CHECK(compared == 47);
}

}  // namespace lutetia

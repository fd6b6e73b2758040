#include "lutetia/dosimetry/absorbed_dose.hpp"

#include <cmath>
#include <set>

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

DoseTable dose(const Setup& setup, const Trajectory& run, DoseConvention convention) {
  return dose_of(library(), run, setup.substances, "male", convention, Tail::linear);
}

/// Self and tabulated sources, and the remainder of the body, in one cycle [Gy].
double sum_over_sources(const SValues& table, const TimeIntegratedActivity& tia, std::size_t cycle,
                        const TargetRegion& target) {
  const Nuclide nuclide = nuclide_of(tia.nuclide);
  double sum = 0.0, remainder = tia.value(index_of(tia.regions, "whole_body"), cycle);
  for (const std::string& source :
       std::set<std::string>{"kidney", "liver", "spleen", target.name}) {
    const SValue s = s_value(table, nuclide, "male", target, source);
    if (s.kind == SValueKind::none) continue;
    const double integrated = tia.value(index_of(tia.regions, source), cycle);
    sum += s.value * integrated;
    remainder -= integrated;
  }
  return sum + remainder * remainder_s_value(table, nuclide, "male", target).value;
}

}  // namespace

TEST_CASE("absorbed dose is the sum over sources of integrated activity times S value") {
  const Setup setup = reference_setup(four_cycles);
  const Trajectory run = setup.run(request_of({}, 5040.0, 1e-6));
  const TimeIntegratedActivity tia = time_integrated_activity(run).at(0);
  const DoseTable table = dose(setup, run, DoseConvention::s_values);
  const SValues s_values = read_s_values(library(), "Lu-177");
  CHECK(table.cycle_starts == std::vector<double>{0.0, 1344.0, 2688.0, 4032.0});
  for (const auto& [organ, lesion] : {std::pair("kidney", false), std::pair("liver", false),
                                      std::pair("red_marrow", false), std::pair("tumor", true)}) {
    CAPTURE(std::string(organ));
    const std::size_t row = index_of(table.regions, organ);
    double total = 0.0;
    for (std::size_t cycle = 0; cycle < 4; ++cycle) {
      const double expected =
          sum_over_sources(s_values, tia, cycle, {organ, table.masses[row], lesion});
      CHECK_NEAR(table.values[row * 4 + cycle], expected, 1e-13, 0.0);
      const ByEmission<double>& parts = table.parts[row * 4 + cycle];
      CHECK_NEAR(parts.sum(), expected, 1e-13, 0.0);
      CHECK(parts.alpha == 0.0);
      CHECK(parts.electron > parts.photon);
      total += expected;
    }
    CHECK_NEAR(table.total(row), total, 1e-13, 0.0);
    CHECK(table.tail[row] > 0.0);
    CHECK(table.tail[row] < table.values[row * 4 + 3]);
  }
  CHECK(table.self_kind[index_of(table.regions, "kidney")] == "tabulated");
  CHECK(table.self_kind[index_of(table.regions, "tumor")] == "sphere");
  CHECK(table.self_kind[index_of(table.regions, "red_marrow")] == "formula");
}

TEST_CASE("cross-dose and photons matter in the red marrow and little in the kidney") {
  const Setup setup = reference_setup(one_therapy, "reference_male", {"published_kidney"});
  const Trajectory run = setup.run(request_of({}, 1008.0, 1e-6));
  const DoseTable whole = dose(setup, run, DoseConvention::s_values),
                  local = dose(setup, run, DoseConvention::local_electrons);
  auto ratio = [&](const char* organ) {
    return whole.total(index_of(whole.regions, organ)) /
           local.total(index_of(local.regions, organ));
  };
  // Of the ratio, 1.5 and 1.7 % are photons of the organ itself; other regions add less than 1 %.
  const SValues table = read_s_values(library(), "Lu-177");
  for (const char* organ : {"kidney", "spleen"}) {
    CAPTURE(std::string(organ));
    const TargetRegion target{organ, whole.masses[index_of(whole.regions, organ)], false};
    const double own = s_value(table, nuclide_of("Lu-177"), "male", target, organ).value /
                       local_electron_s_value(nuclide_of("Lu-177"), target.mass).value;
    CHECK(ratio(organ) > own);
    CHECK(ratio(organ) < own + 0.01);
  }
  const ByEmission<double>& marrow = whole.parts[index_of(whole.regions, "red_marrow")];
  CHECK(marrow.photon > 0.1 * marrow.electron);
  CHECK(local.self_kind[0] == "local electrons");
}

// Central difference of the whole dose in ln m of one region.
TEST_CASE("the response of a dose to the mass of its region is the derivative") {
  const Setup setup = reference_setup(one_therapy);
  const Trajectory run = setup.run(request_of({}, 1008.0, 1e-6));
  const auto tia = time_integrated_activity(run);
  const std::vector<SValues> tables{read_s_values(library(), "Lu-177")};
  const auto targets = target_regions(run);
  for (const auto convention : {DoseConvention::s_values, DoseConvention::local_electrons}) {
    auto with_factor = [&](double factor) {
      auto scaled = targets;
      for (TargetRegion& target : scaled) target.mass *= factor;
      return absorbed_dose(scaled, tia, setup.substances.nuclides, tables, "male", convention);
    };
    const double h = 1e-4;
    const DoseTable table = with_factor(1.0), up = with_factor(std::exp(h)),
                    down = with_factor(std::exp(-h));
    for (std::size_t r = 0; r < table.regions.size(); ++r) {
      CAPTURE(table.regions[r]);
      CHECK_NEAR(table.mass_response[r], (up.values[r] - down.values[r]) / (2.0 * h), 1e-7, 0.0);
      CHECK(table.mass_response[r] < 0.0);
    }
  }
}

// 90Y kidney S value of the published software: full absorption of 0.9337 MeV, 2.93e-5 Gy/min/MBq
// at 306 g (B25, doi:10.1186/s40658-025-00726-7).
TEST_CASE("the local convention reproduces the published Y-90 kidney value") {
  const double per_minute =
      convert({local_electron_s_value(nuclide_of("Y-90"), 0.306).value, dimension::s_value},
              "Gy/(MBq*min)");
  CHECK_PRINTED(per_minute, "2.93e-5");
}

TEST_CASE("doses of two nuclides add up") {
  const std::string lutetium =
      "{bolus: dotatate, nuclide: Lu-177, activity: 74 MBq, amount: 10 nmol}";
  const std::string yttrium = "{bolus: dotatate, nuclide: Y-90, activity: 74 MBq, amount: 10 nmol}";
  const Setup both = reference_setup(lutetium + ", " + yttrium);
  const Trajectory run = both.run(request_of({}, 1008.0, 1e-8));
  const DoseTable sum = dose(both, run, DoseConvention::s_values);
  const auto tia = time_integrated_activity(run);
  const auto table = [&](const char* name) { return read_s_values(library(), name); };
  const std::size_t kidney = index_of(sum.regions, "kidney");
  double expected = 0.0;
  for (const TimeIntegratedActivity& of_nuclide : tia)
    expected += sum_over_sources(table(of_nuclide.nuclide.c_str()), of_nuclide, 0,
                                 {"kidney", sum.masses[kidney], false});
  CHECK_NEAR(sum.total(kidney), expected, 1e-13, 0.0);
  CHECK_NEAR(sum.administered_activity.at(0), 148.0, 1e-13, 0.0);
}

TEST_CASE("a nuclide without the data for an S value is refused, not given zero") {
  const Setup setup =
      reference_setup("{bolus: dotatate, nuclide: In-111, activity: 74 MBq, amount: 10 nmol}");
  const Trajectory run = setup.run(request_of({}, 24.0, 1e-4));
  CHECK_THROWS_AS(dose(setup, run, DoseConvention::s_values), DataError);
  CHECK(dose(setup, run, DoseConvention::local_electrons).total(0) > 0.0);
}

}  // namespace lutetia

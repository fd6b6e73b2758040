#include "lutetia/batch/block.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>

#include "support/models.hpp"
#include "support/near.hpp"

namespace lutetia {
namespace {

using namespace testing;

const std::vector<GivenParameter> given{{"gfr", "L/h"}, {"tumor.receptor_density", "nmol/L"}};
const Rows seven{7, {6.0, 40.0, 5.0, 80.0, 4.0, 10.0, 7.0, 60.0, 3.0, 20.0, 6.5, 45.0, 5.5, 150.0}};

Patient reference() {
  Problems problems;
  return read_patient(library().read("patient", "reference_male"), problems);
}

std::shared_ptr<Batch> batch_of(const std::vector<GivenParameter>& parameters,
                                const std::vector<std::string>& modules = {},
                                const std::string& administrations = one_therapy) {
  BatchOptions options;
  options.observe = {Outcome::absorbed_dose, Outcome::time_integrated_activity, Outcome::activity,
                     Outcome::total_absorbed_dose};
  options.times = {1.0, 24.0, 168.0};
  return std::make_shared<Batch>(
      make_batch(library(), read_model(library(), "sstr2_whole_body", modules), {reference()},
                 {regimen_of(administrations)}, parameters, options));
}

/// The same patient by the way of a single run.
struct Single {
  Trajectory run;
  DoseTable dose;
};
Single single(const Batch& batch, double gfr, double receptors) {
  Patient patient = reference();
  give(patient, "gfr", text(gfr, " L/h"));
  give(patient, "tumor.receptor_density", text(receptors, " nmol/L"));
  const Setup setup =
      setup_of(read_model(library(), "sstr2_whole_body"), patient, batch.courses.front().regimen);
  RunRequest request;
  request.times = batch.options.times;
  request.end = batch.options.end;
  request.options = batch.options.simulation;
  Trajectory run = setup.run(request);
  DoseTable dose = dose_of(library(), run, setup.substances, "male", batch.options.convention,
                           batch.options.tail);
  return {std::move(run), std::move(dose)};
}

double value_of(const Batch& batch, const BlockResult& result, std::size_t outcome,
                std::size_t member, const std::string& region, std::size_t column) {
  const std::size_t columns = batch.columns(batch.options.observe[outcome]);
  return result
      .values[outcome]
             [(member * batch.regions.size() + index_of(batch.regions, region)) * columns + column];
}

/// Largest relative difference of the members of a block from single runs.
WorstError difference_from_singles(const Batch& batch, const Rows& rows,
                                   const BlockResult& result) {
  WorstError worst;
  for (std::size_t m = 0; m < rows.count; ++m) {
    CHECK(result.status[m] == MemberStatus::ok);
    const Single alone = single(batch, rows.values[2 * m], rows.values[2 * m + 1]);
    const auto& dose = alone.dose;
    for (std::size_t r = 0; r < dose.regions.size(); ++r)
      for (std::size_t k = 0; k < batch.cycles; ++k) {
        const double expected = dose.values[r * batch.cycles + k];
        worst.add(value_of(batch, result, 0, m, dose.regions[r], k), expected, expected,
                  dose.regions[r]);
      }
    const auto tia = time_integrated_activity(alone.run, batch.options.tail).front();
    for (std::size_t r = 0; r < tia.regions.size(); ++r) {
      const auto activity = alone.run.activity(static_cast<int>(r), "");
      for (std::size_t k = 0; k < batch.cycles; ++k)
        worst.add(value_of(batch, result, 1, m, tia.regions[r], k), tia.value(r, k),
                  tia.value(r, k), tia.regions[r]);
      const double peak = *std::max_element(activity.begin(), activity.end());
      for (std::size_t t = 0; t < activity.size(); ++t)
        worst.add(value_of(batch, result, 2, m, tia.regions[r], t), activity[t], peak,
                  tia.regions[r]);
    }
  }
  return worst;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

TEST_CASE("reproducible members are exactly those of single runs, for any number of threads") {
  auto batch = batch_of(given);
  batch->options.reproducible = true;
  const BlockResult one = simulate_many(batch, seven, 1), two = simulate_many(batch, seven, 2);
  for (std::size_t o = 0; o < one.values.size(); ++o)
    CHECK(same_bits(one.values[o], two.values[o]));
  const WorstError worst = difference_from_singles(*batch, seven, one);
  CHECK_WORST(worst, 0.0);
}

TEST_CASE("members that share steps differ from single runs by less than the tolerance") {
  const auto batch = batch_of(given);
  const BlockResult result = simulate_many(batch, seven, 2);
  const WorstError worst = difference_from_singles(*batch, seven, result);
  CHECK_WORST(worst, batch->options.simulation.rtol);
}

TEST_CASE("a total is the sum over cycles") {
  const std::string two_cycles =
      "{infusion: dotatate, nuclide: Lu-177, activity: 7.4 GBq, amount: 100 nmol, duration: 30 "
      "min, repeat: {every: 8 week, count: 2}}";
  const auto batch = batch_of({}, {}, two_cycles);
  const BlockResult result = simulate_many(batch, {1, {}}, 1);
  REQUIRE(batch->cycles == 2);
  CHECK(value_of(*batch, result, 3, 0, "kidney", 0) ==
        value_of(*batch, result, 0, 0, "kidney", 0) + value_of(*batch, result, 0, 0, "kidney", 1));
  CHECK(std::isnan(value_of(*batch, result, 3, 0, "serum", 0)));  // no mass, no dose
}

TEST_CASE("who fails has no number and a reason; mates are not disturbed") {
  // One voids so often that he takes too many steps; another has a filtration nobody has, a third
  // no number. Two pairs stop at the same times.
  const std::vector<GivenParameter> voiding{{"gfr", "L/h"}, {"void_interval", "h"}};
  const auto batch = batch_of(voiding, {"bladder"});
  const Rows rows{
      7,
      {6.0, 100.0, 600.0, 100.0, 6.0, std::nan(""), 5.0, 100.0, 4.0, 200.0, 6.0, 0.5, 3.0, 200.0}};
  batch->options.reproducible = true;
  batch->options.simulation.max_steps = 1'000'000;
  const BlockResult unlimited = simulate_many(batch, rows, 1);
  batch->options.simulation.max_steps = 1000;
  for (const bool reproducible : {true, false})
    for (const unsigned threads : {1u, 2u}) {
      batch->options.reproducible = reproducible;
      const BlockResult result = simulate_many(batch, rows, threads);
      using enum MemberStatus;
      CHECK(result.status == std::vector{ok, model_error, model_error, ok, ok, solver_error, ok});
      CHECK(unlimited.status[5] == ok);
      CHECK_CONTAINS(result.messages[1],
                     "parameters.gfr: 'gfr' is not plausible, found 600 L/h, expected between");
      CHECK_CONTAINS(result.messages[2], "'void_interval' is not finite, found nan");
      CHECK_CONTAINS(result.messages[5], "integration failed: too many steps");
      for (std::size_t o = 0; o < result.values.size(); ++o) {
        const std::size_t size = result.values[o].size() / rows.count;
        double largest = 0.0;  // the tolerance is one of the largest, not of what is nearly nothing
        for (const double value : unlimited.values[o])
          if (!std::isnan(value)) largest = std::max(largest, value);
        for (std::size_t i = 0; i < result.values[o].size(); ++i) {
          const double value = result.values[o][i], good = unlimited.values[o][i];
          if (result.status[i / size] != ok || std::isnan(good))
            CHECK(std::isnan(value));
          else
            CHECK_NEAR(value, good, 0.0,
                       reproducible ? 0.0 : batch->options.simulation.rtol * largest);
        }
      }
    }
}

TEST_CASE("a dose that cannot be given takes the other results with it") {
  const auto batch =
      batch_of({{"adrenals.volume", "L"}});  // the second is too small for its sphere
  const BlockResult result = simulate_many(batch, {3, {0.02, 1e-15, 0.01}}, 2);
  using enum MemberStatus;
  CHECK(result.status == std::vector{ok, data_error, ok});
  CHECK_CONTAINS(result.messages[1], "is below the smallest of nuclide");
  for (std::size_t o = 0; o < result.values.size(); ++o)
    for (std::size_t i = 0, size = result.values[o].size() / 3; i < size; ++i)
      CHECK(std::isnan(result.values[o][size + i]));
  CHECK(std::isfinite(value_of(*batch, result, 1, 2, "tumor", 0)));
}

TEST_CASE("what is wrong with the names is said at once, for all courses") {
  const std::string message = message_of<ModelError>([] {
    (void)batch_of({{"gfrr", "L/h"}, {"kidney.receptor_density", "L"}, {"weight", "kgg"}});
  });
  CHECK_CONTAINS(message, "parameters.gfrr: model 'sstr2_whole_body' has no parameter 'gfrr'");
  CHECK_CONTAINS(message,
                 "parameters.kidney.receptor_density: unit of 'kidney.receptor_density', found "
                 "values in L (volume), expected volume^-1·amount, e.g. nmol/L");
  CHECK_CONTAINS(message, "parameters.weight: 'kgg' is not a unit");
  CHECK(std::count(message.begin(), message.end(), '\n') == 2);  // nothing else is wrong
}

TEST_CASE("a call that is wrong for everyone is no fault of the members") {
  auto batch = batch_of(given);
  batch->options.end = 0.1;  // the infusion takes half an hour
  CHECK_CONTAINS(message_of<std::invalid_argument>([&] { (void)simulate_many(batch, seven, 2); }),
                 "before the last event");
  CHECK(message_of<std::invalid_argument>([&] {
          BlockRun(batch, {2, {1.0}}, 1);
        }) == "a block of 2 rows of 2 given parameters cannot hold 1 values");
  CHECK(message_of<std::invalid_argument>([&] { BlockRun(batch, seven, 0); }) ==
        "threads must be at least 1, found 0");
}

TEST_CASE("a stopped block ends soon and returns nothing") {
  const auto batch = batch_of(given);
  Rows many{40000, {}};
  for (std::size_t i = 0; i < many.count; ++i) {
    many.values.push_back(6.0);
    many.values.push_back(40.0);
  }
  const auto start = std::chrono::steady_clock::now();
  BlockRun run(batch, many, 2);
  CHECK_FALSE(run.wait(std::chrono::milliseconds(50)));
  run.stop();
  CHECK(run.wait(std::chrono::seconds(2)));
  CHECK(run.finished() < many.count);
  CHECK(message_of<std::runtime_error>([&] { (void)run.result(); }) ==
        "the block was stopped before all its members had run");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
}

TEST_CASE("courses of unlike regions and cycles stand in one table") {
  Patient other = reference();
  other.lesions.front().name = "bone_1";
  other.name = "other";
  const auto batch = std::make_shared<const Batch>(
      make_batch(library(), read_model(library(), "sstr2_whole_body"), {reference(), other},
                 {regimen_of(one_therapy), regimen_of(four_cycles)}, {{"gfr", "L/h"}}, {}));
  REQUIRE(batch->courses.size() == 4);
  CHECK(batch->cycles == 4);
  const BlockResult result = simulate_many(batch, {2, {6.0, 3.0}}, 2);
  const auto dose = [&](std::size_t member, const std::string& region, std::size_t cycle) {
    return value_of(*batch, result, 0, member, region, cycle);
  };
  for (const std::size_t row : {0u, 4u}) {  // members by row, then by patient, then by regimen
    CHECK(std::isfinite(dose(row, "tumor", 0)));
    CHECK(std::isnan(dose(row, "tumor", 1)));
    CHECK(std::isnan(dose(row, "bone_1", 0)));
    CHECK(std::isfinite(dose(row + 1, "tumor", 3)));
    CHECK(std::isnan(dose(row + 2, "tumor", 0)));
    CHECK(std::isfinite(dose(row + 2, "bone_1", 0)));
    CHECK(std::isnan(dose(row + 2, "bone_1", 1)));
    CHECK(std::isfinite(dose(row + 3, "bone_1", 3)));
  }
  CHECK(dose(4, "kidney", 0) > dose(0, "kidney", 0));  // slower filtration
}

}  // namespace
}  // namespace lutetia

#include "lutetia/batch/statistics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "support/near.hpp"

namespace lutetia {
namespace {

using testing::message_of;

/// Rounding of the logarithm moves a value at the end of a bin to the next one.
constexpr double rounding = 1e-9;

TEST_CASE("quantiles are within their accuracy of the sorted values") {
  std::mt19937 random(7);
  std::lognormal_distribution<double> wide(0.0, 3.0);
  std::normal_distribution<double> both_signs(0.0, 1.0);
  LogHistogram positive, mixed;
  std::vector<double> sorted, signed_values;
  for (int i = 0; i < 5000; ++i) {
    sorted.push_back(wide(random));
    positive.add(sorted.back());
    signed_values.push_back(i % 10 == 0 ? 0.0 : both_signs(random));
    mixed.add(signed_values.back());
  }
  std::sort(sorted.begin(), sorted.end());
  std::sort(signed_values.begin(), signed_values.end());
  testing::WorstError worst;
  for (const double q : {0.0, 0.001, 0.05, 0.25, 0.47, 0.5, 0.75, 0.95, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(q * 4999);
    worst.add(positive.quantile(q), sorted[rank], sorted[rank], "positive");
    const double exact = signed_values[rank];
    if (exact == 0.0)
      CHECK(mixed.quantile(q) == 0.0);
    else
      worst.add(mixed.quantile(q), exact, std::abs(exact), "both signs");
  }
  CHECK_WORST(worst, quantile_accuracy + rounding);
  CHECK(worst.value() > 0.3 * quantile_accuracy);  // the bins are as wide as they may be
}

TEST_CASE("an empty histogram has no quantile") { CHECK(std::isnan(LogHistogram{}.quantile(0.5))); }

TEST_CASE("moments are those of the textbook, also far from zero") {
  Moments moments;
  for (const double value : {1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0}) moments.add(value);
  CHECK_NEAR(moments.mean, 1e9 + 10.0, 1e-15, 0.0);
  CHECK_NEAR(moments.standard_deviation(), std::sqrt(30.0), 1e-9, 0.0);
  CHECK(moments.lowest == 1e9 + 4.0);
  CHECK(moments.highest == 1e9 + 16.0);
  Moments one;
  one.add(3.0);
  CHECK(std::isnan(one.standard_deviation()));
}

TEST_CASE("failed members and missing cells enter no statistic") {
  const double nan = std::nan("");
  Statistics statistics(2, true);
  using enum MemberStatus;
  // A failed member with numbers cannot happen; if it did they would not count.
  statistics.add({1.0, 10.0, 99.0, 99.0, 3.0, nan}, {ok, solver_error, ok});
  CHECK(statistics.moments()[0].count == 2);
  CHECK(statistics.moments()[0].mean == 2.0);
  CHECK(statistics.moments()[1].count == 1);
  CHECK_NEAR(statistics.quantile(1.0)[0], 3.0, quantile_accuracy + rounding, 0.0);
  CHECK_NEAR(statistics.quantile(1.0)[1], 10.0, quantile_accuracy + rounding, 0.0);
}

TEST_CASE("statistics do not depend on the division into blocks") {
  std::mt19937 random(3);
  std::lognormal_distribution<double> values(0.0, 1.0);
  std::vector<double> all;
  for (int i = 0; i < 60; ++i) all.push_back(values(random));
  Statistics whole(2, true), parts(2, true);
  whole.add(all, std::vector(30, MemberStatus::ok));
  for (const auto& [from, to] : {std::pair{0, 7}, {7, 8}, {8, 30}})
    parts.add({all.begin() + 2 * from, all.begin() + 2 * to},
              std::vector<MemberStatus>(to - from, MemberStatus::ok));
  for (int c = 0; c < 2; ++c) {
    CHECK(whole.moments()[c].mean == parts.moments()[c].mean);
    CHECK(whole.moments()[c].squares == parts.moments()[c].squares);
    CHECK(whole.quantile(0.3)[c] == parts.quantile(0.3)[c]);
  }
}

TEST_CASE("what statistics cannot do is refused") {
  Statistics plain(1, false);
  CHECK(message_of<std::invalid_argument>([&] { (void)plain.quantile(0.5); }) ==
        "quantiles were not asked for");
  CHECK(message_of<std::invalid_argument>([&] { (void)plain.quantile(1.5); }) ==
        "a quantile must be from 0 to 1, found 1.5");
  CHECK(message_of<std::invalid_argument>([&] { plain.add({1.0}, {}); }) ==
        "0 members of 1 cells cannot have 1 values");
}

}  // namespace
}  // namespace lutetia
